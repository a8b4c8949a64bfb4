/**
 * Searches everything that Habeas writes outside sealed objects and packages for strings that were planted as a person's
 * data: Temporal's histories and its database file, the worker's output, the ledger, object names, staged bytes, file
 * names, and what commands printed. A planted string counts in any dress in which it would still be readable.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { s3Client } from '../../src/local/s3.ts';
import { historyJson, historyOf, historyText } from './history.ts';
import type { Installation } from './installation.ts';
import { runFolder, testServers } from './servers.ts';

export interface Place {
  readonly where: string;
  readonly content: Buffer;
}

/** Every place, read once. */
export async function placesOf(installation: Installation, requestIds: readonly string[]): Promise<readonly Place[]> {
  const places: Place[] = [];
  const add = (where: string, content: string | Buffer) =>
    places.push({ where, content: typeof content === 'string' ? Buffer.from(content) : content });
  for (const requestId of requestIds) {
    const history = await historyOf(installation.temporal, requestId);
    add('history', historyText(history));
    add('history as JSON', historyJson(history));
  }
  installation.workers.forEach((worker, index) => {
    add(`output of worker ${index + 1}`, worker.output);
  });
  installation.transcript.forEach((text, index) => {
    add(`output of command ${index + 1}`, text);
  });
  for (const [table, text] of await ledgerDump(installation)) add(`ledger table ${table}`, text);
  add('object names', (await objectNames(installation)).join('\n'));
  for (const name of await installation.objects('staging'))
    add('staged bytes', await installation.storage.get(installation.buckets.staging, name));
  add('file names', (await readdir(installation.folder, { recursive: true })).join('\n'));
  for (const file of await temporalFiles()) add('the database file of Temporal', await readFile(file));
  return places;
}

/** Where any of the planted strings can be read; empty when nothing leaked. Names the string by its position only. */
export function leaks(places: readonly Place[], planted: readonly string[]): readonly string[] {
  return places.flatMap(({ where, content }) =>
    planted.flatMap((text, index) =>
      dresses(text).some((one) => content.includes(one)) ? [`string ${index}: ${where}`] : [],
    ),
  );
}

/** The ways in which a string could still be read. */
function dresses(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const escaped = JSON.stringify(text).slice(1, -1);
  const ascii = escaped.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const all = [
    text,
    escaped,
    ascii,
    encodeURIComponent(text),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ];
  // Base 64 inside a longer text may begin at any of three positions; what does not depend on the neighbours is enough.
  for (const shift of [0, 1, 2]) {
    const inner = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    all.push(inner.slice(shift === 0 ? 0 : 4, -2));
  }
  return all.map((one) => Buffer.from(one));
}

async function ledgerDump(installation: Installation): Promise<readonly [string, string][]> {
  const tables = await installation.ledger.query(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const dump: [string, string][] = [];
  for (const { name } of tables.rows) {
    const rows = await installation.ledger.query(`SELECT row_to_json(t)::text AS line FROM ${name} t`);
    dump.push([name, rows.rows.map(({ line }) => line).join('\n')]);
  }
  return dump;
}

/** Of all versions, in all buckets. */
export async function objectNames(installation: Installation): Promise<readonly string[]> {
  const client = s3Client((await testServers()).s3);
  try {
    const names: string[] = [];
    for (const Bucket of Object.values(installation.buckets)) {
      const answer = await client.send(new ListObjectVersionsCommand({ Bucket }));
      names.push(...[...(answer.Versions ?? []), ...(answer.DeleteMarkers ?? [])].map(({ Key }) => Key ?? ''));
    }
    return names;
  } finally {
    client.destroy();
  }
}

async function temporalFiles(): Promise<readonly string[]> {
  const folder = join(runFolder(), 'servers');
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => /temporal[^/]*\.(db|sqlite3?)(-wal)?$/.test(name)).map((name) => join(folder, name));
}
