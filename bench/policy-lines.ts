/**
 * Owns the input of the policy bench: the lines of facts that a connector stages, in chunks of 10,000, and what the stream
 * and its collection are. `playback`: an instant of creation and nothing else, as most records. `invoices`: everything that
 * a record can tell.
 */
import type { CollectionDescription, StreamDescription } from '../connectors/contract.ts';
import { parseCivilDate } from '../src/policy/clock/index.ts';
import type { ErasureContext } from '../src/policy/erasure/index.ts';
import { retentionPolicy, yearlyFinancialYears } from '../src/policy/retention/index.ts';

export const shapes = ['playback', 'invoices'] as const;
export type Shape = (typeof shapes)[number];
export const chunkLines = 10_000;

/** `2024-11-24` and the 730 days after it. */
const dayOf = (no: number): string => new Date(Date.UTC(2024, 10, 24 + (no % 731))).toISOString().slice(0, 10);

/** One line of facts; numbers spread over the days of two years. */
function line(shape: Shape, no: number): string {
  const key = [['id', String(10_000_000 + no)]];
  if (shape === 'playback') {
    const at = new Date(Date.UTC(2024, 10, 24) + ((no * 63_113_851) % (731 * 86_400_000)));
    return JSON.stringify({ key, facts: { createdAt: at.toISOString(), workspace: String(no % 97) } });
  }
  const [issue, recording] = [dayOf(no), dayOf(no + (no % 5))];
  const facts = {
    ...{ createdAt: issue, events: { issue, recording, supply: issue }, supply: no % 7 === 0 ? 'oss' : 'domestic' },
    ...{ money: 'settled', settledOn: dayOf(no + 14), workspace: String(no % 97) },
  };
  return JSON.stringify({ key, facts });
}

export function* chunks(shape: Shape, lines: number): Generator<readonly string[]> {
  for (let from = 0; from < lines; from += chunkLines)
    yield Array.from({ length: Math.min(chunkLines, lines - from) }, (_, no) => line(shape, from + no));
}

export function setting(shape: Shape): {
  readonly stream: StreamDescription;
  readonly collection: CollectionDescription;
  readonly context: ErasureContext;
} {
  const recordClass = shape === 'playback' ? 'playback' : 'invoice';
  const shared = { collection: shape, recordClass, owner: 'workspace', role: 'controller', fields: [] } as const;
  return {
    stream: { ...shared, no: 1, provedIn: 'users', customerKind: 'company', ownFields: ['started_by', 'email'] },
    collection: {
      ...{ ...shared, category: '', purpose: '', provenance: '', recipients: [] },
      legalBasis: shape === 'playback' ? 'contract' : 'legal-obligation',
      erase: {
        ...{ mode: 'immediate', whole: 'delete', anonymises: [], detaches: ['started_by', 'email'], successor: [] },
        ...{ references: ['started_by'], roles: { email: 'email' }, rank: 'dependant', otherBases: [] },
      },
    },
    context: {
      ...{ asOf: parseCivilDate('2026-11-24', 'today'), timeZone: 'Europe/Tallinn', trigger: 'erasure' },
      retention: retentionPolicy({
        ...{ country: 'EE', financialYears: yearlyFinancialYears('12-31') },
        periods: [
          {
            ...{ recordClass: 'playback', period: { months: 12 }, from: 'creation', source: 'Privacy policy' },
            onErasure: 'runs',
          },
        ],
      }),
      ...{ chargebackDays: { stripe: 120 }, closing: new Set<string>(), ownBusinessOpen: false, subjectRow: [] },
    },
  };
}
