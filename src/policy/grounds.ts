/**
 * The grounds of the law, as closed lists with the sentence an officer reads: why something is erased (Art. 17(1)), why it
 * is kept although erasure was asked for (Art. 17(3)), and on what a request may be refused. A technical failure is on none
 * of them. Source: Regulation (EU) 2016/679, https://eur-lex.europa.eu/eli/reg/2016/679/oj (V). Data only.
 */

/** Art. 17(1): every erasure records one. */
export const erasureGrounds = {
  '17(1)(a)': 'The data is no longer needed for what it was collected for.',
  '17(1)(b)': 'Consent was withdrawn and no other legal basis covers it.',
  '17(1)(c)': 'The person objected, and nothing overrides the objection.',
  '17(1)(d)': 'The data was processed unlawfully.',
  '17(1)(e)': 'A law of the Union or a Member State demands erasure.',
  '17(1)(f)': 'The data was collected from a child in an online service.',
} as const;
export type ErasureGround = keyof typeof erasureGrounds;

/** Art. 17(3): (b) is computed from retention rules, the others are recorded by a named person for named records. */
export const erasureExceptions = {
  '17(3)(a)': 'Needed for freedom of expression and information.',
  '17(3)(b)': 'A law demands that it is kept, until its date.',
  '17(3)(c)': 'Needed for reasons of public interest in public health.',
  '17(3)(d)': 'Needed for archiving, research or statistics in the public interest.',
  '17(3)(e)': 'Needed for the establishment, exercise or defence of legal claims.',
} as const;
export type ErasureException = keyof typeof erasureExceptions;
/** What a person may record; a legal duty is never asserted by hand. */
export type RecordedException = Exclude<ErasureException, '17(3)(b)'>;

/** The closed list on which something may be refused; each refusal needs a written reason as well. */
export const refusalGrounds = {
  '11(2)': 'The person cannot be identified.',
  '12(5)': 'The request is manifestly unfounded or excessive; needs a second approver and evidence.',
  '15(4)': 'A copy would adversely affect the rights of others.',
  '17(1)': 'None of the grounds for erasure is met.',
  ...erasureExceptions,
  '20(1)': 'The data is not held by consent or contract, or was not given by the person.',
  '20(4)': 'Porting would adversely affect the rights of others.',
  '21(1)': 'Compelling legitimate grounds override the objection; recorded by a named person.',
} as const;
export type RefusalGround = keyof typeof refusalGrounds;
