import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import type { PlannedSet, StreamDescription, SubjectKey, System } from '../../connectors/contract.ts';
import type { DataMap } from '../../connectors/postgres/data-map.ts';
import { postgres } from '../../connectors/postgres/index.ts';
import { undeclaredForWorkspaces } from '../../connectors/postgres/workspace-streams.ts';
import { asWorkspace } from '../../connectors/workspace-view.ts';
import { cast, workspaces } from '../../src/local/sample/cast.ts';
import { decideWorkspaceExport } from '../../src/policy/instructions/index.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context } from './database.ts';
import { anonymise, detach, gone, kept, planFor, prepare, readBack, run } from './erasing.ts';
import { openSampleSystem } from './sample-system.ts';

/** Which rows are a workspace's, by hand: `t` is the row, `$1` the workspace. */
const ofWorkspace: Readonly<Record<string, string>> = {
  workspaces: 't.id = $1',
  workspace_members: 't.workspace_id = $1',
  invitations: 't.workspace_id = $1',
  devices: 't.workspace_id = $1',
  playlists: 't.workspace_id = $1',
  playlist_collaborators: 't.playlist_id IN (SELECT id FROM playlists WHERE workspace_id = $1)',
  schedules: 't.workspace_id = $1',
  playback_events: 't.device_id IN (SELECT id FROM devices WHERE workspace_id = $1)',
  subscriptions: 't.workspace_id = $1',
  invoices: 't.workspace_id = $1',
  invoice_lines: 't.invoice_id IN (SELECT id FROM invoices WHERE workspace_id = $1)',
  staff_rota: 't.workspace_id = $1',
};
/** Which rows are a person's own; `$1` are the people. */
const ofPeople: Readonly<Record<string, string>> = {
  users: 't.id = ANY($1)',
  user_emails: 't.user_id = ANY($1)',
  personal_settings: 't.user_id = ANY($1)',
  sessions: 't.user_id = ANY($1)',
  support_notes: 't.about_user_id = ANY($1)',
  marketing_consents: 't.user_id = ANY($1)',
  audit_events: 't.actor_user_id = ANY($1)',
};
const isBilling = (collection: string): boolean => /invoice|subscription/.test(collection);

