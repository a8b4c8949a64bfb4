/** The verified contact point: where the package goes and nowhere else. Personal data, only ever sealed. Pure. */
import { HabeasError } from '../errors.ts';
import { type IdentityMethod, identityMethods } from '../ledger/states.ts';
import { isEmail } from './identifiers.ts';

export interface Contact {
  readonly kind: 'email' | 'post';
  readonly value: string;
}

/** How and for which contact point an identity was verified, as a person states it. */
export interface VerifiedIdentity {
  readonly method: string;
  readonly contact: string;
}

/** An e-mail address, else a postal address of some length; `contact-unusable` for what could reach nobody. */
export function parseContact(text: string): Contact {
  const value = text.normalize('NFC').trim();
  if (isEmail(value)) return { kind: 'email', value };
  if (value.length < 8 || value.length > 500 || value.includes('@'))
    throw new HabeasError('contact-unusable', { where: '--contact' });
  return { kind: 'post', value };
}

/** Narrows what was sealed as `contact_sealed`. */
export function isContact(value: unknown): value is Contact {
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('value' in value)) return false;
  return (value.kind === 'email' || value.kind === 'post') && typeof value.value === 'string';
}

/** What was sealed as `contact_sealed`; `contact-unusable` where it is none. */
export function contactOf(value: unknown): Contact {
  if (isContact(value)) return value;
  throw new HabeasError('contact-unusable');
}

export function parseIdentityMethod(text: string): IdentityMethod {
  if (isMethod(text)) return text;
  throw new HabeasError('contact-unusable', { where: '--method' });
}

const isMethod = (text: string): text is IdentityMethod => Object.hasOwn(identityMethods, text);
