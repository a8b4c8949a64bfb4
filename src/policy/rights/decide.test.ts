/** Which right reaches which records, by legal basis, owner and class: the law tables, row by row. */
import { describe, expect, it } from '@jest/globals';
import type { StreamDescription, VerbTraits } from '../../../connectors/contract.ts';
import type { ActingRight } from '../../ledger/states.ts';
import { type LegalBasis, legalBases } from '../legal-bases.ts';
import { decideRight, type RightQuestion } from './decide.ts';

const stream: StreamDescription = {
  ...{ no: 0, collection: 'notes', provedIn: 'people', recordClass: 'account', owner: 'person', role: 'controller' },
  ...{ fields: ['id', 'name', 'note'], ownFields: [] },
};
const verbs: VerbTraits = { restrict: ['held'], rectify: { name: 'name' } };
const ask = (right: ActingRight, more: Partial<RightQuestion> = {}, of: Partial<StreamDescription> = {}) => {
  const question: RightQuestion = {
    ...{ right, stream: { ...stream, ...of }, legalBasis: 'contract', verbs, roles: {}, scope: null, words: ['name'] },
    ...{ answer: null },
    ...more,
  };
  const outcome = decideRight(question);
  if (outcome.outcome === 'waits') return ['waits', ...outcome.meanwhile].join(', ');
  return outcome.outcome === 'act'
    ? `${outcome.verb ?? 'by hand'}: ${outcome.disposition}, ${outcome.reason}`
    : `${outcome.disposition}, ${outcome.reason}`;
};
const bases = Object.keys(legalBases) as LegalBasis[];

describe('rights that act, by the law tables', () => {
  it('restrict on every basis, by a verb where one is declared and by hand where none is', () => {
    for (const legalBasis of bases) expect(ask('restriction', { legalBasis })).toBe('restrict: restricted, as-asked');
    expect(ask('restriction', { verbs: undefined })).toBe('by hand: restricted, as-asked');
  });

  it('withdraw consent where consent is the basis, or a data map says what ends it, and nowhere else', () => {
    for (const legalBasis of bases)
      expect(ask('consent-withdrawal', { legalBasis })).toBe(
        legalBasis === 'consent' ? 'by hand: suppressed, as-asked' : 'refused, not-reached',
      );
    const suppress = { ...verbs, suppress: ['mail'] };
    expect(ask('consent-withdrawal', { legalBasis: 'consent', verbs: suppress })).toBe(
      'suppress: suppressed, as-asked',
    );
    expect(ask('consent-withdrawal', { verbs: suppress })).toBe('suppress: suppressed, as-asked');
  });

  it('object to marketing without anybody’s decision, to other interests with one, to nothing else', () => {
    const said = (legalBasis: LegalBasis, more: Partial<RightQuestion> = {}) =>
      ask('objection', { legalBasis, scope: 'all', ...more });
    expect(said('legitimate-interests-marketing')).toBe('by hand: suppressed, absolute-objection');
    expect(said('legitimate-interests-marketing', { answer: 'compelling-grounds' })).toMatch(/absolute/);
    for (const basis of ['contract', 'legal-obligation', 'consent', 'vital-interests'] as const)
      expect(said(basis)).toBe('refused, not-reached');
    for (const basis of ['legitimate-interests', 'public-task'] as const) {
      expect(said(basis)).toBe('waits, restrict');
      expect(said(basis, { scope: 'marketing' })).toBe('refused, not-reached');
      expect(said(basis, { answer: 'compelling-grounds' })).toBe('refused, compelling-grounds');
      expect(said(basis, { answer: 'legal-claims' })).toBe('refused, legal-claims');
      expect(said(basis, { answer: 'uphold' })).toBe('restrict: objected, objection-upheld');
    }
  });

  it('end marketing at once and for good where a data map says how, whatever else the records are held for', () => {
    const suppress = { ...verbs, suppress: ['mail'] };
    for (const legalBasis of bases.filter((basis) => basis !== 'legitimate-interests-marketing')) {
      const said = (more: Partial<RightQuestion>) => ask('objection', { legalBasis, verbs: suppress, ...more });
      expect(said({ scope: 'marketing' })).toBe('suppress: suppressed, absolute-objection');
      const isReasoned = legalBases[legalBasis].objection === 'reasoned';
      expect(said({ scope: 'all' })).toBe(
        isReasoned ? 'waits, restrict, suppress' : 'suppress: suppressed, absolute-objection',
      );
      for (const answer of ['compelling-grounds', 'legal-claims'] as const)
        expect(said({ scope: 'all', answer })).toBe('suppress: suppressed, absolute-objection');
    }
  });

  it('rectify what is declared and decided, never an issued document, and leave nothing out that nobody has looked at', () => {
    const said = (more: Partial<RightQuestion> = {}, of: Partial<StreamDescription> = {}) =>
      ask('rectification', { answer: 'correct', ...more }, of);
    expect(said({ answer: null })).toBe('waits, restrict');
    expect(said()).toBe('rectify: rectified, as-asked');
    expect(said({ answer: 'found-accurate' })).toBe('refused, found-accurate');
    expect(said({ words: ['phone'] })).toBe('absent, nothing-to-correct');
    expect(said({ verbs: undefined })).toBe('by hand: rectified, as-asked');
    expect(said({}, { recordClass: 'invoice' })).toBe('refused, fixed-document');
    expect(said({ roles: { name: 'document' } }, { recordClass: 'invoice' })).toBe('refused, fixed-document');
    expect(said({ roles: { name: 'contact-person' } }, { recordClass: 'invoice' })).toBe(
      'rectify: rectified, as-asked',
    );
    expect(said({}, { owner: 'workspace', customerKind: 'company', ownFields: ['note'] })).toMatch(
      /nothing-to-correct/,
    );
    expect(said({}, { owner: 'workspace', customerKind: 'company', ownFields: ['name'] })).toMatch(/^rectify/);
  });

  it('touch only what is the person’s: a processor’s is referred, a company’s refused', () => {
    for (const right of ['rectification', 'restriction', 'objection', 'consent-withdrawal'] as const) {
      const more = { legalBasis: 'consent', scope: 'all' } as const;
      expect(ask(right, more, { role: 'processor' })).toBe('referred, processor');
      expect(ask(right, more, { owner: 'workspace', customerKind: 'company' })).toBe('refused, not-the-persons-data');
      expect(ask(right, more, { isReference: true })).toBe('refused, not-the-persons-data');
    }
  });
});
