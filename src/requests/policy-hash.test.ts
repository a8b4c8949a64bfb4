/** The hash of the policy changes with everything a decision can rest on, and with nothing else. */
import { describe, expect, it } from '@jest/globals';
import type { CollectionDescription } from '../../connectors/contract.ts';
import { collection, immediate, periods } from '../../tests/support/erasure-example.ts';
import { type MappedSystem, type PolicySettings, policySha256 } from './policy-hash.ts';

const years = [
  { from: '2025-01-01', to: '2025-12-31' },
  { from: '2026-01-01', to: '2026-12-31' },
];
const settings: PolicySettings = {
  controller: { country: 'EE', timeZone: 'Europe/Tallinn', financialYears: years },
  policy: {
    retention: { taxRegistrations: ['IE'], switchOn: [], periods },
    chargebackDays: { stripe: 120, adyen: 30 },
  },
};
const users = { ...collection('account', 'contract'), collection: 'users' };
const invoices = { ...collection('invoice', 'legal-obligation'), collection: 'invoices' };
const systems: readonly MappedSystem[] = [
  { id: 'account-db', collections: [users, invoices] },
  { id: 'logs', collections: [] },
];
const hash = policySha256(settings, systems);
const withController = (more: Partial<PolicySettings['controller']>) =>
  policySha256({ ...settings, controller: { ...settings.controller, ...more } }, systems);
const withRetention = (more: Partial<PolicySettings['policy']['retention']>) => {
  const policy = { ...settings.policy, retention: { ...settings.policy.retention, ...more } };
  return policySha256({ ...settings, policy }, systems);
};
const withUsers = (more: Partial<CollectionDescription>) =>
  policySha256(settings, [{ id: 'account-db', collections: [{ ...users, ...more }, invoices] }]);

describe('the hash of the policy', () => {
  it('is a SHA-256, and the order of lists and members makes no difference', () => {
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(withController({ financialYears: [...years].reverse() })).toBe(hash);
    expect(withRetention({ periods: [...periods].reverse() })).toBe(hash);
    const policy = { ...settings.policy, chargebackDays: { adyen: 30, stripe: 120 } };
    expect(policySha256({ ...settings, policy }, systems)).toBe(hash);
    expect(policySha256(settings, [{ id: 'account-db', collections: [invoices, users] }])).toBe(hash);
  });

  it('is another one once a law, a period, a year or a window is', () => {
    const [first, ...rest] = periods;
    if (first === undefined) throw new Error('some period is published');
    const { onErasure: _, ...silent } = first;
    const policy = { ...settings.policy, chargebackDays: { stripe: 120 } };
    const others = [
      withController({ country: 'DE' }),
      withController({ timeZone: 'UTC' }),
      withController({ financialYears: years.slice(0, 1) }),
      withRetention({ taxRegistrations: [] }),
      withRetention({ switchOn: ['ie-companies-act-285'] }),
      withRetention({ systemOfRecord: { invoice: 'account-db' } }),
      withRetention({ systemOfRecord: { invoice: 'logs' } }),
      withRetention({ periods: rest }),
      withRetention({ periods: [silent, ...rest] }),
      withRetention({ periods: [{ ...first, period: { months: 7 } }, ...rest] }),
      policySha256({ ...settings, policy }, systems),
    ];
    expect(new Set([hash, ...others]).size).toBe(others.length + 1);
  });

  it('is another one once a data map decides otherwise, and the same where it only words something otherwise', () => {
    const others = [
      withUsers({ legalBasis: 'consent' }),
      withUsers({ recordClass: 'workspace' }),
      withUsers({ owner: 'workspace' }),
      withUsers({ role: 'processor' }),
      withUsers({ erase: undefined }),
      withUsers({ erase: immediate({ roles: { name: 'contact-person' } }) }),
      policySha256(settings, [{ id: 'other', collections: [users, invoices] }]),
    ];
    expect(new Set([hash, ...others]).size).toBe(others.length + 1);
    expect(withUsers({ purpose: 'Another purpose', label: { en: 'Account' } })).toBe(hash);
  });
});
