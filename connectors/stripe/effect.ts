/**
 * One record and what is to become of it: looked at, changed where it is not yet so, and looked at again where Stripe would not
 * have the change. Everything here may run twice. What Stripe says about an effect is never believed: `verify` reads again.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, PlannedRecord } from '../contract.ts';
import { isEmpty } from '../declared.ts';
import type { Became } from '../tally.ts';
import type { Strategy } from './changes.ts';
import type { Params, StripeClient, StripeObject } from './client.ts';
import { type Collection, type CollectionName, type DataMap, valueAt } from './data-map.ts';
import { wholeObject } from './erase-traits.ts';
import { endedStates } from './facts.ts';
import { idOf, pathOf } from './keys.ts';
import { AlreadyOver, Missing } from './map-error.ts';
import { isDeleted } from './roots.ts';

/** Who looks at records. `preview`: where redactions are ordered, in the version of the API that shows them. */
export interface Looking {
  readonly client: StripeClient;
  readonly preview?: StripeClient | undefined;
}

/** The record as it is now; undefined where it is gone. */
export async function look(
  { client, preview }: Looking,
  context: CallContext,
  name: CollectionName,
  key: PlannedRecord['key'],
): Promise<StripeObject | undefined> {
  const reader = name === 'customer_numbers' ? (preview ?? client) : client;
  const found = await reader.get(context, pathOf(name, key), name);
  if (found === undefined || isDeleted(found.body)) return undefined;
  if (found.body.id !== idOf(key)) throw new HabeasError('record-mismatch', { where: name });
  return found.body;
}

/** What the map says is done to a field; a field that it does not name is not this connector's to change. */
export function strategyOf({ erase }: Collection, field: string): Strategy {
  if (field === wholeObject) return 'document';
  const strategy = erase?.fields?.[field];
  if (strategy === undefined) throw new HabeasError('plan-changed', { where: field });
  return strategy;
}

/** Fields of a record in which something is left to be done. */
export function leftOver(
  name: CollectionName,
  collection: Collection,
  { decision, set }: PlannedRecord,
  object: StripeObject,
): readonly string[] {
  // What has ended is never charged again, and Stripe changes nothing of it.
  const isOver = name === 'subscriptions' && endedStates.has(object.status);
  return decision.fields.filter((field) => {
    if (field === wholeObject) return !isRedacted(object);
    const value = valueAt(object, field);
    switch (strategyOf(collection, field)) {
      case 'cancel':
        return !isOver;
      case 'successor':
        return set?.[field] === undefined ? !isBlank(value) : value !== set[field];
      case 'document':
        return !isBlank(value) && !isRedacted(object);
      default:
        return !isOver && !isBare(object, field);
    }
  });
}

/** Stripe has taken out of the object what is personal; some kinds say so in preview versions of the API. */
const isRedacted = (object: StripeObject): boolean => valueAt(object, 'redaction.status') === 'redacted';

/**
 * Whether a redaction has been here already: Stripe says so, or, of a kind that it says nothing of, nothing is left in what was part of
 * the document but placeholders, and there is one.
 */
export function isOver(map: DataMap, name: CollectionName, object: StripeObject): boolean {
  if (isRedacted(object)) return true;
  const strategies = Object.entries(map.collections[name].erase?.fields ?? {});
  const values = strategies.flatMap(([field, strategy]) => (strategy === 'document' ? [valueAt(object, field)] : []));
  return values.every(isBlank) && values.some(saysRedacted);
}

/**
 * Nothing is left of a value but what Stripe writes in place of what it has redacted ("[redacted] or similar placeholders"; only the
 * first is taken for it, so that whatever else it may be is called residue and not erased).
 */
export function isBlank(value: unknown): boolean {
  if (typeof value === 'string') return value === '' || saysRedacted(value);
  if (typeof value !== 'object' || value === null) return isEmpty(value);
  return Object.values(value).every(isBlank);
}

function saysRedacted(value: unknown): boolean {
  if (typeof value === 'string') return /^\[redacted\]$/i.test(value.trim());
  return typeof value === 'object' && value !== null && Object.values(value).some(saysRedacted);
}

/** What of billing details Stripe lets us clear; another part, as the tax number of its kind of payment, is fixed. */
const holderParts = ['name', 'email', 'phone', 'address'] as const;

function isBare(object: StripeObject, field: string): boolean {
  if (field !== 'billing_details') return isBlank(valueAt(object, field));
  return holderParts.every((part) => isBlank(valueAt(object, `${field}.${part}`)));
}

/** Of these fields those that Stripe lets nobody change. */
export const fixedFields = (map: DataMap, name: CollectionName, fields: readonly string[]): readonly string[] =>
  fields.filter((field) => strategyOf(map.collections[name], field) === 'document');

export interface EffectDependencies extends Looking {
  /** Of the key that may change things. */
  readonly eraser: StripeClient;
  readonly map: DataMap;
  readonly context: CallContext;
  /** Names the effect to Stripe; undefined: it gets none. */
  readonly effectKey: string | undefined;
}

/** What became of a record. `fixed`: what is left of it only Stripe can redact; with how it was. */
export type CarriedOut = { readonly became: Became } | { readonly became: 'fixed'; readonly before: StripeObject };

