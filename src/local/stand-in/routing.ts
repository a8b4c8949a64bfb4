/** How a path finds its endpoint, the same for every stand-in. Pure. */

export interface Endpoint {
  readonly method: string;
  /** The vendor's path with names in braces. */
  readonly path: string;
}

export interface Match<R extends Endpoint> {
  readonly route: R;
  readonly ids: Readonly<Record<string, string>>;
}

/** Fixed parts win over names: `/users/search` is not the user «search». */
export function matchRoute<R extends Endpoint>(
  routes: readonly R[],
  method: string,
  path: string,
): Match<R> | undefined {
  const parts = path.split('/');
  let best: (Match<R> & { readonly named: number }) | undefined;
  for (const route of routes) {
    if (route.method !== method) continue;
    const ids = idsOf(route.path.split('/'), parts);
    if (ids === undefined) continue;
    const named = Object.keys(ids).length;
    if (best === undefined || named < best.named) best = { route, ids, named };
  }
  return best;
}

function idsOf(wanted: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (wanted.length !== parts.length) return undefined;
  const ids: Record<string, string> = {};
  for (const [index, step] of wanted.entries()) {
    const part = parts[index] ?? '';
    if (step.startsWith('{')) {
      if (part === '') return undefined;
      ids[step.slice(1, -1)] = decodeURIComponent(part);
    } else if (step !== part) return undefined;
  }
  return ids;
}
