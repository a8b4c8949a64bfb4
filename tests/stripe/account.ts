/**
 * A Stripe account in the stand-in, the connector opened on it with the data map that it comes with, and what a request does to it
 * without a worker: found, read, planned by policy as of a day, erased, read back.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type {
  Identifier,
  LocateResult,
  PlannedSet,
  RecordFacts,
  StreamDescription,
  SubjectKey,
  System,
  SystemConfig,
} from '../../connectors/contract.ts';
import { stripe } from '../../connectors/stripe/index.ts';
import type { SystemId } from '../../src/ids.ts';
import { type StripeStandIn, startStripeStandIn } from '../../src/local/stripe/start.ts';
import { decideAccess } from '../../src/policy/access.ts';
import { type ErasureContext, planRecord, type RecordDecision } from '../../src/policy/erasure/index.ts';
import { fromRoot } from '../../src/root.ts';
import { MemoryJournal, planOf } from '../conformance/memory-plan.ts';
import { MemorySink } from '../conformance/memory-sink.ts';
import { context as call } from '../conformance/suite.ts';
import { context as erasure, estonia, periods } from '../support/erasure-example.ts';

export const shippedMap = () => parse(readFileSync(fromRoot('connectors', 'stripe', 'data-map.yaml'), 'utf8'));

export interface Account {
  readonly standIn: StripeStandIn;
  readonly system: System;
  stop(): Promise<void>;
}

export async function openAccount(
  change: (map: ReturnType<typeof shippedMap>) => void = () => undefined,
  settings: object = {},
): Promise<Account> {
  const standIn = await startStripeStandIn({ clock: () => new Date('2026-11-24T09:00:00Z') });
  const dataMap = shippedMap();
  change(dataMap);
  const [apiKey, eraseKey] = ['rk_test_reader0000', 'rk_test_eraser0000'];
  for (const key of [apiKey, eraseKey]) standIn.control.addKey(key);
  const config: SystemConfig = {
    ...{ id: 'billing' as SystemId, name: 'Billing', rate: {}, concurrency: undefined, dataMap },
    settings: {
      ...{ apiKey, eraseKey, apiBase: `http://${standIn.host}:${standIn.port}`, requestsPerSecond: 10_000 },
      ...settings,
    },
  };
  const system = stripe.open(config);
  return { standIn, system, stop: () => standIn.stop() };
}

export const asked = (kind: string, value: string): Identifier => ({ kind, value, source: 'request' });

export const find = (
  { system }: Account,
  identifiers: readonly Identifier[],
  accepted: readonly SubjectKey[] = [],
): Promise<LocateResult> => system.locate(call(), { identifiers, accepted, rejected: [] });

/** What an access request gives of each collection: records with content, and how many were withheld. */
export async function accessOf({ system }: Account, keys: readonly SubjectKey[]) {
  const sink = new MemorySink(keys, { grant: (stream) => decideAccess(stream).grant });
  await system.read(call(), { keys, want: 'content', sink });
  const given: Record<string, unknown[]> = {};
  const withheld: Record<string, number> = {};
  for (const { description, lines, count } of sink.streams.values()) {
    const { disposition } = decideAccess(description);
    const { collection } = description;
    if (disposition === 'exported')
      given[collection] = [...(given[collection] ?? []), ...lines.map((line) => JSON.parse(line).record)];
    else withheld[collection] = (withheld[collection] ?? 0) + count;
  }
  return { given, withheld };
}

/** What the company published, also of means of payment. */
const retention = estonia([
  ...periods,
  {
    recordClass: 'payment-method',
    period: { months: 1 },
    from: 'closure',
    source: 'Privacy policy',
    onErasure: 'ends',
  },
]);

export interface Planned {
  readonly set: PlannedSet;
  /** Per collection and key: what policy decided. */
  readonly decided: ReadonlyMap<string, RecordDecision>;
  readonly facts: ReadonlyMap<string, RecordFacts>;
}

/** Facts read and decided as the plan stage does. `successor` takes over where policy asks for somebody. */
export async function planned(
  { system }: Account,
  keys: readonly SubjectKey[],
  about: Partial<ErasureContext> = {},
  successor?: string,
): Promise<Planned> {
  const sink = new MemorySink(keys, { want: 'facts' });
  await system.read(call(), { keys, want: 'facts', sink });
  const decided = new Map<string, RecordDecision>();
  const known = new Map<string, RecordFacts>();
  const set = planOf(sink, (stream: StreamDescription, { key, facts }) => {
    const collection = system.collections.find((one) => one.collection === stream.collection);
    if (collection === undefined) throw new Error('an unknown collection');
    const decision = planRecord(
      stream,
      collection,
      facts,
      erasure({ retention, system: { id: 'billing', collections: system.collections }, ...about }),
    );
    const name = `${stream.collection} ${key.at(-1)?.[1]}`;
    decided.set(name, decision);
    known.set(name, facts);
    const { action, fields } = decision;
    const named = Object.fromEntries(decision.successor.map((field) => [field, successor ?? 'nobody named']));
    return { action, fields, ...(decision.successor.length === 0 ? {} : { set: named }) };
  });
  return { set, decided, facts: known };
}

export async function eraseAll(
  { system }: Account,
  keys: readonly SubjectKey[],
  set: PlannedSet,
  journal = new MemoryJournal(),
): Promise<MemoryJournal> {
  for (const part of ['dependants', 'subject-row'] as const)
    await system.erase?.(call(), { keys, planned: set, part, journal, effectKey: 'request:billing:erase:1:1' });
  return journal;
}

export async function readBack({ system }: Account, keys: readonly SubjectKey[], set: PlannedSet) {
  const sums: Record<string, number> = {};
  for (const part of ['dependants', 'subject-row'] as const)
    await system.verify?.(call(), {
      ...{ keys, planned: set, part },
      async found(_, results) {
        for (const one of results) sums[one.found] = (sums[one.found] ?? 0) + one.count;
      },
    });
  return sums;
}

export const refusalsOf = async ({ system }: Account, keys: readonly SubjectKey[], set: PlannedSet) =>
  (await system.prepare?.(call(), { keys, planned: set }))?.refusals;
