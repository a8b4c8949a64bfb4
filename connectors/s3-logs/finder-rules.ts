/**
 * Owns where identifiers stand in a log line: the declared fields, made into a tree of keys that the scanner walks along
 * with a line's nesting. A field that is an array, or lies in objects of an array, means each of its elements. Pure.
 */
export interface FieldRule {
  /** Keys from the root object, e.g. `['user', 'id']`; never empty. */
  readonly path: readonly string[];
  /** Identifier kind that the field holds. */
  readonly kind: string;
  /** The field is the identifier, or an address whose query string has it under one of the parameter names. */
  readonly as: 'value' | { readonly query: readonly string[] };
}

export interface ChildKey {
  readonly text: string;
  readonly bytes: Buffer;
  readonly node: number;
}

export interface RuleNode {
  readonly children: ChildKey[];
  /** Rule numbers with their kinds. */
  readonly values: { readonly rule: number; readonly kind: string }[];
  readonly queries: { readonly rule: number; readonly kind: string; readonly names: readonly string[] }[];
  /** Parameter names of all `queries`. */
  readonly names: Buffer[];
}

const emptyNode = (): RuleNode => ({ children: [], values: [], queries: [], names: [] });

/** The tree of the rules; node 0 is the root object. */
export function ruleTree(rules: readonly FieldRule[]): readonly RuleNode[] {
  const root = emptyNode();
  const nodes = [root];
  rules.forEach(({ path, kind, as }, rule) => {
    let node = root;
    for (const text of path) {
      const known = node.children.find((child) => child.text === text);
      if (known === undefined) {
        const made = emptyNode();
        node.children.push({ text, bytes: Buffer.from(text), node: nodes.length });
        nodes.push(made);
        node = made;
      } else node = nodes[known.node] ?? root;
    }
    if (as === 'value') node.values.push({ rule, kind });
    else {
      node.queries.push({ rule, kind, names: as.query });
      node.names.push(...as.query.map((name) => Buffer.from(name)));
    }
  });
  return nodes;
}
