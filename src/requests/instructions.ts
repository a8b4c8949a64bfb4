/**
 * Customers' instructions about whole workspaces: opened with the mandate, listed and shown. An instruction is a request about a
 * workspace, with the same id, workflow, plan and receipt; what is special to it is its row, its dates and the review of
 * its mandate (mandate.ts). Listing and showing open nothing sealed.
 */
import type { Deps } from '../deps.ts';
import type { RequestId } from '../ids.ts';
import { type Channel, finalStates } from '../ledger/states.ts';
import { type Attachment, type CreatedRequest, createRequest } from './create.ts';
import { instructionFacts, mandateStates } from './instruction-facts.ts';
import {
  type GivenInstruction,
  instructionTerms,
  requireWorkspaces,
  rightsOfInstruction,
} from './instruction-terms.ts';
import { requireInstruction } from './mandate.ts';
import type { SignedBy } from './people.ts';
import type { DecisionDeps } from './record.ts';
import { showRequest } from './show.ts';

export interface NewInstruction extends GivenInstruction {
  readonly channel: Channel;
  readonly receivedOn?: string | undefined;
  readonly language: 'et' | 'en';
  /** What else came with it. */
  readonly attachments?: readonly Attachment[] | undefined;
  /** Who opens it; somebody else reviews the mandate. */
  readonly by: SignedBy;
}

export interface OpenedInstruction extends CreatedRequest {
  readonly act: GivenInstruction['act'];
  readonly mandateSha256: string;
}

/** Opens an instruction; nothing is read in any system before its mandate is accepted. */
export async function openInstruction(deps: DecisionDeps, given: NewInstruction): Promise<OpenedInstruction> {
  const terms = instructionTerms(given, requireWorkspaces(deps, given.act));
  const { noticeEnds, transitionEnds, retrievalDays } = given;
  const created = await createRequest(deps, {
    rights: rightsOfInstruction(given.act),
    identifiers: {},
    channel: given.channel,
    receivedOn: given.receivedOn,
    language: given.language,
    attachments: [given.mandate, ...(given.attachments ?? [])],
    by: given.by,
    instruction: { ...terms, noticeEnds, transitionEnds, retrievalDays },
  });
  return { ...created, act: given.act, mandateSha256: terms.mandateSha256 };
}

/** Instructions, open ones first, the latest first; at most `limit`. Ids, words and dates. */
export async function listInstructions(
  { ledger }: Pick<Deps, 'ledger'>,
  options: { readonly open?: boolean | undefined; readonly limit?: number | undefined } = {},
) {
  const rows = await ledger.db
    .selectFrom('instructions as i')
    .innerJoin('requests as r', 'r.id', 'i.request_id')
    .select(['r.id', 'r.state', 'r.identity', 'r.received_on', 'r.completed_at', 'r.erasure_from', 'i.act'])
    .select(['i.notice_ends_on', 'i.transition_ends_on'])
    .$if(options.open === true, (all) => all.where('r.state', 'not in', [...finalStates]))
    .orderBy((it) => it('r.state', 'in', [...finalStates]))
    .orderBy('r.created_at', 'desc')
    .orderBy('r.id')
    .limit(options.limit ?? 100)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    act: row.act,
    state: row.state,
    mandate: mandateStates[row.identity],
    receivedOn: row.received_on,
    noticeEndsOn: row.notice_ends_on,
    transitionEndsOn: row.transition_ends_on,
    erasableFrom: row.erasure_from,
    completedAt: row.completed_at?.toISOString() ?? null,
  }));
}
export type ListedInstruction = Awaited<ReturnType<typeof listInstructions>>[number];

/** An instruction with the request that carries it out. */
export async function showInstruction(deps: Pick<Deps, 'ledger' | 'config' | 'now'>, requestId: RequestId) {
  const row = await requireInstruction(deps, requestId);
  const request = await showRequest(deps, requestId);
  return { instruction: await instructionFacts(deps.ledger.db, deps.config, row), request };
}
export type ShownInstruction = Awaited<ReturnType<typeof showInstruction>>;
