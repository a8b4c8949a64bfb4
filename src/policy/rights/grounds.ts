/**
 * Why processing is restricted (Art. 18(1)), what an objection may be about, and which purposes a suppression list is kept
 * for: closed lists with the sentence an officer reads. Source: Regulation (EU) 2016/679, Arts 7(3), 16, 18, 21,
 * https://eur-lex.europa.eu/eli/reg/2016/679/oj (V). Data only.
 */

export const restrictionGrounds = {
  accuracy: 'The person disputes that the data is accurate; until that is verified (Art. 18(1)(a)).',
  unlawful: 'The processing is unlawful and the person asks for restriction instead of erasure (Art. 18(1)(b)).',
  claims: 'The company needs the data no more, the person does for legal claims (Art. 18(1)(c)).',
  objection: 'The person has objected; until it is decided whose grounds override (Art. 18(1)(d)).',
} as const;
export type RestrictionGround = keyof typeof restrictionGrounds;

/** What a person objects to. Direct marketing needs no reason and no decision (Art. 21(2), (3)). */
export const objectionScopes = {
  marketing: 'Direct marketing only.',
  all: 'Everything that rests on legitimate interests, direct marketing included.',
} as const;
export type ObjectionScope = keyof typeof objectionScopes;

/** A suppression list is bound to a purpose: an address in it may still be written to for another. */
export const suppressionPurposes = {
  marketing: 'Direct marketing: newsletters, offers, campaigns.',
} as const;
export type SuppressionPurpose = keyof typeof suppressionPurposes;
