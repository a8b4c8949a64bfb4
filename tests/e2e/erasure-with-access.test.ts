/**
 * Access and erasure in one request, and everything that stops an erasure before its point of no return: a package that
 * cannot be uploaded, a hold, a cancellation. Until then no row is touched; afterwards it can only go on.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { cast } from '../../src/local/sample/cast.ts';
import { differences, stillNaming, takeCopy } from '../support/before-after.ts';
import { approve, countsOf, erased, plannedFor, refusal, reviewDay } from '../support/erasing.ts';
import { expectedOf, keysOf } from '../support/expected.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import { heldAt } from '../support/ledger-gate.ts';

const untouched = async (habeas: Installation) => expect(await differences(habeas.accounts)).toEqual({});

describe('an erasure', () => {
  let habeas: Installation;
  beforeAll(async () => {
    habeas = await freshInstallation('both', { erasure: true, attempts: 2 });
    await habeas.startWorker();
  });
  afterAll(() => habeas?.close());
  beforeEach(() => takeCopy(habeas.accounts));

  const hold = async (requestId: string): Promise<string> => {
    const { json } = await habeas.must(
      [
        ...['holds', 'place', '--request', requestId, '--kind', 'complaint', '--ground', 'Complaint of 20 November'],
        ...['--owner', 'officer', '--review', reviewDay(), '--json'],
      ],
      'officer',
    );
    return String(pick(json, 'holdId'));
  };
  it('after access begins when the copy was delivered, and the copy has what is then erased', async () => {
    const { email, userId } = cast.colleague;
    const expected = await expectedOf(habeas.accounts, userId);
    const id = await habeas.openFor(
      'access,erasure',
      ...['--email', email, '--identity-method', 'logged-in', '--contact', email],
    );
    await plannedFor(habeas, id);
    const zip = await habeas.mailedPackage(email);
    for (const [name, { exported }] of Object.entries(expected))
      expect([name, keysOf(name, zip.records('account-db', name))]).toEqual([name, exported]);
    await untouched(habeas);
    await approve(habeas, id);
    const shown = await erased(habeas, id, 'completed');
    expect(shown).toMatchObject({ packages: [{ deliveredBy: 'email' }], erasure: { plan: { state: 'approved' } } });
    expect(Number(pick(countsOf(shown, 'account-db'), 'erased'))).toBeGreaterThan(0);
    // What the café entered about its staff is the café's: she is referred to it.
    expect(await stillNaming(habeas.accounts, userId)).toEqual({});
    // The copy first, and when it is done the answer: what was erased, what was not, and why.
    const [, answer, ...more] = habeas.mail.to(email);
    expect(more).toEqual([]);
    expect(answer?.body).toMatch(/were erased, and read back as gone/);
    expect(answer?.body).toContain('referred to the customer company');
    // A draft of a copy is no answer to the right of access.
    expect(pick(shown, 'rights')).toMatchObject([
      { right: 'access', answeredBy: null },
      { right: 'erasure', answeredBy: 'email', outcome: 'answered' },
    ]);
  });

  it('whose copy cannot be uploaded does not begin, and begins when it was delivered', async () => {
    const { email, userId } = cast.formerMember;
    habeas.s3.forbid(({ method, bucket }) => method !== 'GET' && bucket === habeas.buckets.packages);
    const id = await habeas.openFor(
      'access,erasure',
      ...['--email', email, '--identity-method', 'logged-in', '--contact', email],
    );
    const stuck = await habeas.waitFor(id, ({ state, tasks }) => state === 'needs_decision' && tasks.length > 0);
    expect(stuck.tasks).toMatchObject([{ kind: 'unresolved', code: expect.stringMatching(/^storage-/) }]);
    expect(habeas.s3.refused).toBeGreaterThan(0);
    const { rows } = await habeas.ledger.query(
      `SELECT count(*)::int AS n FROM rounds WHERE request_id = $1 AND "right" = 'erasure'`,
      [id],
    );
    expect(rows).toEqual([{ n: 0 }]);
    expect(refusal(await habeas.cli(['requests', 'approve', id], 'officer'))[0]).not.toBe(0);
    await untouched(habeas);
    habeas.s3.forbid(undefined);
    await habeas.must(['requests', 'retry', id], 'officer');
    await approve(habeas, id);
    expect(habeas.mail.to(email)).toHaveLength(1);
    await erased(habeas, id, 'completed');
    expect(await stillNaming(habeas.accounts, userId)).toEqual({});
  });

  /** The hold stops it where nothing is erased yet; released, a retry has the plan made anew. */
  const goOnWithout = async (id: string, held: string, before: string): Promise<void> => {
    await habeas.waitFor(id, ({ tasks }) => tasks.some(({ code }) => code === 'hold-placed'));
    const { json: shown } = await habeas.must(['requests', 'show', id, '--json']);
    expect(shown).toMatchObject({ erasure: { noReturnAt: null, holds: [{ id: held, kind: 'complaint' }] } });
    await untouched(habeas);
    await habeas.must(['holds', 'release', held, '--reason', 'The authority closed the complaint'], 'officer');
    await habeas.must(['requests', 'retry', id], 'officer');
    await plannedFor(habeas, id, before);
    await approve(habeas, id);
    await erased(habeas, id, 'completed');
  };

  it('held before it is approved stops at the point of no return, and goes on when the hold is released', async () => {
    const { email, userId } = cast.officeFirst;
    const id = await habeas.openErasure(email);
    const { sha256 } = await plannedFor(habeas, id);
    const held = await hold(id);
    await approve(habeas, id);
    await goOnWithout(id, held, sha256);
    expect(await stillNaming(habeas.accounts, userId)).toEqual({});
  });

  it('held after it was approved stops at the point of no return, and goes on when the hold is released', async () => {
    const { email, userId } = cast.companyContact;
    const id = await habeas.openErasure(email);
    const { sha256 } = await plannedFor(habeas, id);
    // What is kept cannot be registered, so that it stops while it is prepared.
    habeas.s3.forbid(({ method, bucket }) => method === 'PUT' && bucket === habeas.buckets.staging);
    await approve(habeas, id);
    await habeas.waitFor(id, ({ lanes }) => lanes['account-db']?.state === 'parked');
    const held = await hold(id);
    habeas.s3.forbid(undefined);
    await habeas.must(['requests', 'retry', id, 'account-db'], 'officer');
    await goOnWithout(id, held, sha256);
    expect(await stillNaming(habeas.accounts, userId)).toEqual({});
  });

  it('cannot be cancelled when the point of no return is passed, and is carried out', async () => {
    const { email, userId } = cast.officeSecond;
    const id = await habeas.openErasure(email);
    await plannedFor(habeas, id);
    await heldAt(habeas, 'no-return', {
      requestId: id,
      leadsThere: () => approve(habeas, id),
      meanwhile: () => habeas.accountsProxy.refuse(),
    });
    const parked = await habeas.waitFor(id, ({ lanes }) => lanes['account-db']?.state === 'parked');
    expect(parked.lanes['account-db']?.stage).toBe('erase');
    await untouched(habeas);
    const late = await habeas.cli(['requests', 'cancel', id, '--reason', 'Withdrawn by telephone'], 'officer');
    expect(refusal(late)).toEqual([5, 'past-no-return']);
    await habeas.accountsProxy.up();
    await habeas.must(['requests', 'retry', id, 'account-db'], 'officer');
    await erased(habeas, id, 'completed');
    expect(await stillNaming(habeas.accounts, userId)).toEqual({});
  });
});

