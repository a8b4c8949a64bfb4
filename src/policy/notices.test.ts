import { describe, expect, it } from '@jest/globals';
import { type Changed, isSettled, noticesFor, type Recipient } from './notices.ts';

const hosting: Recipient = { id: 'hosting', name: 'Host Ltd', kind: 'processor', within: ['account-db'] };
const mailer: Recipient = { id: 'mailer', name: 'Mailer Ltd', kind: 'processor', contact: 'privacy@mailer.example' };
const rights: Recipient = { id: 'rights', name: 'Rights Society', kind: 'controller' };
const changed = (recipients: readonly string[], more: Partial<Changed> = {}): Changed => ({
  ...{ right: 'erasure', systemId: 'account-db', collection: 'users', count: 2, recipients },
  ...more,
});

describe('who is told (Art. 19)', () => {
  it('is every recipient of what was changed, once, with everything it is told of', () => {
    const told = noticesFor(
      [changed(['Mailer Ltd', 'rights']), changed(['Mailer Ltd'], { collection: 'letters', count: 5 })],
      [hosting, mailer, rights],
    );
    expect(told.map(({ recipient, kind, records }) => [recipient, kind, records])).toEqual([
      ['mailer', 'processor', 7],
      ['rights', 'controller', 2],
    ]);
    expect(told[0]).toMatchObject({ contact: 'privacy@mailer.example', isCovered: false });
    expect(told[0]?.of.map(({ collection }) => collection)).toEqual(['users', 'letters']);
  });

  it('leaves nobody out whom only a data map names, and nobody in who received nothing that was changed', () => {
    const told = noticesFor([changed(['Somebody OÜ']), changed(['Mailer Ltd'], { count: 0 })], [mailer]);
    expect(told.map(({ name, kind, isCovered }) => [name, kind, isCovered])).toEqual([
      ['Somebody OÜ', 'unlisted', false],
    ]);
    expect(told[0]?.recipient).toMatch(/^unlisted-[0-9a-f]{12}$/);
  });

  it('need not be told where it holds nothing but what the system held, unless it received something of another', () => {
    expect(noticesFor([changed(['Host Ltd'])], [hosting])[0]?.isCovered).toBe(true);
    const elsewhere = changed(['Host Ltd'], { systemId: 'billing' });
    expect(noticesFor([changed(['Host Ltd']), elsewhere], [hosting])[0]?.isCovered).toBe(false);
    expect(noticesFor([elsewhere, changed(['Host Ltd'])], [hosting])[0]?.isCovered).toBe(false);
    const independent: Recipient = { ...hosting, kind: 'controller' };
    expect(noticesFor([changed(['Host Ltd'])], [independent])[0]?.isCovered).toBe(false);
  });
});

describe('a notice', () => {
  it('is settled when a controller was told, and when a processor has confirmed', () => {
    const states = ['open', 'sent', 'acknowledged', 'impossible', 'covered'] as const;
    const settled = (kind: 'processor' | 'controller' | 'joint' | 'unlisted') =>
      states.filter((state) => isSettled(kind, state));
    expect(settled('processor')).toEqual(['acknowledged', 'impossible', 'covered']);
    for (const kind of ['controller', 'joint', 'unlisted'] as const)
      expect(settled(kind)).toEqual(['sent', 'acknowledged', 'impossible', 'covered']);
  });
});
