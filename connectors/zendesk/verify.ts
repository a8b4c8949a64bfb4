/**
 * Reads back every planned record, with the token that only reads: by its number, in the list of what was deleted and can be brought back, by
 * search, and where text was redacted in the ticket's history. What is not gone yet is asked about again until the deadline, since search,
 * redactions and deletion for good are behind; what it is then is told as it is: still there, out of sight until its day, on its way,
 * or gone from the record and kept in a history. Counts only; changes nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { CallContext, PlannedRecord, RecordRef, VerifyInput } from '../contract.ts';
import { idIn, type ZendeskClient, type ZendeskObject } from './client.ts';
import type { CollectionName, DataMap } from './data-map.ts';
import { fullFields, TicketLook } from './effect.ts';
import { streamsOfPart } from './erase.ts';
import { partOf, ticketOf } from './keys.ts';
import { Missing } from './map-error.ts';
import { plainOf } from './mentions.ts';
import { attachmentsOf, copiesTo, idOf, usersOf } from './objects.ts';
import { placesOf } from './passages.ts';
import { isGoneFile } from './records.ts';
import { isRedacted } from './redact.ts';
import { marksBeside } from './redact-mentions.ts';
import { Remains } from './remains.ts';
import type { Limits } from './settings.ts';
import { DeletedTickets, type Fate, TicketFates } from './ticket-fates.ts';
import { userFate } from './user-fate.ts';

type Found = Parameters<VerifyInput['found']>[1][number];
type Told = Pick<Found, 'found' | 'until'>;

export interface VerifyDependencies {
  readonly client: ZendeskClient;
  readonly map: DataMap;
  readonly limits: Limits;
}

const [firstWaitMs, longestWaitMs] = [250, 60_000];
/** What may still become another answer. */
const isOpen = ({ found }: Told): boolean => found === 'residue' || found === 'hidden' || found === 'pending';

/** See the contract. */
export async function verify(deps: VerifyDependencies, context: CallContext, input: VerifyInput): Promise<void> {
  const patience = new Patience(deps.limits.verifyMs);
  const users = usersOf(input.keys);
  const deleted = new DeletedTickets(deps.client, context);
  const remains = new Remains({ ...deps, context, users });
  for (const { stream, name } of streamsOfPart(input))
    for await (const chunk of input.planned.chunks(stream)) {
      const told = new Map<PlannedRecord, Told>();
      for (let open = chunk.records; open.length > 0; await patience.wait(context)) {
        const look = new Look(deps, context, { name, users, deleted, remains });
        await look.at(open);
        for (const record of open) {
          context.signal.throwIfAborted();
          told.set(record, await look.foundOf(record));
        }
        if (patience.isOver) break;
        open = open.filter((record) => {
          const one = told.get(record);
          return one !== undefined && record.decision.action !== 'keep' && isOpen(one);
        });
        if (open.length === 0) break;
        deleted.forget();
      }
      await input.found(chunk, counted(told));
      context.progress();
    }
}

function counted(told: ReadonlyMap<PlannedRecord, Told>): readonly Found[] {
  const counts = new Map<string, Omit<Found, 'count'> & { readonly keys: RecordRef['key'][] }>();
  for (const [{ decision, key: record }, { found, until }] of told) {
    const key = `${decision.no} ${found} ${until ?? ''}`;
    const of = { decision: decision.no, found, ...(until === undefined ? {} : { until }) };
    const known = counts.get(key) ?? { ...of, keys: [] };
    counts.set(key, known);
    known.keys.push(record);
  }
  // Which they are matters only of what is to come back on a day.
  return [...counts.values()].map(({ keys, ...of }) => ({
    ...{ ...of, count: keys.length },
    ...(of.found === 'hidden' || of.found === 'pending' ? { keys } : {}),
  }));
}

/** One deadline for all of a verification; waits grow. */
class Patience {
  readonly #endsMs: number;
  #waitMs = firstWaitMs;

  constructor(ms: number) {
    this.#endsMs = performance.now() + ms;
  }

  get isOver(): boolean {
    return performance.now() >= this.#endsMs;
  }

