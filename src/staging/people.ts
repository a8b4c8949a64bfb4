/**
 * Who takes part in a conversation, as a line of an `unseen` stream says it: `{"key":…,"people":[…],"record":…}`. Found byte by
 * byte: `],"people":` and `],"record":` cannot occur inside a JSON text, whose quotes have a backslash before them. A line that
 * does not say it, or says it in another form, fails with `people-missing`: nothing can be masked in it. Pure; personal data in
 * memory only.
 */
import type { Participant } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import { matches } from './sealed-chunk.ts';

const peopleMarker = Buffer.from('],"people":[');
const recordMarker = Buffer.from('],"record":');
const roles = ['subject', 'staff', 'counsel', 'other', 'controller'] as const satisfies readonly Participant['who'][];

/** The participants of the line from `at` to `end`; `where` is a configured place for the error. */
export function peopleIn(line: Buffer, at: number, end: number, where?: string): readonly Participant[] {
  const people = find(line, at, end, peopleMarker);
  // Behind the record it would be a part of what is given out.
  const record = find(line, people + 1, end, recordMarker);
  if (people >= end || record >= end) return missing(where);
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8', people + peopleMarker.length - 1, record + 1));
  } catch {
    return missing(where);
  }
  return Array.isArray(value) ? value.map((one: unknown) => participant(one, where)) : missing(where);
}

function participant(value: unknown, where: string | undefined): Participant {
  if (typeof value !== 'object' || value === null || !('who' in value)) return missing(where);
  const who = roles.find((role) => role === value.who);
  const names = 'names' in value ? value.names : [];
  const addresses = 'addresses' in value ? value.addresses : [];
  if (who === undefined || !isTexts(names) || !isTexts(addresses)) return missing(where);
  return { who, names, addresses };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function find(bytes: Buffer, from: number, end: number, marker: Buffer): number {
  for (let at = from; at + marker.length <= end; at += 1)
    if (bytes[at] === 0x5d && matches(bytes, at, marker)) return at;
  return end;
}

function missing(where: string | undefined): never {
  throw new HabeasError('people-missing', { where });
}
