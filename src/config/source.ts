/**
 * Reads one YAML file into a plain value and keeps where everything stands, so that each mistake has its line. Owns what
 * of YAML is allowed: one document, text keys, no tags, no key twice, no tab as indentation; aliases, as long as what they
 * stand for stays small, so that none can blow up. Never puts text of the file into a mistake. A file that cannot be
 * parsed has mistakes and no value.
 */
import { readFileSync, statSync } from 'node:fs';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { type Mistake, segment } from './mistakes.ts';

/** Far above any real configuration; a data map of 1,000 tables is about 600 KB. */
const maxBytes = 4 * 1024 * 1024;
/** Values in one file, those behind aliases counted each time. */
const maxValues = 200_000;
const maxDepth = 64;

export interface Source {
  readonly file: string;
  /** `undefined` where nothing could be parsed. */
  readonly value: unknown;
  readonly mistakes: readonly Mistake[];
  /** Pointers whose value was refused already (aliases): what hangs below them is not looked at again. */
  readonly refused: ReadonlySet<string>;
  /** A mistake at a pointer; where nothing stands there, at the nearest place above. `at: 'key'` points to the key. */
  mistake(pointer: string, problem: string, remedy: string, at?: 'key' | 'value'): Mistake;
  /** Line of a pointer's key. */
  line(pointer: string): number;
}

interface Place {
  readonly key: number;
  readonly value: number;
}

/** Reads and parses `file`. Never throws: what is wrong with the file is in `mistakes`. */
export function readSource(file: string): Source {
  let text: string;
  try {
    if (statSync(file).size > maxBytes)
      return failed(file, 'The file is larger than 4 MiB.', 'Is this the right file?');
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const [problem, remedy] = whyUnreadable(error);
    return failed(file, problem, remedy);
  }
  return parseSource(file, text);
}

function whyUnreadable(error: unknown): readonly [problem: string, remedy: string] {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return ['There is no such file.', 'Correct the path, or write the file.'];
  if (code === 'EACCES') return ['This user may not read the file.', 'Give it read permission, or run as its owner.'];
  if (code === 'EISDIR') return ['This is a folder, not a file.', 'Name the file in it.'];
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return ['The file is not UTF-8 text.', 'Save it as UTF-8.'];
  return ['The file cannot be read.', 'Look at the file and its folder with `ls -l`.'];
}

function failed(file: string, problem: string, remedy: string): Source {
  const mistake: Source['mistake'] = (pointer, what, todo) => ({
    file,
    line: 1,
    column: 1,
    pointer,
    problem: what,
    remedy: todo,
  });
  return {
    file,
    value: undefined,
    mistakes: [mistake('', problem, remedy)],
    refused: new Set(),
    mistake,
    line: () => 1,
  };
}

/** Problem and remedy for the parser's own codes; its messages quote the file and are not used. */
const syntax: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  DUPLICATE_KEY: ['This key stands twice in the same mapping.', 'Keep one of the two.'],
  MULTIPLE_DOCS: ['The file holds more than one YAML document.', 'Remove the `---` and what follows it.'],
  TAB_AS_INDENT: ['A tab is used as indentation.', 'Indent with spaces.'],
  BAD_INDENT: ['The indentation does not fit the lines above.', 'Align it with its neighbours, with spaces.'],
  MISSING_CHAR: ['A closing quote, bracket, brace or comma is missing, or a colon or space.', 'Complete the line.'],
  TAG_RESOLVE_FAILED: ['A YAML tag (`!…`) is used.', 'Write the plain value without a tag.'],
  MULTILINE_IMPLICIT_KEY: ['A key runs over more than one line.', 'Write each `key: value` on lines of its own.'],
  BLOCK_AS_IMPLICIT_KEY: [
    'Two `key: value` pairs stand on one line, or a value needs quotes.',
    'Put each on a line of its own; quote a value that holds `: `.',
  ],
  NON_STRING_KEY: ['A key is not text.', 'Put the key in quotes.'],
};
const notYaml = [
  'This is not valid YAML.',
  'Correct the line; quote values that hold `: `, ` #`, `@`, `%`, `*`, `&` or `!`.',
] as const;
/** After these the rest of the file can still be checked. */
const readable = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED', 'BAD_ALIAS', 'MULTIPLE_DOCS', 'NON_STRING_KEY']);

