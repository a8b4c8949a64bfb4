/**
 * What may pass through Temporal: ids, slugs, hashes, catalogue codes, the closed vocabularies of the ledger's states,
 * dates, small whole numbers, booleans and null, in objects whose keys come from one list. Everything else is refused
 * with `payload-refused` before it leaves the process, so a mistake stops a workflow instead of leaking a person's data.
 * Runs in the workflow sandbox too (no imports beyond pure modules). There slugs are known by shape only; the codec on
 * the main thread (src/security/codec.ts) knows the configured ones and checks every payload again.
 */
import { HabeasError, isErrorCode } from '../errors.ts';
import { idPattern, slugPattern } from '../id-patterns.ts';
import * as vocabulary from '../ledger/states.ts';
import { laneTerms, searchByHandTerms, taskTerms } from '../ledger/task-kinds.ts';

/** Keys of everything in workflows/stages.ts and of the workflows' own inputs. A new one is a decision, not a typo. */
const keys: ReadonlySet<string> = new Set([
  ...['requestId', 'systemId', 'taskId', 'packageId', 'seq', 'afterSeq', 'workflowSeq', 'round', 'part', 'stage'],
  ...['state', 'identity', 'lanes', 'needs', 'kinds', 'locateCost', 'retry', 'initialMs', 'maxMs', 'attempts'],
  ...['queuePrefix', 'configured', 'decisions', 'resumed', 'kind', 'taskKind', 'answer', 'settled', 'applied', 'moot'],
  ...['code', 'keys', 'learnt', 'candidates', 'openCandidates', 'changed', 'tooMany', 'streams', 'chunks', 'found'],
  ...['members', 'sizeBytes', 'exported', 'outcome', 'chunksDestroyed', 'packages', 'erased', 'left', 'carried'],
  ...['ask', 'asked', 'stale', 'located', 'extraRounds', 'delivered', 'expired', 'deleted', 'reminded', 'held'],
  ...['cost', 'isRead', 'isOverrun', 'candidatesAsOf', 'byHand', 'dated', 'parts', 'manual', 'attested'],
  ...['rank', 'hasSubjectRow', 'erasures', 'pass', 'planned', 'prepared', 'verified', 'rights', 'right', 'accessDone'],
  ...['noReturn', 'leftMs', 'plan', 'ok', 'retained', 'referred', 'refused', 'anonymised', 'absent', 'residue', 'late'],
  ...['lateRound', 'undated', 'newer', 'erasing', 'expiring', 'anew'],
  ...['rowErased', 'rowVerified'],
  ...['openMasks'],
  ...['act', 'acted', 'lift', 'lifting', 'restricted', 'decided', 'waiting', 'answers'],
  ...['running', 'handOver'],
  ...['openMasks'],
  ...['claimId', 'claims', 'entryId', 'entries', 'more'],
]);

/** Every word that src/ledger/states.ts spells out, and the few that only the stages use. */
const words: ReadonlySet<string> = new Set([
  ...[vocabulary.requestStates, vocabulary.laneStates, vocabulary.stages, vocabulary.rights].flatMap(Object.keys),
  ...[vocabulary.dispositions, vocabulary.dispositionReasons, vocabulary.evidence].flatMap(Object.keys),
  ...[vocabulary.taskKinds, vocabulary.unanswered, vocabulary.decisionKinds, vocabulary.personRoles].flatMap(
    Object.keys,
  ),
  ...[vocabulary.claimStates].flatMap(Object.keys),
  ...[vocabulary.identityStates, vocabulary.identityMethods, vocabulary.channels].flatMap(Object.keys),
  ...[...Object.values(taskTerms), laneTerms, searchByHandTerms].flatMap((terms) => terms.allowedAnswers),
  ...Object.values(vocabulary.taskAnswers).flat(),
  ...Object.values(vocabulary.decisionAnswers).flat(),
  ...['lookup', 'scan', 'sent', 'by-hand', 'idle', 'dependants', 'subject-row', 'approved', 'asked', 'waits'],
  ...['open', 'cooled', 'passed', 'none'],
]);

const hashPattern = /^[0-9a-f]{64}$/;
const datePattern = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const instantPattern =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z$/;

/** A count above a thousand million is refused: personal codes and telephone numbers are longer. */
const countLimit = 1_000_000_000;
const depthLimit = 8;
const lengthLimit = 10_000;

/** Whether one string may pass. Without `slugs` any string of a slug's shape does (workflow sandbox). */
export function isPayloadToken(text: string, slugs?: ReadonlySet<string>): boolean {
  return (
    text === '' ||
    words.has(text) ||
    isErrorCode(text) ||
    idPattern.test(text) ||
    hashPattern.test(text) ||
    datePattern.test(text) ||
    instantPattern.test(text) ||
    (slugs === undefined ? slugPattern.test(text) : slugs.has(text))
  );
}

/** Returns if `value` may be sent to Temporal; throws `payload-refused`, which names the key but never the value. */
export function assertPayload(value: unknown, slugs?: ReadonlySet<string>): void {
  check(value, slugs, 'value', 0);
}

function check(value: unknown, slugs: ReadonlySet<string> | undefined, key: string, depth: number): void {
  if (depth > depthLimit) refuse(key);
  switch (typeof value) {
    case 'boolean':
    case 'undefined':
      return;
    case 'string':
      if (!isPayloadToken(value, slugs)) refuse(key);
      return;
    case 'number':
      if (!isCount(value, key)) refuse(key);
      return;
    case 'object':
      if (value === null) return;
      if (Array.isArray(value)) {
        if (value.length > lengthLimit) refuse(key);
        for (const item of value) check(item, slugs, key, depth + 1);
        return;
      }
      if (Object.getOwnPropertySymbols(value).length > 0 || 'toJSON' in value) refuse(key);
      for (const [name, inner] of Object.entries(value)) {
        // The refused name itself may be somebody's data: it is not repeated.
        if (!keys.has(name)) refuse(key);
        check(inner, slugs, name, depth + 1);
      }
      return;
    default:
      refuse(key);
  }
}

function isCount(value: number, key: string): boolean {
  const mayBeLarge = key.endsWith('Bytes') || key.endsWith('Ms');
  return Number.isSafeInteger(value) && value >= 0 && (mayBeLarge || value <= countLimit);
}

function refuse(key: string): never {
  throw new HabeasError('payload-refused', { where: key });
}
