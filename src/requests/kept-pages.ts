/**
 * What the register needs of records that a person keeps by hand: nobody knows which they are, so a page names the person's identifiers
 * as the request knows them, under a key that outlives the request's own. With it somebody can look again on the day. Personal data
 * in memory and in sealed objects only. What was stored for an answer that does not come about is erased, and its key destroyed.
 */
import type { Identifier, RecordRef } from '../../connectors/contract.ts';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { HandPage } from '../ledger/hand-entries.ts';
import type { RegisterRow } from '../ledger/register.ts';
import type { RoundKey } from '../ledger/rounds.ts';
import { getSealed } from '../ledger/vault.ts';
import { openPage, putPage } from '../staging/register-page.ts';
import { identifiersIn } from './answer-effects.ts';
import { destroyKey } from './end-case-files.ts';
import type { RequestRow } from './record.ts';

type PageDeps = Pick<Deps, 'ledger' | 'storage' | 'keys' | 'config'>;

/** What a person looks by. */
export interface SoughtBy {
  readonly kind: string;
  readonly value: string;
}

/** One page for each collection that is kept until a day, in the same order; all under one new key. */
export async function putHandPages(
  deps: PageDeps,
  place: RoundKey & { readonly request: Pick<RequestRow, 'id' | 'identifiers_sealed'> },
  collections: readonly string[],
): Promise<readonly HandPage[]> {
  if (collections.length === 0) return [];
  const { requestId, systemId, round } = place;
  const key = (await knownOf(deps, place.request)).map(({ kind, value }) => [kind, value] as const);
  const keyId = await deps.keys.create('register');
  const pages: HandPage[] = [];
  try {
    for (const [streamNo, collection] of collections.entries()) {
      const at = { requestId, systemId, round, streamNo, chunkNo: 0, keyId };
      pages.push({ keyId, ...(await putPage(deps, at, [{ collection, key }])) });
    }
  } catch (error) {
    await dropHandPages(deps, pages, keyId).catch(() => undefined);
    throw error;
  }
  return pages;
}

/** Pages of which no row tells. */
export async function dropHandPages(
  { storage, keys, config }: Pick<Deps, 'storage' | 'keys' | 'config'>,
  pages: readonly HandPage[],
  keyId = pages[0]?.keyId,
): Promise<void> {
  for (const { objectName } of pages) await storage.eraseAll(config.s3.stagingBucket, objectName);
  if (keyId !== undefined) await destroyKey(keys, keyId);
}

/** By what the records of an entry are looked for. */
export async function soughtBy(
  deps: PageDeps,
  entry: Pick<RegisterRow, 'object_name' | 'tag' | 'key_id'>,
): Promise<readonly SoughtBy[]> {
  const [record] = await openPage(deps, entry);
  return (record?.key ?? missing()).map(([kind, value]: RecordRef['key'][number]) => ({ kind, value }));
}

/** Given on the request or learnt in one of its systems, each value once: windows and sources say nothing to whoever looks by hand. */
async function knownOf(
  { ledger: { db }, keys }: Pick<Deps, 'ledger' | 'keys'>,
  request: Pick<RequestRow, 'id' | 'identifiers_sealed'>,
): Promise<readonly SoughtBy[]> {
  const given = await getSealed(db, keys, request.identifiers_sealed, identifiersIn);
  const lanes = await db
    .selectFrom('lanes')
    .select('located_sealed')
    .where('request_id', '=', request.id)
    .orderBy('system_id')
    .execute();
  const all: Identifier[] = [...given];
  for (const { located_sealed: located } of lanes)
    if (located !== null) all.push(...(await getSealed(db, keys, located, learntIn)));
  return [...new Map(all.map(({ kind, value }) => [`${kind} ${value}`, { kind, value }])).values()];
}

function learntIn(value: unknown): readonly Identifier[] {
  return identifiersIn(typeof value === 'object' && value !== null ? Reflect.get(value, 'learnt') : undefined);
}

function missing(): never {
  throw new HabeasError('seal-broken', { where: 'register' });
}
