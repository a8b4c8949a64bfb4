/**
 * Compares configuration with the bucket, without side effects: reachable, credentials, listing and reading below every
 * prefix, no right to write, and whether the newest object's first lines are what the data map says. Says everything it
 * finds, as codes with configured places and names of fields; never throws for what it was asked to find out.
 */
import { constants, gunzipSync } from 'node:zlib';
import type { ErrorCode } from '../../src/errors.ts';
import { reportOf, whatOf } from '../check-report.ts';
import type { CallContext, CheckReport } from '../contract.ts';
import type { LogObject, LogsClient, Place } from './client.ts';
import { type Collection, type DataMap, pathOf, shownField } from './data-map.ts';
import { dayPattern } from './days.ts';
import { instantOf } from './instants.ts';
import { mapError } from './map-error.ts';
import { isGzip } from './objects.ts';
import { placeOf } from './read.ts';
import type { Settings } from './settings.ts';
import { valueAt } from './values-in.ts';

type Finding = CheckReport['findings'][number];

/** The newest object is looked for among so many pages of a thousand. */
const mostPages = 20;
const sampleBytes = 64 * 1024;
/** Fields named in one report; a log with data in its keys would name thousands. */
const mostFields = 20;

/** See the contract. */
export async function check(
  client: LogsClient,
  map: DataMap,
  settings: Settings,
  context: CallContext,
): Promise<CheckReport> {
  const findings: Finding[] = [];
  for (const [name, collection] of Object.entries(map.collections)) {
    const place = placeOf(name, collection, settings);
    try {
      findings.push(...(await lookAt(client, context, collection, place)));
    } catch (error) {
      context.signal.throwIfAborted();
      const { code, where } = mapError(error, place.where);
      findings.push(failed(whatOf(code), code, where));
    }
  }
  return reportOf(findings);
}

async function lookAt(
  client: LogsClient,
  context: CallContext,
  collection: Collection,
  place: Place,
): Promise<readonly Finding[]> {
  const newest = await newestOf(client, context, place, collection);
  const findings: Finding[] = [];
  if (newest === undefined) findings.push(failed('schema', 'system-schema-drift', `${place.where}: no object`));
  else {
    const head = await headOf(client, context, place, newest.key);
    findings.push({ what: 'permission', ok: true, where: place.where }, ...schemaOf(collection, place, head));
  }
  const mayWrite = await client.mayWrite(context, place);
  findings.push(
    mayWrite
      ? failed('read-only', 'system-not-read-only', place.where)
      : { what: 'read-only', ok: true, where: place.where },
  );
  return findings;
}

/** The one written last; where the name tells the day, the one of the last day. */
async function newestOf(
  client: LogsClient,
  context: CallContext,
  place: Place,
  { date }: Collection,
): Promise<LogObject | undefined> {
  const pattern = date === undefined ? undefined : dayPattern(date);
  const dayOf = ({ key }: LogObject): string => {
    const { yyyy, mm, dd } = pattern?.exec(key.slice(place.prefix.length))?.groups ?? {};
    return `${yyyy ?? ''}${mm ?? ''}${dd ?? ''}`;
  };
  let newest: LogObject | undefined;
  let pages = 0;
  for await (const { objects } of client.list(context, place)) {
    context.progress();
    for (const object of objects) {
      if (object.sizeBytes === 0) continue;
      const [day, known] = [dayOf(object), newest === undefined ? '' : dayOf(newest)];
      if (newest === undefined || day > known || (day === known && object.modifiedMs >= newest.modifiedMs))
        newest = object;
    }
    pages += 1;
    if (pages === mostPages) break;
  }
  return newest;
}

async function headOf(client: LogsClient, context: CallContext, place: Place, key: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of client.bytes(context, key, `bytes=0-${sampleBytes - 1}`)) pieces.push(piece);
  } catch (error) {
    context.signal.throwIfAborted();
    throw mapError(error, place.where);
  }
  return Buffer.concat(pieces);
}

/** What the first lines say of the data map. */
function schemaOf(collection: Collection, { where }: Place, head: Buffer): readonly Finding[] {
  const drift = (place: string) => failed('schema', 'system-schema-drift', `${where}: ${place}`);
  const lines = linesOf(collection, head);
  if (lines === undefined) return [drift('not gzip')];
  const records = lines.map(recordOf);
  if (records.length === 0) return [];
  if (records.some((record) => record === undefined)) return [drift('lines that are no JSON objects')];
  const undeclared = new Set<string>();
  const seen = new Set<string>();
  let untimed = false;
  for (const record of records) {
    for (const field of Object.keys(record ?? {})) {
      seen.add(field);
      if (!Object.hasOwn(collection.fields, field)) undeclared.add(shownField(field));
    }
    untimed ||= instantOf(valueAt(record, pathOf(collection.time))) === undefined;
  }
  const identifying = collection.identifiers.map(({ field }) => pathOf(field)[0] ?? '');
  const missing = new Set(identifying.filter((field) => !seen.has(field)));
  const findings = [
    ...(untimed ? [drift(`${pathOf(collection.time).join('.')} is no time`)] : []),
    ...[...missing].map((field) => drift(field)),
    ...[...undeclared]
      .slice(0, mostFields)
      .map((field) => failed('schema', 'system-schema-undeclared', `${where}: ${field}`)),
  ];
  return findings.length === 0 ? [{ what: 'schema', ok: true, where }] : findings;
}

/** Whole lines of the object's beginning; nothing where it is not packed as the map says. */
function linesOf({ compression }: Collection, head: Buffer): readonly string[] | undefined {
  const isPacked = compression === 'gzip' || (compression === 'auto' && isGzip(head));
  if (isPacked && !isGzip(head)) return undefined;
  const plain = isPacked ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }) : head;
  const text = plain.toString('utf8');
  const isWhole = head.length < sampleBytes || text.endsWith('\n');
  const lines = text.split('\n');
  return (isWhole ? lines : lines.slice(0, -1)).filter((line) => line.trim() !== '');
}

function recordOf(line: string): object | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null && !Array.isArray(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function failed(what: Finding['what'], code: ErrorCode, where: string | undefined): Finding {
  return { what, ok: false, code, ...(where === undefined ? {} : { where }) };
}
