import { describe, expect, it } from '@jest/globals';
import { catalogue } from '../errors.ts';
import { newId } from '../ids.ts';
import { requestStates, taskKinds, unanswered } from '../ledger/states.ts';
import { waitedExit, waitsForPerson } from './follow.ts';
import { showText } from './show-text.ts';
import { brand, id, type System, shown, system, type Task, task } from './shown-for-tests.ts';

const esc = String.fromCharCode(27);
const bell = String.fromCharCode(7);
describe('habeas requests show', () => {
  it('says the stage with its sentence, and each system in one line with state, tries and counts', () => {
    const text = showText(
      shown({ systems: [system({ found: 689, exported: 109, withheld: 568, referred: 12, collections: [] })] }),
      false,
    );
    expect(text).toContain(requestStates.reading);
    expect(text).toMatch(/^account-db +done +read what is held +1 +689 +109 +568 +12$/m);
    expect(text).toMatch(/^Due +2026-12-23 {2}in 30 days$/m);
  });

  it('says of what was read that it waits for the package', () => {
    const text = showText(shown({ systems: [system({ found: 680, pending: 112, withheld: 568 })] }), false);
    expect(text).toMatch(/^account-db +done +read what is held +1 +680 +0, 112 pending +568 +0$/m);
  });

  it('says how much of a system could not be read, and nothing of it where all was', () => {
    const damaged = system({ found: 3, exported: 3, unreadable: { records: 41, objects: 2 } });
    expect(showText(shown({ systems: [damaged] }), false)).toContain('could not be read: 41 record(s), 2 object(s)');
    expect(showText(shown({ systems: [system({ found: 3 })] }), false)).not.toContain('could not be read');
  });

  it('says of a parked system what the code means, where, what to do, and the next command', () => {
    const parked = system({
      state: 'parked',
      code: 'system-permission',
      codeWhere: 'public.users',
      attempts: 8,
      found: null,
      exported: 0,
      withheld: 0,
      referred: 0,
      collections: [],
    });
    const text = showText(
      shown({
        state: 'needs_decision',
        systems: [parked],
        tasks: [task({ systemId: parked.id, code: 'system-permission' })],
      }),
      false,
    );
    const { what, todo } = catalogue['system-permission'];
    for (const said of [what, todo, 'public.users', `habeas requests retry ${id} account-db`])
      expect(text).toContain(said);
    expect(text).toMatch(/^account-db +parked .* 8 +not yet /m);
    expect(text).toContain(taskKinds.unresolved);
    expect(text).toContain(unanswered['stays-open-system-missing']);
  });

  it('says of a system done by hand who attested its counts, when and with which proof', () => {
    const hand = {
      right: 'access' as const,
      by: brand<NonNullable<System['byHand']>['by']>('kadri'),
      at: '2026-11-24T10:00:00.000Z',
      proofSha256: 'cd'.repeat(32),
    };
    const text = showText(
      shown({ systems: [system({ found: 6, exported: 4, withheld: 2, byHand: hand, attestations: [hand] })] }),
      false,
    );
    expect(text).toMatch(/^account-db +done by hand +read what is held +1 +6 +4 +2 +0$/m);
    expect(text).toContain(`done by hand: counts attested by kadri on 2026-11-24; proof SHA-256 ${'cd'.repeat(32)}`);
    expect(showText(shown({}), false)).not.toContain('by hand');
  });

  it('says of a system left unresolved whose it is, until when, and every way on', () => {
    const left = system({ state: 'unresolved', code: 'system-unreachable' });
    const allowedAnswers = ['retry', 'done-by-hand', 'leave-unresolved'];
    const question = task({ systemId: left.id, owner: brand('kadri'), dueOn: '2027-01-04', allowedAnswers });
    const text = showText(shown({ state: 'needs_decision', systems: [left], tasks: [question] }), false);
    expect(text).toMatch(/^account-db +unresolved /m);
    expect(text).toContain('2027-01-04');
    expect(text).toMatch(/kadri/);
    for (const command of ['retry', 'done-by-hand', 'leave-unresolved'])
      expect(text).toContain(`habeas requests ${command} ${id} account-db`);
  });

  it.each(['system-paused', 'system-tripped', 'system-unreachable'] as const)(
    'says of a system that is stopped, where its lane parked with %s, how to resume it and not how to retry it',
    (code) => {
      const waits = task({ systemId: brand('account-db'), code });
      const stopped = system({ state: 'parked', code, paused: true, task: waits.id });
      const text = showText(shown({ systems: [stopped], tasks: [waits] }), false);
      expect(text.match(/habeas systems resume account-db$/gm)).toHaveLength(2);
      expect(text).not.toContain('habeas requests retry');
      expect(text).toMatch(/^ {2}Person +engineer$/m);
    },
  );

  it('says of a system that one person would leave unresolved who said what, and how another agrees', () => {
    const voice = {
      personId: brand<Task['voices'][number]['personId']>('kadri'),
      answer: 'leave-unresolved',
      at: '2026-11-23T10:00:00.000Z',
      terms: { owner: 'jaan', next: '2026-12-14' },
    };
    const allowedAnswers = ['retry', 'done-by-hand', 'leave-unresolved'];
    const open = task({ systemId: brand('account-db'), code: 'system-timeout', allowedAnswers, voices: [voice] });
    const text = showText(shown({ tasks: [open] }), false);
    expect(text).toContain(
      'Said so far        leave-unresolved (owner jaan, looked at again 2026-12-14) by kadri on 2026-11-23; it stands when another person says the same',
    );
    expect(text).toContain(
      `Or later           habeas requests leave-unresolved ${id} account-db --owner jaan --next 2026-12-14 --reason "…"`,
    );
  });

  it('says of each of three failed systems the code, what it means, what to do, by when, on whom it waits and the next command', () => {
    const failed = [
      ['account-db', 'system-permission', null],
      ['billing', 'record-too-large', 'kadri'],
      ['crm', 'system-credentials', null],
    ] as const;
    const tasks = failed.map(([id, code, owner]) =>
      task({ systemId: brand(id), code, owner: owner === null ? null : brand(owner) }),
    );
    const systems = failed.map(([id, code], no) =>
      system({ id: brand(id), state: 'parked', code, task: tasks[no]?.id ?? null }),
    );
    const text = showText(shown({ systems, tasks }), false, 100);
    for (const [id, code, owner] of failed) {
      const [, block = ''] = text.split(new RegExp(`^${id}\n`, 'm'));
      const own = block.slice(0, block.indexOf('\n\n'));
      const plain = own.replaceAll(/\s+/g, ' ');
      for (const said of [
        code,
        catalogue[code].what,
        catalogue[code].todo,
        'Due 2026-12-21',
        `Person ${owner ?? 'officer'}`,
      ])
        expect(plain).toContain(said);
      expect(own).toContain(`habeas requests retry ${tasks[0]?.requestId} ${id}`);
    }
    const prose = text.split('\n').filter((line) => !line.includes('habeas '));
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('shows an extended request by the day to work to and the latest day, and one past its date loudly', () => {
    const { clock } = shown({});
    const extended = {
      ...clock,
      extension: { ground: 'complexity' as const, at: '2026-12-01T09:00:00.000Z' },
      extendedDueOn: clock.dueOn,
      workToOn: clock.internalTargetOn,
    };
    const text = showText(
      shown({
        clock: { ...extended, alarms: [{ kind: 'statutory', date: clock.dueOn, state: 'past', daysLeft: -3 }] },
      }),
      true,
    );
    expect(text).toMatch(/Extended.*for complexity, 2026-12-01; at the latest 2026-12-23/);
    expect(text).toContain(`${esc}[31m2026-12-21  3 days PAST`);
  });

  it('keeps the statutory alarm on for a draft that was delivered, and off once every right is answered', () => {
    const draft = {
      id: newId('package'),
      part: 1,
      systems: [],
      moreFollows: false,
      sizeBytes: 10,
      sha256: 'ab'.repeat(32),
      members: 3,
      draft: true,
      createdAt: '2026-11-24T09:00:00.000Z',
      deliveredAt: '2026-11-24T09:00:00.000Z',
      deliveredBy: 'email' as const,
      deleteOn: '2026-12-08',
      deletedAt: null,
    };
    const text = showText(shown({ state: 'completed', packages: [draft] }), false);
    expect(text).toContain('on: no answer has reached the person yet; a draft package is not an answer');
    const { clock } = shown({});
    const answered = shown({
      rights: [{ right: 'access', answeredAt: '2026-11-24T09:00:00.000Z', answeredBy: 'email', outcome: null }],
      clock: { ...clock, alarms: [] },
    });
    expect(showText(answered, false)).toContain('off: answered');
  });

  it('lets no text of the ledger steer the terminal', () => {
    const text = showText(shown({ systems: [system({ id: brand(`${esc}]0;x${bell}`) })] }), false);
    expect(text.includes(esc) || text.includes(bell)).toBe(false);
  });
});

describe('habeas requests new --wait', () => {
  it('ends where a person must act, and not while a decision is on its way or a system is at work', () => {
    const asked = [task({ kind: 'identity' })];
    expect(waitsForPerson(shown({ state: 'identity', tasks: asked }))).toBe(true);
    expect(waitsForPerson(shown({ state: 'identity', tasks: asked, seq: 3 }))).toBe(false);
    expect(waitsForPerson(shown({ state: 'received', tasks: asked }))).toBe(false);
    expect(
      waitsForPerson(
        shown({
          state: 'reading',
          tasks: [task({})],
          systems: [system({ state: 'parked' }), system({ state: 'running' })],
        }),
      ),
    ).toBe(false);
    expect(
      waitsForPerson(shown({ state: 'needs_decision', tasks: [task({})], systems: [system({ state: 'parked' })] })),
    ).toBe(true);
    expect(waitsForPerson(shown({ state: 'delivering', tasks: [task({ kind: 'manual' })] }))).toBe(true);
    expect(
      waitsForPerson(shown({ state: 'needs_decision', tasks: [task({ closedAt: '2026-11-24T00:00:00.000Z' })] })),
    ).toBe(false);
  });

  it.each([
    ['completed', 'ok'],
    ['refused', 'ended'],
    ['cancelled', 'ended'],
    ['reading', 'temporary'],
  ] as const)('a request that is %s ends the command with %s', (state, exit) => {
    expect(waitedExit(shown({ state }))).toBe(exit);
  });
});
