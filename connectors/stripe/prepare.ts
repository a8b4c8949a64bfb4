/**
 * Everything that stands against the plan, at once and without any effect: rights that the erasing key lacks, documents that would
 * have to lose what Stripe lets nobody change and nobody has had redacted, money that is open by now where a customer, a means of payment or a subscription would go, and somebody named
 * as successor who cannot be it.
 */
import type { ErrorCode } from '../../src/errors.ts';
import type { CallContext, PlannedRecord, PrepareInput, PrepareReport } from '../contract.ts';
import { isUsable } from '../identifiers.ts';
import type { StripeClient } from './client.ts';
import type { CollectionName, DataMap } from './data-map.ts';
import { fixedFields, leftOver, look } from './effect.ts';
import { streamsOfPart } from './erase.ts';
import { FactReader } from './facts.ts';
import { idOf } from './keys.ts';
import { lookAtErasing } from './rights.ts';
import { idAt, isShared, provedNames, type Root, rootsOf } from './roots.ts';
import { streamsOf } from './streams.ts';

export interface PrepareDependencies {
  readonly client: StripeClient;
  readonly eraser: StripeClient;
  readonly map: DataMap;
}

type Refusal = PrepareReport['refusals'][number];

/** What goes on being needed while money is open. */
const moneyed: ReadonlySet<CollectionName> = new Set<CollectionName>(['customers', 'payment_methods', 'tax_ids']);

/** See the contract. */
export async function prepare(
  { client, eraser, map }: PrepareDependencies,
  context: CallContext,
  { keys, planned }: PrepareInput,
): Promise<PrepareReport> {
  const found = new Map<string, Refusal>();
  const refuse = (code: ErrorCode, where: string): void => void found.set(`${code} ${where}`, { code, where });
  for (const { where, error } of await lookAtErasing(eraser, map, context)) {
    if (error === undefined) continue;
    if (error.retryable || error.code === 'system-credentials') throw error;
    refuse(error.code, error.where ?? where);
  }
  const roots = rootsOf(keys);
  const facts = new FactReader(client, map, context);
  for (const part of ['dependants', 'subject-row'] as const)
    for (const { stream, name } of streamsOfPart({ planned, part })) {
      const known = streamsOf(map).find(({ description }) => description.no === stream.no);
      const own = roots.filter((root) => known?.startsAt(root) === true);
      const claims = moneyed.has(name) ? own.filter(({ proved }) => proved === provedNames.customer) : [];
      for await (const chunk of planned.chunks(stream))
        for (const record of chunk.records) {
          if (record.decision.action === 'keep') continue;
          for (const field of await fixedIn({ client, map }, context, name, record))
            refuse('document-fixed', `${name}.${field}`);
          lookAtSuccessor(map, name, record, own, refuse);
          const root = await rootOfRecord(client, context, name, record, claims);
          if (root !== undefined && (await facts.isMoneyOpen(root))) refuse('money-open', name);
        }
      context.progress();
    }
  return { refusals: [...found.values()] };
}

/** The customer among `roots` that a record hangs on. */
async function rootOfRecord(
  client: StripeClient,
  context: CallContext,
  name: CollectionName,
  { key }: PlannedRecord,
  roots: readonly Root[],
): Promise<Root | undefined> {
  if (roots.length < 2) return roots[0];
  if (name === 'customers') return roots.find(({ id }) => id === idOf(key));
  const record = await look(client, context, name, key);
  return record && roots.find(({ id }) => id === idAt(record, 'customer'));
}

/** Fields of a record with something in them that should go and that Stripe lets nobody change; none once it was redacted. */
async function fixedIn(
  { client, map }: Pick<PrepareDependencies, 'client' | 'map'>,
  context: CallContext,
  name: CollectionName,
  record: PlannedRecord,
): Promise<readonly string[]> {
  if (fixedFields(map, name, record.decision.fields).length === 0) return [];
  const object = await look(client, context, name, record.key);
  return object === undefined ? [] : fixedFields(map, name, leftOver(name, map.collections[name], record, object));
}

function lookAtSuccessor(
  map: DataMap,
  name: CollectionName,
  { set }: PlannedRecord,
  roots: readonly Root[],
  refuse: (code: ErrorCode, where: string) => void,
): void {
  for (const [field, value] of Object.entries(set ?? {})) {
    const isOwn = roots.some(({ email }) => email !== undefined && folded(email) === folded(value));
    if (!isUsable('email', value) || isOwn || isShared(map, value)) refuse('successor-unknown', `${name}.${field}`);
  }
}

const folded = (email: string): string => email.normalize('NFC').toLowerCase();
