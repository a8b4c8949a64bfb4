/**
 * What has become of tickets: there, deleted and still to be brought back until a day, or gone. By number, a hundred at a time; in the list of
 * deleted tickets, which is the account's and is asked for once a look, not once a chunk; and in search, which may go on showing one. Holds
 * the numbers of one chunk, and of what the account has deleted in thirty days.
 * Source: developer.zendesk.com/api-reference/ticketing/tickets/tickets (Show Multiple Tickets, List Deleted Tickets), .../search.
 */
import type { CallContext } from '../contract.ts';
import { idIn, type ZendeskClient } from './client.ts';
import { Missing } from './map-error.ts';
import { idOf } from './objects.ts';

export interface Fate {
  readonly is: 'there' | 'gone' | 'hidden' | 'pending';
  /** Until when, where the system says so (YYYY-MM-DD). */
  readonly until?: string;
}

/** Deleted tickets can be brought back for so many days; then Zendesk deletes them for good itself. */
const restorableDays = 30;
/** What is left of a ticket that was deleted for good. */
const scrubbed = 'SCRUBBED';
const searchPages = 10;

/** The account's deleted tickets that can still be brought back, by number with their day; listed when first asked for. */
export class DeletedTickets {
  readonly #client: ZendeskClient;
  readonly #context: CallContext;
  #listed: Promise<ReadonlyMap<string, string | undefined>> | undefined;

  constructor(client: ZendeskClient, context: CallContext) {
    this.#client = client;
    this.#context = context;
  }

  all(): Promise<ReadonlyMap<string, string | undefined>> {
    this.#listed ??= this.#list();
    return this.#listed;
  }

  /** Time has passed: the next one who asks has them listed again. */
  forget(): void {
    this.#listed = undefined;
  }

  async #list(): Promise<ReadonlyMap<string, string | undefined>> {
    const path = '/api/v2/deleted_tickets';
    const listed = new Map<string, string | undefined>();
    const pages = this.#client.list(this.#context, path, 'deleted_tickets', 'deleted_tickets', {}, 'deleted-list');
    for await (const { objects } of pages)
      for (const ticket of objects)
        if (ticket.subject !== scrubbed) listed.set(idOf(ticket), dayAfter(ticket.deleted_at, restorableDays));
    return listed;
  }
}

export class TicketFates {
  readonly #client: ZendeskClient;
  readonly #context: CallContext;
  readonly #deletedTickets: DeletedTickets;
  readonly #fates = new Map<string, Fate>();

  constructor(client: ZendeskClient, context: CallContext, deletedTickets: DeletedTickets) {
    this.#client = client;
    this.#context = context;
    this.#deletedTickets = deletedTickets;
  }

  of(ticket: string): Fate {
    return this.#fates.get(ticket) ?? { is: 'gone' };
  }

  /** `users`: whose tickets are searched for as well. */
  async learn(tickets: ReadonlySet<string>, users: readonly string[]): Promise<void> {
    const ids = [...tickets].map(idIn);
    for (let at = 0; at < ids.length; at += 100) await this.#show(ids.slice(at, at + 100));
    if (ids.some((id) => !this.#fates.has(id))) await this.#deleted(tickets);
    for (const user of users) await this.#search(user, tickets);
  }

  async #show(ids: readonly string[]): Promise<void> {
    try {
      const query = { ids: ids.join(',') };
      for await (const { objects } of this.#client.list(
        this.#context,
        '/api/v2/tickets/show_many',
        'tickets',
        'tickets',
        query,
      ))
        for (const ticket of objects) if (ticket.status !== 'deleted') this.#fates.set(idOf(ticket), { is: 'there' });
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
    }
  }

  async #deleted(tickets: ReadonlySet<string>): Promise<void> {
    const listed = await this.#deletedTickets.all();
    for (const id of tickets) {
      if (!listed.has(id) || this.#fates.has(id)) continue;
      const until = listed.get(id);
      this.#fates.set(id, { is: 'hidden', ...(until === undefined ? {} : { until }) });
    }
  }

  async #search(user: string, tickets: ReadonlySet<string>): Promise<void> {
    for (let page = 1; page <= searchPages; page += 1) {
      const query = { query: `type:ticket requester:${idIn(user)}`, page: String(page) };
      const { objects, isMore } = await this.#client.search(
        this.#context,
        '/api/v2/search',
        'results',
        'tickets',
        query,
      );
      // What search shows is there for whoever searches, also where its number says otherwise.
      for (const one of objects) if (tickets.has(idOf(one))) this.#fates.set(idOf(one), { is: 'there' });
      if (!isMore) return;
    }
  }
}

/** The day so many days after an instant; undefined where there is none. */
export function dayAfter(instant: unknown, days: number): string | undefined {
  const at = new Date(typeof instant === 'string' ? instant : Number.NaN);
  if (Number.isNaN(at.getTime())) return undefined;
  return new Date(at.getTime() + days * 86_400_000).toISOString().slice(0, 10);
}
