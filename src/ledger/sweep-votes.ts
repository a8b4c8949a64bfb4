/** Which batches of the sweep erased records of a request, by its audit chain, and the signed approvals of each; no key is needed. */
import { sql } from 'kysely';
import type { ClaimId, RequestId } from '../ids.ts';
import type { LedgerReader } from './open.ts';

export async function sweepVotesOf(db: LedgerReader, requestId: RequestId) {
  const { rows: claims } = await sql<{ id: ClaimId }>`
    select c.id from sweep_claims c where c.id in (
      select a.body::jsonb ->> 'claim' from audit a
      where a.request_id = ${requestId} and a.kind in ('swept', 'erased-again'))
    order by c.made_at, c.id
  `.execute(db);
  const votes = await db
    .selectFrom('sweep_votes as v')
    .innerJoin('people_decisions as d', 'd.id', 'v.decision_id')
    .select(['v.claim_id', 'd.id', 'd.person_id', 'd.statement', 'd.signature', 'd.at'])
    .where(sql<boolean>`v.claim_id = any(${claims.map(({ id }) => id)})`)
    .orderBy('d.at')
    .orderBy('d.id')
    .execute();
  return new Map(claims.map(({ id }) => [id, votes.filter((vote) => vote.claim_id === id)]));
}
