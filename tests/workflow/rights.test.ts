/** Each right that acts, from the front door to its receipt and to the person, on the real Temporal server with systems in memory. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { printAnswer } from '../../src/answers/index.ts';
import type { RequestId } from '../../src/ids.ts';
import { packagesOf } from '../../src/ledger/packages.ts';
import {
  answer,
  answerByHand,
  cancel,
  decideIdentity,
  delivered,
  issueReceipt,
  liftRestriction,
  parseCounts,
  readReceipt,
  showTask,
} from '../../src/requests/index.ts';
import { checkSuppression, liftSuppression } from '../../src/requests/suppression.ts';
import { mainQueue } from '../../src/temporal/names.ts';
import { historyOf, historyText } from '../support/history.ts';
import { MailCatcher } from '../support/mail-catcher.ts';
import { rowsOf } from './erasing-system.ts';
import { based, RightSystem } from './right-system.ts';
import { newWorld, type Shown, type World } from './world.ts';

const email = 'anna.marker@example.ee';
const told = { reason: 'Told by letter' };

describe('a right that acts', () => {
  let world: World;
  let worker: Awaited<ReturnType<World['work']>>;
  let mails: MailCatcher;
  let upheld: RequestId;
  const account = { id: 'acc-anna', proofs: { email }, teaches: { user_id: 'u-marker-1' } };
  const restricts = { restrict: ['restricted'] };
  const accounts = new RightSystem({
    needs: ['email'],
    gives: ['user_id'],
    accounts: [account],
    collections: [
      based('people', 'contract', rowsOf('people', 'acc-anna', 2), { ...restricts, rectify: { name: 'note' } }),
      based('events', 'legitimate-interests', rowsOf('events', 'acc-anna', 5), { ...restricts, rectify: {} }),
      based('news', 'consent', rowsOf('news', 'acc-anna', 3), { ...restricts, rectify: {}, suppress: ['mail'] }),
      based(
        'invoices',
        'legal-obligation',
        rowsOf('invoices', 'acc-anna', 4),
        { ...restricts, rectify: { name: 'note' } },
        'invoice',
      ),
    ],
  });
  const billing = new RightSystem({
    needs: ['user_id'],
    accounts: [{ id: 'bill-anna', proofs: { user_id: 'u-marker-1' } }],
    collections: [
      based('offers', 'legitimate-interests-marketing', rowsOf('offers', 'bill-anna', 2), {
        ...restricts,
        ...{ rectify: {}, suppress: ['mail'] },
      }),
    ],
  });

  beforeAll(async () => {
    world = await newWorld('wf-rights', { systems: { 'account-db': accounts, billing } });
    mails = await MailCatcher.listen();
    Object.assign(world.deps.config, { mail: { ...world.deps.config.mail, url: mails.url } });
    worker = await world.work();
  });
  afterEach(() => {
    accounts.before = undefined;
    accounts.deeds.length = 0;
    mails.mails.length = 0;
    mails.refuses = undefined;
    billing.deeds.length = 0;
    for (const collection of accounts.collections) Object.assign(collection, { recipients: [] });
  });
  afterAll(async () => {
    await world?.close();
    await mails?.close();
  });

  const completed = (id: RequestId) => world.shows(id, ({ state }) => state === 'completed');
  const task = async (id: RequestId, holds: (one: Shown['tasks'][number]) => boolean) => {
    const isIt = (one: Shown['tasks'][number]) => one.kind === 'right' && one.closedAt === null && holds(one);
    const shown = await world.shows(id, ({ tasks }) => tasks.some(isIt));
    return shown.tasks.find(isIt)?.id ?? ('' as never);
  };
  const decide = async (id: RequestId, said: string) => {
    const taskId = await task(id, ({ allowedAnswers }) => allowedAnswers.includes(said));
    await answer(world.deps, {
      ...{ taskId, answer: said, reason: 'As the file shows', signedBy: world.ledger.people.officer },
    });
  };
  const lift = (id: RequestId, day: string | undefined) =>
    liftRestriction(world.deps, { requestId: id, told: day, ...told, signedBy: world.ledger.people.officer });
  const today = () => new Date().toLocaleDateString('sv', { timeZone: 'Europe/Tallinn' });
  const became = async (id: RequestId) => {
    await issueReceipt(world.deps, id);
    const { receipt } = await readReceipt(world.deps, id);
    return Object.fromEntries(
      receipt.systems.map(({ id: system, right }) => {
        const { lines: _, ...counts } = right ?? { lines: [] };
        return [system, counts];
      }),
    );
  };
  /** Told by one letter, which says this; the alarm is off, and the receipt says how and when. */
  const isTold = async (id: RequestId, ...said: readonly RegExp[]) => {
    const shown = await world.shows(id, ({ rights }) => rights.every(({ answeredAt }) => answeredAt !== null));
    expect(shown.clock.alarms).toEqual([]);
    const letters = mails.to(email).filter(({ body }) => body.includes(id));
    expect(letters).toHaveLength(1);
    const text = letters[0]?.body.replace(/^To: .*$/m, '') ?? '';
    for (const words of said) expect(text).toMatch(words);
    expect(text).not.toMatch(/anna\.marker|acc-anna|u-marker|undefined/i);
    await issueReceipt(world.deps, id);
    const { receipt } = await readReceipt(world.deps, id);
    expect(receipt.rights).toEqual([
      { right: shown.rights[0]?.right, answeredAt: shown.rights[0]?.answeredAt, answeredBy: 'email' },
    ]);
  };
  const none = {
    rectified: 0,
    restricted: 0,
    objected: 0,
    suppressed: 0,
    refused: 0,
    referred: 0,
    absent: 0,
    pending: 0,
  };

  it('withdraws consent: suppressed before anything is looked for, marked where consent is, refused where it is not', async () => {
    const held = new Promise<void>((resolve) => {
      accounts.gate = async (stage) => {
        if (stage !== 'locate') return;
        accounts.gate = undefined;
        // Before the first system has answered a thing.
        expect(await checkSuppression(world.deps, { email, purpose: 'marketing' })).not.toBeNull();
        resolve();
      };
    });
    const id = await world.open({ rights: ['consent-withdrawal'] });
    await held;
    await completed(id);
    expect(accounts.values('news', 'mail')).toEqual(['no', 'no', 'no']);
    expect(await became(id)).toEqual({
      'account-db': { ...none, found: 14, suppressed: 3, refused: 11 },
      billing: { ...none, found: 2, suppressed: 2 },
    });
    await isTold(
      id,
      /5 records were taken out of direct marketing.*as you asked/s,
      /11 records were left as they are/,
      /Art\. 12\(4\)/,
    );
    const text = historyText(await historyOf(world.deps.config.temporal, id));
    for (const marker of ['anna.marker', 'u-marker', 'acc-anna', 'secret of']) expect(text).not.toContain(marker);
  });

  it('restricts until the person was told, and not a day before', async () => {
    const id = await world.open({ rights: ['restriction'], restrictBecause: 'claims' });
    await world.shows(id, ({ state }) => state === 'restricted');
    expect(new Set(accounts.values('events', 'restricted'))).toEqual(new Set(['yes']));
    expect(await became(id)).toMatchObject({ 'account-db': { found: 14, restricted: 14 }, billing: { restricted: 2 } });
    await isTold(
      id,
      /16 records were restricted: they are stored/,
      /You will be told before this ends \(Art\. 18\(3\)\)/,
    );
    await task(id, ({ allowedAnswers }) => allowedAnswers.includes('lift'));
    for (const day of [undefined, '2999-01-01', '2020-01-01'])
      await expect(lift(id, day)).rejects.toMatchObject({ code: 'restriction-not-told' });
    expect(new Set(accounts.values('events', 'restricted'))).toEqual(new Set(['yes']));
    await lift(id, today());
    await completed(id);
    expect(new Set(accounts.values('events', 'restricted'))).toEqual(new Set([null]));
    expect(await became(id)).toMatchObject({ 'account-db': { restricted: 14 } });
    await expect(lift(id, today())).rejects.toMatchObject({ code: 'restriction-none' });
  });

  it('objects: marketing at once, the rest restricted until a named person records compelling grounds', async () => {
    const id = await world.open({ rights: ['objection'] });
    await task(id, ({ allowedAnswers }) => allowedAnswers.includes('compelling-grounds'));
    expect(accounts.deeds).toContain('restrict events 5');
    expect(accounts.deeds).toContain('suppress news 3');
    await expect(lift(id, today())).rejects.toMatchObject({ code: 'restriction-undecided' });
    // Nobody is told anything before it is decided.
    expect(mails.to(email)).toEqual([]);
    await decide(id, 'compelling-grounds');
    await world.shows(id, ({ state }) => state === 'restricted');
    const refused = [/compelling legitimate grounds of the company override/, /Art\. 12\(4\)/, /Art\. 77/, /Art\. 79/];
    await isTold(id, ...refused, /the restriction will be lifted: you are told so by this letter/);
    await task(id, ({ allowedAnswers }) => allowedAnswers.includes('lift'));
    await lift(id, today());
    const shown = await completed(id);
    expect(new Set(accounts.values('events', 'restricted'))).toEqual(new Set([null]));
    expect(await became(id)).toMatchObject({
      'account-db': { suppressed: 3, refused: 11 },
      billing: { suppressed: 2 },
    });
    expect(shown.decisions.map(({ answer: said, personId }) => [said, personId])).toContainEqual([
      ...['compelling-grounds', 'officer'],
    ]);
  });

  it('writes again to who consented anew, also when an older objection is at its end', async () => {
    const stands = () => checkSuppression(world.deps, { email, purpose: 'marketing' });
    // The entry is another request's: the older objection had nothing to add.
    await completed(await world.open({ rights: ['consent-withdrawal'] }));
    const id = await world.open({ rights: ['objection'] });
    await task(id, ({ allowedAnswers }) => allowedAnswers.includes('compelling-grounds'));
    expect(await stands()).not.toBeNull();
    await liftSuppression(world.deps, {
      ...{ email, purpose: 'marketing', consented: today(), reason: 'Ticked the box' },
      signedBy: world.ledger.people.agent,
    });
    await decide(id, 'compelling-grounds');
    await task(id, ({ allowedAnswers }) => allowedAnswers.includes('lift'));
    await lift(id, today());
    await completed(id);
    expect(await stands()).toBeNull();
  });

  it('takes off a mark only where no other request of the same person keeps it', async () => {
    const first = await world.open({ rights: ['restriction'], restrictBecause: 'claims' });
    await task(first, ({ allowedAnswers }) => allowedAnswers.includes('lift'));
    const second = await world.open({ rights: ['objection'] });
    await task(second, ({ allowedAnswers }) => allowedAnswers.includes('compelling-grounds'));
    await lift(first, today());
    await completed(first);
    expect(new Set(accounts.values('people', 'restricted'))).toEqual(new Set([null]));
    // Of events it is not decided yet whose grounds override.
    expect(new Set(accounts.values('events', 'restricted'))).toEqual(new Set(['yes']));
    await decide(second, 'compelling-grounds');
    await task(second, ({ allowedAnswers }) => allowedAnswers.includes('lift'));
    await lift(second, today());
    await completed(second);
    expect(new Set(accounts.values('events', 'restricted'))).toEqual(new Set([null]));
  });

  it('objects and is upheld: what was objected to stays marked, and nothing is left to lift', async () => {
    const id = await world.open({ rights: ['objection'] });
    upheld = id;
    await decide(id, 'uphold');
    await completed(id);
    expect(new Set(accounts.values('events', 'restricted'))).toEqual(new Set(['yes']));
    expect(await became(id)).toMatchObject({ 'account-db': { objected: 5, suppressed: 3, refused: 6 } });
    await isTold(id, /What you objected to has been out of use since/, /your objection was upheld/);
    for (const row of accounts.rows.get('events')?.values() ?? []) row.fields.restricted = null;
  });

  it('objects to marketing alone: no person decides anything', async () => {
    const id = await world.open({ rights: ['objection'], objectTo: 'marketing' });
    const shown = await completed(id);
    expect(shown.tasks.filter(({ kind }) => kind === 'right')).toEqual([]);
    expect(await became(id)).toMatchObject({
      'account-db': { suppressed: 3, objected: 0 },
      billing: { suppressed: 2 },
    });
  });

  it('rectifies once a person has found it right, and never an issued document', async () => {
    // Whoever received what was corrected is told first (Art. 19).
    Object.assign(accounts.collections.find(({ collection }) => collection === 'people') ?? {}, {
      recipients: ['Mailer Ltd'],
    });
    const id = await world.open({ rights: ['rectification'], corrections: { name: 'Anna Õunapuu' } });
    await decide(id, 'correct');
    const telling = await world.shows(id, ({ waitsFor, state }) => state === 'needs_decision' && waitsFor === 'notice');
    expect(telling.recipients).toMatchObject([{ name: 'Mailer Ltd', right: 'rectification', records: 2 }]);
    const [{ task: notice } = { task: null }] = telling.recipients;
    // Told without what it is now, nobody could correct it; and that is sealed.
    const { object } = await showTask(world.deps, notice ?? ('' as never), { open: true });
    expect(object).toMatchObject({ corrections: [{ word: 'name', to: 'Anna Õunapuu' }] });
    await answer(world.deps, {
      ...{ taskId: notice ?? ('' as never), answer: 'sent', signedBy: world.ledger.people.agent },
    });
    await world.shows(id, ({ state }) => state === 'restricted');
    expect(accounts.values('people', 'note')).toEqual(['Anna Õunapuu', 'Anna Õunapuu']);
    expect(new Set(accounts.values('invoices', 'note'))).not.toContain('Anna Õunapuu');
    await task(id, ({ allowedAnswers }) => allowedAnswers.includes('lift'));
    await lift(id, today());
    await completed(id);
    expect(await became(id)).toMatchObject({ 'account-db': { found: 14, rectified: 2, refused: 4, absent: 8 } });
    await isTold(
      id,
      /2 records were corrected, and read back as corrected/,
      /corrected by a credit note/,
      /were told, having received.*Mailer Ltd/s,
    );
    expect(mails.mails.map(({ raw, body }) => raw + body).join('\n')).not.toContain('Õunapuu');
    const text = historyText(await historyOf(world.deps.config.temporal, id));
    expect(text).not.toContain('Õunapuu');
  });

  it('asks a person where no verb does it, and what they attest balances', async () => {
    Reflect.deleteProperty(billing, 'restrict');
    const id = await world.open({ rights: ['restriction'], restrictBecause: 'unlawful' });
    const isIt = (one: Shown['tasks'][number]) => one.kind === 'manual' && one.closedAt === null;
    const asked = (await world.shows(id, ({ tasks }) => tasks.some(isIt))).tasks.find(isIt);
    expect(asked).toMatchObject({ systemId: 'billing', code: 'by-hand-needed' });
    await answerByHand(world.deps, asked?.id ?? ('' as never), {
      ...{
        counts: parseCounts(['offers=2']),
        proof: { name: 'screen.png', bytes: Buffer.from('a picture') },
        files: [],
      },
      ...{ reason: 'Marked in its console', signedBy: world.ledger.people.officer },
    });
    await world.shows(id, ({ state }) => state === 'restricted');
    expect(billing.deeds).toEqual([]);
    expect(await became(id)).toMatchObject({ 'account-db': { restricted: 14 }, billing: { found: 2, restricted: 2 } });
    const { receipt } = await readReceipt(world.deps, id);
    expect(receipt.systems.find((one) => one.id === 'billing')?.attestations).toMatchObject([
      { right: 'restriction', by: 'officer' },
    ]);
    // Lifted, it is unmarked where a verb can, and a person is asked where a person marked it.
    await task(id, ({ allowedAnswers }) => allowedAnswers.includes('lift'));
    await lift(id, today());
    await unmark(id, ['billing']);
    await completed(id);
    expect(new Set(accounts.values('people', 'restricted'))).toEqual(new Set([null]));
    // The objection that was upheld keeps its mark.
    expect(new Set(accounts.values('events', 'restricted'))).toEqual(new Set(['yes']));
    expect(billing.deeds).toEqual([]);
  });

  it('stays what it is where its history was lost, also where everything was done by hand', async () => {
    for (const system of [accounts, billing]) Reflect.deleteProperty(system, 'restrict');
    const id = await world.open({ rights: ['restriction'], restrictBecause: 'unlawful' });
    const all = { 'account-db': ['people=2', 'events=5', 'news=3', 'invoices=4'], billing: ['offers=2'] };
    const isIt = (one: Shown['tasks'][number]) => one.kind === 'manual' && one.closedAt === null;
    const asked = (await world.shows(id, ({ tasks }) => tasks.filter(isIt).length === 2)).tasks.filter(isIt);
    for (const [system, counts] of Object.entries(all))
      await answerByHand(world.deps, asked.find(({ systemId }) => systemId === system)?.id ?? ('' as never), {
        ...{ counts: parseCounts(counts), proof: { name: 'screen.png', bytes: Buffer.from('a picture') }, files: [] },
        ...{ reason: 'Marked in its console', signedBy: world.ledger.people.officer },
      });
    await world.shows(id, ({ state }) => state === 'restricted');
    await task(id, ({ allowedAnswers }) => allowedAnswers.includes('lift'));
    const { workflow } = worker.client;
    await workflow.getHandle(id).terminate();
    await workflow.start('subjectRequest', {
      ...{ workflowId: id, taskQueue: mainQueue(world.deps.config.temporal), args: [{ requestId: id }] },
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
    await lift(id, today());
    await unmark(id, ['account-db', 'billing']);
    await completed(id);
    expect(await packagesOf(world.deps.ledger.db, id)).toEqual([]);
    expect(await became(id)).toMatchObject({ 'account-db': { restricted: 14 }, billing: { restricted: 2 } });
  });

  /** What was marked by hand is asked about again, system by system, and only then is the request over. */
  async function unmark(id: RequestId, systems: readonly string[]): Promise<void> {
    const isIt = (one: Shown['tasks'][number]) => one.code === 'unmark-by-hand' && one.closedAt === null;
    const { tasks } = await world.shows(
      id,
      ({ tasks: all, state }) => all.filter(isIt).length === systems.length && state === 'needs_decision',
    );
    expect(tasks.filter(isIt).map(({ systemId }) => systemId)).toEqual(systems);
    const { officer } = world.ledger.people;
    await expect(cancel(world.deps, { requestId: id, reason: 'told', signedBy: officer })).rejects.toMatchObject({
      code: 'restriction-stands',
    });
    for (const [no, one] of tasks.filter(isIt).entries()) {
      const { object } = await showTask(world.deps, one.id, { open: true });
      expect(object).toMatchObject({
        identifiers: expect.arrayContaining([{ kind: 'email', value: email }]),
        // By the objection that was upheld records stay marked, whoever takes marks off.
        keepMarkedFor: [upheld],
      });
      const said = { taskId: one.id, answer: 'unmarked', signedBy: officer };
      await expect(answer(world.deps, said)).rejects.toMatchObject({ code: 'reason-needed' });
      await answer(world.deps, { ...said, reason: 'Unmarked in its console' });
      if (no < systems.length - 1)
        await world.shows(id, (shown) => shown.tasks.filter(isIt).length === systems.length - 1 - no);
    }
  }

  describe('of a person whose mail server refuses the letter for good', () => {
    const officer = () => world.ledger.people.officer;
    const refused = async () => {
      mails.refuses = 550;
      const id = await world.open({ rights: ['consent-withdrawal'] });
      const isIt = (one: Shown['tasks'][number]) => one.code === 'mail-refused' && one.closedAt === null;
      const shown = await world.shows(id, ({ tasks, state }) => tasks.some(isIt) && state === 'needs_decision');
      const asked = shown.tasks.find(isIt);
      expect(asked).toMatchObject({ kind: 'unresolved', role: 'officer', ifUnanswered: 'person-not-told' });
      expect(shown.clock.alarms).not.toEqual([]);
      return { id, taskId: asked?.id ?? ('' as never) };
    };

    it('ends as not reachable only with a reason, and the receipt claims no answer', async () => {
      const { id, taskId } = await refused();
      const said = { taskId, answer: 'not-reachable', signedBy: officer() };
      await expect(answer(world.deps, said)).rejects.toMatchObject({ code: 'reason-needed' });
      await answer(world.deps, { ...said, reason: 'The mailbox is closed, and no other way is known' });
      const done = await completed(id);
      expect(done.rights).toMatchObject([{ answeredAt: null, outcome: 'not-reachable' }]);
      expect(done.clock.alarms).toEqual([]);
      expect(done.decisions.at(-1)).toMatchObject({ answer: 'not-reachable', effect: 'applied' });
      expect(mails.mails).toEqual([]);
      await issueReceipt(world.deps, id);
      const { rights: answered } = (await readReceipt(world.deps, id)).receipt;
      expect(answered).toEqual([{ right: 'consent-withdrawal', answeredAt: null }]);
    });

    it('is handed over by a person, or goes when the mailbox takes letters again', async () => {
      const { id } = await refused();
      expect((await printAnswer(world.deps, id)).text).toMatch(/^On .* you asked/);
      await delivered(world.deps, { requestId: id, method: 'post', signedBy: officer() });
      expect((await completed(id)).rights).toMatchObject([{ answeredBy: 'post', outcome: 'answered' }]);
      const again = await refused();
      mails.refuses = undefined;
      await answer(world.deps, { taskId: again.taskId, answer: 'retry', reason: 'It is open', signedBy: officer() });
      await completed(again.id);
      await isTold(again.id);
    });
  });

  describe('of a person without a verified e-mail address', () => {
    const byPost = { identity: { method: 'known-in-person', contact: 'Rüütli 1, 51007 Tartu' } } as const;
    const asks = (one: Shown['tasks'][number]) => one.code === 'answer-by-hand' && one.closedAt === null;
    const withdraw = async () => {
      const id = await world.open({ rights: ['consent-withdrawal'], language: 'et', ...byPost });
      const shown = await world.shows(id, ({ tasks, state }) => tasks.some(asks) && state === 'needs_decision');
      expect(shown.clock.alarms).not.toEqual([]);
      return { id, taskId: shown.tasks.find(asks)?.id ?? ('' as never) };
    };
    const { signedBy } = { signedBy: () => world.ledger.people.agent };

    it('is handed over by a person, on paper, and answered on the day they say', async () => {
      const { id, taskId } = await withdraw();
      const { object } = await showTask(world.deps, taskId, { open: true });
      expect(object).toEqual({ kind: 'post', value: 'Rüütli 1, 51007 Tartu' });
      const { text } = await printAnswer(world.deps, id);
      expect(text).toMatch(/^Te esitasite .* taotluse/);
      expect(text).toMatch(/5 kirjet võeti välja otseturustusest/);
      expect(text).toMatch(/art 12 lg 4/);
      expect(text).not.toMatch(/anna\.marker|Rüütli/);
      const early = { requestId: id, method: 'post', on: '2020-01-01', signedBy: signedBy() } as const;
      await expect(delivered(world.deps, early)).rejects.toMatchObject({ code: 'delivery-date' });
      await delivered(world.deps, { requestId: id, method: 'in-person', signedBy: signedBy() });
      const done = await completed(id);
      expect(done.rights).toMatchObject([{ answeredBy: 'in-person', outcome: 'answered' }]);
      expect(done.clock.alarms).toEqual([]);
      expect(done.decisions.at(-1)).toMatchObject({ kind: 'delivered', effect: 'applied' });
      expect(mails.mails).toEqual([]);
      await issueReceipt(world.deps, id);
      expect((await readReceipt(world.deps, id)).receipt.rights).toMatchObject([{ answeredBy: 'in-person' }]);
    });

    it('ends as not reachable only with a reason, and the receipt claims no answer', async () => {
      const { id, taskId } = await withdraw();
      const said = { taskId, answer: 'not-reachable', signedBy: signedBy() };
      await expect(answer(world.deps, said)).rejects.toMatchObject({ code: 'reason-needed' });
      await answer(world.deps, { ...said, reason: 'The letter came back twice' });
      const done = await completed(id);
      expect(done.rights).toMatchObject([{ answeredAt: null, outcome: 'not-reachable' }]);
      expect(done.clock.alarms).toEqual([]);
      await issueReceipt(world.deps, id);
      const { rights: told } = (await readReceipt(world.deps, id)).receipt;
      expect(told).toEqual([{ right: 'consent-withdrawal', answeredAt: null }]);
    });

    it('is told that nobody could be identified, by the hand of whoever answers, before the request ends refused', async () => {
      const id = await world.open({ rights: ['rectification'], corrections: { name: 'Anna' }, identity: undefined });
      await world.shows(id, ({ state }) => state === 'identity');
      await decideIdentity(world.deps, {
        ...{ requestId: id, outcome: 'unverifiable', reason: 'No answer to two letters', signedBy: signedBy() },
      });
      const waiting = await world.shows(id, ({ tasks }) => tasks.some(asks));
      expect(waiting.state).not.toBe('refused');
      expect(waiting.clock.alarms).not.toEqual([]);
      const { text } = await printAnswer(world.deps, id);
      expect(text).toMatch(/Art\. 11\(2\).*Art\. 12\(4\).*Art\. 77.*Art\. 79/s);
      await delivered(world.deps, { requestId: id, method: 'post', signedBy: signedBy() });
      const done = await world.shows(id, ({ state }) => state === 'refused');
      expect(done.rights).toMatchObject([{ answeredBy: 'post', outcome: 'refused' }]);
      expect(done.clock.alarms).toEqual([]);
      expect([...accounts.deeds, ...mails.mails]).toEqual([]);
    });
  });
});
