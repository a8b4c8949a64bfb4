/** What may be looked for: whatever a real person may be called, and nothing that would point to everybody. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkIdentifiers, type GivenIdentifiers, searchable } from './identifiers.ts';

const unusable = (given: GivenIdentifiers, where: string) =>
  expect(() => checkIdentifiers(given)).toThrow(expect.objectContaining({ code: 'identifier-unusable', where }));

describe('identifiers of a request', () => {
  it('keep letters, plus-addresses, case and Unicode composition as given, each once', () => {
    const identifiers = checkIdentifiers({
      email: ['  Mari.Tamm+ost@Example.ee ', 'õie@näide.ee', 'õie@näide.ee'],
      userId: '42',
      name: 'O\u0303ie Šmidt',
    });
    expect(identifiers).toEqual([
      { kind: 'email', value: 'Mari.Tamm+ost@Example.ee', source: 'request' },
      { kind: 'email', value: 'õie@näide.ee', source: 'request' },
      { kind: 'user_id', value: '42', source: 'request' },
      { kind: 'name', value: 'O\u0303ie Šmidt', source: 'request' },
    ]);
  });

  it('are never turned into the address of another account that only looks the same', () => {
    for (const email of ['t\u00f5nu@n\u00e4ide.ee', 'to\u0303nu@na\u0308ide.ee'])
      expect(checkIdentifiers({ email: [email] })).toEqual([{ kind: 'email', value: email, source: 'request' }]);
  });

  it('are refused where they are empty, a pattern, a placeholder or say too little, naming the flag and never the value', () => {
    for (const email of [
      '',
      ' ',
      '@',
      'a@b',
      'mari@',
      '@example.ee',
      'a b@example.ee',
      '*@example.ee',
      'a@b.c',
      'x@y@z.ee',
    ])
      unusable({ email: [email] }, '--email');
    for (const userId of ['', '0', '000', '-1', 'null', 'a b', '%', '0000-0000', 'Unknown'])
      unusable({ userId }, '--user-id');
    for (const name of ['', 'x', '...', 'N/A', '12']) unusable({ name }, '--name');
    unusable({ postalAddress: '12345' }, '--postal-address');
    unusable({ name: 'Mari\u0000Tamm' }, '--name');
  });

  it('never carry a refused value into the error', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4 }), (text) => {
        try {
          checkIdentifiers({ email: [`${text} secret`] });
        } catch (error) {
          expect(String(error)).not.toContain('secret');
        }
      }),
    );
  });

  it('are searchable where at least one system needs one of their kinds', () => {
    const manifest = { needs: [{ kind: 'email', unique: true, caseSensitive: false }] };
    const by = (given: GivenIdentifiers) => searchable(checkIdentifiers(given), [manifest]);
    expect(by({ email: ['mari@example.ee'], name: 'Mari Tamm' })).toBe(true);
    expect(by({ name: 'Mari Tamm' })).toBe(false);
  });

  describe('of other kinds', () => {
    const systems = [
      {
        needs: [
          { kind: 'email', unique: false, caseSensitive: true },
          { kind: 'stripe_customer_id', unique: true, caseSensitive: true },
        ],
      },
      { needs: [{ kind: 'ip', unique: false, caseSensitive: true }] },
    ];
    const others = (...given: readonly string[]) => checkIdentifiers({ others: given }, systems);

    it('are taken where a configured system finds one person by them, as given', () => {
      expect(others('stripe_customer_id=cus_A=b', 'email=mari@example.ee')).toEqual([
        { kind: 'stripe_customer_id', value: 'cus_A=b', source: 'request' },
        { kind: 'email', value: 'mari@example.ee', source: 'request' },
      ]);
    });

    it('are refused where none does, or where one value means many, saying which there are and not what was given', () => {
      for (const given of ['ip=192.0.2.7', 'shoe_size=42', 'cus_A', '=cus_A'])
        expect(() => others(given)).toThrow(
          expect.objectContaining({ code: 'identifier-kind', where: '--identifier: email, stripe_customer_id' }),
        );
      for (const given of ['stripe_customer_id=', 'stripe_customer_id=a b', 'stripe_customer_id=%', 'email=mari'])
        expect(() => others(given)).toThrow(expect.objectContaining({ code: 'identifier-unusable' }));
    });
  });
});
