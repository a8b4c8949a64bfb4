/**
 * Opens a request: checks everything first, then makes its keys, seals what was given and has all of it written in one
 * transaction (store-request.ts). The keys are destroyed again if the request is known not to exist. Refuses with `identifier-…`, `right-unsupported`, `received-in-future`,
 * `attachment-too-large`, `workspace-…`, `instruction-…`, `person-…`, `contact-unusable`, `clock-…`, `policy-answer-missing`; a request nobody can search for opens a task.
 */
import type { Manifest } from '../../connectors/contract.ts';
import { codeOf, HabeasError } from '../errors.ts';
import { type KeyId, newId, type RequestId, type SystemId, type TaskId } from '../ids.ts';
import { ensureHashKey } from '../ledger/keyed-hashes.ts';
import { ledgerId } from '../ledger/migrate.ts';
import { actingRight, type Channel, type Right, type TaskKind } from '../ledger/states.ts';
import type { AgreedDates } from '../policy/instructions/index.ts';
import { lookupValues } from '../security/keyed-hash.ts';
import { askedRight, type GivenTerms } from './asked.ts';
import { parseContact, parseIdentityMethod, type VerifiedIdentity } from './contact.ts';
import { intakeClock } from './dates.ts';
import { closingGiven, requireAnswers } from './erasure-terms.ts';
import { checkIdentifiers, type GivenIdentifiers, searchable } from './identifiers.ts';
import { agreedDate, datesOfInstruction, type InstructionTerms, requireWorkspaces } from './instruction-terms.ts';
import { sealIntake } from './intake.ts';
import { authorise, type SignedBy } from './people.ts';
import { requirePortability } from './portability-terms.ts';
import type { DecisionDeps } from './record.ts';
import { storeRequest } from './store-request.ts';