  async wait({ signal, progress }: CallContext): Promise<void> {
    const ms = Math.min(this.#waitMs, longestWaitMs, Math.max(0, this.#endsMs - performance.now()));
    this.#waitMs *= 2;
    progress();
    await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

interface LookingAt {
  readonly name: CollectionName;
  readonly users: readonly string[];
  readonly deleted: DeletedTickets;
  readonly remains: Remains;
}

/** One look at records of a chunk. */
class Look {
  readonly #client: ZendeskClient;
  readonly #limits: Limits;
  readonly #context: CallContext;
  readonly #name: CollectionName;
  readonly #users: readonly string[];
  readonly #tickets: TicketLook;
  readonly #fates: TicketFates;
  readonly #remains: Remains;
  #marksOf: ReturnType<typeof marksBeside> = () => [];
  #audits: { readonly ticket: string; readonly byId: ReadonlyMap<string, ZendeskObject> } | undefined;

  constructor(
    { client, limits }: VerifyDependencies,
    context: CallContext,
    { name, users, deleted, remains }: LookingAt,
  ) {
    this.#client = client;
    this.#limits = limits;
    this.#context = context;
    this.#name = name;
    this.#users = users;
    this.#tickets = new TicketLook(client, context);
    this.#fates = new TicketFates(client, context, deleted);
    this.#remains = remains;
  }

  /** What is learnt of all at once. */
  async at(records: readonly PlannedRecord[]): Promise<void> {
    if (this.#name === 'users' || this.#name === 'identities') return;
    if (this.#name === 'mentions') this.#marksOf = marksBeside(records);
    const isSearched = this.#name === 'tickets';
    await this.#fates.learn(
      new Set(records.map(({ key }) => ticketOf(this.#name, key))),
      isSearched ? this.#users : [],
    );
  }

  async foundOf(record: PlannedRecord): Promise<Told> {
    const fate = await this.#fateOf(record);
    const { action } = record.decision;
    if (action === 'keep') return { found: fate.is === 'gone' ? 'missing' : 'kept' };
    if (fate.is === 'gone') return { found: 'gone' };
    if (fate.is !== 'there') return { found: fate.is, ...(fate.until === undefined ? {} : { until: fate.until }) };
    return action === 'delete' ? { found: 'residue' } : this.#changed(record);
  }

  async #fateOf({ key }: PlannedRecord): Promise<Fate> {
    if (this.#name === 'users') return userFate(this.#client, this.#context, this.#limits.products, partOf(key, 'id'));
    if (this.#name !== 'identities') return this.#fates.of(ticketOf(this.#name, key));
    const path = `/api/v2/users/${idIn(partOf(key, 'user_id'))}/identities/${idIn(partOf(key, 'id'))}`;
    const found = await this.#client.get(this.#context, path, 'identity', 'identities');
    return { is: found === undefined ? 'gone' : 'there' };
  }

  /** Whether what stays has lost what it should. */
  async #changed(record: PlannedRecord): Promise<Told> {
    const { key, decision } = record;
    const id = ticketOf(this.#name, key);
    const ticket = await this.#tickets.ticket(id);
    if (ticket === undefined) return { found: 'gone' };
    if (this.#name === 'tickets') {
      if (fullFields(ticket, decision.fields).length > 0) return { found: 'residue' };
      const audits = await this.#auditsOf(id);
      const isTold = [...audits.values()].some((audit) => tellsOfFields(audit, decision.fields));
      return { found: isTold ? 'history-remains' : 'changed' };
    }
    if (this.#name === 'copied_tickets') {
      const isNamed = this.#users.some((user) => copiesTo(ticket, user).length > 0);
      // A closed ticket changes no more: it goes on naming a user of whom nothing else is left.
      return { found: !isNamed ? 'changed' : ticket.status === 'closed' ? 'history-remains' : 'residue' };
    }
    const isFile = this.#name.endsWith('attachments');
    const comment = await this.#tickets.comment(id, partOf(key, isFile ? 'comment_id' : 'id'));
    if (comment === undefined) return { found: 'gone' };
    if (isFile) {
      const file = attachmentsOf(comment).find((one) => idOf(one) === partOf(key, 'id'));
      return { found: file === undefined ? 'gone' : isGoneFile(file) ? 'changed' : 'residue' };
    }
    if (this.#name === 'mentions') return this.#mention(id, comment, record);
    const isDone = typeof comment.html_body !== 'string' || isRedacted(comment.html_body);
    if (!isDone) return { found: 'residue' };
    return { found: (await this.#isInHistory(id, comment)) ? 'history-remains' : 'changed' };
  }

  /** A passage of somebody else's message: gone from it, and perhaps told by a mail that the ticket's audits keep. */
  async #mention(ticket: string, comment: ZendeskObject, record: PlannedRecord): Promise<Told> {
    const mark = partOf(record.key, 'mark');
    if (placesOf(plainOf(comment), mark).length > 0) return { found: 'residue' };
    // Words that somebody else changed are not that passage any more, and may name the person still.
    if ((await this.#remains.standing(comment, this.#marksOf(record))).isPartly) return { found: 'residue' };
    const audits = await this.#auditsOf(ticket);
    const isTold = [...audits.values()].some((audit) => textsIn(audit).some((text) => placesOf(text, mark).length > 0));
    return { found: isTold ? 'history-remains' : 'changed' };
  }

  /** Whether the ticket's audit of a comment goes on telling what was in it, or who sent it from which address. */
  async #isInHistory(ticket: string, comment: ZendeskObject): Promise<boolean> {
    const audit = (await this.#auditsOf(ticket)).get(String(comment.audit_id));
    return audit !== undefined && tells(audit);
  }

  async #auditsOf(ticket: string): Promise<ReadonlyMap<string, ZendeskObject>> {
    if (this.#audits?.ticket !== ticket) {
      const byId = new Map<string, ZendeskObject>();
      try {
        const path = `/api/v2/tickets/${idIn(ticket)}/audits`;
        for await (const { objects } of this.#client.list(this.#context, path, 'audits', 'audits'))
          for (const audit of objects) byId.set(idOf(audit), audit);
      } catch (error) {
        if (!(error instanceof Missing)) throw error;
      }
      this.#audits = { ticket, byId };
    }
    return this.#audits.byId;
  }
}

/** An event beside the comment itself that has text, or a sender's address. */
const tells = (audit: ZendeskObject): boolean =>
  textsIn(audit).some((text) => /[\p{L}\p{N}]/u.test(text)) || addressIn(audit.via) !== '';

/** What an audit's events beside the comment itself say. */
function textsIn({ events }: ZendeskObject): readonly string[] {
  return (Array.isArray(events) ? events : []).flatMap((event: unknown) => {
    if (typeof event !== 'object' || event === null || !('type' in event) || event.type === 'Comment') return [];
    return 'body' in event && typeof event.body === 'string' ? [event.body] : [];
  });
}

/**
 * Whether an event goes on telling what stood in one of these fields: `Create` and `Change` name a field, the company's own ones by number;
 * a `Notification` is a mail, whose subject is the ticket's. Source: developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits.
 */
function tellsOfFields({ events }: ZendeskObject, fields: readonly string[]): boolean {
  const isOneOf = (name: unknown): boolean =>
    typeof name === 'string' && (fields.includes(name) || (/^\d+$/.test(name) && fields.includes('custom_fields')));
  return (Array.isArray(events) ? events : []).some((event: unknown) => {
    if (typeof event !== 'object' || event === null) return false;
    const said = (field: string): boolean => /[\p{L}\p{N}]/u.test(JSON.stringify(Reflect.get(event, field) ?? ''));
    if (isOneOf(Reflect.get(event, 'field_name'))) return said('value') || said('previous_value');
    return fields.includes('subject') && Reflect.get(event, 'type') === 'Notification' && said('subject');
  });
}

function addressIn(via: unknown): string {
  let value: unknown = via;
  for (const field of ['source', 'from', 'address']) {
    if (typeof value !== 'object' || value === null) return '';
    value = Reflect.get(value, field);
  }
  return typeof value === 'string' ? value : '';
}
