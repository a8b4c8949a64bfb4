/**
 * What `read` announces of a collection's lines: one stream of proved ones, and one for each group of candidates. All end at the keys
 * that `locate` gave, and every line brings the value it was matched by as the line itself has it.
 */
import type { CandidateReason, StreamDescription } from '../contract.ts';
import { exportable } from '../declared.ts';
import { folded } from '../identifiers.ts';
import { keyCell } from '../rematch.ts';
import { type Collection, pathOf } from './data-map.ts';
import { keyCollection } from './person.ts';
import type { Match } from './rules.ts';

export function describe(
  no: number,
  name: string,
  collection: Collection,
  asked?: { readonly kind: string; readonly reason: CandidateReason },
): StreamDescription {
  const fields = exportable(collection);
  return {
    no,
    collection: name,
    provedIn: keyCollection,
    recordClass: collection.recordClass,
    owner: collection.owner,
    role: collection.role,
    fields,
    ownFields: fields.filter((field) => collection.own?.includes(field) === true),
    reachedBy: reachedBy(name, collection, asked?.kind),
    ...(asked === undefined ? {} : { isCandidate: true as const }),
  };
}

/** The fields that say who it is, one of which led to each line; by which of them is kept with the line. */
function reachedBy(name: string, { identifiers }: Collection, kind: string | undefined): string {
  const fields = identifiers.filter((one) => kind === undefined || one.kind === kind);
  return [...new Set(fields.map(({ field }) => [name, ...pathOf(field)].join('.')))].join(' or ');
}

/**
 * From the line to the key: what the line says, put in the key's place, is the key. Of a value that is only alike, what
 * both fold to is compared first.
 */
export function chainOf({ window, said }: Match): readonly Buffer[] {
  const key = keyCell(window.key);
  if (said !== window.value)
    return [Buffer.from(folded(said), 'utf8'), Buffer.from(folded(window.value), 'utf8'), key, key];
  return [keyCell(window.key.map(([part, value]) => [part, part === 'value' ? said : value] as const)), key];
}
