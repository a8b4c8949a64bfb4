/** The sample company's account database as a system, erasing login included, and its administrator's connection. */
import { readFile } from 'node:fs/promises';
import { expect } from '@jest/globals';
import pg from 'pg';
import { parse } from 'yaml';
import type { System, SystemConfig } from '../../connectors/contract.ts';
import type { DataMap } from '../../connectors/postgres/data-map.ts';
import { postgres } from '../../connectors/postgres/index.ts';
import { fromRoot } from '../../src/root.ts';
import { freshSampleCompany } from '../support/sample-company.ts';
import { context } from './database.ts';

export async function openSampleSystem(
  label: string,
): Promise<{ readonly map: DataMap; readonly system: System; readonly admin: pg.Client }> {
  const { url, readerUrl, eraserUrl } = await freshSampleCompany(label);
  const map: DataMap = parse(await readFile(fromRoot('examples', 'sample-company', 'account-db.map.yaml'), 'utf8'));
  const config: SystemConfig = {
    id: context.systemId,
    name: 'Accounts',
    settings: { url: readerUrl, eraseUrl: eraserUrl },
    dataMap: map,
    rate: {},
    concurrency: undefined,
  };
  expect(postgres.validate(config)).toEqual([]);
  const system = postgres.open(config);
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query('ANALYZE');
  return { map, system, admin };
}