export interface Attachment {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface NewRequest extends GivenTerms {
  readonly rights: readonly Right[];
  readonly identifiers: GivenIdentifiers;
  readonly channel: Channel;
  /** YYYY-MM-DD in the controller's time zone; today unless given. */
  readonly receivedOn?: string | undefined;
  readonly language: 'et' | 'en';
  readonly attachments?: readonly Attachment[] | undefined;
  /** Verified already at intake; needs `by`. */
  readonly identity?: VerifiedIdentity | undefined;
  /** With erasure: keys of the person's own workspaces that are closed with it. Personal data. */
  readonly closeWorkspaces?: readonly string[] | undefined;
  readonly by?: SignedBy | undefined;
  /** Of a customer's instruction, which has the rights of its own; made by {@link openInstruction}. */
  readonly instruction?: (InstructionTerms & AgreedDates) | undefined;
}

export interface CreatedRequest {
  readonly requestId: RequestId;
  readonly state: 'received';
  readonly identity: 'unverified' | 'verified';
  readonly receivedOn: string;
  readonly dueOn: string;
  readonly internalTargetOn: string;
  readonly systems: readonly SystemId[];
  /** What waits for a person from the start. */
  readonly tasks: readonly { readonly taskId: TaskId; readonly kind: TaskKind; readonly dueOn: string }[];
  /** Living requests of the same person, by an address or user id in common. */
  readonly linkedRequests: readonly RequestId[];
  /** The earlier receipt from which its clock runs, where one of these asks the same and is open. */
  readonly clockFrom: string | null;
}

const maxAttachments = 50;
export const maxAttachmentBytes = 25 * 1024 * 1024;

export async function createRequest(deps: DecisionDeps, given: NewRequest): Promise<CreatedRequest> {
  const at = deps.now();
  const { instruction } = given;
  if ((instruction !== undefined) !== given.rights.includes('workspace-export'))
    throw new HabeasError('instruction-only', { where: '--rights' });
  const manifests =
    instruction === undefined ? requireRights(deps, given.rights) : requireWorkspaces(deps, instruction.act);
  requirePortability(deps, given.rights);
  const identifiers = instruction?.identifiers ?? checkIdentifiers(given.identifiers, manifests);
  const asked = askedRight(deps.systems.values(), given.rights, given);
  requireAnswers(deps.config, given.rights);
  const closing = closingGiven(given.rights, given.closeWorkspaces);
  const attachments = given.attachments ?? [];
  if (
    attachments.length > maxAttachments ||
    attachments.reduce((sum, one) => sum + one.bytes.length, 0) > maxAttachmentBytes
  )
    throw new HabeasError('attachment-too-large', { where: '--attach' });
  const by = given.by === undefined ? undefined : authorise(deps.config.people, given.by, 'intake');
  if (given.identity !== undefined) {
    authorise(deps.config.people, given.by, 'task:identity');
    parseIdentityMethod(given.identity.method);
    parseContact(given.identity.contact);
  }
  const taken = { receivedOn: given.receivedOn, rights: given.rights, at };
  const { receivedOn } = intakeClock(deps.config, taken);
  const dates = instruction === undefined ? null : datesOfInstruction(instruction, receivedOn);
  const agreed = dates === null ? undefined : agreedDate(dates.transitionEnds);
  const { clock } = intakeClock(deps.config, { ...taken, agreed });

  const keys: KeyId[] = [];
  try {
    const workingKeyId = await deps.keys.create('working');
    keys.push(workingKeyId);
    const caseKeyId = await deps.keys.create('case-file');
    keys.push(caseKeyId);
    const requestId = newId('request');
    const blobs = await sealIntake(deps, {
      requestId,
      workingKeyId,
      caseKeyId,
      identifiers,
      closing,
      asked,
      given,
      receivedOn,
    });
    const ledger = await ledgerId(deps.ledger.db);
    const plan = { given, asked, at, by, requestId, workingKeyId, caseKeyId, blobs, receivedOn, clock, ledger, dates };
    const found = instruction !== undefined || searchable(identifiers, manifests);
    const lookups = lookupValues(identifiers);
    await ensureHashKey(deps.ledger.db, deps.keys, at);
    if (asked?.suppresses === true) await ensureHashKey(deps.ledger.db, deps.keys, at, 'suppression');
    return await deps.ledger.db.transaction().execute((trx) => storeRequest(deps, trx, { ...plan, found, lookups }));
  } catch (error) {
    // Keys of a request that does not exist open nothing; what cannot be destroyed now stays as harmless. Where the
    // ledger was lost on the way the request may well exist, and without its keys it could never be answered.
    if (codeOf(error) !== 'ledger-unreachable') await Promise.allSettled(keys.map((key) => deps.keys.destroy(key)));
    throw error;
  }
}

/** Manifests of all systems, if each has the stages of each right, or people for it. */
function requireRights(deps: DecisionDeps, rights: readonly Right[]) {
  if (rights.length === 0) throw new HabeasError('usage', { where: '--rights' });
  return deps.config.systems.map(({ id }) => {
    const manifest = deps.systems.get(id)?.manifest;
    if (manifest === undefined) throw new HabeasError('system-not-configured', { where: id });
    for (const right of rights)
      if (manifest.manual === undefined && (!serves(manifest, right) || !hasStages(manifest, right)))
        throw new HabeasError('right-unsupported', { where: id });
    return manifest;
  });
}

/**
 * What can be read for access can be read for portability: it is the same reading under a policy of its own. What no verb of a
 * system does is done by hand: a right that acts needs only that the person can be found there.
 */
function serves({ rights }: Manifest, right: Right): boolean {
  return actingRight(right) !== undefined || rights.includes(right === 'portability' ? 'access' : right);
}

function hasStages({ stages }: Manifest, right: Right): boolean {
  const known: readonly string[] = stages;
  return (right === 'erasure' ? stagesOf.erasure : stagesOf.found).every((stage) => known.includes(stage));
}

/** Stages of a connector without which a right cannot be answered. */
const stagesOf = {
  found: ['locate', 'read'],
  erasure: ['locate', 'read', 'prepare', 'erase', 'verify'],
} as const;
