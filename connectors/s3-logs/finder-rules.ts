/**
 * Owns where identifiers stand in a log line: the declared fields, made into a tree of keys that the scanner walks along
 * with a line's nesting. A field that is an array, or lies in objects of an array, means each of its elements. Pure.
 */
/** What stands where an empty key would begin. */
const quote = 0x22;

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
  /** 1 for every {@link keyShape} that a child's key has: most keys of a line are told apart by it. */
  readonly shapes: Uint8Array;
  /** Rule numbers with their kinds. */
  readonly values: { readonly rule: number; readonly kind: string }[];
  readonly queries: { readonly rule: number; readonly kind: string; readonly names: readonly string[] }[];
  /** Parameter names of all `queries`. */
  readonly names: Buffer[];
}

/** First byte (what follows the quote, in an empty key) and length, in one byte. */
export const keyShape = (firstByte: number, length: number): number =>
  (firstByte ^ (length << 4) ^ (length >> 4)) & 255;

const emptyNode = (): RuleNode => ({ children: [], shapes: new Uint8Array(256), values: [], queries: [], names: [] });

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
        const bytes = Buffer.from(text);
        node.children.push({ text, bytes, node: nodes.length });
        node.shapes[keyShape(bytes[0] ?? quote, bytes.length)] = 1;
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
