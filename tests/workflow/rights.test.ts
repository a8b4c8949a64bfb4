/** Each right that acts, from the front door to its receipt, on the real Temporal server with systems in memory. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestId } from '../../src/ids.ts';
import { packagesOf } from '../../src/ledger/packages.ts';
import {
  answer,
  answerByHand,
  issueReceipt,
  liftRestriction,
  parseCounts,
  readReceipt,
  showTask,
} from '../../src/requests/index.ts';
import { checkSuppression } from '../../src/requests/suppression.ts';
import { mainQueue } from '../../src/temporal/names.ts';
import { historyOf, historyText } from '../support/history.ts';
import { rowsOf } from './erasing-system.ts';
import { based, RightSystem } from './right-system.ts';
import { newWorld, type Shown, type World } from './world.ts';

const email = 'anna.marker@example.ee';
const told = { reason: 'Told by letter' };

describe('a right that acts', () => {
  let world: World;
  let worker: Awaited<ReturnType<World['work']>>;
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
    worker = await world.work();
  });
  afterEach(() => {
    accounts.before = undefined;
    accounts.deeds.length = 0;
    billing.deeds.length = 0;
    for (const collection of accounts.collections) Object.assign(collection, { recipients: [] });
  });
  afterAll(() => world.close());

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
    const text = historyText(await historyOf(world.deps.config.temporal, id));
    for (const marker of ['anna.marker', 'u-marker', 'acc-anna', 'secret of']) expect(text).not.toContain(marker);
  });

  it('restricts until the person was told, and not a day before', async () => {
    const id = await world.open({ rights: ['restriction'], restrictBecause: 'claims' });
    await world.shows(id, ({ state }) => state === 'restricted');
    expect(new Set(accounts.values('events', 'restricted'))).toEqual(new Set(['yes']));
    expect(await became(id)).toMatchObject({ 'account-db': { found: 14, restricted: 14 }, billing: { restricted: 2 } });
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
    await decide(id, 'compelling-grounds');
    await world.shows(id, ({ state }) => state === 'restricted');
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
    await decide(id, 'uphold');
    await completed(id);
    expect(new Set(accounts.values('events', 'restricted'))).toEqual(new Set(['yes']));
    expect(await became(id)).toMatchObject({ 'account-db': { objected: 5, suppressed: 3, refused: 6 } });
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
    await completed(id);
    expect(await packagesOf(world.deps.ledger.db, id)).toEqual([]);
    expect(await became(id)).toMatchObject({ 'account-db': { restricted: 14 }, billing: { restricted: 2 } });
  });
});
