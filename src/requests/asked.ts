/**
 * What a request for a right that acts says beside its identifiers: corrections, the ground of a restriction, what is objected
 * to. Checked before anything is stored; corrections are personal data and leave here only to be sealed. Refuses with
 * `rights-apart`, `right-terms`, `correction-unknown`.
 */
import type { System } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import { type ActingRight, actingRight, type Right } from '../ledger/states.ts';
import { objectionScopes, type RestrictionGround, restrictionGrounds } from '../policy/rights/grounds.ts';

export interface GivenTerms {
  /** With rectification: by word (`name`, `email`, …) what it is to be. Personal data. */
  readonly corrections?: Readonly<Record<string, string>> | undefined;
  /** With restriction: a ground of Art. 18(1). */
  readonly restrictBecause?: string | undefined;
  /** With objection; everything unless given. */
  readonly objectTo?: string | undefined;
}

export interface AskedRight {
  readonly right: ActingRight;
  /** Stored beside the right: what is objected to, or the ground of a restriction. */
  readonly terms: string | null;
  /** Personal data. */
  readonly corrections: Readonly<Record<string, string>> | null;
  /** Why processing is restricted from now on; null: it is not. */
  readonly restricts: RestrictionGround | null;
  /** Sending for direct marketing stops before anything else. */
  readonly suppresses: boolean;
}

/** Null: the request gives or erases. */
export function askedRight(
  systems: Iterable<Pick<System, 'collections'>>,
  rights: readonly Right[],
  given: GivenTerms,
): AskedRight | null {
  const [right] = rights.flatMap((one) => actingRight(one) ?? []);
  if (right !== undefined && rights.length > 1) throw new HabeasError('rights-apart', { where: '--rights' });
  const only = (flag: keyof GivenTerms, whose: ActingRight, option: string): void => {
    if (given[flag] !== undefined && right !== whose)
      throw new HabeasError('right-terms', { where: `${option}: only with ${whose}` });
  };
  only('corrections', 'rectification', '--correct');
  only('restrictBecause', 'restriction', '--restrict-because');
  only('objectTo', 'objection', '--object-to');
  if (right === undefined) return null;
  const nothing = { right, terms: null, corrections: null, restricts: null, suppresses: false };
  switch (right) {
    case 'rectification':
      return { ...nothing, corrections: correctionsOf(systems, given.corrections ?? {}), restricts: 'accuracy' };
    case 'restriction': {
      const ground = wordOf(restrictionGrounds, given.restrictBecause, '--restrict-because');
      return { ...nothing, terms: ground, restricts: ground };
    }
    case 'objection': {
      const scope = wordOf(objectionScopes, given.objectTo ?? 'all', '--object-to');
      return { ...nothing, terms: scope, restricts: scope === 'all' ? 'objection' : null, suppresses: true };
    }
    case 'consent-withdrawal':
      return { ...nothing, suppresses: true };
    default:
      return right satisfies never;
  }
}

const longestValue = 500;

function correctionsOf(
  systems: Iterable<Pick<System, 'collections'>>,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const words = Object.keys(given);
  if (words.length === 0) throw new HabeasError('right-terms', { where: '--correct WORD=VALUE' });
  const declared = new Set(
    [...systems].flatMap(({ collections }) => collections.flatMap(({ verbs }) => Object.keys(verbs?.rectify ?? {}))),
  );
  // Where nobody has declared anything, everything is corrected by hand.
  if (declared.size > 0 && words.some((word) => !declared.has(word)))
    throw new HabeasError('correction-unknown', { where: `--correct: ${[...declared].sort().join(', ')}` });
  const isUsable = (value: string) => value !== '' && value.length <= longestValue && !/\p{Cc}/u.test(value);
  const values = Object.entries(given).map(([word, value]) => [word, value.normalize('NFC').trim()] as const);
  if (!values.every(([word, value]) => /^[a-z][a-z0-9_-]{0,39}$/.test(word) && isUsable(value)))
    throw new HabeasError('right-terms', { where: '--correct WORD=VALUE' });
  return Object.fromEntries(values);
}

function wordOf<W extends string>(table: Readonly<Record<W, string>>, given: string | undefined, flag: string): W {
  const isWord = (text: string): text is W => Object.hasOwn(table, text);
  if (given !== undefined && isWord(given)) return given;
  throw new HabeasError('right-terms', { where: `${flag}: ${Object.keys(table).join(', ')}` });
}
