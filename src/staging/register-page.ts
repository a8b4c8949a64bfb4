/**
 * Pages of the register in the bucket: record references as NDJSON, with the facts by which policy decides again where there
 * are any, sealed under a register key, below `register/` and so outside of what is destroyed when a request has ended. Whoever
 * opens a page compares the ledger's tag first (`seal-broken`). Personal data passes through memory only.
 */
import type { RecordFacts, RecordRef, SubjectKey } from '../../connectors/contract.ts';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import { type KeyId, randomName } from '../ids.ts';
import { isRecordRef } from '../ledger/record-ref.ts';
import { type RegisterRow, registerFolder } from '../ledger/register.ts';
import type { RoundKey } from '../ledger/rounds.ts';
import { seal, unseal } from '../security/seal.ts';

type PageDeps = Pick<Deps, 'storage' | 'keys' | 'config'>;

/** A record as a page has it. `facts` are those of the reading that led to the entry. */
export interface PageRecord extends RecordRef {
  readonly facts?: RecordFacts | undefined;
}

export interface StoredPage {
  readonly objectName: string;
  readonly tag: string;
  readonly bytes: number;
}

/** Seals and stores a page; no row tells of it yet. `whose`: the keys by which the records were found, in front of them. */
export async function putPage(
  { storage, keys, config }: PageDeps,
  place: RoundKey & { readonly streamNo: number; readonly chunkNo: number; readonly keyId: KeyId },
  records: readonly PageRecord[],
  signal?: AbortSignal,
  whose: readonly SubjectKey[] = [],
): Promise<StoredPage> {
  const objectName = `${registerFolder(place)}${place.streamNo}/${place.chunkNo}-${randomName()}`;
  const { bytes, tag } = await seal(await keys.use(place.keyId), objectName, linesOf(records, whose));
  await storage.put(config.s3.stagingBucket, objectName, bytes, signal);
  return { objectName, tag, bytes: bytes.length };
}

/** The records of a page. */
export async function openPage(
  deps: PageDeps,
  entry: Pick<RegisterRow, 'object_name' | 'tag' | 'key_id'>,
  signal?: AbortSignal,
): Promise<readonly PageRecord[]> {
  return (await openWholePage(deps, entry, signal)).records;
}

/** The records of a page, and the keys by which they were found where it has them. */
export async function openWholePage(
  { storage, keys, config }: PageDeps,
  entry: Pick<RegisterRow, 'object_name' | 'tag' | 'key_id'>,
  signal?: AbortSignal,
): Promise<{ readonly records: readonly PageRecord[]; readonly whose: readonly SubjectKey[] }> {
  const sealed = await storage.get(config.s3.stagingBucket, entry.object_name, signal);
  if (sealed.subarray(-16).toString('hex') !== entry.tag) throw new HabeasError('seal-broken', { where: 'register' });
  const plain = await unseal(await keys.use(entry.key_id), entry.object_name, sealed);
  const lines = plain.toString('utf8').split('\n').filter(Boolean);
  const whose = whoseIn(lines[0]);
  return { records: lines.slice(whose === undefined ? 0 : 1).map(recordIn), whose: whose ?? [] };
}

function linesOf(records: readonly PageRecord[], whose: readonly SubjectKey[]): Buffer {
  const first = whose.length === 0 ? '' : `${JSON.stringify({ whose })}\n`;
  const lines = records.map(({ collection, key, facts }) => `${JSON.stringify({ collection, key, facts })}\n`);
  return Buffer.from(first + lines.join(''));
}

function whoseIn(line: string | undefined): readonly SubjectKey[] | undefined {
  const value: unknown = line === undefined ? undefined : JSON.parse(line);
  if (typeof value !== 'object' || value === null || !('whose' in value)) return undefined;
  if (Array.isArray(value.whose) && value.whose.every(isSubjectKey)) return value.whose;
  throw new HabeasError('seal-broken', { where: 'register' });
}

const isSubjectKey = (value: unknown): value is SubjectKey =>
  isRecordRef(value) && typeof Reflect.get(value, 'provedBy') === 'string';

function recordIn(line: string): PageRecord {
  const value: unknown = JSON.parse(line);
  if (!isRecordRef(value)) throw new HabeasError('seal-broken', { where: 'register' });
  const { collection, key } = value;
  const facts: unknown = Reflect.get(value, 'facts');
  return isFacts(facts) ? { collection, key, facts } : { collection, key };
}

function isFacts(value: unknown): value is RecordFacts {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
