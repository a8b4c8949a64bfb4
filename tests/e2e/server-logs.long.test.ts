/**
 * Two systems, through the front door: the account database says who a person is and from where they came, the server
 * logs are scanned by that. Employees behind one office address, the holders of an address that was handed on, two
 * accounts in different case, a mailbox that several people read: nobody gets a line of a colleague, and what only may be
 * the person's is in no package until a named person has accepted it. What must be found is computed from the generated
 * lines, not by the connector.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast, handedOn, officeIp } from '../../src/local/sample/cast.ts';
import { generateLogs } from '../../src/local/sample/logs.ts';
import { freshInstallation, type Installation, type RequestView } from '../support/installation.ts';
import type { JsonRecord, PackageFile } from '../support/package-file.ts';
import { eventually } from '../support/servers.ts';

const lines: readonly JsonRecord[] = [...generateLogs()].flatMap((day) =>
  day.lines.map((line): JsonRecord => JSON.parse(line)),
);
const of = (userId: string | null) => lines.filter(({ user_id: id }) => String(id) === userId);

let habeas: Installation;
beforeAll(async () => {
  habeas = await freshInstallation('server-logs', { logs: true });
  await habeas.startWorker();
});
afterAll(() => habeas?.close());

let letters = 0;
async function request(email: string): Promise<{ requestId: string; contact: string }> {
  letters += 1;
  const contact = `kiri${letters}@kodune.test`;
  const requestId = await habeas.open('--email', email, '--identity-method', 'id-document', '--contact', contact);
  return { requestId, contact };
}

const candidatesOf = ({ tasks }: RequestView, systemId: string) =>
  tasks.filter((task) => task.kind === 'candidate' && task.systemId === systemId);

/** Answers what a system asks about as the officer who looks at it would. */
async function decide(requestId: string, systemId: string, accepts: (shown: string) => boolean): Promise<void> {
  const waiting = await habeas.waitFor(requestId, (view) => {
    const isAtRest =
      view.state === 'needs_decision' && Object.values(view.lanes).every((one) => one?.state !== 'running');
    return view.state === 'completed' || (isAtRest && candidatesOf(view, systemId).length > 0);
  });
  for (const { id } of candidatesOf(waiting, systemId)) {
    const { stdout } = await habeas.must(['tasks', 'show', id], 'officer');
    const answer = accepts(stdout) ? 'accept' : 'reject';
    await habeas.must(['tasks', 'answer', id, '--answer', answer, '--reason', 'Compared with the letter'], 'officer');
  }
}

/** The same lines, whatever their order; only what the data map lets out is compared. */
function expectLines(zip: PackageFile, expected: readonly JsonRecord[]): void {
  const name = ({ ts, user_id: id, path, ip }: JsonRecord) => JSON.stringify([ts, String(id), path, ip]);
  expect(zip.records('logs', 'access_log').map(name).sort()).toEqual(expected.map(name).sort());
}

