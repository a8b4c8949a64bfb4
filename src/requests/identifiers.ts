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
}

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

/** Checked and trimmed, with `request` as their source. Throws `identifier-missing` or `identifier-unusable`. */
export function checkIdentifiers(given: GivenIdentifiers): readonly Identifier[] {
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
  // A company alone points to everybody in it.
  if (!identifiers.some((one) => one.kind !== kinds.company)) throw new HabeasError('identifier-missing');
  return identifiers;
}

/** Whether any of the systems can search by any of the identifiers. */
export function searchable(identifiers: readonly Identifier[], manifests: readonly Pick<Manifest, 'needs'>[]): boolean {
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
