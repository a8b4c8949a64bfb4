/**
 * A system in memory that restricts, rectifies and suppresses as its data map declares, beside what an erasing one does. Marks
 * are fields of its rows; tests look at them. Without a verb in `verbs` a person has to do it by hand.
 */
import type { CallContext, Deed, DeedInput, VerbTraits } from '../../connectors/contract.ts';
import { type ErasingOptions, ErasingSystem, type FakeCollection } from './erasing-system.ts';

export class RightSystem extends ErasingSystem {
  /** Deeds in the order they were asked, with how many records each chunk had. */
  readonly deeds: string[] = [];
  /** Awaited before a deed. */
  before: ((deed: Deed) => Promise<void>) | undefined;
  readonly restrict?: (context: CallContext, input: DeedInput) => Promise<void>;
  readonly rectify?: (context: CallContext, input: DeedInput) => Promise<void>;
  readonly suppress?: (context: CallContext, input: DeedInput) => Promise<void>;

  constructor(options: ErasingOptions) {
    super(options);
    const all: VerbTraits[] = this.collections.flatMap(({ verbs }) => verbs ?? []);
    const act = (context: CallContext, input: DeedInput) => this.#act(context, input);
    if (all.some((one) => one.restrict !== undefined)) this.restrict = act;
    if (all.some((one) => one.rectify !== undefined)) this.rectify = act;
    if (all.some((one) => one.suppress !== undefined)) this.suppress = act;
  }

  /** What a field of a collection's rows holds, in order. */
  values(collection: string, field: string): readonly (string | null)[] {
    return [...(this.rows.get(collection)?.values() ?? [])].map((row) => row.fields[field] ?? null);
  }

  async #act(context: CallContext, { deed, chunks, outcome }: DeedInput): Promise<void> {
    await this.before?.(deed);
    for await (const chunk of chunks) {
      context.signal.throwIfAborted();
      const { collection } = chunk.stream;
      const rows = this.rows.get(collection);
      const traits = this.collections.find((one) => one.collection === collection)?.verbs;
      let done = 0;
      for (const key of chunk.keys) {
        const row = rows?.get(key[0]?.[1] ?? '');
        if (row === undefined) continue;
        Object.assign(row.fields, madeBy(deed, traits));
        done += 1;
      }
      this.deeds.push(`${deed.verb}${deed.verb === 'restrict' && !deed.on ? ' off' : ''} ${collection} ${done}`);
      await outcome(chunk, { done, absent: chunk.keys.length - done });
      context.progress();
    }
  }
}

function madeBy(deed: Deed, traits: VerbTraits | undefined): Readonly<Record<string, string | null>> {
  switch (deed.verb) {
    case 'restrict':
      return Object.fromEntries((traits?.restrict ?? []).map((field) => [field, deed.on ? 'yes' : null]));
    case 'suppress':
      return Object.fromEntries((traits?.suppress ?? []).map((field) => [field, 'no']));
    case 'rectify':
      return Object.fromEntries(
        Object.entries(traits?.rectify ?? {}).flatMap(([word, field]) =>
          deed.to[word] === undefined ? [] : [[field, deed.to[word]]],
        ),
      );
    default:
      return deed satisfies never;
  }
}

/** A collection with a legal basis, and verbs where it has any. */
export function based(
  collection: string,
  legalBasis: string,
  rows: FakeCollection['rows'],
  verbs?: VerbTraits,
  recordClass = 'account',
): FakeCollection {
  const description = { legalBasis, recordClass, ...(verbs === undefined ? {} : { verbs }) };
  return { collection, rows, description, stream: { recordClass } };
}
