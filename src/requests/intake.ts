/**
 * The request as received, sealed: identifiers and what tasks show under the working key, the whole intake with its
 * attachments under the case key, each attachment a blob of its own. Nothing is stored here, and nothing plain leaves.
 */
import type { Identifier } from '../../connectors/contract.ts';
import type { Deps } from '../deps.ts';
import type { KeyId, RequestId } from '../ids.ts';
import { sealRow } from '../ledger/vault.ts';
import { sha256Hex } from '../security/canonical.ts';
import type { AskedRight } from './asked.ts';
import type { NewRequest } from './create.ts';

type SealedRow = Awaited<ReturnType<typeof sealRow>>;

export interface SealedIntake {
  readonly identifiers: SealedRow;
  readonly intake: SealedRow;
  readonly attachments: readonly SealedRow[];
  readonly identityTask: SealedRow;
  readonly searchTask: SealedRow;
  /** Workspaces that are to be closed with the erasure; null where there are none. */
  readonly closing: SealedRow | null;
  /** What is to be corrected, by word; null where nothing is. */
  readonly corrections: SealedRow | null;
}

/** Seals everything a request brought, before its transaction begins. */
export async function sealIntake(
  deps: Pick<Deps, 'keys'>,
  intake: {
    readonly requestId: RequestId;
    readonly workingKeyId: KeyId;
    readonly caseKeyId: KeyId;
    readonly identifiers: readonly Identifier[];
    readonly closing: readonly string[];
    readonly asked: AskedRight | null;
    readonly given: Pick<NewRequest, 'rights' | 'channel' | 'language' | 'attachments' | 'instruction'>;
    readonly receivedOn: string;
  },
): Promise<SealedIntake> {
  const { requestId, given } = intake;
  const sealed = (keyId: KeyId, value: unknown) =>
    sealRow(deps.keys, { requestId, keyId, bytes: Buffer.from(JSON.stringify(value)) });
  const attachments: SealedRow[] = [];
  for (const { bytes } of given.attachments ?? [])
    attachments.push(await sealRow(deps.keys, { requestId, keyId: intake.caseKeyId, bytes }));
  const corrections = intake.asked?.corrections ?? null;
  const { instruction } = given;
  // What the reviewer of a mandate must see of who instructs; the document itself is an attachment.
  const instructed = instruction === undefined ? {} : { act: instruction.act, contact: instruction.contact };
  const asReceived = {
    rights: given.rights,
    channel: given.channel,
    receivedOn: intake.receivedOn,
    language: given.language,
    identifiers: intake.identifiers,
    ...instructed,
    ...(intake.closing.length === 0 ? {} : { closeWorkspaces: intake.closing }),
    ...(corrections === null ? {} : { corrections }),
    ...(intake.asked?.terms == null ? {} : { terms: intake.asked.terms }),
    attachments: (given.attachments ?? []).map((one, index) => ({
      name: one.name,
      sizeBytes: one.bytes.length,
      sha256: sha256Hex(one.bytes),
      sealed: attachments[index]?.name,
    })),
  };
  return {
    attachments,
    intake: await sealed(intake.caseKeyId, asReceived),
    identifiers: await sealed(intake.workingKeyId, intake.identifiers),
    identityTask: await sealed(intake.workingKeyId, { identifiers: intake.identifiers, ...instructed }),
    searchTask: await sealed(intake.workingKeyId, { identifiers: intake.identifiers }),
    closing: intake.closing.length === 0 ? null : await sealed(intake.workingKeyId, intake.closing),
    corrections: corrections === null ? null : await sealed(intake.workingKeyId, corrections),
  };
}
