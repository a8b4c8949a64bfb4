/**
 * Who is who: addresses that two accounts share in different case, that several people read, that passed from one
 * employee to the next, that contain one another, that look the same and are not. What proves, is read; what only may be
 * the person's waits for a named person; and nobody gets anything of anybody else.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast, handedOn } from '../../src/local/sample/cast.ts';
import { expectedOf, keysOf } from '../support/expected.ts';
import { forumMembers } from '../support/forum.ts';
import { freshInstallation, type Installation, type RequestView } from '../support/installation.ts';
import type { PackageFile } from '../support/package-file.ts';

let habeas: Installation;
beforeAll(async () => {
  habeas = await freshInstallation('candidates');
  await habeas.startWorker();
  // Requests that ask nobody anything run beside one another; their tests look at what came of them.
  for (const name of [...near, ...odd]) packages.set(name, openAlone(cast[name]));
  await Promise.allSettled(packages.values());
});
afterAll(() => habeas?.close());

/** Addresses of which one is part of another. */
const near = ['plusBase', 'plusMusic', 'plusInvoices', 'substringShort', 'substringLong', 'substringDomain'] as const;
/** Names and contents that are easily spoilt, people in more than one place, and one whom only the forum teaches about. */
const odd = ['twoWorkspaces', 'estonian', 'injection', 'emoji', 'literalNull', 'formerMember', 'soleTrader'] as const;
type Alone = (typeof near)[number] | (typeof odd)[number];
const packages = new Map<Alone, Promise<PackageFile>>();

type Member = (typeof cast)[keyof typeof cast];
interface Asked {
  readonly requestId: string;
  readonly waiting: RequestView;
}

let letters = 0;

/** Opens a verified request by address; every one has a contact point of its own, so that mails tell them apart. */
async function request(email: string): Promise<{ requestId: string; contact: string }> {
  letters += 1;
  const contact = `kiri${letters}@kodune.test`;
  const requestId = await habeas.open('--email', email, '--identity-method', 'id-document', '--contact', contact);
  return { requestId, contact };
}

/** Until people must decide this many candidates; nothing may have been read by then. */
async function waitForCandidates(requestId: string, count: number): Promise<Asked> {
  const waiting = await habeas.waitFor(
    requestId,
    ({ state, tasks }) => state === 'needs_decision' && tasks.length === count,
  );
  expect(waiting.tasks.map(({ kind }) => kind)).toEqual(Array(count).fill('candidate'));
  expect(await habeas.objects('staging', `staging/${requestId}/`)).toEqual([]);
  return { requestId, waiting };
}

/** Answers every open candidate as the officer who looks at it would, seeing what the task shows. */
async function decide({ waiting }: Asked, accepts: (shown: string) => boolean): Promise<void> {
  for (const { id } of waiting.tasks) {
    const { stdout } = await habeas.must(['tasks', 'show', id], 'officer');
    const answer = accepts(stdout) ? 'accept' : 'reject';
    await habeas.must(['tasks', 'answer', id, '--answer', answer, '--reason', 'Compared with the letter'], 'officer');
  }
}

/** The package holds what belongs to these accounts, all of it, and nothing else of the account database. */
async function expectPackageOf(contact: string, members: readonly Member[]): Promise<PackageFile> {
  const zip = await habeas.mailedPackage(contact);
  await expectOwn(zip, members);
  return zip;
}

async function expectOwn(zip: PackageFile, members: readonly Member[]): Promise<void> {
  const each = await Promise.all(members.map(({ userId }) => expectedOf(habeas.accounts, userId ?? '')));
  const names = Object.keys(await expectedOf(habeas.accounts, '0'));
  for (const name of names) {
    const keys = each.flatMap((expected) => expected[name]?.exported ?? []);
    expect([name, keysOf(name, zip.records('account-db', name))]).toEqual([name, [...new Set(keys)].sort()]);
  }
}

/** A request that nothing is unclear about, to its end. */
async function openAlone({ email }: Member): Promise<PackageFile> {
  const { requestId, contact } = await request(email);
  const done = await habeas.waitFor(requestId, ({ state }) => state === 'completed' || state === 'needs_decision');
  expect(done).toMatchObject({ state: 'completed', tasks: [] });
  return habeas.mailedPackage(contact);
}