/** Parses `text` as the content of `file`. */
export function parseSource(file: string, text: string): Source {
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      prettyErrors: false,
      lineCounter: lines,
      uniqueKeys: true,
      stringKeys: true,
      version: '1.2',
      merge: false,
      logLevel: 'error',
    });
  } catch {
    return failed(file, 'The file is nested too deeply to be read.', 'Write it flatter.');
  }
  const places = new Map<string, Place>();
  const refused = new Set<string>();
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const nearest = (pointer: string): Place => {
    for (let up = pointer; ; up = up.slice(0, up.lastIndexOf('/'))) {
      const place = places.get(up);
      if (place !== undefined) return place;
      if (up === '') return { key: 0, value: 0 };
    }
  };
  const mistake: Source['mistake'] = (pointer, problem, remedy, where = 'value') => ({
    file,
    ...at(nearest(pointer)[where]),
    pointer,
    problem,
    remedy,
  });
  const mistakes: Mistake[] = [...document.errors, ...document.warnings]
    .filter((error) => error.code !== 'BAD_ALIAS')
    .map((error) => {
      const [problem, remedy] = syntax[error.code] ?? notYaml;
      return { file, ...at(openQuote(document, error) ?? error.pos[0]), pointer: '', problem, remedy };
    });
  const base = { file, refused, mistake, line: (pointer: string) => at(nearest(pointer).key).line };
  const fatal = document.errors.some((error) => !readable.has(error.code));
  if (fatal) return { ...base, value: undefined, mistakes };

  const anchors = new Map<string, ParsedNode>();
  let values = 0;
  const refuse = (pointer: string, problem: string, remedy: string): null => {
    refused.add(pointer);
    // One such mistake is enough: the bomb's thousand branches all end here.
    if (values <= maxValues + 1) mistakes.push(mistake(pointer, problem, remedy));
    return null;
  };
  const walk = (node: ParsedNode | null, pointer: string, key: number, depth: number): unknown => {
    values += 1;
    places.set(pointer, { key, value: node?.range[0] ?? key });
    if (values > maxValues)
      return refuse(pointer, 'The aliases of this file multiply without end.', 'Write the values out.');
    if (depth > maxDepth)
      return refuse(pointer, 'This is nested too deeply.', 'Write it flatter; no configuration needs this.');
    if (isAlias(node)) {
      const meant = anchors.get(node.source);
      return meant === undefined
        ? refuse(
            pointer,
            'This alias (`*name`) names nothing above it.',
            'Write the value here, or `&name` before the first use.',
          )
        : walk(meant, pointer, key, depth + 1);
    }
    if (node?.anchor !== undefined) anchors.set(node.anchor, node);
    if (isSeq(node))
      return node.items.map((item, index) => walk(item, `${pointer}/${index}`, item?.range[0] ?? key, depth + 1));
    if (isMap(node)) {
      const object: Record<string, unknown> = {};
      for (const pair of node.items) {
        const name = isScalar(pair.key) ? String(pair.key.value) : '';
        const child = walk(pair.value, `${pointer}/${segment(name)}`, pair.key.range[0], depth + 1);
        Object.defineProperty(object, name, { value: child, enumerable: true, configurable: true, writable: true });
      }
      return object;
    }
    return isScalar(node) ? node.value : null;
  };
  const value = walk(document.contents, '', document.contents?.range[0] ?? 0, 0);
  if (value === null && mistakes.length === 0)
    mistakes.push(
      mistake('', 'The file is empty.', 'See examples/habeas.yaml in this package for a commented example.'),
    );
  return { ...base, value: value ?? undefined, mistakes };
}

/** Where the text begins that a missing quote made run to the end: the parser complains only there. */
function openQuote(document: Document.Parsed, error: YAMLError): number | undefined {
  let start: number | undefined;
  if (error.code === 'MISSING_CHAR')
    visit(document, {
      Scalar: (_, { type, range }) => {
        const quoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
        if (quoted && range !== null && range !== undefined && range[1] >= error.pos[0]) start = range[0];
      },
    });
  return start;
}
