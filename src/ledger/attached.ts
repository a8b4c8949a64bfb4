/**
 * Files that a person handed in with a lane done by hand: which sealed pieces in the staging bucket make each of them up,
 * and where its own name is sealed. Rows are written once, with the round that they belong to; no name is in the clear.
 */
import type { RequestId, SystemId } from '../ids.ts';
import type { LedgerReader, LedgerTransaction } from './open.ts';
import type { RoundKey } from './rounds.ts';

export interface AttachedPiece {
  readonly objectName: string;
  readonly plainBytes: number;
  readonly tag: string;
}

export interface AttachedFile {
  readonly fileNo: number;
  /** Name of the vault's blob with the file's own name. */
  readonly nameSealed: string;
  /** Harmless: what the package's member is called by. */
  readonly extension: string;
  readonly pieces: readonly AttachedPiece[];
}

/** Everything under which the pieces of one round lie. */
export const attachedFolder = ({ requestId, systemId, round }: RoundKey): string =>
  `staging/${requestId}/${systemId}/by-hand/${round}/`;

export async function addAttached(
  trx: LedgerTransaction,
  key: RoundKey,
  files: readonly AttachedFile[],
): Promise<void> {
  const rows = files.flatMap(({ fileNo, nameSealed, extension, pieces }) =>
    pieces.map(({ objectName, plainBytes, tag }, pieceNo) => ({
      request_id: key.requestId,
      system_id: key.systemId,
      round: key.round,
      file_no: fileNo,
      piece_no: pieceNo,
      object_name: objectName,
      plain_bytes: plainBytes,
      tag,
      name_sealed: nameSealed,
      extension,
    })),
  );
  for (let from = 0; from < rows.length; from += 1000)
    await trx
      .insertInto('attached_files')
      .values(rows.slice(from, from + 1000))
      .execute();
}

/** Files of the rounds that count, by system, in the order in which they were handed in. */
export async function attachedFiles(
  db: LedgerReader,
  requestId: RequestId,
): Promise<ReadonlyMap<SystemId, readonly AttachedFile[]>> {
  const rows = await db
    .selectFrom('attached_files as f')
    .innerJoin('rounds as r', (join) =>
      join
        .onRef('r.request_id', '=', 'f.request_id')
        .onRef('r.system_id', '=', 'f.system_id')
        .onRef('r.round', '=', 'f.round'),
    )
    .selectAll('f')
    .where('f.request_id', '=', requestId)
    .where('r.superseded', '=', false)
    .orderBy('f.system_id')
    .orderBy('f.file_no')
    .orderBy('f.piece_no')
    .execute();
  const systems = new Map<SystemId, (AttachedFile & { readonly pieces: AttachedPiece[] })[]>();
  for (const row of rows) {
    const files = systems.get(row.system_id) ?? [];
    systems.set(row.system_id, files);
    const last = files.at(-1);
    const piece = { objectName: row.object_name, plainBytes: row.plain_bytes, tag: row.tag };
    if (last?.fileNo === row.file_no) last.pieces.push(piece);
    else
      files.push({
        fileNo: row.file_no,
        nameSealed: row.name_sealed,
        extension: row.extension,
        pieces: [piece],
      });
  }
  return systems;
}
