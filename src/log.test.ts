import { describe, expect, it } from '@jest/globals';
import { HabeasError } from './errors.ts';
import { newId } from './ids.ts';
import { createLogger } from './log.ts';

const markers = ['Mari Maasikas', 'mari.maasikas@kohvik.ee', '+37255512345', 'Õie tn 7-3', '38001010000', 'ZZMARKER99'];

function capture() {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', to: { write: (line) => void lines.push(line) } });
  const last = (): unknown => JSON.parse(lines.at(-1) ?? 'null');
  return { log, last, all: () => lines.join('') };
}

describe('the logger', () => {
  it('lets through ids, slugs, codes, counts, hashes and dates under known names', () => {
    const { log, last } = capture();
    const requestId = newId('request');
    const sha256 = 'ab'.repeat(32);
    log.info(
      {
        requestId,
        systemId: 'account-db',
        code: 'system-timeout',
        found: 12,
        due: '2026-12-23',
        sha256,
        at: new Date(0),
      },
      'lane-parked',
    );
    expect(last()).toMatchObject({
      level: 'info',
      msg: 'lane-parked',
      requestId,
      systemId: 'account-db',
      code: 'system-timeout',
      found: 12,
      due: '2026-12-23',
      sha256,
      at: '1970-01-01T00:00:00.000Z',
    });
  });

  it.each(markers)('lets no value of a subject through, wherever it is put: %s', (marker) => {
    const { log, all } = capture();
    const cause = new Error(marker, { cause: { query: marker } });
    log.info(marker);
    log.info({ systemId: marker, code: marker, requestId: marker, object: `staging/${marker}` }, 'known-names');
    log.info({ email: marker, value: 'x', nested: { requestId: marker }, detail: [marker] }, 'unknown-names');
    log.info({ systems: [marker, [marker], { a: marker }] }, 'in-a-list');
    log.info({ kind: { toJSON: () => marker }, state: Symbol(marker) }, 'in-an-object');
    log.warn({ requestId: newId('request') }, 'with %s and %j', marker, { marker });
    log.error(cause);
    log.error({ err: cause }, 'failed');
    log.error({ err: cause });
    log.error({ err: new HabeasError('internal', { where: marker, cause }) }, marker);
    log.child({ email: marker, systemId: marker }).info({ found: 1 }, 'child-line');
    log.child({}, { serializers: {} }).error(cause, marker);
    expect(all()).toContain('in-a-list');
    // `ZZMARKER99` has the form of a configured place, the one thing an error may name.
    const text = marker === 'ZZMARKER99' ? all().replace(`"where":"${marker}"`, '') : all();
    for (const form of [marker, JSON.stringify(marker).slice(1, -1), encodeURIComponent(marker)])
      expect(text).not.toContain(form);
  });

  it('tells an error by its code, its configured place and the lines of our source, never by its message', () => {
    const { log, last } = capture();
    log.error({ err: new HabeasError('system-timeout', { where: 'app.accounts.email' }) }, 'stage-failed');
    expect(last()).toMatchObject({ msg: 'stage-failed', code: 'system-timeout', where: 'app.accounts.email' });
    log.error({ err: new TypeError('Mari') }, 'stage-failed');
    expect(last()).toMatchObject({ code: 'internal', passed: [expect.stringMatching(/^src\/log\.test\.ts:\d+$/)] });
  });

  it('drops fields nobody has allowed, and shows that a text was withheld', () => {
    const { log, last } = capture();
    log.info({ sql: 'select 1', stage: 'Not A Stage' }, 'Some sentence');
    expect(last()).toMatchObject({ stage: '[redacted]', msg: '[redacted]' });
    expect(last()).not.toHaveProperty('sql');
  });
});
