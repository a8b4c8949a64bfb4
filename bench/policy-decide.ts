/**
 * Both sides of the policy bench, each in a process of its own: parse lines of facts, and for ours decide each record and
 * count the decisions as a plan does. Only these loops are timed; making the lines is not.
 */
import type { RecordFacts } from '../connectors/contract.ts';
import { type RecordDecision, recordPlanner } from '../src/policy/erasure/index.ts';
import { serveChild } from './child.ts';
import { chunks, type Shape, setting } from './policy-lines.ts';

export interface DecideInput {
  readonly side: 'ours' | 'parsing';
  readonly shape: Shape;
  readonly lines: number;
}
export interface DecideOutput {
  readonly seconds: number;
  /** Processor time, user and system, of all threads. */
  readonly processorSeconds: number;
  readonly lines: number;
  /** Distinct decisions; of parsing alone none. */
  readonly decisions: number;
}

serveChild<DecideInput, DecideOutput>(async ({ side, shape, lines }) => {
  const { stream, collection, context } = setting(shape);
  const planner = recordPlanner(stream, collection, context);
  const counts = new Map<RecordDecision, number>();
  let milliseconds = 0;
  let microseconds = 0;
  let seen = 0;
  for (const chunk of chunks(shape, lines)) {
    const started = performance.now();
    const before = process.cpuUsage();
    if (side === 'ours')
      for (const line of chunk) {
        const { facts }: { readonly facts: RecordFacts } = JSON.parse(line);
        const decision = planner(facts);
        counts.set(decision, (counts.get(decision) ?? 0) + 1);
      }
    else
      for (const line of chunk) {
        const { facts }: { readonly facts: RecordFacts } = JSON.parse(line);
        if (facts.createdAt !== undefined) seen++;
      }
    milliseconds += performance.now() - started;
    const { user, system } = process.cpuUsage(before);
    microseconds += user + system;
  }
  for (const count of counts.values()) seen += count;
  return { seconds: milliseconds / 1000, processorSeconds: microseconds / 1e6, lines: seen, decisions: counts.size };
});