describe('two employees behind one office address', () => {
  const { officeFirst, officeSecond } = cast;
  let asked: { requestId: string; contact: string };
  let accepted: { id: string; shown: string } | undefined;

  beforeAll(async () => {
    asked = await request(officeFirst.email);
    await habeas.waitFor(
      asked.requestId,
      (view) => view.state === 'needs_decision' && candidatesOf(view, 'logs').length > 0,
    );
  });

  it('what may be the one’s is in no package while nobody has decided: a part has nothing of the logs', async () => {
    await habeas.must(['requests', 'send-part', asked.requestId], 'officer');
    await eventually(() => habeas.mail.to(asked.contact).length > 0);
    const first = await habeas.mailedPackage(asked.contact);
    expect(first.records('account-db', 'users')).toHaveLength(1);
    expect(first.collections('logs')).toEqual([]);
    // The person never learns that there is something to decide.
    expect(first.whereIs('candidate')).toEqual([]);
    expect(first.whereIs(officeIp).filter((name) => name.includes('logs'))).toEqual([]);
  });

  it('the one gets her own lines and what was accepted, and no line of the other', async () => {
    const view = await habeas.waitFor(asked.requestId, (now) => candidatesOf(now, 'logs').length > 0);
    for (const { id } of candidatesOf(view, 'logs')) {
      const { stdout: shown } = await habeas.must(['tasks', 'show', id], 'officer');
      const accepts = accepted === undefined && shown.includes(officeIp);
      if (accepts) accepted = { id, shown };
      const answer = accepts ? 'accept' : 'reject';
      await habeas.must(['tasks', 'answer', id, '--answer', answer, '--reason', 'Known to the team'], 'officer');
    }
    await habeas.waitForState(asked.requestId, 'completed');
    const [, last] = habeas.mail.to(asked.contact);
    const zip = await habeas.packageOf(last);
    const records = zip.records('logs', 'access_log');
    const own = records.filter(({ user_id: id }) => id !== null);
    expect(new Set(own.map(({ user_id: id }) => String(id)))).toEqual(new Set([officeFirst.userId]));
    expect(own).toHaveLength(of(officeFirst.userId).length);
    // Lines of nobody who was logged in, of the office's address, as many as the question said.
    const anonymous = records.filter(({ user_id: id }) => id === null);
    const told = /lines\s+(\d+)/.exec(accepted?.shown ?? '')?.[1];
    expect(anonymous).toHaveLength(Number(told));
    expect(new Set(anonymous.map(({ ip }) => ip))).toEqual(new Set([officeIp]));
    for (const text of [officeSecond.name, officeSecond.email]) expect(zip.whereIs(text)).toEqual([]);
  });

  it('balances its books without what was rejected', async () => {
    const { json } = await habeas.must(['requests', 'show', asked.requestId, '--json']);
    expect(json).toMatchObject({ state: 'completed' });
    await habeas.must(['audit', 'verify']);
  });
});

describe('an address that was handed on', () => {
  it.each([
    ['the next holder', handedOn.email, cast.managerNow.userId, cast.managerBefore],
    ['who held it before', cast.managerBefore.email, cast.managerBefore.userId, cast.managerNow],
  ] as const)('%s gets the lines of their own log-ins, and none of the other’s', async (_who, email, userId, other) => {
    const { requestId, contact } = await request(email);
    await decide(requestId, 'account-db', () => false);
    await decide(requestId, 'logs', () => false);
    await habeas.waitForState(requestId, 'completed');
    const zip = await habeas.mailedPackage(contact);
    expect(of(userId).length).toBeGreaterThan(0);
    expectLines(zip, of(userId));
    expect(zip.records('logs', 'access_log').filter(({ user_id: id }) => String(id) === other.userId)).toEqual([]);
  });
});

describe('two accounts in different case', () => {
  it('the one gets no line of the other, nor one on which somebody typed the other’s spelling', async () => {
    const { caseLower, caseUpper } = cast;
    const { requestId, contact } = await request(caseLower.email);
    await decide(requestId, 'account-db', () => false);
    await decide(requestId, 'logs', () => false);
    await habeas.waitForState(requestId, 'completed');
    const zip = await habeas.mailedPackage(contact);
    expectLines(zip, of(caseLower.userId));
    expect(zip.whereIs(caseUpper.email)).toEqual([]);
  });
});

describe('a mailbox that several people read', () => {
  it('gives who was accepted their own lines, and nobody’s beside', async () => {
    const { sharedMailbox, officeSecond } = cast;
    const { requestId, contact } = await request(sharedMailbox.email);
    await decide(requestId, 'account-db', (shown) => shown.includes(officeSecond.email));
    await decide(requestId, 'logs', () => false);
    await habeas.waitForState(requestId, 'completed');
    expectLines(await habeas.mailedPackage(contact), of(officeSecond.userId));
  });
});

describe('a person known only to the logs', () => {
  it('gets the two lines that bear the address, and the one in capitals only where it was accepted', async () => {
    const bears = lines.filter(({ path }) => decodeURIComponent(String(path)).includes(cast.logsOnly.email));
    const capitals = lines.filter(({ path }) => String(path).includes(cast.logsOnly.email.toUpperCase()));
    expect([bears.length, capitals.length]).toEqual([2, 1]);
    for (const accepts of [false, true]) {
      const { requestId, contact } = await request(cast.logsOnly.email);
      await decide(requestId, 'logs', () => accepts);
      await habeas.waitForState(requestId, 'completed');
      expectLines(await habeas.mailedPackage(contact), accepts ? [...bears, ...capitals] : bears);
    }
  });
});
