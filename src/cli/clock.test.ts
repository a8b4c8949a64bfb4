/** What `habeas clock due` prints and refuses, through commander as the program calls it. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { HabeasError } from '../errors.ts';
import { clockCommand } from './clock.ts';

async function run(...args: readonly string[]): Promise<string> {
  let out = '';
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += String(chunk);
    return true;
  });
  try {
    await clockCommand()
      .exitOverride()
      .parseAsync(['due', ...args], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return out;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('habeas clock due', () => {
  const e12 = ['--received', '2026-11-23', '--country', 'EE'];

  it('prints one JSON object with the dates, the rule and the calendar', async () => {
    const out = await run(...e12, '--pause', 'identity:2026-12-01..2026-12-05', '--json');
    expect(out.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({
      due: '2026-12-28',
      extendedDue: '2027-03-01',
      extendedWorkTo: '2027-03-01',
      unpausedDue: '2026-12-23',
      pausedDays: 4,
      pauses: [{ kind: 'identity', days: 4, verdict: 'counted' }],
      rule: { id: 'eu-gdpr', confidence: 'M' }, // the pause rests on general knowledge
      calendar: { name: 'date-holidays', version: '3.37.0', country: 'EE', region: null },
    });
  });

  it('prints each date with its source beside it, and how it came about', async () => {
    const out = await run('--received', '2026-03-05', '--country', 'de-by');
    expect(out).toMatch(/^Due +2026-04-07 +GDPR Art\. 12\(3\) \(V\); Regulation .* 1182\/71/m);
    expect(out).toContain('next working day after 2026-04-05 Sunday, 2026-04-06 Easter Monday');
    expect(out).toContain('DE-BY, date-holidays 3.37.0');
    expect(out).not.toContain('without pauses');
  });

  it('takes several pauses and shows the date without them', async () => {
    const out = await run(
      ...e12,
      '--pause',
      'identity:2026-12-01..2026-12-05',
      '--pause',
      'scope:2026-12-04..2026-12-07',
    );
    expect(out).toMatch(/without pauses +2026-12-23 .*6 days were added/);
  });

  it.each(['identity', 'identity:2026-12-01..', 'holiday:2026-12-01..2026-12-05', 'identity:2026-12-05..2026-12-01'])(
    'refuses the pause "%s"',
    async (pause) => {
      await expect(run(...e12, '--pause', pause)).rejects.toMatchObject({ code: 'clock-pause-invalid' });
    },
  );

  it('refuses a country without a rule set by a code, not by an answer', async () => {
    await expect(run('--received', '2026-03-05', '--country', 'GB')).rejects.toBeInstanceOf(HabeasError);
    await expect(run('--received', '2026-03-02', '--country', 'US-CA')).rejects.toMatchObject({
      code: 'clock-rule-set-unsupported',
    });
  });

  it('ends its help with examples', async () => {
    let help = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      help += String(chunk);
      return true;
    });
    await expect(
      clockCommand().exitOverride().commands[0]?.exitOverride().parseAsync(['--help'], { from: 'user' }),
    ).rejects.toMatchObject({
      code: 'commander.helpDisplayed',
    });
    expect(help).toMatch(/Examples:\n {2}\$ habeas clock due --received/);
  });
});
