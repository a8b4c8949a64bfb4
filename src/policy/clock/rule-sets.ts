/**
 * The law of time limits as data: law, section, source and confidence beside every rule. Read by the functions of this
 * folder, never changed by them. Confidence: V read in the primary text or on an authority's page, S seen in a secondary
 * source only, M from general knowledge. V and S are defaults; M is switched off until the operator switches it on. Facts
 * of November 2026, not legal advice.
 */

/** V: primary text. S: secondary source. M: general knowledge. */
export type Confidence = 'V' | 'S' | 'M';

/** One citation, shown beside each date that rests on it. */
export interface Citation {
  readonly law: string;
  readonly section: string;
  readonly source: string;
  readonly confidence: Confidence;
}

const gdpr = 'https://eur-lex.europa.eu/eli/reg/2016/679/oj';
const periods = 'https://eur-lex.europa.eu/eli/reg/1971/1182/oj';

export const euRuleSet = {
  id: 'eu-gdpr',
  law: 'Regulation (EU) 2016/679 (GDPR)',
  /** Nothing received earlier falls under it: GDPR Art. 99(2). */
  appliesFrom: '2018-05-25',
  /** Calendars are not computed beyond this receipt date. */
  appliesTo: '2099-12-31',
  firstPeriod: { months: 1, law: 'GDPR', section: 'Art. 12(3)', source: gdpr, confidence: 'V' },
  extension: {
    months: 2,
    law: 'GDPR',
    section: 'Art. 12(3)',
    source: gdpr,
    confidence: 'V',
    /** Closed list; the reason is explained for this very request. */
    grounds: {
      complexity: 'The request is complex, for reasons that are stated.',
      number: 'The same person made so many requests that more time is needed.',
    },
    /** Known non-reasons, so that a refusal can say which it was. */
    refusedGrounds: {
      'system-failure': 'A system that is down is not complexity of the request.',
      'staff-absence': 'Absence of staff is not complexity of the request.',
      'vendor-delay': 'A slow processor is not complexity of the request.',
    },
  },
  /** "Two further months" may be read from the end of the first month; where that is earlier, it is what one works to. */
  stricterReading: { law: 'GDPR', section: 'Art. 12(3), the stricter reading', source: gdpr, confidence: 'V' },
  counting: {
    law: 'Regulation (EEC, Euratom) 1182/71',
    section: 'Art. 3(1), 3(2)(c)',
    source: periods,
    confidence: 'S',
  },
  rolling: { law: 'Regulation (EEC, Euratom) 1182/71', section: 'Arts 2, 3(4)', source: periods, confidence: 'S' },
  pause: {
    law: 'EDPB Guidelines 01/2022',
    section: '§5.3',
    source:
      'https://www.edpb.europa.eu/our-work-tools/our-documents/guidelines/guidelines-012022-data-subject-rights-right-access_en',
    confidence: 'M',
    countedByDefault: false,
    kinds: {
      identity: 'Identity information is awaited; needs recorded reasonable doubt (GDPR Art. 12(6)).',
      scope: 'A clarification of scope is awaited; needs a large quantity of data (recital 63); never for erasure.',
    },
    /** Rights to which a scope pause never applies. */
    scopeNeverFor: ['erasure'],
  },
} as const;

/** The 27 Member States by ISO 3166-1 code. */
export const euMemberStates: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
);

/** Every other ISO 3166-1 code, and UK as commonly written: known places whose law has no rule set here yet. */
export const placesWithoutRuleSet: ReadonlySet<string> = new Set(
  (
    'AD AE AF AG AI AL AM AO AQ AR AS AU AW AX AZ BA BB BD BF BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF ' +
    'CG CH CI CK CL CM CN CO CR CU CV CW CX DJ DM DO DZ EC EG EH ER ET FJ FK FM FO GA GB GD GE GF GG GH GI GL GM GN GP ' +
    'GQ GS GT GU GW GY HK HM HN HT ID IL IM IN IO IQ IR IS JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK ' +
    'LR LS LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MU MV MW MX MY MZ NA NC NE NF NG NI NO NP NR NU NZ OM PA ' +
    'PE PF PG PH PK PM PN PR PS PW PY QA RE RS RU RW SA SB SC SD SG SH SJ SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG ' +
    'TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UK UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'
  ).split(' '),
);

/** One line for people: law, section and confidence. */
export function cite(citation: Citation): string {
  return `${citation.law} ${citation.section} (${citation.confidence})`;
}

/** A mixed mark counts as its weaker letter. */
export function weaker(...marks: readonly Confidence[]): Confidence {
  if (marks.includes('M')) return 'M';
  return marks.includes('S') ? 'S' : 'V';
}
