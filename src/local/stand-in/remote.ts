/** The controls of a stand-in that runs as a process of its own. Each stand-in's remote.ts says which fixtures it takes. */

/** Runs one verb of the stand-in's control.ts over HTTP; throws with what the stand-in says. */
export async function runRemotely(origin: string, verb: string, ...args: readonly unknown[]): Promise<unknown> {
  const response = await fetch(`${origin}/_control/${verb}`, { method: 'POST', body: JSON.stringify(args) });
  const answer = (await response.json()) as { readonly result?: unknown; readonly error?: string };
  if (!response.ok) throw new Error(`the stand-in refused ${verb}: ${answer.error ?? response.status}`);
  return answer.result;
}
