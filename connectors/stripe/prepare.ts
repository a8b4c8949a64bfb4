/**
 * Everything that stands against the plan, at once and without any effect: rights that the erasing key lacks, money that is open by
 * now where something would go that is needed for it, and somebody named as successor who cannot be it. What Stripe lets nobody change
 * stands against nothing: `erase` has it redacted, or leaves it waiting in the register.
 */
import type { ErrorCode } from '../../src/errors.ts';
import type { CallContext, PlannedRecord, PrepareInput, PrepareReport } from '../contract.ts';
import { isUsable } from '../identifiers.ts';
import type { StripeClient } from './client.ts';
import type { CollectionName, DataMap } from './data-map.ts';
import { moneyed, rootOfRecord, streamsOfPart } from './erase.ts';
import { FactReader } from './facts.ts';
import { lookAtErasing } from './rights.ts';
import { isShared, provedNames, type Root, rootsOf } from './roots.ts';
import { streamsOf } from './streams.ts';

export interface PrepareDependencies {
  readonly client: StripeClient;
  readonly eraser: StripeClient;
  readonly map: DataMap;
  readonly redactor?: StripeClient | undefined;
}

type Refusal = PrepareReport['refusals'][number];

/** See the contract. */
export async function prepare(
  { client, eraser, redactor, map }: PrepareDependencies,
  context: CallContext,
  { keys, planned }: PrepareInput,
): Promise<PrepareReport> {
  const found = new Map<string, Refusal>();
  const refuse = (code: ErrorCode, where: string): void => void found.set(`${code} ${where}`, { code, where });
  for (const { where, error } of await lookAtErasing({ eraser, redactor }, map, context)) {
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
          lookAtSuccessor(map, name, record, own, refuse);
          const root = await rootOfRecord(client, context, name, record, claims);
          if (root !== undefined && (await facts.isMoneyOpen(root))) refuse('money-open', name);
        }
      context.progress();
    }
  return { refusals: [...found.values()] };
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