/**
 * Erases, empties, cancels or detaches one record. `isStill`: whether the record is the person's by what it says now; what is already as
 * it should be says nothing any more. Fails with `erase-blocked` where Stripe will not have it.
 */
export async function carryOut(
  deps: EffectDependencies,
  name: CollectionName,
  record: PlannedRecord,
  isStill: (record: StripeObject) => boolean,
): Promise<CarriedOut> {
  const before = await look(deps, deps.context, name, record.key);
  if (before === undefined) return { became: 'missing' };
  const became = await become(deps, name, record, before, isStill);
  return became === 'fixed' ? { became, before } : { became };
}

async function become(
  deps: EffectDependencies,
  name: CollectionName,
  record: PlannedRecord,
  before: StripeObject,
  isStill: (record: StripeObject) => boolean,
): Promise<Became | 'fixed'> {
  const { context, map } = deps;
  const isDelete = record.decision.action === 'delete';
  const left = isDelete ? [] : leftOver(name, map.collections[name], record, before);
  if (!isDelete && left.length === 0) return 'done';
  if (!isStill(before)) return 'changed-hands';
  const fixed = fixedFields(map, name, left);
  const changes = left.filter((field) => !fixed.includes(field));
  const done = fixed.length > 0 ? 'fixed' : 'done';
  try {
    if (isDelete) await remove(deps, name, record);
    else if (changes.length > 0) await change(deps, name, record, before, changes);
    return done;
  } catch (error) {
    // Somebody was faster, or an answer of ours was lost: what counts is what is there now.
    const isDoubtful =
      error instanceof Missing ||
      error instanceof AlreadyOver ||
      (error instanceof HabeasError && error.code === 'system-failed');
    if (!isDoubtful) throw error;
    const now = await look(deps, context, name, record.key);
    if (now === undefined) return 'done';
    const still = isDelete ? [name] : leftOver(name, map.collections[name], record, now);
    if (still.every((field) => fixed.includes(field))) return still.length === 0 ? 'done' : 'fixed';
    throw new HabeasError('erase-blocked', { where: name });
  }
}

async function remove(
  { eraser, context }: EffectDependencies,
  name: CollectionName,
  { key }: PlannedRecord,
): Promise<void> {
  const answer = await eraser.change(context, 'DELETE', pathOf(name, key), name, {}, undefined);
  if (answer.id !== idOf(key)) throw new HabeasError('record-mismatch', { where: name });
}

async function change(
  { eraser, context, map, effectKey }: EffectDependencies,
  name: CollectionName,
  record: PlannedRecord,
  before: StripeObject,
  left: readonly string[],
): Promise<void> {
  const collection = map.collections[name];
  const path = pathOf(name, record.key);
  const by = (strategy: Strategy): boolean => left.some((field) => strategyOf(collection, field) === strategy);
  const named = (step: string) => (effectKey === undefined ? undefined : [effectKey, name, idOf(record.key), step]);
  const fields = left.filter((field) => ['empty', 'successor'].includes(strategyOf(collection, field)));
  if (fields.length > 0) {
    // Stripe changes nothing of a method that nobody has attached any more.
    if (name === 'payment_methods' && isEmpty(before.customer)) throw new AlreadyOver();
    await eraser.change(
      context,
      'POST',
      path,
      name,
      paramsOf(before, fields, record.set),
      named(`fields ${fields.join(' ')}`),
    );
  }
  if (by('cancel')) await eraser.change(context, 'DELETE', path, name, {}, undefined);
  if (by('detach')) await eraser.change(context, 'POST', `${path}/detach`, name, {}, named('detach'));
}

/**
 * An empty value clears a field. Of billing details every part must be cleared, because what is not sent stays; where only a name
 * or a telephone number goes from where things are sent to, the place is sent again, because Stripe takes none without it.
 */
function paramsOf(before: StripeObject, fields: readonly string[], set: PlannedRecord['set']): Params {
  const params: Record<string, unknown> = {};
  const metadata: Record<string, string> = {};
  const shipping: Record<string, unknown> = {};
  for (const field of fields) {
    const [top = '', part = ''] = splitOnce(field);
    if (top === 'metadata') metadata[part] = '';
    else if (top === 'shipping' && part !== '') shipping[part] = '';
    else if (field === 'billing_details') params[field] = Object.fromEntries(holderParts.map((part) => [part, '']));
    else params[field] = set?.[field] ?? '';
  }
  if (Object.keys(metadata).length > 0) params.metadata = metadata;
  if (Object.keys(shipping).length > 0 && params.shipping === undefined)
    params.shipping = { ...withoutEmpty(valueAt(before, 'shipping')), ...shipping };
  return params;
}

function splitOnce(field: string): readonly string[] {
  const at = field.indexOf('.');
  return at === -1 ? [field] : [field.slice(0, at), field.slice(at + 1)];
}

/** Null is nothing, and sent it would be a word. */
function withoutEmpty(value: unknown): Params {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
      if (isEmpty(inner)) return [];
      return [[name, typeof inner === 'object' ? withoutEmpty(inner) : inner]];
    }),
  );
}
