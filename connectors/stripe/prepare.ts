/**
 * Everything that stands against the plan, at once and without any effect: rights that the erasing key lacks, documents that Stripe
 * lets nobody change, money that is open by now where a customer, a means of payment or a subscription would go, and somebody named
 * as successor who cannot be it.
 */
import type { ErrorCode } from '../../src/errors.ts';
import type { CallContext, PlannedRecord, PrepareInput, PrepareReport } from '../contract.ts';
import { isUsable } from '../identifiers.ts';
import type { StripeClient } from './client.ts';
import type { CollectionName, DataMap } from './data-map.ts';
import { strategyOf } from './effect.ts';
import { streamsOfPart } from './erase.ts';
import { FactReader } from './facts.ts';
import { lookAtErasing } from './rights.ts';
import { isShared, type Root, rootsOf } from './roots.ts';
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
      if (moneyed.has(name) && (await isMoneyOpen(facts, own))) refuse('money-open', name);
      for await (const chunk of planned.chunks(stream))
        for (const record of chunk.records) lookAt(map, name, record, own, refuse);
      context.progress();
    }
  return { refusals: [...found.values()] };
}

async function isMoneyOpen(facts: FactReader, roots: readonly Root[]): Promise<boolean> {
  for (const root of roots) if (await facts.isMoneyOpen(root)) return true;
  return false;
}

function lookAt(
  map: DataMap,
  name: CollectionName,
  { decision, set }: PlannedRecord,
  roots: readonly Root[],
  refuse: (code: ErrorCode, where: string) => void,
): void {
  for (const field of decision.fields)
    if (strategyOf(map.collections[name], field) === 'document') refuse('document-fixed', `${name}.${field}`);
  for (const [field, value] of Object.entries(set ?? {})) {
    const isOwn = roots.some(({ email }) => email === value);
    if (!isUsable('email', value) || isOwn || isShared(map, value)) refuse('successor-unknown', `${name}.${field}`);
  }
}
