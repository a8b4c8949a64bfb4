/**
 * Who may decide what, and the proof that they did: a person of the configuration signs the canonical statement of the
 * decision, and it is verified against the configured public key before anything is stored. A statement carries ids,
 * codes, dates and salted commitments only, so it can be shown and verified after every key is destroyed. Refuses with
 * `person-needed`, `person-unknown`, `person-role`, `person-key`.
 */
import type { Person } from '../config/load.ts';
import { HabeasError } from '../errors.ts';
import type { PersonId, RequestId, SystemId, TaskId } from '../ids.ts';
import type { DecisionKind, PersonRole, TaskKind } from '../ledger/states.ts';
import { canonicalJson, type JsonValue } from '../security/canonical.ts';
import { publicKeyOf, sign, verify } from '../security/signing.ts';

/** A person and their private key, for the moment of one decision. Never stored, never logged. */
export interface SignedBy {
  readonly personId: string;
  readonly privateKeyPem: string;
}

/** Roles of which a person needs one; answers to tasks by the kind of task, other decisions by their own kind. */
export const decidingRoles = {
  intake: ['agent', 'officer'],
  'task:identity': ['agent', 'officer'],
  'task:candidate': ['officer'],
  'task:unresolved': ['officer'],
  'task:blast-radius': ['officer'],
  'task:manual': ['agent', 'officer'],
  'task:approval': ['officer'],
  retry: ['officer'],
  stop: ['engineer', 'officer'],
  resume: ['engineer', 'officer'],
  extend: ['officer'],
  pause: ['agent', 'officer'],
  cancel: ['officer'],
  delivered: ['agent', 'officer'],
  'send-part': ['officer'],
  'task:successor': ['officer'],
  'task:late-arrivals': ['officer'],
  'task:mask': ['officer'],
  mask: ['officer'],
  'task:right': ['officer'],
  lift: ['officer'],
  'task:notice': ['agent', 'officer'],
  hold: ['officer'],
  release: ['officer'],
  sweep: ['officer'],
  automatic: ['officer'],
  told: ['agent', 'officer'],
  consent: ['agent', 'officer'],
  'open-register': ['officer'],
} as const satisfies Readonly<
  Record<Exclude<DecisionKind, 'answer'> | `task:${TaskKind}` | 'intake' | 'open-register', readonly PersonRole[]>
>;
export type Deciding = keyof typeof decidingRoles;

/** What is signed. */
export interface Statement {
  readonly ledger: string;
  readonly person: PersonId;
  readonly kind: DecisionKind | 'intake';
  readonly requestId: RequestId | null;
  readonly taskId: TaskId | null;
  readonly systemId: SystemId | null;
  readonly answer: string;
  /** Salted SHA-256 of the reason and of what else is sealed with it; null where nothing is. */
  readonly sealed: string | null;
  /** Dates and codes of this kind of decision. */
  readonly details: Readonly<Record<string, JsonValue>>;
  readonly at: Date;
}

/** The configured person, if they hold one of the roles and this is their key. */
export function authorise(people: readonly Person[], signedBy: SignedBy | undefined, deciding: Deciding): Person {
  if (signedBy === undefined) throw new HabeasError('person-needed');
  const person = people.find((one) => one.id === signedBy.personId);
  if (person === undefined) throw new HabeasError('person-unknown');
  if (publicKeyOf(signedBy.privateKeyPem) !== person.publicKey) throw new HabeasError('person-key');
  const needed: readonly PersonRole[] = decidingRoles[deciding];
  if (!person.roles.some((role) => needed.includes(role))) throw new HabeasError('person-role');
  return person;
}

/** Signs and verifies; returns what the ledger stores. */
export function signStatement(
  statement: Statement,
  person: Person,
  privateKeyPem: string,
): { readonly text: string; readonly signature: string } {
  const text = canonicalJson({ v: 1, ...statement, at: statement.at.toISOString() });
  const signature = sign(text, privateKeyPem);
  if (!verify(text, signature, person.publicKey)) throw new HabeasError('person-key');
  return { text, signature };
}
