/**
 * Whose a record is when it comes to erasing: a record of the person, of a business that is the person's own, of somebody
 * else's business, or a record of others that only names the person. Ending a contract is never inferred: a business of
 * the person's own ends here only where its data map says that it was closed, or the request says that it is to be. Pure.
 */
import type { RecordFacts, StreamDescription } from '../../../connectors/contract.ts';

/** A sole trader's or private customer's workspace, and the person is that customer. */
export function isOwnBusiness(stream: StreamDescription): boolean {
  const { owner, customerKind, subjectOwnsWorkspace } = stream;
  return (
    owner === 'workspace' &&
    subjectOwnsWorkspace === true &&
    (customerKind === 'sole-trader' || customerKind === 'person')
  );
}

/** The workspace of an own business's record was closed, or is being closed with this erasure. */
export function isClosed(facts: RecordFacts, closing: ReadonlySet<string>): boolean {
  return facts.workspaceClosed === true || (facts.workspace !== undefined && closing.has(facts.workspace));
}

/**
 * Whether a workspace's own record says that the person has a business here that goes on: then the contract with the
 * person runs, and their account stays. One such record of any system is enough.
 */
export function isOpenBusiness(stream: StreamDescription, facts: RecordFacts, closing: ReadonlySet<string>): boolean {
  return stream.isWorkspace === true && isOwnBusiness(stream) && !isClosed(facts, closing);
}
