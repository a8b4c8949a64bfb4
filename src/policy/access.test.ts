import { expect, test } from '@jest/globals';
import type { StreamDescription } from '../../connectors/contract.ts';
import { decideAccess } from './access.ts';

const notes: StreamDescription = {
  no: 0,
  collection: 'notes',
  provedIn: 'users',
  recordClass: 'support',
  owner: 'person',
  role: 'controller',
  fields: ['id', 'body'],
  ownFields: [],
};

test('what the person has not seen is given out with other people masked; who does not get it is told the same as ever', () => {
  expect(decideAccess(notes)).toMatchObject({ disposition: 'exported', reason: 'own' });
  const unseen = { ...notes, unseen: true } as const;
  expect(decideAccess(unseen)).toEqual({
    grant: { want: 'content', fields: ['id', 'body'] },
    disposition: 'exported',
    reason: 'others-masked',
  });
  expect(decideAccess({ ...unseen, role: 'processor' })).toMatchObject({
    disposition: 'referred',
    reason: 'processor',
  });
  expect(decideAccess({ ...unseen, owner: 'workspace' })).toMatchObject({
    disposition: 'withheld',
    reason: 'not-the-persons-data',
  });
});