async function packageOf(name: Alone): Promise<PackageFile> {
  const zip = await packages.get(name);
  if (zip === undefined) throw new Error(`${name} has no package`);
  return zip;
}

describe('two accounts on one address in different case', () => {
  const { caseLower, caseUpper } = cast;
  const asWritten = 'MARI.tamm@kask.example';

  it('wait for a decision; who is rejected is not in the package', async () => {
    const { requestId, contact } = await request(asWritten);
    const asked = await waitForCandidates(requestId, 2);
    await decide(asked, (shown) => shown.includes(caseLower.email) && !shown.includes(caseUpper.email));
    await habeas.waitForState(requestId, 'completed');
    const zip = await expectPackageOf(contact, [caseLower]);
    expect(zip.whereIs(caseUpper.email)).toEqual([]);
  });

  it('are both in the package where both were accepted', async () => {
    const { requestId, contact } = await request(asWritten);
    await decide(await waitForCandidates(requestId, 2), () => true);
    await habeas.waitForState(requestId, 'completed');
    await expectPackageOf(contact, [caseLower, caseUpper]);
  });

  it('are nobody the company knows where both were rejected', async () => {
    const { requestId, contact } = await request(asWritten);
    await decide(await waitForCandidates(requestId, 2), () => false);
    await habeas.waitForState(requestId, 'completed');
    await expectPackageOf(contact, []);
  });

  it('wait also where one of them is written exactly so: the other may be the same person', async () => {
    const { requestId, contact } = await request(caseLower.email);
    await decide(await waitForCandidates(requestId, 1), () => false);
    await habeas.waitForState(requestId, 'completed');
    await expectPackageOf(contact, [caseLower]);
  });
});

describe('an address that several people read', () => {
  it('waits for a decision about everybody who has it, and gives only what was accepted', async () => {
    const { rows } = await habeas.accounts.query(
      `SELECT user_id::text AS id FROM user_emails WHERE email = $1 UNION SELECT id::text FROM users WHERE email = $1`,
      [cast.sharedMailbox.email],
    );
    expect(rows.length).toBeGreaterThan(1);
    const { requestId, contact } = await request(cast.sharedMailbox.email);
    const asked = await waitForCandidates(requestId, rows.length);
    await decide(asked, (shown) => shown.includes(cast.officeFirst.email));
    await habeas.waitForState(requestId, 'completed');
    const zip = await expectPackageOf(contact, [cast.officeFirst]);
    expect(zip.whereIs(cast.officeSecond.name)).toEqual([]);
  });
});

describe('an address that passed from one employee to the next', () => {
  it('asks about the one who had it before, and gives nothing of theirs when they are rejected', async () => {
    const { requestId, contact } = await request(handedOn.email);
    await decide(await waitForCandidates(requestId, 1), () => false);
    await habeas.waitForState(requestId, 'completed');
    const zip = await expectPackageOf(contact, [cast.managerNow]);
    for (const text of [cast.managerBefore.name, cast.managerBefore.email]) expect(zip.whereIs(text)).toEqual([]);
  });
});

describe('letters that look the same and are not', () => {
  it.each(['composed', 'decomposed'] as const)(
    'the account in %s Unicode is never taken for the other',
    async (name) => {
      const { requestId, contact } = await request(cast[name].email);
      await decide(await waitForCandidates(requestId, 1), () => false);
      await habeas.waitForState(requestId, 'completed');
      await expectPackageOf(contact, [cast[name]]);
    },
  );
});

describe.each([...near, ...odd])('%s', (name) => {
  it('is one account: all of it is in the package, and nothing of anybody else', async () => {
    await expectOwn(await packageOf(name), [cast[name]]);
  });
});

describe('a person whom one system knows by what another taught', () => {
  it('is found in the forum by the account number, under an address nobody asked for', async () => {
    const zip = await packageOf('soleTrader');
    expect(zip.records('forum', 'members')).toMatchObject([{ email: forumMembers.helmi.email }]);
    expect(zip.records('forum', 'posts')).toHaveLength(3);
  });
});
