/**
 * The one payload that does not go through our converter: Temporal's own answer to "what is this workflow", which
 * carries the current details shown in its user interface. The SDK encodes it as raw JSON, so the codec checks it here,
 * word by word. Anything but that exact shape is refused by the caller.
 */
import { isPayloadToken } from './payload.ts';

/** Names a workflow or its handlers may have. */
const namePattern = /^(?:subjectRequest|packageExpiry|wake|__[a-z_]{1,60})$/;
/** What separates words in current details. */
const separators = /[\s:,]+/;
const plainWords: ReadonlySet<string> = new Set(['-', '×']);

/** Whether every word of current details is a slug, code, state, id or whole number. Slugs by shape where none are given. */
export function areDetails(text: string, slugs?: ReadonlySet<string>): boolean {
  return text
    .split(separators)
    .every((word) => plainWords.has(word) || /^\d{1,9}$/.test(word) || isPayloadToken(word, slugs));
}

/** Whether a value is Temporal's workflow metadata with details that may be shown. */
export function isWorkflowMetadata(value: unknown, slugs?: ReadonlySet<string>): boolean {
  if (!isObject(value) || !hasOnly(value, ['definition', 'currentDetails'])) return false;
  const { definition, currentDetails } = value;
  if (typeof currentDetails !== 'string' || !areDetails(currentDetails, slugs)) return false;
  if (!isObject(definition)) return false;
  const lists = ['queryDefinitions', 'signalDefinitions', 'updateDefinitions'];
  if (!hasOnly(definition, ['type', ...lists]) || !isName(definition.type)) return false;
  return lists.every((list) => {
    const items = definition[list];
    return Array.isArray(items) && items.every(isHandler);
  });
}

/** Descriptions are the SDK's own sentences about its built-in queries; ours have none. */
function isHandler(value: unknown): boolean {
  if (!isObject(value) || !hasOnly(value, ['name', 'description']) || !isName(value.name)) return false;
  if (value.description === undefined) return true;
  return String(value.name).startsWith('__') && isSdkSentence(value.description);
}

const sdkSentences: ReadonlySet<unknown> = new Set([
  'Returns a sensible stack trace.',
  'Returns a stack trace annotated with source information.',
  'Returns metadata associated with this workflow.',
]);
const isSdkSentence = (text: unknown): boolean => sdkSentences.has(text);
const isName = (text: unknown): boolean => typeof text === 'string' && namePattern.test(text);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(value: Record<string, unknown>, allowed: readonly string[]): boolean {
  return Object.keys(value).every((key) => allowed.includes(key));
}
