/** The people of the sample installation, as whoever decides something there signs. */
import { readFileSync } from 'node:fs';
import type { SignedBy } from '../requests/index.ts';
import type { SampleRun } from './sample-run.ts';

/** The person of that number, and their key; the first where there is only one. */
export function signerOf({ installation: { people } }: SampleRun, no: number): SignedBy {
  const person = people[no] ?? people[0];
  if (person === undefined) throw new Error('the sample installation has no people');
  return { personId: person.id, privateKeyPem: readFileSync(person.keyFile, 'utf8') };
}