describe('a whole workspace', () => {
  let map: DataMap;
  let opened: System;
  let system: System;
  let admin: pg.Client;
  beforeAll(async () => {
    ({ map, system: opened, admin } = await openSampleSystem('workspace'));
    system = asWorkspace(opened);
  });
  afterAll(async () => {
    await opened.close();
    await admin.end();
  });

  async function values(sql: string, ...params: readonly unknown[]): Promise<readonly string[]> {
    const { rows } = await admin.query<string[]>({ text: sql, values: [...params], rowMode: 'array' });
    return rows.map(([value]) => String(value)).sort();
  }
  const keyText = (name: string) =>
    `json_build_array(${(map.collections[name]?.key ?? []).map((column) => `t.${column}::text`).join(', ')})::jsonb::text`;
  const tableOf = (name: string) => map.collections[name]?.table ?? '';

  /** Keys of the rows that these conditions name, `collection [key]`. */
  async function rowsOf(conditions: Readonly<Record<string, string>>, param: unknown): Promise<readonly string[]> {
    const all: string[] = [];
    for (const [name, where] of Object.entries(conditions))
      for (const key of await values(`SELECT ${keyText(name)} FROM ${tableOf(name)} t WHERE ${where}`, param))
        all.push(`${name} ${JSON.stringify(JSON.parse(key))}`);
    return all.sort();
  }
  /** Every row of every collection: its text by its collection and key. */
  async function everything(): Promise<ReadonlyMap<string, string>> {
    const rows = new Map<string, string>();
    for (const name of Object.keys(map.collections)) {
      const found = await admin.query<[string, string]>({
        text: `SELECT ${keyText(name)}, t::text FROM ${tableOf(name)} t`,
        rowMode: 'array',
      });
      for (const [at, text] of found.rows) rows.set(`${name} ${JSON.stringify(JSON.parse(at))}`, text);
    }
    return rows;
  }
  /** Members and owner of the workspace who are named in no other one; by hand. */
  const peopleOf = (workspace: string) =>
    values(
      `SELECT u.id FROM users u WHERE (EXISTS (SELECT 1 FROM workspace_members m WHERE m.user_id = u.id AND m.workspace_id = $1)
         OR EXISTS (SELECT 1 FROM workspaces w WHERE w.owner_user_id = u.id AND w.id = $1))
         AND NOT EXISTS (SELECT 1 FROM workspace_members m WHERE u.id IN (m.user_id, m.invited_by) AND m.workspace_id <> $1)
         AND NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.owner_user_id = u.id AND w.id <> $1)
         AND NOT EXISTS (SELECT 1 FROM invitations i WHERE u.id IN (i.user_id, i.invited_by) AND i.workspace_id <> $1)
         AND NOT EXISTS (SELECT 1 FROM devices d WHERE d.installed_by = u.id AND d.workspace_id <> $1)
         AND NOT EXISTS (SELECT 1 FROM playlists p WHERE p.owner_user_id = u.id AND p.workspace_id <> $1)
         AND NOT EXISTS (SELECT 1 FROM playlist_collaborators c JOIN playlists p ON p.id = c.playlist_id
           WHERE u.id IN (c.user_id, c.added_by) AND p.workspace_id <> $1)
         AND NOT EXISTS (SELECT 1 FROM schedules s WHERE s.created_by = u.id AND s.workspace_id <> $1)
         AND NOT EXISTS (SELECT 1 FROM playback_events e JOIN devices d ON d.id = e.device_id
           WHERE e.started_by = u.id AND d.workspace_id <> $1)
         AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.ordered_by = u.id AND s.workspace_id <> $1)
         AND NOT EXISTS (SELECT 1 FROM invoices i WHERE i.contact_user_id = u.id AND i.workspace_id <> $1)
         AND NOT EXISTS (SELECT 1 FROM staff_rota r WHERE r.user_id = u.id AND r.workspace_id <> $1)`,
      workspace,
    );

  const locate = (kind: string, value: string) =>
    system.locate(context, { identifiers: [{ kind, value, source: 'request' }], accepted: [], rejected: [] });
  async function keysOf(workspace: string): Promise<readonly SubjectKey[]> {
    return (await locate('workspace', workspace)).keys;
  }
  const inCollection = (keys: readonly SubjectKey[], name: string) =>
    keys.filter(({ collection }) => collection === name).map(({ key }) => key[0]?.[1] ?? '');

  const numbersOf = (workspace: string) =>
    values('SELECT billing_customer_id FROM workspaces WHERE id = $1 AND billing_customer_id IS NOT NULL', workspace);
  const join = (user: string, workspace: string) =>
    admin.query(
      'INSERT INTO workspace_members (workspace_id, user_id, role, joined_at) SELECT $1, $2, role, now() FROM workspace_members LIMIT 1',
      [workspace, user],
    );

  function decide(stream: StreamDescription) {
    const traits = system.collections.find((one) => one.collection === stream.collection)?.erase;
    if (traits?.mode !== 'immediate') return kept;
    if (stream.isReference === true) return detach(...(traits.references ?? []));
    if (isBilling(stream.collection)) return detach(...traits.detaches);
    return traits.whole === 'delete' ? gone : anonymise(...traits.anonymises);
  }

  async function plannedKeys(planned: PlannedSet): Promise<readonly string[]> {
    const keys: string[] = [];
    for (const stream of planned.streams)
      for await (const { records } of planned.chunks(stream))
        for (const { key } of records) keys.push(`${stream.collection} ${JSON.stringify(key.map(([, v]) => v))}`);
    return keys.sort();
  }

  it('is found by its very key and by nothing else', async () => {
    const { keys, candidates } = await locate('workspace', workspaces.sportsClub);
    expect(inCollection(keys, 'workspaces')).toEqual([workspaces.sportsClub]);
    expect(candidates).toEqual([]);
    for (const [kind, value] of [
      ['workspace', '999999'],
      ['workspace', '0506'],
      ['workspace', '506 '],
      ['workspace', "506' OR true"],
      ['workspace', ''],
      ['email', cast.substringShort.email],
      ['user_id', cast.substringShort.userId],
    ] as const)
      expect(await locate(kind, value)).toEqual({ keys: [], learnt: [], candidates: [] });
  });

  it('takes along exactly the people who are in no other workspace', async () => {
    for (const workspace of Object.values(workspaces)) {
      const keys = await keysOf(workspace);
      expect([workspace, [...inCollection(keys, 'users')].sort()]).toEqual([workspace, await peopleOf(workspace)]);
    }
    const club = inCollection(await keysOf(workspaces.sportsClub), 'users');
    expect(club).toContain(cast.substringShort.userId);
    expect(club).not.toContain(cast.twoWorkspaces.userId);
    expect(await peopleOf(workspaces.sportsClub)).not.toEqual([]);
  });

  it('teaches what the workspace is known by in billing', async () => {
    const { learnt } = await locate('workspace', workspaces.cafe);
    const numbers = await numbersOf(workspaces.cafe);
    expect(numbers).toHaveLength(1);
    expect(learnt.filter(({ kind }) => kind === 'stripe_customer_id').map(({ value }) => value)).toEqual(numbers);
  });

  it('is given as a whole, with what is held for the customer, and nothing that is a person’s own', async () => {
    const keys = await keysOf(workspaces.cafe);
    const sink = new MemorySink(keys, { grant: (stream) => decideWorkspaceExport(stream).grant });
    await system.read(context, { keys, want: 'content', sink });
    const given: string[] = [];
    const withheld: string[] = [];
    for (const { description, lines } of sink.streams.values())
      for (const line of lines) {
        const { key, record } = JSON.parse(line);
        const at = `${description.collection} ${JSON.stringify(key.map(([, value]: [string, string]) => value))}`;
        (record === undefined ? withheld : given).push(at);
      }
    expect(given.sort()).toEqual(await rowsOf(ofWorkspace, workspaces.cafe));
    expect(given.some((at) => at.startsWith('staff_rota'))).toBe(true);
    expect(withheld.sort()).toEqual(await rowsOf(ofPeople, await peopleOf(workspaces.cafe)));
  });

  it.each([
    ['a company’s with a member who is in another one too', workspaces.sportsClub],
    ['a café’s, with its staff rota and its invoices', workspaces.cafe],
    ['a sole trader’s', workspaces.silversmith],
  ])('%s goes with its people, and not one row of anybody else’s changes', async (_whose, workspace) => {
    const keys = await keysOf(workspace);
    const people = await peopleOf(workspace);
    const own = new Set([...(await rowsOf(ofWorkspace, workspace)), ...(await rowsOf(ofPeople, people))]);
    const planned = await planFor(system, keys, decide);
    expect(await plannedKeys(planned)).toEqual([...own].sort());
    const before = await everything();
    expect(await prepare(system, keys, planned)).toEqual([]);
    expect(await everything()).toEqual(before);
    await run(system, keys, planned);
    const found = await readBack(system, keys, planned);
    expect(Object.keys(found).filter((word) => /residue|missing/.test(word))).toEqual([]);
    const after = await everything();
    const touched = [...before].filter(([at, text]) => after.get(at) !== text).map(([at]) => at);
    expect(touched.filter((at) => !own.has(at))).toEqual([]);
    expect([...after.keys()].filter((at) => !before.has(at))).toEqual([]);
    const left = [...after.keys()].filter((at) => own.has(at) && !isBilling(at));
    expect(left).toEqual([`workspaces ["${workspace}"]`]);
    for (const user of people) expect(after.has(`users ["${user}"]`)).toBe(false);
    expect(after.has(`users ["${cast.twoWorkspaces.userId}"]`)).toBe(true);
  });

  it('is not erased by a plan that was made before somebody of it joined another one', async () => {
    const workspace = workspaces.hotel;
    const keys = await keysOf(workspace);
    const [joiner] = inCollection(keys, 'users');
    const planned = await planFor(system, keys, decide);
    expect(await prepare(system, keys, planned)).toEqual([]);
    await join(joiner ?? '', workspaces.wanderer);
    expect(await prepare(system, keys, planned)).toEqual(['plan-changed public.users']);
    expect(inCollection(await keysOf(workspace), 'users')).not.toContain(joiner);
    // Read anew by the same keys, it is planned without the account.
    const again = await planFor(system, keys, decide);
    expect(await plannedKeys(planned)).toContain(`users ["${joiner}"]`);
    expect((await plannedKeys(again)).filter((at) => at === `users ["${joiner}"]`)).toEqual([]);
    expect(await prepare(system, keys, again)).toEqual([]);
  });

  it('teaches nothing more of somebody who has joined another one meanwhile', async () => {
    const workspace = workspaces.formula;
    const before = await locate('workspace', workspace);
    const [joiner] = inCollection(before.keys, 'users');
    const [email] = await values('SELECT email FROM users WHERE id = $1', joiner);
    const known = { kind: 'email', value: email };
    expect(before.learnt).toContainEqual(expect.objectContaining(known));
    await join(joiner ?? '', workspaces.wanderer);
    const { learnt } = await system.locate(context, {
      identifiers: [{ kind: 'workspace', value: workspace, source: 'request' }, ...before.learnt],
      ...{ accepted: [], rejected: [] },
    });
    expect(learnt.filter((one) => one.value === email)).toEqual([]);
    // What is known already is told again: what is not told is forgotten.
    const numbers = (some: typeof learnt) => some.filter(({ kind }) => kind === 'stripe_customer_id');
    expect(numbers(before.learnt)).toHaveLength(1);
    expect(numbers(learnt)).toEqual(numbers(before.learnt));
  });

  it('leaves the account and own records of whoever joins another one between the last look and their turn', async () => {
    const workspace = workspaces.danceStudio;
    const keys = await keysOf(workspace);
    const [early, late, ...others] = inCollection(keys, 'users');
    if (early === undefined || late === undefined) throw new Error('nobody goes with it');
    const planned = await planFor(system, keys, decide);
    expect(await prepare(system, keys, planned)).toEqual([]);
    await join(early, workspaces.wanderer);
    const own = await rowsOf(ofPeople, [early]);
    await run(system, keys, planned, undefined, ['dependants']);
    expect(await rowsOf(ofPeople, [early])).toEqual(own);
    // The subject's own rows go last, maybe weeks later.
    await join(late, workspaces.wanderer);
    const journal = await run(system, keys, planned, undefined, ['subject-row']);
    expect(await rowsOf({ users: ofPeople.users ?? '' }, [early, late, ...others])).toEqual(
      [`users ["${early}"]`, `users ["${late}"]`].sort(),
    );
    expect(
      [...journal.outcomes.values()]
        .flat()
        .filter((one) => one.changedHands === true)
        .map(({ count }) => count),
    ).toEqual([2]);
    expect((await readBack(system, keys, planned))['users residue']).toBe(2);
  });

  it('is refused with a number that another one bears', async () => {
    const [ours] = await numbersOf(workspaces.finnish);
    const [theirs] = await numbersOf(workspaces.latvian);
    const asked = (workspace: string, number: string | undefined) =>
      system.locate(context, {
        identifiers: [
          { kind: 'workspace', value: workspace, source: 'request' },
          { kind: 'stripe_customer_id', value: number ?? '', source: 'request' },
        ],
        ...{ accepted: [], rejected: [] },
      });
    for (const workspace of [workspaces.finnish, '999999'])
      await expect(asked(workspace, theirs)).rejects.toMatchObject({
        ...{ code: 'record-mismatch', where: 'public.workspaces' },
      });
    for (const number of [ours, 'cus_NobodyHasIt'])
      expect((await asked(workspaces.finnish, number)).keys).toEqual(await keysOf(workspaces.finnish));
  });

  it('says where the data map does not tell how records lead to a workspace', () => {
    const { workspace: _, ...lines } = map.collections.staff_rota ?? {};
    const { workspace: __, ...members } = map.collections.workspace_members ?? {};
    const collections = { ...map.collections, staff_rota: lines, workspace_members: members };
    const bare = postgres.open({
      id: context.systemId,
      name: 'Accounts',
      settings: { url: 'postgres://nobody@127.0.0.1:1/none' },
      dataMap: { ...map, collections },
      rate: {},
      concurrency: undefined,
    });
    expect(bare.workspace?.undeclared.toFind).toEqual([
      'collections.workspace_members.workspace',
      'collections.staff_rota.workspace',
    ]);
    // Without memberships nobody can tell who is in another one.
    if (map.customerKind === undefined) throw new Error('no workspaces');
    const { successors: ___, ...customerKind } = map.customerKind;
    expect(undeclaredForWorkspaces({ ...map, customerKind }).toFind).toEqual(['customerKind.successors']);
  });
});
