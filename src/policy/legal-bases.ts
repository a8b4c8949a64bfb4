/**
 * The legal bases a data map may declare (GDPR Art. 6(1)), and which rights reach data held on each beside erasure, which
 * eligibility.ts decides. Direct marketing stands apart, because objecting to it is absolute (Art. 21(3)). Data only.
 */

export const legalBases = {
  consent: {
    article: 'Art. 6(1)(a)',
    what: 'The person consented.',
    portability: true,
    objection: 'none',
  },
  contract: {
    article: 'Art. 6(1)(b)',
    what: 'Needed for a contract with the person.',
    portability: true,
    objection: 'none',
  },
  'legal-obligation': {
    article: 'Art. 6(1)(c)',
    what: 'A law demands it.',
    portability: false,
    objection: 'none',
  },
  'vital-interests': {
    article: 'Art. 6(1)(d)',
    what: 'Somebody’s life depends on it.',
    portability: false,
    objection: 'none',
  },
  'public-task': {
    article: 'Art. 6(1)(e)',
    what: 'A task in the public interest.',
    portability: false,
    objection: 'reasoned',
  },
  'legitimate-interests': {
    article: 'Art. 6(1)(f)',
    what: 'The company’s legitimate interests.',
    portability: false,
    objection: 'reasoned',
  },
  'legitimate-interests-marketing': {
    article: 'Art. 6(1)(f)',
    what: 'Direct marketing by legitimate interests.',
    portability: false,
    objection: 'absolute',
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly article: string;
      readonly what: string;
      /** Art. 20(1): what the person provided or what was observed about them. */
      readonly portability: boolean;
      /** Art. 21: `absolute` needs no human decision, `reasoned` needs one with reasons. */
      readonly objection: 'none' | 'reasoned' | 'absolute';
    }
  >
>;
export type LegalBasis = keyof typeof legalBases;
