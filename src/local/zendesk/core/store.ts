/**
 * Everything the stand-in remembers: objects by kind and id, found by what they belong to. Ids are counted, so that the same
 * requests give the same ids. What has changed since it was last asked is told by `takeChanged` (it is what must be written
 * down), and a change can be taken back as long as it is open. What search sees is in search-index.ts.
 */
import { SearchIndex } from './search-index.ts';
import { type Entity, type JsonHash, type Kind, kinds, numberOf, numbersOf, textOf } from './types.ts';

/** By what objects of a kind are found without looking at all of them. */
const keysOf: { readonly [K in Kind]?: (object: Entity) => readonly string[] } = {
  users: ({ external_id }) => (textOf(external_id) === undefined ? [] : [`external_id ${external_id}`]),
  identities: ({ user_id, value, type }) => [`user_id ${user_id}`, `${type} ${String(value).toLowerCase()}`],
  tickets: ({ requester_id, assignee_id, email_cc_ids, follower_ids, submitter_id, _deletedAt, _scrubbed }) => [
    ...(_deletedAt === undefined || _scrubbed === true ? [] : ['_deleted yes']),
    `requester_id ${requester_id}`,
    `assignee_id ${assignee_id}`,
    `submitter_id ${submitter_id}`,
    ...numbersOf(email_cc_ids).map((id) => `email_cc_ids ${id}`),
    ...numbersOf(follower_ids).map((id) => `follower_ids ${id}`),
  ],
  comments: ({ _ticket, author_id }) => [`_ticket ${_ticket}`, `author_id ${author_id}`],
  attachments: ({ _comment, _token }) => [`_comment ${_comment}`, `_token ${_token}`],
  audits: ({ ticket_id }) => [`ticket_id ${ticket_id}`],
  satisfaction_ratings: ({ ticket_id, requester_id }) => [`ticket_id ${ticket_id}`, `requester_id ${requester_id}`],
  jobs: ({ _key }) => [`_key ${_key}`],
  deletion_statuses: ({ user_id }) => [`user_id ${user_id}`],
};

interface Table {
  readonly objects: Map<number, Entity>;
  /** One id where it is the only one, as most are: a set of its own for each address of a hundred thousand costs more than the address. */
  readonly byKey: Map<string, number | Set<number>>;
  /** Ids of a key in order, as long as nothing of it has changed: a long list is read page by page. */
  readonly sorted: Map<string, readonly Entity[]>;
  /** Ids in order; undefined when they have to be sorted anew. */
  order: number[] | undefined;
}

export interface Change {
  readonly kind: Kind;
  readonly id: number;
  /** Null: it is gone. */
  readonly object: Entity | null;
}

/** The first id that the stand-in gives: above what fixtures use. */
const firstId = 900_000_001;

export class Store {
  readonly search = new SearchIndex();
  readonly #tables: Readonly<Record<Kind, Table>>;
  #lastId = firstId - 1;
  #changed = new Map<string, Change>();
  #undo: Change[] | undefined;

  constructor() {
    const table = (): Table => ({ objects: new Map(), byKey: new Map(), sorted: new Map(), order: undefined });
    this.#tables = Object.fromEntries(kinds.map((kind) => [kind, table()])) as Record<Kind, Table>;
  }

  get(kind: Kind, id: number | undefined): Entity | undefined {
    return id === undefined ? undefined : this.#tables[kind].objects.get(id);
  }

  /** All objects of a kind, by id. */
  all(kind: Kind): Entity[] {
    const table = this.#tables[kind];
    table.order ??= [...table.objects.keys()].sort((a, b) => a - b);
    return table.order.flatMap((id) => table.objects.get(id) ?? []);
  }

  size(kind: Kind): number {
    return this.#tables[kind].objects.size;
  }

  /** Objects that belong to something, by id. The list is never changed: it is the one that the next page is cut from as well. */
  having(kind: Kind, field: string, value: string | number): readonly Entity[] {
    const table = this.#tables[kind];
    const key = `${field} ${value}`;
    const known = table.sorted.get(key);
    if (known !== undefined) return known;
    const found = table.byKey.get(key) ?? [];
    const ids = typeof found === 'number' ? [found] : [...found].sort((a, b) => a - b);
    const objects = ids.flatMap((id) => table.objects.get(id) ?? []);
    if (objects.length > 100) table.sorted.set(key, objects);
    return objects;
  }

  /** Adds an object, or puts a new one in the place of what was there. */
  put(kind: Kind, object: Entity, nowMs: number): Entity {
    this.#set(kind, object.id, object, nowMs);
    return object;
  }

  /** The object with these fields changed. */
  change(kind: Kind, object: Entity, fields: JsonHash, nowMs: number): Entity {
    return this.put(kind, { ...object, ...fields, id: object.id }, nowMs);
  }

  /** Gone for good. */
  remove(kind: Kind, id: number, nowMs: number): void {
    this.#set(kind, id, undefined, nowMs);
  }

  newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  get lastId(): number {
    return this.#lastId;
  }

  /** Ids up to this one have been given. */
  reserve(id: number): void {
    this.#lastId = Math.max(this.#lastId, id);
  }

  /** Changes from here on can be taken back, until `commit`. */
  begin(): void {
    this.#undo = [];
  }

  commit(): void {
    this.#undo = undefined;
  }

  /** Takes back what was changed since `begin`, but in these kinds. */
  rollback(nowMs: number, but: readonly Kind[] = []): void {
    const undo = this.#undo ?? [];
    this.#undo = undefined;
    for (const { kind, id, object } of undo.reverse())
      if (!but.includes(kind)) this.#set(kind, id, object ?? undefined, nowMs);
  }

  /** What has changed since the last call. */
  takeChanged(): Change[] {
    const changed = [...this.#changed.values()];
    this.#changed = new Map();
    return changed;
  }

  #set(kind: Kind, id: number, object: Entity | undefined, nowMs: number): void {
    const table = this.#tables[kind];
    const before = table.objects.get(id);
    if (before === undefined && object === undefined) return;
    for (const key of before === undefined ? [] : (keysOf[kind]?.(before) ?? [])) {
      table.sorted.delete(key);
      const ids = table.byKey.get(key);
      if (ids === id) table.byKey.delete(key);
      else if (typeof ids === 'object') ids.delete(id);
    }
    if (object === undefined) table.objects.delete(id);
    else table.objects.set(id, object);
    for (const key of object === undefined ? [] : (keysOf[kind]?.(object) ?? [])) {
      table.sorted.delete(key);
      const ids = table.byKey.get(key);
      if (ids === undefined) table.byKey.set(key, id);
      else if (typeof ids === 'object') ids.add(id);
      else if (ids !== id) table.byKey.set(key, new Set([ids, id]));
    }
    if (before === undefined || object === undefined) this.#reorder(table, id, before === undefined);
    this.#lastId = Math.max(this.#lastId, id);
    this.search.note(kind, before, object, nowMs);
    this.#changed.set(`${kind} ${id}`, { kind, id, object: object ?? null });
    this.#undo?.push({ kind, id, object: before ?? null });
  }

  #reorder(table: Table, id: number, isNew: boolean): void {
    const last = table.order?.at(-1);
    if (isNew && table.order !== undefined && (last === undefined || last < id)) table.order.push(id);
    else table.order = undefined;
  }
}

/** The id that a field names, if it names one. */
export const idIn = (object: JsonHash, field: string): number | undefined => numberOf(object[field]);
