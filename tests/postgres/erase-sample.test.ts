import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import type { PlannedSet, StreamDescription, System } from '../../connectors/contract.ts';
import type { DataMap } from '../../connectors/postgres/data-map.ts';
import { cast } from '../../src/local/sample/cast.ts';
import { anonymise, detach, gone, kept, planFor, prepare, readBack, run, subject } from './erasing.ts';
import { openSampleSystem } from './sample-system.ts';

describe('erasing in the sample company', () => {
  let map: DataMap;
  let system: System;
  let admin: pg.Client;
  beforeAll(async () => {
    ({ map, system, admin } = await openSampleSystem('erase_sample'));
  });
  afterAll(async () => {
    await system.close();
    await admin.end();
  });

  /** Every row of every collection: its text by its collection and key. */
  async function everything(): Promise<ReadonlyMap<string, string>> {
    const rows = new Map<string, string>();
    for (const [name, { table, key }] of Object.entries(map.collections)) {
      const cells = key.map((column) => `${column}::text`).join(', ');
      const found = await admin.query<[string, string]>({
        text: `SELECT json_build_array(${cells})::jsonb::text, t::text FROM ${table} t`,
        rowMode: 'array',
      });
      for (const [at, text] of found.rows) rows.set(`${name} ${JSON.stringify(JSON.parse(at))}`, text);
    }
    return rows;
  }

  function decide(successor: string, closes: boolean) {
    return (stream: StreamDescription) => {
      const { collection, owner, role, isReference, isWorkspace, subjectOwnsWorkspace, customerKind, ownFields } =
        stream;
      const traits = system.collections.find((one) => one.collection === collection)?.erase;
      if (role === 'processor' || traits?.mode !== 'immediate') return kept;
      if (isReference === true) return detach(...(traits.references ?? []));
      const own = owner === 'person' || (closes && subjectOwnsWorkspace === true && customerKind === 'sole-trader');
      if (own && !/invoice/.test(collection)) return traits.whole === 'delete' ? gone : anonymise(...traits.anonymises);
      const fields = traits.detaches.filter(
        (field) => ownFields.includes(field) || traits.references?.includes(field) === true,
      );
      if (fields.length === 0) return kept;
      const hands = isWorkspace === true && subjectOwnsWorkspace === true && traits.successor.length > 0;
      return hands
        ? { ...detach(...fields), set: Object.fromEntries(traits.successor.map((field) => [field, successor])) }
        : detach(...fields);
    };
  }

  async function plannedKeys(planned: PlannedSet): Promise<ReadonlySet<string>> {
    const keys = new Set<string>();
    for (const stream of planned.streams)
      for await (const { records } of planned.chunks(stream))
        for (const { key, decision } of records)
          if (decision.action !== 'keep') keys.add(`${stream.collection} ${JSON.stringify(key.map(([, v]) => v))}`);
    return keys;
  }

  it.each([
    ['the owner of a shared workspace', cast.sampleSubject, cast.colleague.userId, false],
    ['a colleague after her', cast.colleague, cast.managerNow.userId, false],
    ['a sole trader with her business', cast.soleTrader, '', true],
  ])(
    '%s: prepared, erased and read back, and no row changes that is not planned',
    async (_who, { userId, email }, successor, closes) => {
      const keys = subject(userId);
      const planned = await planFor(system, keys, decide(successor, closes));
      const before = await everything();
      expect(await prepare(system, keys, planned)).toEqual([]);
      expect(await everything()).toEqual(before);
      await run(system, keys, planned);
      const found = await readBack(system, keys, planned);
      expect(Object.keys(found).filter((word) => /residue|missing/.test(word))).toEqual([]);
      const after = await everything();
      const allowed = await plannedKeys(planned);
      const touched = [...before].filter(([at, text]) => after.get(at) !== text).map(([at]) => at);
      expect(touched.length).toBeGreaterThan(5);
      expect(touched.filter((at) => !allowed.has(at))).toEqual([]);
      expect([...after.keys()].filter((at) => !before.has(at))).toEqual([]);
      expect(after.has(`users ["${userId}"]`)).toBe(false);
      // Nothing that is not kept by a law or held for a customer says her address any more.
      const left = [...after].filter(([at, text]) => text.includes(email) && allowed.has(at)).map(([at]) => at);
      expect(left).toEqual([]);
    },
  );
});
