/**
 * An answer given by hand for one system, as a decision: what of it stands readable in the signed statement (counts and
 * hashes), what is sealed with the reason (names of files), and what it changes in the ledger when it settles. Names of
 * files are personal data; they never leave sealed objects.
 */
import type { Selectable } from 'kysely';
import type { CollectionDescription } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import { recordByHand } from '../ledger/by-hand.ts';
import type { LedgerTransaction } from '../ledger/open.ts';
import type { SealedObjectsTable } from '../ledger/schema.ts';
import type { JsonValue } from '../security/canonical.ts';
import type { HandCount } from './by-hand-counts.ts';
import type { StagedFile } from './by-hand-files.ts';
import type { Prepared } from './record.ts';

/** Everything checked, hashed and sealed; the pieces of the files are stored, nothing is in the ledger. */
export interface HandAnswer {
  readonly round: number;
  readonly counts: readonly HandCount[];
  readonly collections: readonly CollectionDescription[];
  readonly proof: {
    readonly name: string;
    readonly sizeBytes: number;
    readonly sha256: string;
    /** Under the case key. */
    readonly row: Selectable<SealedObjectsTable>;
  };
  readonly files: readonly StagedFile[];
}

/** Counts and hashes: what the person signs, readable by anybody later. */
export function shownHand(hand: HandAnswer): Readonly<Record<string, JsonValue>> {
  const counts = hand.counts.map(({ collection, ...numbers }) => [collection, numbers] as const);
  return {
    round: hand.round,
    counts: Object.fromEntries(counts),
    proofSha256: hand.proof.sha256,
    files: hand.files.map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes })),
  };
}

export function sealedHand({ proof, files }: HandAnswer): Readonly<Record<string, JsonValue>> {
  const { name, sizeBytes, sha256, row } = proof;
  return {
    proof: { name, sizeBytes, sha256, sealed: row.name },
    files: files.map((file) => ({ name: file.name, sizeBytes: file.sizeBytes, sha256: file.sha256 })),
  };
}

export async function recordHand(trx: LedgerTransaction, prepared: Prepared, hand: HandAnswer): Promise<void> {
  const { requestId, systemId, person, at, id: decisionId } = prepared;
  if (requestId === null || systemId === null) throw new HabeasError('internal', { where: 'by hand' });
  await trx
    .insertInto('sealed_objects')
    .values([hand.proof.row, ...hand.files.map(({ nameRow }) => nameRow)])
    .execute();
  await recordByHand(trx, {
    requestId,
    systemId,
    round: hand.round,
    collections: hand.counts.map((count) => ({ ...describe(hand.collections, count.collection), ...count })),
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

function describe(collections: readonly CollectionDescription[], name: string) {
  const found = collections.find(({ collection }) => collection === name);
  if (found === undefined) throw new HabeasError('internal', { where: 'by hand' });
  return { recordClass: found.recordClass, owner: found.owner, role: found.role };
}
