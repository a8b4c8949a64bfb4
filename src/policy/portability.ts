/**
 * Which records of a stream a person takes along under Art. 20, decided from facts that connectors report and from what the
 * data map declares. Pure. What access would not give, portability does not either; of the rest only what is held by consent or
 * contract, and was given by the person or observed of them. Everything else is withheld on a ground of the law's closed list.
 * Where nobody has declared where the data comes from it says so, and never guesses.
 *
 * Sources: GDPR Art. 20(1), (4); Guidelines on the right to data portability, WP 242 rev.01, pp. 9-11: `observed` (a log of
 * what the person did) was provided by them, `derived` (a score, an invoice the company made) was not.
 */
import type { CollectionDescription, StreamDescription } from '../../connectors/contract.ts';
import { type AccessDecision, decideAccess } from './access.ts';
import type { RefusalGround } from './grounds.ts';
import { legalBases } from './legal-bases.ts';

/** Where data comes from, as Art. 20 asks it. */
export const origins = {
  provided: { what: 'The person gave it.', portable: true },
  observed: { what: 'It was observed of the person using the service.', portable: true },
  derived: { what: 'The company made it from other data.', portable: false },
  'third-party': { what: 'Somebody else gave it.', portable: false },
} as const satisfies Readonly<Record<string, { readonly what: string; readonly portable: boolean }>>;

/** The ground on which each reason withholds. */
export const portabilityGrounds = {
  'not-portable': '20(1)',
  'others-rights': '20(4)',
} as const satisfies Readonly<Record<string, RefusalGround>>;

export type PortabilityDecision = AccessDecision | { readonly missing: string };

type Declared = Pick<CollectionDescription, 'collection' | 'legalBasis' | 'portability'>;

/** Decides one stream; the decision holds for every record in it. `missing`: what the data map must declare first. */
export function decidePortability(stream: StreamDescription, declared: Declared): PortabilityDecision {
  const given = decideAccess(stream);
  if (given.disposition !== 'exported') return given;
  if (!isHeldPortably(declared.legalBasis)) return withheld('not-portable');
  const { portability } = declared;
  if (portability === undefined) return { missing: missingIn(declared) };
  if (!origins[portability.origin].portable) return withheld('not-portable');
  return portability.othersRights === undefined ? given : withheld('others-rights');
}

/** Places that must be answered before portability can be asked for, of one system's collections. */
export function missingForPortability(
  collections: readonly (Declared & Pick<CollectionDescription, 'role'>)[],
): readonly string[] {
  return collections
    .filter(
      ({ role, legalBasis, portability }) =>
        role !== 'processor' && isHeldPortably(legalBasis) && portability === undefined,
    )
    .map(missingIn);
}

const missingIn = ({ collection }: Pick<Declared, 'collection'>): string => `${collection}.portability`;

/** A basis that nobody knows holds nothing portable. */
function isHeldPortably(basis: string): boolean {
  return Object.entries(legalBases).some(([name, { portability }]) => name === basis && portability);
}

function withheld(reason: keyof typeof portabilityGrounds): AccessDecision {
  return { grant: { want: 'facts', fields: [] }, disposition: 'withheld', reason };
}
