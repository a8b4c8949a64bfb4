import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { type DataMap, DataMapSchema } from '../../../connectors/postgres/data-map.ts';
import { fromRoot } from '../../root.ts';
import { generateCompany } from './company.ts';
import { tables } from './tables.ts';

const company = generateCompany();
const validate = new Ajv({ allErrors: true }).compile<DataMap>(DataMapSchema);
const map: unknown = parse(readFileSync(fromRoot('examples', 'sample-company', 'account-db.map.yaml'), 'utf8'));

function dataMap(): DataMap {
  if (!validate(map)) throw new Error(JSON.stringify(validate.errors));
  return map;
}

describe('the data map of the sample account database', () => {
  it('is valid by the connector’s schema', () => {
    validate(map);
    expect(validate.errors).toBeNull();
  });

  it('declares every table and every column, and no other', () => {
    const { collections } = dataMap();
    expect(Object.keys(collections).toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
    for (const { name } of tables) {
      expect(collections[name]?.table).toBe(`public.${name}`);
      expect(Object.keys(collections[name]?.fields ?? {})).toEqual(Object.keys(company[name][0] ?? {}));
    }
  });

  it('has the tables’ own primary keys', () => {
    const { collections } = dataMap();
    for (const { name, key } of tables) expect(collections[name]?.key).toEqual(key);
  });

  it('reaches the subject’s key from every other table, by columns that exist', () => {
    const { collections, subject } = dataMap();
    for (const [name, collection] of Object.entries(collections)) {
      const paths = collection.reach ?? [];
      expect(paths.length > 0).toBe(name !== subject);
      for (const path of [...paths.map((p) => p.via), collection.workspace ?? []]) {
        let from = collection;
        for (const hop of path) {
          const to = collections[hop.to];
          for (const column of hop.columns) expect(Object.keys(from.fields)).toContain(column);
          for (const column of hop.toColumns) expect(Object.keys(to?.fields ?? {})).toContain(column);
          from = to ?? from;
        }
      }
      for (const path of paths) {
        expect([path.via.at(-1)?.to, path.via.at(-1)?.toColumns]).toEqual([subject, collections[subject]?.key]);
        for (const column of path.own ?? []) expect(Object.keys(collection.fields)).toContain(column);
      }
    }
  });

  it('says of every value of customer_kind what it means', () => {
    const values = new Set(company.workspaces.map((workspace) => workspace.customer_kind));
    expect(Object.keys(dataMap().customerKind?.values ?? {}).toSorted()).toEqual([...values].toSorted());
  });

  it('holds the rota as a processor and nothing else', () => {
    const asProcessor = Object.entries(dataMap().collections).filter(([, c]) => c.role === 'processor');
    expect(asProcessor.map(([name]) => name)).toEqual(['staff_rota']);
  });
});
