/**
 * What somebody else's redaction left of a passage: its mark is gone then, because its words have changed, and a name of the person may
 * still stand beside the blocks. Looked for by what the person's users tell of them as long as they are there; one that stands in no
 * company of blocks is another passage, of which nobody said yes. Personal data, in memory only.
 */
import { passagesAbout, type Subject } from '../../src/masking/mentions.ts';
import type { CallContext } from '../contract.ts';
import type { ZendeskClient, ZendeskObject } from './client.ts';
import type { DataMap } from './data-map.ts';
import { plainOf, subjectOf } from './mentions.ts';
import { userOf } from './objects.ts';
import { placesOf, type Span } from './passages.ts';
import { type Person, personOf } from './person.ts';
import { block } from './redact.ts';

export interface RemainsOf {
  readonly client: ZendeskClient;
  readonly map: DataMap;
  readonly context: CallContext;
  /** Numbers of the person's users; none where a register's entry is due, and nobody tells who it was: then nothing is found. */
  readonly users: Iterable<string>;
}

/** A message's marked passages as they are now. */
export interface Standing {
  readonly places: readonly Span[];
  /** One of them was changed by somebody else, and names the person still. */
  readonly isPartly: boolean;
}

export class Remains {
  readonly #of: RemainsOf;
  #subject: Promise<Subject> | undefined;

  constructor(of: RemainsOf) {
    this.#of = of;
  }

  /** Asks Zendesk for the person's users, once, where a mark is gone. */
  async standing(comment: ZendeskObject, marks: readonly string[]): Promise<Standing> {
    const plain = plainOf(comment);
    const found = marks.map((mark) => placesOf(plain, mark));
    const places = found.flat();
    if (found.every((one) => one.length > 0) || !plain.includes(block)) return { places, isPartly: false };
    this.#subject ??= this.#learn();
    const isMarked = ({ from, to }: Span): boolean => places.some((place) => place.from < to && from < place.to);
    const isPartly = passagesAbout(plain, await this.#subject, Number.POSITIVE_INFINITY).some(
      (passage) => passage.text.includes(block) && !isMarked(passage),
    );
    return { places, isPartly };
  }

  async #learn(): Promise<Subject> {
    const { client, map, context } = this.#of;
    const users: Person[] = [];
    for (const id of this.#of.users) {
      const found = await userOf(client, context, id);
      if (found !== undefined) users.push(await personOf(client, context, found.object));
    }
    return subjectOf(map, { identifiers: [], users });
  }
}
