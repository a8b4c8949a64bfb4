/** What every stand-in's server does with a request and with its controls, which come over HTTP as well. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Throws a RangeError above `largest` bytes. */
export async function bodyOf(request: IncomingMessage, largest: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > largest) throw new RangeError('body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export function headersOf(request: IncomingMessage): Record<string, string | undefined> {
  const entries = Object.entries(request.headers);
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));
}

export function splitOnce(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Answers what a verb of the controls gives back; `run` gives undefined for a verb that there is not. */
export function answerControl(run: () => { readonly result: unknown } | undefined, response: ServerResponse): void {
  try {
    const done = run();
    response.writeHead(done === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(done ?? { error: 'no such verb' }));
  } catch (error) {
    response.writeHead(400, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ error: error instanceof Error ? error.message : 'failed' }));
  }
}

/** Runs one of the `verbs` of the controls by name, its arguments as JSON; undefined where it is none of them. */
export function runVerbOf<C extends object>(
  control: C,
  verbs: readonly (keyof C & string)[],
  name: string,
  body: string,
): { readonly result: unknown } | undefined {
  const verb = verbs.find((known) => known === name);
  if (verb === undefined) return undefined;
  const given: unknown = body === '' ? [] : JSON.parse(body);
  const args = Array.isArray(given) ? given : [given];
  const run = control[verb] as (...values: unknown[]) => unknown;
  return { result: run.apply(control, args) ?? null };
}
