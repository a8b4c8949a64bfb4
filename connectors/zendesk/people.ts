/**
 * Who takes part in a conversation, as Zendesk knows them: for what the person has not seen, where the others are masked. Looks users up a
 * hundred at a time and remembers some; a user whom Zendesk does not know any more is named by nothing. Personal data, in memory only.
 */
import { HabeasError } from '../../src/errors.ts';
import type { CallContext, Participant } from '../contract.ts';
import type { ZendeskClient, ZendeskObject } from './client.ts';
import { Missing } from './map-error.ts';
import { idAt, idOf } from './objects.ts';
import type { Around } from './records.ts';

/** Users that are remembered; a desk has few agents, and a person's tickets few others. */
const most = 2_000;

export class People {
  readonly #client: ZendeskClient;
  readonly #context: CallContext;
  readonly #known = new Map<string, ZendeskObject | undefined>();

  constructor(client: ZendeskClient, context: CallContext) {
    this.#client = client;
    this.#context = context;
  }

  /** Everybody that the comment and its ticket name. */
  async of(object: ZendeskObject, { user, ticket, comment }: Around): Promise<readonly Participant[]> {
    const ids = new Set<string>();
    for (const from of [object, comment, ticket])
      for (const field of ['author_id', 'requester_id', 'submitter_id', 'assignee_id'])
        if (from !== undefined) ids.add(idAt(from, field));
    for (const list of [ticket?.collaborator_ids, ticket?.email_cc_ids, ticket?.follower_ids])
      if (Array.isArray(list)) for (const id of list) ids.add(String(id));
    ids.add(user);
    ids.delete('');
    await this.#learn([...ids]);
    const people = [user, ...[...ids].filter((id) => id !== user)].flatMap(
      (id) => participant(this.#known.get(id), id === user) ?? [],
    );
    const desk = ticket?.recipient;
    return typeof desk === 'string' && desk !== '' ? [...people, { who: 'controller', addresses: [desk] }] : people;
  }

  async #learn(ids: readonly string[]): Promise<void> {
    const unknown = ids.filter((id) => !this.#known.has(id));
    if (unknown.length === 0) return;
    if (this.#known.size + unknown.length > most) {
      this.#known.clear();
      return this.#learn(ids);
    }
    for (let at = 0; at < unknown.length; at += 100) {
      const some = unknown.slice(at, at + 100);
      for (const id of some) this.#known.set(id, undefined);
      try {
        const path = '/api/v2/users/show_many';
        const query = { ids: some.join(',') };
        for await (const { objects } of this.#client.list(this.#context, path, 'users', 'users', query))
          for (const one of objects) {
            // A desk that ignores which users were asked for answers with everybody: whose names are not to be known here.
            if (!some.includes(idOf(one))) throw new HabeasError('record-mismatch', { where: 'users' });
            this.#known.set(idOf(one), one);
          }
      } catch (error) {
        if (!(error instanceof Missing)) throw error;
      }
    }
  }
}

function participant(user: ZendeskObject | undefined, isSubject: boolean): Participant | undefined {
  if (user === undefined) return undefined;
  const texts = (...fields: readonly string[]): readonly string[] =>
    fields.flatMap((field) => {
      const value = user[field];
      return typeof value === 'string' && value !== '' ? [value] : [];
    });
  return {
    who: isSubject ? 'subject' : user.role === 'end-user' ? 'other' : 'staff',
    names: texts('name', 'alias'),
    addresses: texts('email', 'phone'),
  };
}
