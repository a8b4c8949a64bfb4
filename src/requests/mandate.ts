/**
 * The review of a mandate: the identity task of a customer's instruction, answered by somebody else than who opened it, who names
 * the document they read by its hash and, to accept it, the workspace it speaks of by its key. Until then nothing is read in any system. The same is checked again by the database.
 * Refuses with `mandate-own`, `mandate-differs`, `instruction-only`.
 */
import type { Identifier } from '../../connectors/contract.ts';
import { workspaceKind } from '../../connectors/workspace-kind.ts';
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import type { RequestId, TaskId } from '../ids.ts';
import { type InstructionRow, instructionOf } from '../ledger/instructions.ts';
import type { LedgerReader } from '../ledger/open.ts';
import type { InstructionAct } from '../ledger/states.ts';
import { getSealed, getSealedBytes } from '../ledger/vault.ts';
import { sha256Hex } from '../security/canonical.ts';
import { type Answered, answer, findTask } from './answer.ts';
import { identifiersIn } from './answer-effects.ts';
import { type Contact, isContact } from './contact.ts';
import { openTaskOf, refuseFinal } from './decide.ts';
import { authorise, type SignedBy } from './people.ts';
import type { DecisionDeps, RequestRow } from './record.ts';

/** Of a person's request: that nobody is verified by a mandate. Of an instruction: that this mandate was read, by a second person. */
export async function requireMandate(
  db: LedgerReader,
  asked: {
    readonly given: {
      readonly answer: string;
      readonly identity?: { readonly method: string } | undefined;
      readonly mandate?: string | undefined;
    };
    readonly request: Pick<RequestRow, 'id'>;
    readonly person: { readonly id: string };
  },
): Promise<void> {
  const { given, request, person } = asked;
  const instruction = await instructionOf(db, request.id);
  const byMandate = given.identity?.method === 'mandate';
  if (instruction === undefined) {
    if (byMandate || given.mandate !== undefined) throw new HabeasError('instruction-only', { where: '--method' });
    return;
  }
  if (given.answer === 'verified' && !byMandate) throw new HabeasError('instruction-only', { where: '--method' });
  const named = given.mandate?.toLowerCase() ?? '';
  if (!/^[0-9a-f]{8,64}$/.test(named) || !instruction.mandate_sha256.startsWith(named))
    throw new HabeasError('mandate-differs', { where: '--mandate' });
  // One person's no is enough, also that of whoever opened it: nothing happens by it.
  if (given.answer !== 'verified') return;
  const { created_by: openedBy } = await db
    .selectFrom('requests')
    .select('created_by')
    .where('id', '=', request.id)
    .executeTakeFirstOrThrow();
  if (openedBy === null || openedBy === person.id) throw new HabeasError('mandate-own');
}

export interface GivenReview {
  readonly requestId: RequestId;
  readonly outcome: 'approve' | 'refuse';
  /** The beginning of the hash of the document that was read. */
  readonly mandate: string;
  /** The key of the workspace that the document speaks of: needed to approve. */
  readonly workspace?: string | undefined;
  readonly reason?: string | undefined;
  readonly signedBy: SignedBy | undefined;
}

/** Answers the open review. The export goes to the contact point with which the instruction was opened, and nowhere else. */
export async function reviewMandate(deps: DecisionDeps, given: GivenReview): Promise<Answered> {
  const { requestId, outcome, mandate, workspace, reason, signedBy } = given;
  const { db } = deps.ledger;
  await requireInstruction(deps, requestId);
  await refuseFinal(deps, requestId);
  const taskId = await openTaskOf(db, requestId, 'identity', null);
  if (taskId === undefined) throw new HabeasError('task-closed', { where: 'mandate' });
  const said = { taskId, mandate, reason, signedBy };
  if (outcome === 'refuse') return answer(deps, { ...said, answer: 'unverifiable' });
  const { contact, identifiers } = await sealedTerms(deps, taskId);
  const named = workspace?.normalize('NFC').trim();
  if (!identifiers.some(({ kind, value }) => kind === workspaceKind && value === named))
    throw new HabeasError('mandate-differs', { where: '--workspace' });
  return answer(deps, { ...said, answer: 'verified', identity: { method: 'mandate', contact: contact.value } });
}

/** `instruction-only` where the request is a person's. */
export async function requireInstruction(deps: Pick<Deps, 'ledger'>, requestId: RequestId): Promise<InstructionRow> {
  const row = await instructionOf(deps.ledger.db, requestId);
  if (row === undefined) throw new HabeasError('instruction-only');
  return row;
}

/**
 * The mandate as it was handed in, for whoever may review it; bytes that differ from the hash in the ledger are refused
 * (`seal-broken`). Personal data.
 */
export async function openMandate(
  deps: Pick<Deps, 'ledger' | 'keys' | 'config'>,
  requestId: RequestId,
  signedBy: SignedBy | undefined,
): Promise<Buffer> {
  authorise(deps.config.people, signedBy, 'task:identity');
  const row = await requireInstruction(deps, requestId);
  const bytes = await getSealedBytes(deps.ledger.db, deps.keys, row.mandate_sealed);
  if (sha256Hex(bytes) !== row.mandate_sha256) throw new HabeasError('seal-broken', { where: 'mandate' });
  return bytes;
}

/** What the mandate must cover, as it was opened. Personal data. */
export interface MandateTerms {
  readonly act: InstructionAct;
  /** The workspace's key, and by what else systems know it. */
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
  /** Where the export goes. */
  readonly contact: Contact;
}

/** What is asked on the strength of the mandate, for whoever reviews it; `task-closed` once it was reviewed. Personal data. */
export async function openMandateTerms(
  deps: Pick<Deps, 'ledger' | 'keys' | 'config'>,
  requestId: RequestId,
  signedBy: SignedBy | undefined,
): Promise<MandateTerms> {
  authorise(deps.config.people, signedBy, 'task:identity');
  const { act } = await requireInstruction(deps, requestId);
  const taskId = await openTaskOf(deps.ledger.db, requestId, 'identity', null);
  if (taskId === undefined) throw new HabeasError('task-closed', { where: 'mandate' });
  const { identifiers, contact } = await sealedTerms(deps, taskId);
  return { act, identifiers: identifiers.map(({ kind, value }) => ({ kind, value })), contact };
}

/** What was sealed at the opening: nobody has changed it since. */
async function sealedTerms(
  { ledger: { db }, keys }: Pick<Deps, 'ledger' | 'keys'>,
  taskId: TaskId,
): Promise<{ readonly identifiers: readonly Identifier[]; readonly contact: Contact }> {
  const { object_sealed: sealed } = await findTask(db, taskId);
  if (sealed === null) throw new HabeasError('internal', { where: 'mandate' });
  return getSealed(db, keys, sealed, (value) => ({ identifiers: givenIn(value), contact: contactIn(value) }));
}

function givenIn(value: unknown): readonly Identifier[] {
  return identifiersIn(typeof value === 'object' && value !== null ? Reflect.get(value, 'identifiers') : undefined);
}

function contactIn(value: unknown): Contact {
  if (typeof value === 'object' && value !== null && 'contact' in value && isContact(value.contact))
    return value.contact;
  throw new HabeasError('seal-broken', { where: 'contact' });
}
