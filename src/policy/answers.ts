/**
 * What the law wants told to whoever exercised a right, as data: which article an answer follows, and what it must say where
 * nothing, or not everything, was done. Pure.
 *
 * Source: Regulation (EU) 2016/679, https://eur-lex.europa.eu/eli/reg/2016/679/oj (V).
 */
import type { Right } from '../ledger/states.ts';

/** What an answer says because the law wants it said. */
export const answerLaw = {
  inform: { article: '12(3)', demands: 'what was done on the request, within the time limit' },
  reasons: { article: '12(4)', demands: 'why nothing was done, within the same time limit' },
  complaint: { article: '77', demands: 'that a complaint may be lodged with a supervisory authority' },
  remedy: { article: '79', demands: 'that a judicial remedy may be sought' },
  beforeLifting: { article: '18(3)', demands: 'that a restriction ends, before it does' },
  recipients: { article: '19', demands: 'who was told of what was changed' },
  unidentified: { article: '11(2)', demands: 'that the person cannot be identified, if they can be told' },
} as const satisfies Readonly<Record<string, { readonly article: string; readonly demands: string }>>;
export type AnswerLaw = keyof typeof answerLaw;

/** Rights that are answered by a letter; the others are answered by a package. */
export const lettered = [
  'erasure',
  'rectification',
  'restriction',
  'objection',
  'consent-withdrawal',
] as const satisfies readonly Right[];
export type LetteredRight = (typeof lettered)[number];

export function isLettered(right: Right): right is LetteredRight {
  return lettered.some((one) => one === right);
}

/** A right of a person; what a customer instructs is answered by its package and its receipt (docs/decisions/0021). */
export type PersonsRight = Exclude<Right, 'workspace-export'>;

const isPersons = (right: Right): right is PersonsRight => right !== 'workspace-export';

/** Which of these rights a letter answers: of a refused request all of them, for no package will come; of an instruction none. */
export function answeredByLetter(rights: readonly Right[], isRefused: boolean): readonly PersonsRight[] {
  const ofPerson = rights.filter(isPersons);
  if (ofPerson.length < rights.length) return [];
  return isRefused ? ofPerson : ofPerson.filter(isLettered);
}

/** What became of records that was not what the person asked: the answer must then say all of Art. 12(4). */
const declined: readonly string[] = ['refused', 'retained', 'referred'];

export function isDeclined(disposition: string): boolean {
  return declined.includes(disposition);
}
