/**
 * An answer given by hand for one system, as a decision: what of it stands readable in the signed statement (counts and
 * hashes), what is sealed with the reason (names of files), and what it changes in the ledger when it settles. Names of
 * files are personal data; they never leave sealed objects.
 */
import type { Selectable } from 'kysely';
import type { CollectionDescription } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import type { KeyId } from '../ids.ts';
import { type AttestedPart, recordByHand } from '../ledger/by-hand.ts';
import { type HandPage, type HandSettled, settleHandKept } from '../ledger/hand-entries.ts';
import type { LedgerTransaction } from '../ledger/open.ts';
import type { SealedObjectsTable } from '../ledger/schema.ts';
import type { Right } from '../ledger/states.ts';
import type { KeptByHand } from '../policy/kept-by-hand.ts';
import { canonicalJson, type JsonValue } from '../security/canonical.ts';
import { type HandCount, partsIn } from './by-hand-counts.ts';
import type { StagedFile } from './by-hand-files.ts';
import type { KeptTold } from './kept-recipients.ts';
import type { Prepared } from './record.ts';

/** Everything checked, hashed and sealed; the pieces of the files are stored, nothing is in the ledger. */
export interface HandAnswer {
  readonly right: Right;
  readonly round: number;
  readonly counts: readonly HandCount[];
  /** Of what was not erased, per collection: on which ground and until when. */
  readonly kept: readonly (KeptByHand & { readonly collection: string; readonly page?: HandPage | undefined })[];
  readonly collections: readonly CollectionDescription[];
  readonly proof: {
    readonly name: string;
    readonly sizeBytes: number;
    readonly sha256: string;
    /** Under the case key; null where the case file has ended, and only the hash is kept. */
    readonly row: Selectable<SealedObjectsTable> | null;
  };
  readonly files: readonly StagedFile[];
  /** How many different people must say the same. */
  readonly people: number;
  /** Recipients of what was erased, who were told of it. */
  readonly told?: KeptTold;
  /** It answers for what was kept by hand before: entries of the register, and no reading of its own. */
  readonly settles?: {
    /** Null: the case file has ended. */
    readonly caseKeyId: KeyId | null;
    readonly entries: readonly HandSettled[];
  };
}

/** Counts and hashes: what the person signs, readable by anybody later. */
export function shownHand(hand: HandAnswer): Readonly<Record<string, JsonValue>> {
  return {
    right: hand.right,
    round: hand.round,
    ...saidOf(hand),
    ...(hand.told === undefined ? {} : { told: { on: hand.told.on, recipients: hand.told.recipients } }),
    proofSha256: hand.proof.sha256,
    files: hand.files.map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes })),
  };
}

/** What two people must have said alike: counts and grounds, not their proofs. */
function saidOf({ counts, kept }: Pick<HandAnswer, 'counts' | 'kept'>): Readonly<Record<string, JsonValue>> {
  return {
    counts: Object.fromEntries(counts.map(({ collection, ...numbers }) => [collection, numbers])),
    kept: kept.map(({ collection, disposition, ground, until }) => ({ collection, disposition, ground, until })),
  };
}

export const handVoice = (hand: HandAnswer): string => canonicalJson(saidOf(hand));

/** The same of an answer that somebody signed before; null where it was none by hand. */
export function handVoiceIn(statement: string): string | null {
  const signed: { readonly details?: { readonly counts?: JsonValue; readonly kept?: JsonValue } } =
    JSON.parse(statement);
  const { counts, kept } = signed.details ?? {};
  return counts === undefined ? null : canonicalJson({ counts, kept: kept ?? [] });
}

export function sealedHand({ proof, files }: HandAnswer): Readonly<Record<string, JsonValue>> {
  const { name, sizeBytes, sha256, row } = proof;
  return {
    proof: { name, sizeBytes, sha256, sealed: row?.name ?? null },
    files: files.map((file) => ({ name: file.name, sizeBytes: file.sizeBytes, sha256: file.sha256 })),
  };
}

/** The proof stays with whoever gave it, also while another person must still say the same. */
export async function recordProof(trx: LedgerTransaction, hand: HandAnswer): Promise<void> {
  if (hand.proof.row !== null) await trx.insertInto('sealed_objects').values(hand.proof.row).execute();
}

export async function recordHand(trx: LedgerTransaction, prepared: Prepared, hand: HandAnswer): Promise<void> {
  const { requestId, systemId, person, at, id: decisionId } = prepared;
  if (requestId === null || systemId === null) throw new HabeasError('internal', { where: 'by hand' });
  if (hand.settles !== undefined) return settle(trx, prepared, hand.settles.entries);
  const names = hand.files.map(({ nameRow }) => nameRow);
  if (names.length > 0) await trx.insertInto('sealed_objects').values(names).execute();
  await recordByHand(trx, {
    requestId,
    systemId,
    round: hand.round,
    right: hand.right,
    collections: hand.counts.map((count) => ({
      ...describe(hand.collections, count.collection),
      collection: count.collection,
      parts: partsIn(count, hand.right).map(([disposition, n]): AttestedPart => {
        const of = ({ collection, ...one }: HandAnswer['kept'][number]) =>
          collection === count.collection && one.disposition === disposition;
        const kept = hand.kept.find(of);
        return { disposition, count: n, kept, page: kept?.page };
      }),
    })),
    files: hand.files.map(({ fileNo, extension, nameRow, pieces }) => ({
      fileNo,
      extension,
      nameSealed: nameRow.name,
      pieces,
    })),
    proofSha256: hand.proof.sha256,
    decisionId,
    person: person.id,
    at,
  });
}

async function settle(trx: LedgerTransaction, prepared: Prepared, entries: readonly HandSettled[]): Promise<void> {
  const { taskId, id: decisionId, at } = prepared;
  if (taskId === null) throw new HabeasError('internal', { where: 'by hand' });
  for (const one of entries) await settleHandKept(trx, one, { taskId, decisionId, at });
}

function describe(collections: readonly CollectionDescription[], name: string) {
  const found = collections.find(({ collection }) => collection === name);
  if (found === undefined) throw new HabeasError('internal', { where: 'by hand' });
  return { recordClass: found.recordClass, owner: found.owner, role: found.role };
}
