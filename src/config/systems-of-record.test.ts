/** Who has the originals of what a law keeps is said, or the configuration is refused with every claim and what to write. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readSource } from './source.ts';
import { systemsOfRecord } from './systems-of-record.ts';

const folder = mkdtempSync(join(tmpdir(), 'habeas-record-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return readSource(join(folder, name));
};
const map = (name: string, collections: Readonly<Record<string, readonly [recordClass: string, role?: string]>>) =>
  file(
    name,
    `version: 1\ncollections:\n${Object.entries(collections)
      .map(
        ([one, [recordClass, role = 'controller']]) =>
          `  ${one}:\n    role: ${role}\n    recordClass: ${recordClass}\n`,
      )
      .join('')}`,
  );

/** `said`: lines of `policy.retention.systemOfRecord`. */
function mistakesOf(maps: Readonly<Record<string, ReturnType<typeof map>>>, said: readonly string[] = []) {
  const lines =
    said.length === 0 ? '' : `  retention:\n    systemOfRecord:\n${said.map((one) => `      ${one}\n`).join('')}`;
  const systems = Object.keys(maps).map((id) => `  - id: ${id}\n`);
  const source = file('habeas.yaml', `version: 1\npolicy:\n  profile: eu\n${lines}systems:\n${systems.join('')}`);
  const mapped = Object.entries(maps).map(([system, one]) => ({ system, map: one }));
  return systemsOfRecord(source, source.value, mapped).map(({ file: at, line, pointer, problem, remedy }) => ({
    at: `${at.slice(folder.length + 1)}:${line}`,
    pointer,
    problem,
    remedy,
  }));
}

const accounts = () => map('accounts.yaml', { users: ['account'], invoices: ['invoice'], invoice_lines: ['invoice'] });
const stripe = () => map('stripe.yaml', { invoices: ['invoice'], charges: ['payment'], refunds: ['payment'] });

describe('a class of documents that a law keeps', () => {
  it('needs no word where one system alone has records of it, in however many collections', () => {
    expect(mistakesOf({ 'account-db': accounts() })).toEqual([]);
    expect(mistakesOf({ billing: stripe() })).toEqual([]);
  });

  it('that two systems claim is refused at the later claim, which names both places and what to write', () => {
    expect(mistakesOf({ 'account-db': accounts(), billing: stripe() })).toEqual([
      {
        ...{ at: 'stripe.yaml:5', pointer: '/collections/invoices/recordClass' },
        problem: expect.stringMatching(/`invoice`: `account-db` \(accounts\.yaml:\d+\), `billing` \(stripe\.yaml:5\)/),
        remedy: expect.stringMatching(/`invoice: SYSTEM` under `policy\.retention\.systemOfRecord` of habeas\.yaml/),
      },
    ]);
  });

  it('with a system of record is settled', () => {
    for (const who of ['billing', 'account-db'])
      expect(mistakesOf({ 'account-db': accounts(), billing: stripe() }, [`invoice: ${who}`])).toEqual([]);
  });

  it('is no claim where it is held as a processor', () => {
    const asProcessor = map('crm.yaml', { bills: ['invoice', 'processor'] });
    expect(mistakesOf({ 'account-db': accounts(), crm: asProcessor })).toEqual([]);
    expect(mistakesOf({ 'account-db': accounts(), crm: asProcessor }, ['invoice: crm'])).toHaveLength(1);
  });

  it('is told once for each class, whatever else is wrong with the maps', () => {
    const odd = file(
      'odd.yaml',
      'version: 1\ncollections:\n  a: 7\n  b:\n    recordClass: [x]\n  c:\n    recordClass: invoice\n',
    );
    expect(mistakesOf({ 'account-db': accounts(), odd }).map(({ at }) => at)).toEqual(['odd.yaml:7']);
    expect(mistakesOf({ 'account-db': accounts(), nothing: file('empty.yaml', '7\n') })).toEqual([]);
  });
});

describe('a system of record', () => {
  it.each([
    ['that is no system', 'invoice: archive', /no system of this id/, /`id` of one of `systems`/],
    ['of a class that no law keeps', 'account: account-db', /No law keeps this class/, /Remove it/],
    ['of a class that nobody knows', 'shoe-size: account-db', /No law keeps this class/, /Remove it/],
    ['whose data map has none of it', 'payment: account-db', /no collection of this class/, /Write one of: billing/],
    ['of what no system has', 'books: billing', /no collection of this class/, /no system has records/],
  ])('%s is refused, with what to write', (_, said, problem, remedy) => {
    const told = mistakesOf({ 'account-db': accounts(), billing: stripe() }, ['invoice: billing', said]);
    expect(told).toEqual([
      {
        ...{ at: 'habeas.yaml:7', pointer: `/policy/retention/systemOfRecord/${said.split(':')[0]}` },
        ...{ problem: expect.stringMatching(problem), remedy: expect.stringMatching(remedy) },
      },
    ]);
  });
});
