/**
 * What a request may be looked for by. Refuses what is empty, malformed or says too little (`identifier-unusable` with the
 * flag's name, never the value): such a value would reach other people's records, or be sent to a vendor that answers an
 * unknown filter with everybody. Pure. Holds personal data in memory only.
 */
import type { Identifier, Manifest } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';

export interface GivenIdentifiers {
  readonly email?: readonly string[] | undefined;
  readonly userId?: string | undefined;
  readonly name?: string | undefined;
  readonly company?: string | undefined;
  readonly postalAddress?: string | undefined;
  /** `KIND=VALUE` of any kind that points to one person in a configured system, such as a stored customer or payment number. */
  readonly others?: readonly string[] | undefined;
}

/** What a front door needs to know of the configured systems. */
export type Searching = readonly Pick<Manifest, 'needs'>[];

/** Identifier kinds as connectors declare them in `manifest.needs`. */
const kinds = {
  email: 'email',
  userId: 'user_id',
  name: 'name',
  company: 'company',
  postalAddress: 'postal_address',
} as const;

/** Words people write where they know nothing; as an identifier each would point to many. */
const placeholders = new Set([
  ...['unknown', 'none', 'null', 'undefined', 'nil', 'n/a', 'na', 'test', 'user', 'admin', 'anonymous', 'guest'],
  ...['tundmatu', 'puudub', 'kasutaja', 'email', 'e-mail', 'name', 'nimi', 'xxx', 'tbd', 'todo', '-', '.', '?'],
]);

/**
 * Checked and trimmed, with `request` as their source. `systems`: those that are searched, which say what else than the usual may be
 * given. Throws `identifier-missing`, `identifier-unusable`, or `identifier-kind` with the kinds that there are.
 */
export function checkIdentifiers(given: GivenIdentifiers, systems: Searching = []): readonly Identifier[] {
  const identifiers: Identifier[] = [];
  const add = (kind: string, where: string, value: string, usable: (text: string) => boolean): void => {
    // Unicode composition stays as given: to a system the composed and the decomposed form are two accounts, and turning
    // one into the other would prove somebody else's. Connectors look for both, and only the same bytes prove.
    const text = value.trim();
    if (isControl(text) || placeholders.has(text.normalize('NFC').toLowerCase()) || !usable(text))
      throw new HabeasError('identifier-unusable', { where });
    if (!identifiers.some((one) => one.kind === kind && one.value === text))
      identifiers.push({ kind, value: text, source: 'request' });
  };
  for (const email of given.email ?? []) add(kinds.email, '--email', email, isEmail);
  if (given.userId !== undefined) add(kinds.userId, '--user-id', given.userId, isUserId);
  if (given.name !== undefined) add(kinds.name, '--name', given.name, (text) => letters(text) >= 3);
  if (given.company !== undefined) add(kinds.company, '--company', given.company, (text) => letters(text) >= 2);
  if (given.postalAddress !== undefined)
    add(kinds.postalAddress, '--postal-address', given.postalAddress, (text) => letters(text) >= 5);
  for (const other of given.others ?? []) {
    const [kind, value] = split(other);
    if (!pointingKinds(systems).includes(kind))
      throw new HabeasError('identifier-kind', {
        where: `--identifier: ${pointingKinds(systems).join(', ') || 'none'}`,
      });
    // What has a flag of its own is held to that flag's rule.
    add(kind, `--identifier ${kind}`, value, kind === kinds.email ? isEmail : isUserId);
  }
  // A company alone points to everybody in it.
  if (!identifiers.some((one) => one.kind !== kinds.company)) throw new HabeasError('identifier-missing');
  return identifiers;
}

/** Kinds of which one value means one person somewhere: an address on the network or a name does not, and proves nothing alone. */
function pointingKinds(systems: Searching): readonly string[] {
  const needs = systems.flatMap((manifest) => manifest.needs);
  return [
    ...new Set(needs.filter(({ kind, unique }) => unique || kind === kinds.email).map(({ kind }) => kind)),
  ].sort();
}

function split(other: string): readonly [kind: string, value: string] {
  const at = other.indexOf('=');
  return at === -1 ? ['', other] : [other.slice(0, at), other.slice(at + 1)];
}

/** Whether any of the systems can search by any of the identifiers. */
export function searchable(identifiers: readonly Identifier[], manifests: Searching): boolean {
  const needed = new Set(manifests.flatMap((manifest) => manifest.needs.map((need) => need.kind)));
  return identifiers.some((identifier) => needed.has(identifier.kind));
}

/** One mailbox at one host; wider than most forms allow (plus-addresses, Unicode), narrower than RFC 5322 (no quotes). */
export function isEmail(text: string): boolean {
  if (text.length > 254) return false;
  return /^[^\s@"<>,;:()[\]\\%*]{1,64}@[^\s@"<>,;:()[\]\\%*_]+\.[^\s@"<>,;:()[\]\\%*_.]{2,}$/u.test(text);
}

function isUserId(text: string): boolean {
  if (text.length > 200 || /\s/.test(text) || /[*%]/.test(text)) return false;
  // 0, 000, -1 and the all-zero UUID are what programs write for "nobody".
  return /[^0\-_.]/.test(text) && !/^-\d+$/.test(text);
}

const letters = (text: string): number => (text.length > 500 ? 0 : (text.match(/\p{L}/gu) ?? []).length);

const isControl = (text: string): boolean => text === '' || /\p{Cc}/u.test(text.replaceAll('\n', ' '));
