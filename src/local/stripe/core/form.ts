/**
 * Reads form-encoded parameters with brackets (`metadata[order]=7`, `expand[]=customer`, `items[0][price]=price_1`) into
 * nested hashes and lists, as https://docs.stripe.com/api describes them. A value stays the text it was: parameters are
 * typed by the route's own description (params.ts).
 */

export type Form = string | Form[] | { [name: string]: Form };
export type FormHash = { [name: string]: Form };

/** All parameters of a query string or a body. */
export function parseForm(text: string): FormHash {
  const root: FormHash = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) put(root, pathOf(name), value);
  return listed(root) as FormHash;
}

function pathOf(name: string): string[] {
  const first = name.indexOf('[');
  if (first <= 0) return [name];
  return [name.slice(0, first), ...[...name.slice(first).matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '')];
}

function put(root: FormHash, path: readonly string[], value: string): void {
  let at = root;
  path.forEach((step, index) => {
    const key = step === '' ? String(Object.keys(at).length) : step;
    if (index === path.length - 1) {
      at[key] = value;
      return;
    }
    const next = at[key];
    const inner: FormHash = typeof next === 'object' && !Array.isArray(next) ? next : Object.create(null);
    at[key] = inner;
    at = inner;
  });
}

/** Hashes whose names are 0, 1, 2 … are lists. */
function listed(value: Form): Form {
  if (typeof value === 'string' || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, listed(inner)] as const);
  const isList = entries.length > 0 && entries.every(([name], index) => name === String(index));
  return isList ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}
