/**
 * Loads a help desk as it is after years of use: only what matters is written, the rest is what Zendesk shows for an object
 * without it. Comments stand in their ticket and attachments in their comment; audits, identities and the notification mails
 * inside the audits are made from them. What is there under an id already is left alone.
 */
import type { Account } from './core/account.ts';
import { type Entity, type Json, type JsonHash, numbersOf, textOf } from './core/types.ts';

export interface FixtureUser extends JsonHash {
  readonly id: number;
  readonly name: string;
  /** ISO 8601. */
  readonly created_at: string;
  readonly email?: string | null;
  /** Further addresses of the same user, as a merge leaves them. */
  readonly other_emails?: readonly string[];
  readonly deleted?: boolean;
}

export interface FixtureAttachment extends JsonHash {
  readonly file_name: string;
  readonly content_type: string;
  readonly id?: number;
  /** The file, in base64; or what it begins with and how long it is. */
  readonly base64?: string;
  readonly filler?: { readonly head: string; readonly sizeBytes: number };
}

export interface FixtureComment {
  readonly id?: number;
  readonly author_id: number;
  readonly created_at: string;
  readonly body?: string;
  readonly html_body?: string;
  /** Text that follows, so many times: for a body of megabytes. */
  readonly repeat?: { readonly text: string; readonly times: number };
  readonly public?: boolean;
  /** Came as a mail: its sender's name and address stay in `via`. */
  readonly byEmail?: boolean;
  readonly attachments?: readonly FixtureAttachment[];
}

export interface FixtureTicket extends JsonHash {
  readonly id: number;
  readonly requester_id: number;
  readonly subject: string;
  readonly status: string;
  readonly created_at: string;
  readonly updated_at?: string;
  readonly comments: readonly (FixtureComment & JsonHash)[];
  readonly rating?: { readonly score: string; readonly comment?: string; readonly created_at: string };
  readonly deleted_at?: string;
}

export interface Fixture {
  readonly users?: readonly FixtureUser[];
  readonly tickets?: readonly FixtureTicket[];
  readonly organizations?: readonly Entity[];
  readonly groups?: readonly Entity[];
  readonly ticket_fields?: readonly Entity[];
  readonly user_fields?: readonly Entity[];
  readonly suspended_tickets?: readonly Entity[];
}

/** Seen by search for a long time. */
const longAgo = Number.NEGATIVE_INFINITY;
const plainKinds = ['organizations', 'groups', 'ticket_fields', 'user_fields', 'suspended_tickets'] as const;

export function loadFixture(account: Account, fixture: Fixture): void {
  const { store } = account;
  // Suspended tickets are gone after a fortnight: those of a fixture are of the day on which it is loaded, unless it says.
  const now = { created_at: account.nowText(), updated_at: account.nowText() };
  for (const kind of plainKinds)
    for (const object of fixture[kind] ?? [])
      if (store.get(kind, object.id) === undefined) store.put(kind, { ...now, ...structuredClone(object) }, longAgo);
  for (const user of fixture.users ?? []) if (store.get('users', user.id) === undefined) addUser(account, user);
  for (const ticket of fixture.tickets ?? [])
    if (store.get('tickets', ticket.id) === undefined) addTicket(account, ticket);
}

function addUser({ store }: Account, user: FixtureUser): void {
  const { email = null, other_emails = [], deleted = false, ...fields } = structuredClone(user);
  const at = user.created_at;
  const emails = email === null || deleted ? [] : [email, ...other_emails];
  const state = { email: emails[0] ?? null, _emails: emails, ...(deleted ? { _deletedAt: Date.parse(at) } : {}) };
  store.put('users', { role: 'end-user', verified: true, updated_at: at, ...fields, ...state }, longAgo);
  for (const [index, value] of emails.entries()) {
    const own = { user_id: user.id, type: 'email', value, primary: index === 0, verified: true };
    store.put('identities', { id: store.newId(), ...own, created_at: at, updated_at: at }, longAgo);
  }
}

function addTicket(account: Account, ticket: FixtureTicket): void {
  const { store } = account;
  const { comments, rating, deleted_at, ...fields } = structuredClone(ticket);
  const updated_at = ticket.updated_at ?? comments.at(-1)?.created_at ?? ticket.created_at;
  const via = viaOf(account, comments[0]);
  const state = deleted_at === undefined ? {} : { _deletedAt: Date.parse(deleted_at) };
  const made = { via, ...fields, updated_at, submitter_id: ticket.requester_id, ...state };
  store.put('tickets', made, longAgo);
  for (const [index, comment] of comments.entries()) addComment(account, made, comment, index === 0);
  if (rating !== undefined) {
    const { created_at } = rating;
    const of = { ticket_id: ticket.id, requester_id: ticket.requester_id, assignee_id: fields.assignee_id ?? null };
    store.put(
      'satisfaction_ratings',
      { id: store.newId(), ...rating, ...of, created_at, updated_at: created_at },
      longAgo,
    );
  }
}

function addComment(
  account: Account,
  ticket: Entity,
  { attachments = [], repeat, byEmail, ...comment }: FixtureComment,
  isFirst: boolean,
): void {
  const { store } = account;
  const [id, audit_id] = [comment.id ?? store.newId(), store.newId()];
  const via = viaOf(account, { ...comment, byEmail: byEmail ?? false });
  const said = { ...comment, id, _ticket: ticket.id, audit_id, public: comment.public ?? true, via };
  store.put('comments', repeat === undefined ? said : { ...said, _repeat: repeat }, longAgo);
  for (const { base64, filler, ...attachment } of attachments) {
    const file = base64 === undefined ? { _filler: filler ?? null } : { _base64: base64 };
    const own = attachment.id ?? store.newId();
    store.put('attachments', { ...attachment, ...file, id: own, _comment: id, _token: `t${own}` }, longAgo);
  }
  const made: JsonHash[] = isFirst
    ? ['subject', 'status', 'requester_id'].map((field_name) => ({
        id: store.newId(),
        type: 'Create',
        field_name,
        value: String(ticket[field_name]),
      }))
    : [];
  const mail: JsonHash[] = said.public
    ? [
        {
          id: store.newId(),
          type: 'Notification',
          subject: `[Re: ${textOf(ticket.subject) ?? ''}]`,
          body: comment.body ?? '',
          recipients: [ticket.requester_id as Json, ...numbersOf(ticket.email_cc_ids)],
        },
      ]
    : [];
  const events: JsonHash[] = [...made, { id, type: 'Comment', _comment: id }, ...mail];
  const { author_id, created_at } = comment;
  store.put('audits', { id: audit_id, ticket_id: ticket.id, author_id, created_at, via, events }, longAgo);
}

function viaOf({ store }: Account, comment: FixtureComment | undefined): JsonHash {
  const author = comment === undefined ? undefined : store.get('users', comment.author_id);
  if (comment?.byEmail !== true || author === undefined)
    return { channel: 'web', source: { from: {}, to: {}, rel: null } };
  const from = { address: author.email ?? null, name: author.name ?? null, original_recipients: [deskAddress] };
  return { channel: 'email', source: { from, to: { address: deskAddress, name: 'Support' }, rel: null } };
}

const deskAddress = 'support@stand-in.example';
