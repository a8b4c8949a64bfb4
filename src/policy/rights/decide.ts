/**
 * What becomes of the records of one stream where a person exercises a right that neither gives nor erases: acted on by a verb,
 * left with a reason the person is told, or waiting for a named person's decision. By the law tables: rectification and
 * restriction reach every basis, withdrawal reaches consent, an objection to direct marketing is absolute, one to other
 * legitimate interests is decided by a person; an issued document is never edited. Pure; a decision of a whole stream.
 */
import type { StreamDescription, Verb, VerbTraits } from '../../../connectors/contract.ts';
import type { ActingRight, Disposition, DispositionReason } from '../../ledger/states.ts';
import { isOwnBusiness } from '../erasure/whose.ts';
import { type LegalBasis, legalBases } from '../legal-bases.ts';
import { kindOf } from '../retention/record-classes.ts';
import type { ObjectionScope } from './grounds.ts';

/** What a named person answered to a `right` task. */
export type RightAnswer = 'uphold' | 'compelling-grounds' | 'legal-claims' | 'correct' | 'found-accurate';

export interface RightQuestion {
  readonly right: ActingRight;
  readonly stream: StreamDescription;
  readonly legalBasis: LegalBasis;
  /** Verbs that the collection declares. */
  readonly verbs: VerbTraits | undefined;
  /** By field that is no part of an issued document: what it is to the law. */
  readonly roles: Readonly<Record<string, string>>;
  /** Of an objection. */
  readonly scope: ObjectionScope | null;
  /** Of a rectification: the words that are to be corrected. */
  readonly words: readonly string[];
  /** Null while nobody has decided. */
  readonly answer: RightAnswer | null;
}

export type RightOutcome =
  /** `verb` null: nobody has declared how; a person does it by hand. `words`: of `rectify`, those that the records have. */
  | {
      readonly outcome: 'act';
      readonly verb: Verb | null;
      readonly words: readonly string[];
      readonly disposition: Extract<Disposition, 'rectified' | 'restricted' | 'objected' | 'suppressed'>;
      readonly reason: DispositionReason;
    }
  | {
      readonly outcome: 'left';
      readonly disposition: Extract<Disposition, 'refused' | 'referred' | 'absent'>;
      readonly reason: DispositionReason;
    }
  /** A named person decides; meanwhile restricted (Art. 18(1)(a), (d)), and not used for marketing (Art. 21(3)). */
  | { readonly outcome: 'waits'; readonly meanwhile: readonly Extract<Verb, 'restrict' | 'suppress'>[] };

/** Source of every branch: docs/decisions/0019; Regulation (EU) 2016/679, Arts 4(7), 6, 7(3), 16, 18, 21, 28(3)(e) (V). */
export function decideRight(question: RightQuestion): RightOutcome {
  const { right, stream } = question;
  if (stream.role === 'processor') return left('referred', 'processor');
  if (!isThePersons(stream)) return left('refused', 'not-the-persons-data');
  switch (right) {
    case 'restriction':
      return act('restricted', 'as-asked', question.verbs?.restrict === undefined ? null : 'restrict');
    case 'consent-withdrawal':
      return question.legalBasis === 'consent' || question.verbs?.suppress !== undefined
        ? stopUse(question, 'as-asked')
        : left('refused', 'not-reached');
    case 'objection':
      return objection(question);
    case 'rectification':
      return rectification(question);
    default:
      return right satisfies never;
  }
}

/** The person's own record, one of their own business, or one in which some fields are theirs. */
function isThePersons(stream: StreamDescription): boolean {
  if (stream.isReference === true) return false;
  return stream.owner === 'person' || isOwnBusiness(stream) || stream.ownFields.length > 0;
}

function objection(question: RightQuestion): RightOutcome {
  const { legalBasis, scope, verbs } = question;
  // What a data map says ends marketing is marketing, whatever else the record is for.
  const marketing =
    verbs?.suppress === undefined ? left('refused', 'not-reached') : stopUse(question, 'absolute-objection');
  switch (legalBases[legalBasis].objection) {
    case 'absolute':
      return stopUse(question, 'absolute-objection');
    case 'none':
      return marketing;
    case 'reasoned':
      return scope === 'marketing' ? marketing : reasoned(question);
  }
}

/** Compelling grounds or legal claims are recorded by a named person; nobody else overrides, and no grounds override for marketing. */
function reasoned(question: RightQuestion): RightOutcome {
  const { answer, verbs } = question;
  switch (answer) {
    case 'uphold': {
      const otherwise = verbs?.restrict === undefined ? null : 'restrict';
      return act('objected', 'objection-upheld', verbs?.suppress === undefined ? otherwise : 'suppress');
    }
    case 'compelling-grounds':
    case 'legal-claims':
      return verbs?.suppress === undefined ? left('refused', answer) : stopUse(question, 'absolute-objection');
    default:
      return waits(verbs, 'restrict', 'suppress');
  }
}

function rectification({ stream, verbs, roles, words, answer }: RightQuestion): RightOutcome {
  const isDocument = kindOf(stream.recordClass) === 'by-law';
  const isWhole = stream.owner === 'person' || isOwnBusiness(stream);
  const declared = Object.entries(verbs?.rectify ?? {});
  const asked = declared.filter(
    ([word, field]) => words.includes(word) && (isWhole || stream.ownFields.includes(field)),
  );
  const open = asked.filter(([, field]) => !isDocument || isBeside(roles[field]));
  if (open.length === 0) {
    // What nobody has looked at is looked at by a person; what was issued is not edited by anybody.
    if (isDocument) return left('refused', 'fixed-document');
    if (verbs?.rectify !== undefined) return left('absent', 'nothing-to-correct');
  }
  if (answer === null) return waits(verbs, 'restrict');
  if (answer === 'found-accurate') return left('refused', 'found-accurate');
  return { ...act('rectified', 'as-asked', open.length === 0 ? null : 'rectify'), words: open.map(([word]) => word) };
}

/** Stands beside the document and is no part of it. */
export const isBeside = (role: string | undefined): boolean => role !== undefined && role !== 'document';

const waits = (
  verbs: VerbTraits | undefined,
  ...meanwhile: Extract<RightOutcome, { outcome: 'waits' }>['meanwhile']
): RightOutcome => ({ outcome: 'waits', meanwhile: meanwhile.filter((verb) => verbs?.[verb] !== undefined) });

const stopUse = ({ verbs }: RightQuestion, reason: DispositionReason): RightOutcome =>
  act('suppressed', reason, verbs?.suppress === undefined ? null : 'suppress');

const act = (
  disposition: Extract<RightOutcome, { outcome: 'act' }>['disposition'],
  reason: DispositionReason,
  verb: Verb | null,
) => ({ outcome: 'act', verb, words: [], disposition, reason }) as const;

const left = (
  disposition: Extract<RightOutcome, { outcome: 'left' }>['disposition'],
  reason: DispositionReason,
): RightOutcome => ({ outcome: 'left', disposition, reason });
