/**
 * Doors by which people decide about an erasure, through the command line, and what the books say of it: what the tests of
 * whole erasures share.
 */
import { type Installation, pick } from './installation.ts';
import type { PersonName } from './installation-config.ts';
import { eventually } from './servers.ts';

/** Until a plan waits for approval: its hash and the task that asks. */
export async function plannedFor(
  habeas: Installation,
  requestId: string,
  butNot = '',
): Promise<{ readonly sha256: string; readonly taskId: string }> {
  const { rows } = await eventually(
    async () => {
      const asked = await habeas.ledger.query(
        `SELECT id, about_sha256 FROM tasks
         WHERE request_id = $1 AND code = 'plan-ready' AND closed_at IS NULL AND about_sha256 <> $2`,
        [requestId, butNot],
      );
      return asked.rowCount === 1 && asked;
    },
    { timeoutMs: 300_000 },
  ).catch(async (cause: unknown) => {
    const log = habeas.workers.map((worker) => worker.output.slice(-4_000)).join('\n--\n');
    throw new Error(`no plan came: ${JSON.stringify(await habeas.view(requestId), null, 1)}\n${log}`, { cause });
  });
  return { sha256: String(rows[0].about_sha256), taskId: String(rows[0].id) };
}

/** Each of them approves the plan that waits now. */
export async function approve(
  habeas: Installation,
  requestId: string,
  people: readonly PersonName[] = ['officer'],
): Promise<void> {
  const { sha256 } = await plannedFor(habeas, requestId);
  for (const person of people) await habeas.must(['requests', 'approve', requestId, '--plan', sha256], person);
}

const dayMs = 24 * 3_600_000;

/** A day on which a hold may be reviewed, whenever the tests run. */
export const reviewDay = (): string => new Date(Date.now() + 90 * dayMs).toISOString().slice(0, 10);

/** Until it is over, and nothing is left in the staging bucket but the register. */
export async function erased(habeas: Installation, requestId: string, state: string): Promise<unknown> {
  await habeas.waitFor(requestId, (view) => view.state === state, 150_000);
  await eventually(async () => (await habeas.objects('staging', 'staging/')).length === 0);
  return (await habeas.must(['requests', 'show', requestId, '--json'])).json;
}

/** What became of the records of a request, by system, collection and decision: what two runs are compared by. */
export async function dispositionsOf(habeas: Installation, requestId: string): Promise<readonly unknown[]> {
  const { rows } = await habeas.ledger.query(
    `SELECT d.system_id, s.collection, d.disposition, d.reason, d.detached, d.until::text, sum(d.count)::int AS count
     FROM dispositions d JOIN streams s USING (request_id, system_id, round, stream_no)
     JOIN rounds r USING (request_id, system_id, round)
     WHERE request_id = $1 AND d."right" = 'erasure' AND NOT r.superseded
     GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(d.count) > 0 ORDER BY 1, 2, 3, 4, 5, 6`,
    [requestId],
  );
  return rows;
}

/** The erasure counts of a system, as `requests show --json` tells them. */
export function countsOf(shown: unknown, systemId: string): unknown {
  const systems = pick(shown, 'systems');
  const found = Array.isArray(systems) ? systems.find((one) => pick(one, 'id') === systemId) : undefined;
  return pick(found, 'erasure');
}

/** The code with which a command failed, beside its exit code. */
export function refusal(run: { readonly code: number; readonly stdout: string; readonly stderr: string }) {
  return [run.code, /code: +([a-z-]+)/.exec(run.stderr)?.[1]];
}
