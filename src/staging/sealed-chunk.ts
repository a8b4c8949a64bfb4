/**
 * Opens one sealed chunk: the ledger's own copy of the tag is compared first, then the seal, then the header line against what
 * the ledger says of it. Fails closed with `seal-broken` and `package-chunk-broken`; releases nothing before that. Pure but
 * for the unsealing; holds personal data in memory only.
 */
import { HabeasError } from '../errors.ts';
import { chunkSealName } from '../ledger/chunks.ts';
import type { StagedChunk } from '../ledger/package-facts.ts';
import { unseal } from '../security/seal.ts';

export interface UnsealedChunk {
  readonly header: unknown;
  /** The caller's own. */
  readonly bytes: Buffer;
  /** Where its first record begins. */
  readonly from: number;
}

export async function unsealChunk(
  workingKey: Buffer,
  chunk: Pick<StagedChunk, 'object_name' | 'object_offset' | 'tag'>,
  sealed: Buffer,
): Promise<UnsealedChunk> {
  // The ledger's own copy of the tag: an older object under the same name does not pass for this one.
  if (sealed.subarray(-16).toString('hex') !== chunk.tag) throw new HabeasError('seal-broken');
  const bytes = await unseal(workingKey, chunkSealName(chunk.object_name, chunk.object_offset), sealed);
  const headerEnd = bytes.indexOf(0x0a);
  if (headerEnd < 0) throw new HabeasError('package-chunk-broken');
  return { header: parse(bytes.toString('utf8', 0, headerEnd)), bytes, from: headerEnd + 1 };
}

/** Paths into the header and what must stand there. */
export function requireHeader(header: unknown, expected: Readonly<Record<string, unknown>>): void {
  for (const [path, value] of Object.entries(expected))
    if (JSON.stringify(at(header, path.split('.'))) !== JSON.stringify(value))
      throw new HabeasError('package-chunk-broken');
}

/** Whether these bytes stand at a place; a native search costs more than most places are long. */
export function matches(bytes: Buffer, at: number, marker: Buffer): boolean {
  for (let no = 0; no < marker.length; no += 1) if (bytes[at + no] !== marker[no]) return false;
  return true;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new HabeasError('package-chunk-broken');
  }
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = new Map(Object.entries(found)).get(name);
  }
  return found;
}
