import { describe, expect, it } from '@jest/globals';
import type { CollectionDescription, StreamDescription } from '../../connectors/contract.ts';
import { legalBases } from './legal-bases.ts';
import { decidePortability, missingForPortability, origins } from './portability.ts';

const stream = (more: Partial<StreamDescription> = {}): StreamDescription => ({
  ...{ no: 0, collection: 'notes', provedIn: 'users', recordClass: 'account', owner: 'person', role: 'controller' },
  ...{ fields: ['id', 'note'], ownFields: [] },
  ...more,
});
type Declared = Pick<CollectionDescription, 'collection' | 'legalBasis' | 'portability' | 'role'>;
const declared = (more: Partial<Declared> = {}): Declared => ({
  ...{ collection: 'notes', role: 'controller', legalBasis: 'contract', portability: { origin: 'provided' } },
  ...more,
});
const given = { disposition: 'exported', reason: 'own', grant: { want: 'content', fields: ['id', 'note'] } };
const withheld = (reason: string) => ({ disposition: 'withheld', reason, grant: { want: 'facts', fields: [] } });

describe('data to take along (Art. 20)', () => {
  it('is what is held by consent or contract; nothing of any other basis is read', () => {
    const bases = Object.keys(legalBases).map((legalBasis) => [
      legalBasis,
      decidePortability(stream(), declared({ legalBasis })),
    ]);
    expect(Object.fromEntries(bases)).toEqual({
      ...{ consent: given, contract: given },
      ...{ 'legal-obligation': withheld('not-portable'), 'vital-interests': withheld('not-portable') },
      ...{ 'public-task': withheld('not-portable'), 'legitimate-interests': withheld('not-portable') },
      'legitimate-interests-marketing': withheld('not-portable'),
    });
    expect(decidePortability(stream(), declared({ legalBasis: 'toString' }))).toEqual(withheld('not-portable'));
  });

  it('is what the person gave or what was observed of them, not what the company made or others told', () => {
    const all = Object.keys(origins).map((origin) => [
      origin,
      decidePortability(stream(), declared({ portability: { origin: origin as keyof typeof origins } })),
    ]);
    expect(Object.fromEntries(all)).toEqual({
      ...{ provided: given, observed: given },
      ...{ derived: withheld('not-portable'), 'third-party': withheld('not-portable') },
    });
  });

  it('is withheld where it would harm others (Art. 20(4))', () => {
    const portability = { origin: 'provided', othersRights: 'Letters of two people' } as const;
    expect(decidePortability(stream(), declared({ portability }))).toEqual(withheld('others-rights'));
  });

  it('is never more than access gives', () => {
    expect(decidePortability(stream({ role: 'processor' }), declared())).toMatchObject({ disposition: 'referred' });
    const company = stream({ owner: 'workspace', customerKind: 'company', subjectOwnsWorkspace: true });
    expect(decidePortability(company, declared())).toMatchObject(withheld('not-the-persons-data'));
    expect(decidePortability({ ...company, ownFields: ['note'] }, declared())).toMatchObject({
      ...{ disposition: 'exported', reason: 'own-fields', grant: { want: 'content', fields: ['note'] } },
    });
  });

  it('is not guessed: where nobody has declared where the data comes from, that is asked for', () => {
    expect(decidePortability(stream(), declared({ portability: undefined }))).toEqual({ missing: 'notes.portability' });
    expect(
      missingForPortability([
        declared({ portability: undefined }),
        declared({ collection: 'other', portability: undefined, legalBasis: 'legal-obligation' }),
        declared({ collection: 'theirs', portability: undefined, role: 'processor' }),
        declared({ collection: 'answered' }),
      ]),
    ).toEqual(['notes.portability']);
  });
});
