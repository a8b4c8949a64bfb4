/** References to records, as sealed objects hold them and as holds, decisions and policy name them. Personal data. */
import type { RecordRef } from '../../connectors/contract.ts';
import { canonicalJson } from '../security/canonical.ts';

/**
 * The one name of a record in holds and in what policy is asked about: canonical JSON of its reference, in whatever order
 * a person gave the columns of its key.
 */
export function recordName({ collection, key }: RecordRef): string {
  const sorted = key.length === 1 ? key : [...key].sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return canonicalJson({ collection, key: sorted });
}

/** Narrows what was read from a sealed object. */
export function isRecordRef(value: unknown): value is RecordRef {
  if (typeof value !== 'object' || value === null || !('collection' in value) || !('key' in value)) return false;
  return typeof value.collection === 'string' && isRecordKey(value.key);
}

/** Pairs of a column and its value. */
export function isRecordKey(value: unknown): value is RecordRef['key'] {
  const isPair = (one: unknown): boolean =>
    Array.isArray(one) && one.length === 2 && one.every((part) => typeof part === 'string');
  return Array.isArray(value) && value.every(isPair);
}
