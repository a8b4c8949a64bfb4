import { describe, expect, it } from '@jest/globals';
import { companyDigest, generateCompany } from './company.ts';
import type { SampleCompany } from './rows.ts';
import { type TableName, tables } from './tables.ts';
import { sampleUntil } from './time.ts';

const company = generateCompany();

/** A column of any row as text, or null; for checks that look at all tables alike. */
function cell(row: object, column: string): string | null {
  const value: unknown = new Map(Object.entries(row)).get(column);
  return value === null || value === undefined ? null : String(value);
}

const rowsOf = (name: TableName): readonly object[] => company[name];

describe('the sample company', () => {
  it('is the same on every machine and on every day: its bytes are pinned', () => {
    expect(companyDigest(company)).toBe('5508f5e1f31b8551a7859a26fb79217618137b43e64e11427caadc2a3eba31f0');
    expect(companyDigest(generateCompany())).toBe(companyDigest(company));
  });

  it('is another company with another seed', () => {
    expect(companyDigest(generateCompany('another'))).not.toBe(companyDigest(company));
  });

  it('is of the promised size', () => {
    const counts = Object.fromEntries(tables.map(({ name }) => [name, rowsOf(name).length]));
    // Sixty accounts, and the row that stands for whoever was erased.
    expect(counts.users).toBe(61);
    expect(counts.workspaces).toBe(20);
    expect(company.workspaces.filter((w) => w.customer_kind === 'sole_trader')).toHaveLength(5);
    expect(counts.devices).toBeGreaterThan(30);
    expect(counts.sessions).toBeGreaterThan(500);
    expect(counts.playback_events).toBeGreaterThan(4_000);
    expect(counts.playback_events).toBeLessThan(10_000);
    expect(counts.invoices).toBe(190);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
  });

  it('names every table once, and no other', () => {
    expect(tables.map(({ name }) => name).toSorted()).toEqual(Object.keys(company).toSorted());
  });

  it.each(tables)('has no two rows of $name with one primary key, and none without', ({ name, key }) => {
    const keys = rowsOf(name).map((row) => {
      const parts = key.map((column) => cell(row, column));
      expect(parts).not.toContain(null);
      return JSON.stringify(parts);
    });
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(tables)('has no row of $name that refers to nothing, and refers only to tables filled before', (spec) => {
    const position = (name: TableName): number => tables.findIndex((table) => table.name === name);
    for (const [column, target] of Object.entries(spec.references)) {
      expect(position(target)).toBeLessThan(position(spec.name));
      const known = new Set(rowsOf(target).map((row) => cell(row, 'id')));
      const dangling = rowsOf(spec.name).filter((row) => {
        const value = cell(row, column);
        return value !== null && !known.has(value);
      });
      expect(dangling).toEqual([]);
    }
  });

  it('has every invoice issued and recorded in 2026, in that order, and none under the one-stop shop', () => {
    for (const invoice of company.invoices) {
      expect(invoice.issued_on).toMatch(/^2026-/);
      expect(invoice.recorded_on).toMatch(/^2026-/);
      expect(invoice.recorded_on >= invoice.issued_on).toBe(true);
      expect(invoice.supply_scheme).not.toBe('oss');
    }
    expect(new Set(company.invoices.map((invoice) => invoice.supply_scheme))).toEqual(
      new Set(['domestic', 'reverse_charge']),
    );
  });

  it('has invoices whose lines, VAT and total agree to the cent', () => {
    const cents = (amount: string): number => Math.round(Number(amount) * 100);
    for (const invoice of company.invoices) {
      const lines = company.invoice_lines.filter((line) => line.invoice_id === invoice.id);
      expect(lines.reduce((sum, line) => sum + cents(line.amount), 0)).toBe(cents(invoice.net));
      const rate = invoice.supply_scheme === 'domestic' ? 24 : 0;
      expect(cents(invoice.vat)).toBe(Math.round((cents(invoice.net) * rate) / 100));
      expect(cents(invoice.total)).toBe(cents(invoice.net) + cents(invoice.vat));
    }
  });

  it('lets nothing happen after its last day, or before the workspace it happens in was opened', () => {
    const happened = [
      ...company.sessions.map((row) => row.ended_at ?? row.started_at),
      ...company.playback_events.map((row) => row.played_at),
      ...company.audit_events.map((row) => row.occurred_at),
      ...company.support_notes.map((row) => row.written_at),
      ...company.users.map((row) => row.last_seen_at ?? row.created_at),
    ];
    expect(happened.filter((at) => at.slice(0, 10) > sampleUntil)).toEqual([]);

    const opened = new Map(company.workspaces.map((w) => [w.id, w.created_at]));
    const early = [
      ...company.devices.map((row) => ({ in: row.workspace_id, at: row.paired_at })),
      ...company.playlists.map((row) => ({ in: row.workspace_id, at: row.created_at })),
    ].filter((thing) => thing.at < (opened.get(thing.in) ?? ''));
    expect(early).toEqual([]);
  });

  it('writes only fictional addresses: .example and .test, documentation networks, telephone numbers that nobody has', () => {
    const text = JSON.stringify(company satisfies SampleCompany);
    for (const [, domain] of text.matchAll(/[^\s"@?=]+@([\p{L}\p{M}\d.-]+\.[a-z]+)/gu)) {
      expect(domain).toMatch(/\.(example|test)$/);
    }
    for (const [address] of text.matchAll(/\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g)) {
      expect(address).toMatch(/^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$/);
    }
    for (const [number] of text.matchAll(/\+372 \d[\d ]+/g)) expect(number).toMatch(/^\+372 0/);
  });
});
