/**
 * Which records of a stream a person gets under Art. 15, decided from facts that connectors report. Pure.
 *
 * Sources: GDPR Art. 15(1) "personal data concerning him or her", Art. 15(4) and Art. 28(3)(e). A workspace's records
 * are the person's where the workspace is the person's own business (sole trader) or the person as a private customer.
 * What the person has not seen of a conversation is theirs too, without the other people in it: those are masked (src/masking).
 */
import type { Grant, StreamDescription } from '../../connectors/contract.ts';
import type { AccessReason, Disposition } from '../ledger/states.ts';

export interface AccessDecision {
  readonly grant: Grant;
  readonly disposition: Extract<Disposition, 'exported' | 'withheld' | 'referred'>;
  readonly reason: AccessReason;
}

/** Decides one stream; the decision holds for every record in it. */
export function decideAccess(stream: StreamDescription): AccessDecision {
  const decision = decideWhose(stream);
  if (stream.unseen !== true || decision.disposition !== 'exported') return decision;
  return { ...decision, reason: 'others-masked' };
}

function decideWhose(stream: StreamDescription): AccessDecision {
  if (stream.role === 'processor') return { grant: facts, disposition: 'referred', reason: 'processor' };
  if (stream.owner === 'person') return { grant: content(stream.fields), disposition: 'exported', reason: 'own' };
  const ownBusiness = stream.customerKind === 'sole-trader' || stream.customerKind === 'person';
  if (ownBusiness && stream.subjectOwnsWorkspace === true)
    return { grant: content(stream.fields), disposition: 'exported', reason: 'own-business' };
  if (stream.ownFields.length > 0)
    return { grant: content(stream.ownFields), disposition: 'exported', reason: 'own-fields' };
  return { grant: facts, disposition: 'withheld', reason: 'not-the-persons-data' };
}

const facts: Grant = { want: 'facts', fields: [] };
const content = (fields: readonly string[]): Grant => ({ want: 'content', fields });
