/**
 * Branded identifiers. Every id that Habeas makes is a kind prefix and 26 characters of Crockford base 32 (130 random
 * bits), so that an id says what it names, sorts nowhere, and can never carry personal data. The refusing payload
 * converter (src/security/payload.ts) recognises exactly this shape.
 */
import { randomBytes } from 'node:crypto';
import { idPattern } from './id-patterns.ts';

declare const brand: unique symbol;
type Branded<B extends string> = string & { readonly [brand]: B };

export type RequestId = Branded<'request'>;
export type TaskId = Branded<'task'>;
export type DecisionId = Branded<'decision'>;
export type PackageId = Branded<'package'>;
export type KeyId = Branded<'key'>;
export type IncidentId = Branded<'incident'>;
export type HoldId = Branded<'hold'>;
export type RegisterId = Branded<'register'>;
/** A claim of the retention sweep: the batch that people approve. */
export type ClaimId = Branded<'claim'>;
/** A configured slug: the immutable `id` of a system in `habeas.yaml`. */
export type SystemId = Branded<'system'>;
/** A configured slug: the `id` of a person in `habeas.yaml`. */
export type PersonId = Branded<'person'>;

const prefixes = {
  request: 'req',
  task: 'tsk',
  decision: 'dec',
  package: 'pkg',
  key: 'key',
  incident: 'inc',
  hold: 'hld',
  register: 'reg',
  claim: 'clm',
} as const;
type Prefixed = {
  request: RequestId;
  task: TaskId;
  decision: DecisionId;
  package: PackageId;
  key: KeyId;
  incident: IncidentId;
  hold: HoldId;
  register: RegisterId;
  claim: ClaimId;
};

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** 26 characters of Crockford base 32, 130 bits from the operating system's generator. */
export function randomName(): string {
  const bytes = randomBytes(26);
  let name = '';
  for (const byte of bytes) name += alphabet[byte & 31];
  return name;
}

/** A fresh id of the given kind. */
export function newId<K extends keyof Prefixed>(kind: K): Prefixed[K] {
  return `${prefixes[kind]}_${randomName()}` as Prefixed[K];
}

export { idPattern, slugPattern } from './id-patterns.ts';

/** Narrows a string from an edge (command line, database) to an id of a kind, or `undefined` where its shape is wrong. */
export function parseId<K extends keyof Prefixed>(kind: K, text: string): Prefixed[K] | undefined {
  return idPattern.test(text) && text.startsWith(`${prefixes[kind]}_`) ? (text as Prefixed[K]) : undefined;
}