describe('an erasure that cools off', () => {
  let habeas: Installation;
  beforeAll(async () => {
    habeas = await freshInstallation('cool', { erasure: { coolingOffHours: 24 } });
    await takeCopy(habeas.accounts);
    await habeas.startWorker();
  });
  afterAll(() => habeas?.close());

  it('is cancelled meanwhile: nothing is erased, and nothing of it is kept', async () => {
    const id = await habeas.openErasure(cast.colleague.email);
    await approve(habeas, id);
    await habeas.waitForState(id, 'cooling_off');
    const { json } = await habeas.must(['requests', 'show', id, '--json']);
    expect(pick(json, 'erasure', 'coolingUntil')).toEqual(expect.any(String));
    await habeas.must(['requests', 'cancel', id, '--reason', 'Withdrawn by telephone'], 'officer');
    const shown = await erased(habeas, id, 'cancelled');
    expect(shown).toMatchObject({ erasure: { noReturnAt: null } });
    await untouched(habeas);
    expect((await habeas.must(['retention', 'list', '--json'])).json).toEqual({
      ...{ entries: [], claims: [], classes: [], notices: [] },
    });
    expect(await habeas.objects('staging')).toEqual([]);
    expect((await habeas.must(['audit', 'verify', '--json'])).json).toMatchObject({ ok: true });
  });
});
