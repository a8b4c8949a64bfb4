/**
 * A help desk in the stand-in (src/local/zendesk/) for the `zendesk` connector, with the data map that the connector comes with: people with
 * tickets, messages, notes, files, a rating, copies of another's ticket, and further addresses in bulk. Faults are a TCP proxy, the
 * stand-in's tokens and ordered faults; the ignored filter is done on the wire, where the request passes.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import type { RecordRef, System, SystemConfig } from '../../connectors/contract.ts';
import { zendesk } from '../../connectors/zendesk/index.ts';
import type { SystemId } from '../../src/ids.ts';
import type { Delays } from '../../src/local/zendesk/core/account.ts';
import { startZendeskStandIn, type ZendeskStandIn } from '../../src/local/zendesk/start.ts';
import { fromRoot } from '../../src/root.ts';
import { FaultProxy } from '../support/proxy.ts';
import type { EraseWorld, Faults, Fixture, LagWorld, Plan, Planted, World } from './fixture.ts';

const dataMap = parse(readFileSync(fromRoot('connectors', 'zendesk', 'data-map.yaml'), 'utf8'));
const readerToken = 'reader-token-0000';
const eraserToken = 'eraser-token-0000';
const identities = '/api/v2/users/*/identities';

export const zendeskFixture: Fixture = {
  kind: 'zendesk',
  idKind: 'zendesk_user_id',
  erases: 'immediate',
  lags: true,
  start,
};

/** The edge: a slug written in this file. */
const systemId = (slug: string): SystemId => slug as SystemId;

async function start(): Promise<World> {
  const standIn = await startZendeskStandIn({ plan: 'unlimited', delays });
  const { control } = standIn;
  letIn(standIn);
  const proxy = await FaultProxy.before(standIn.url);
  const config: SystemConfig = {
    id: systemId('support-desk'),
    name: 'Support',
    settings: {
      ...{ subdomain: 'stand-in', token: readerToken, eraseToken: eraserToken },
      apiBase: proxy.through(standIn.url).replace(/\/$/, ''),
      ...{ requestsPerMinute: 10_000_000, verifySeconds: 0 },
    },
    ...{ dataMap, rate: {}, concurrency: undefined },
  };
  const system = zendesk.open(config);
  const impatient = zendesk.open({
    ...config,
    settings: { ...Object(config.settings), requestTimeoutMs: 1_000, attempts: 1 },
  });
  const patient = zendesk.open({ ...config, settings: { ...Object(config.settings), verifySeconds: 60 } });
  const desk = new Desk(standIn);
  return {
    system,
    impatient,
    bulk: 'identities',
    bulkFields: { marked: 'value', plain: 'type' },
    collections: Object.keys(dataMap.collections),
    plant: async (plan) => desk.plant(plan),
    unplant: (planted) => desk.unplant(planted),
    async listen(work) {
      proxy.heard = [];
      proxy.listenIn = true;
      try {
        await work();
      } finally {
        proxy.listenIn = false;
      }
      return Buffer.concat(proxy.heard);
    },
    async isAtRest() {
      control.forgetRequests();
      await delay(30);
      return control.requests().length === 0;
    },
    faults: faultsOf(standIn, proxy, desk),
    erase: { ...eraseWorld(standIn, desk), lag: lagWorld(standIn, patient) },
    async stop() {
      await system.close();
      await impatient.close();
      await patient.close();
      await proxy.close();
      await standIn.stop();
    },
  };
}

function letIn({ control, email }: ZendeskStandIn): void {
  control.addToken(email, readerToken, 'read');
  control.addToken(email, eraserToken, 'admin');
}

function faultsOf(standIn: ZendeskStandIn, proxy: FaultProxy, desk: Desk): Faults {
  const { control } = standIn;
  return {
    refused: () => proxy.refuse(),
    halfOpen: () => proxy.halfOpen(),
    stallAfter: (bytes) => proxy.stallAfter(bytes),
    cutAfter: (bytes) => proxy.cutAfter(bytes),
    slow: () => proxy.slowly(8_000),
    async revokeCredentials() {
      control.revokeToken(readerToken);
      control.revokeToken(eraserToken);
    },
    async revokePermission() {
      control.orderFault({ method: 'GET', path: identities, kind: 'status', status: 403, times: 1_000_000 });
    },
    async ignoresFilter() {
      const everybody = [...desk.users];
      proxy.rewrite = (said) =>
        Buffer.from(
          said
            .toString('latin1')
            .replace(/query=[^& ]*/g, (filter) => 'query=type%3Auser'.padEnd(filter.length, '+'))
            .replace(/(?<=users\/)\d{10}(?=[/ ?])/g, (id) => everybody.find((other) => other !== id) ?? id),
          'latin1',
        );
    },
    async mend() {
      proxy.rewrite = (said) => said;
      control.clearFaults();
      control.setDelays(delays);
      letIn(standIn);
      await proxy.up();
    },
  };
}

/** What the desk writes about changes, and of which nobody has planned anything. */
const ownKinds = /^(audits|jobs|effects|deletion_statuses)\//;

function eraseWorld({ control, url, token }: ZendeskStandIn, desk: Desk): EraseWorld {
  const idOf = ({ key }: RecordRef): number => Number(key.find(([name]) => name === 'id')?.[1]);
  return {
    decide({ collection }) {
      switch (collection) {
        case 'replies':
          return { action: 'anonymise', fields: ['html_body'] };
        case 'reply_attachments':
          return { action: 'anonymise', fields: ['content'] };
        case 'copied_tickets':
          return { action: 'detach', fields: ['copied_as'] };
        case 'copied_comments':
        case 'copied_attachments':
          return { action: 'keep', fields: [] };
        default:
          return { action: 'delete', fields: [] };
      }
    },
    async others(person) {
      const own = desk.ownOf(person);
      return digestOf(Object.entries(control.digests()).filter(([name]) => !own.has(name) && !ownKinds.test(name)));
    },
    async kept(person) {
      const { copied, comment } = desk.numbersOf(person);
      const changing = ['email_cc_ids', 'updated_at', '_generatedMs'];
      const fields = Object.entries(control.object('tickets', copied) ?? {});
      const ticket = fields.filter(([field]) => !changing.includes(field));
      return digestOf([ticket, control.object('comments', comment + 6), control.object('comments', comment + 8)]);
    },
    async arrive(person) {
      const { user } = desk.numbersOf(person);
      const answer = await fetch(`${url}/api/v2/users/${user}/identities`, {
        ...{ method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } },
        body: JSON.stringify({ identity: { type: 'email', value: `${person.marker}.late@x.example` } }),
      });
      const { identity }: { identity: { id: number } } = JSON.parse(await answer.text());
      return {
        collection: 'identities',
        key: [
          ['user_id', String(user)],
          ['id', String(identity.id)],
        ],
      };
    },
    async remove(ref) {
      await desk.call('DELETE', `users/${ref.key[0]?.[1]}/identities/${idOf(ref)}`);
    },
    async has(ref) {
      const kind = ref.collection === 'users' ? 'users' : 'identities';
      const object = control.object(kind, idOf(ref));
      return object !== null && object._deletedAt === undefined;
    },
    async deletesNothing() {
      control.orderFault({ method: 'DELETE', path: `${identities}/*`, kind: 'accepted', times: 1_000_000 });
    },
    async revokeErasing() {
      control.orderFault({ method: 'DELETE', path: `${identities}/*`, kind: 'status', status: 403, times: 1_000_000 });
    },
  };
}

const delays = delaysOf(0);

function delaysOf(ms: number): Delays {
  return { searchMs: ms, redactionMs: ms, jobMs: ms, deletionMs: { support: ms, chat: ms, explore: ms } };
}

function lagWorld({ control }: ZendeskStandIn, patient: System): LagWorld {
  return {
    patient,
    async showsLate() {
      control.setDelays(delaysOf(2_000));
    },
    async onlyHides() {
      for (const path of ['/api/v2/deleted_tickets/*', '/api/v2/deleted_users/*'])
        control.orderFault({ method: 'DELETE', path, kind: 'accepted', times: 1_000_000 });
    },
    // Three tickets with what was said in them, and the user.
    hidden: 3 + 1 + 3 + 2 + 2 + 1,
  };
}

const since = Date.parse('2026-01-10T08:00:00Z');
const at = (no: number): string => new Date(since + no * 60_000).toISOString().replace('.000Z', 'Z');

interface Numbers {
  readonly user: number;
  readonly ticket: number;
  /** Another's ticket, of which the person gets copies. */
  readonly copied: number;
  readonly comment: number;
  readonly file: number;
}

/** The desk's people, by their numbers. */
class Desk {
  readonly users: string[] = [];
  readonly #standIn: ZendeskStandIn;
  readonly #agent = 3_000_000_001;
  readonly #friend = 3_000_000_002;
  readonly #own = new Map<string, ReadonlySet<string>>();
  #made = 0;

  constructor(standIn: ZendeskStandIn) {
    this.#standIn = standIn;
    const created_at = at(0);
    standIn.control.load({
      users: [
        { id: this.#agent, name: 'Agent Saar', created_at, email: 'agent@desk.example', role: 'agent' },
        { id: this.#friend, name: 'Sõber Kask', created_at, email: 'friend@desk.example' },
      ],
    });
  }

  numbersOf({ ref }: Pick<Planted, 'ref'>): Numbers {
    const no = Number(ref.key[0]?.[1]) - 5_000_000_000;
    return {
      user: 5_000_000_000 + no,
      ticket: 6_000_000_000 + no * 10,
      copied: 6_000_000_000 + no * 10 + 9,
      comment: 7_000_000_000 + no * 100,
      file: 8_000_000_000 + no * 100,
    };
  }

  /** `kind/id` of everything that is this person's, or on the way to them; the copied ticket changes, and what others said in it does not. */
  ownOf(person: Planted): ReadonlySet<string> {
    return this.#own.get(person.marker) ?? new Set();
  }

  plant(plan: Plan): Planted {
    this.#made += 1;
    const id = String(5_000_000_000 + this.#made);
    const ref: RecordRef = { collection: 'users', key: [['id', id]] };
    const marker = `m${randomBytes(8).toString('hex')}`;
    this.#load(plan, this.numbersOf({ ref }), marker);
    this.users.push(id);
    const { user, ticket, copied, comment, file } = this.numbersOf({ ref });
    const { identities: addresses = [], satisfaction_ratings: ratings = [] } = this.#standIn.control.ofUser(user);
    this.#own.set(
      marker,
      new Set([
        `users/${user}`,
        ...[ticket, ticket + 1, ticket + 2, copied].map((one) => `tickets/${one}`),
        ...[1, 2, 3, 4, 5, 7].map((one) => `comments/${comment + one}`),
        ...[1, 2, 4].map((one) => `attachments/${file + one}`),
        ...addresses.map((one) => `identities/${one.id}`),
        ...ratings.map((one) => `satisfaction_ratings/${one.id}`),
      ]),
    );
    return {
      ref,
      identifiers: [
        { kind: 'zendesk_user_id', value: id, source: 'request' },
        { kind: 'email', value: plan.email, source: 'request' },
        { kind: 'user_id', value: `u-${id}`, source: 'request' },
      ],
      marker,
      expected: new Map([
        ['users', 1],
        ['identities', plan.records],
        ['tickets', 3],
        ['satisfaction_ratings', 1],
        ['comments', 3],
        ['notes', 2],
        ['attachments', 2],
        ['copied_tickets', 1],
        ['replies', 1],
        ['reply_attachments', 1],
        ['copied_comments', 1],
        ['copied_attachments', 1],
        ['mentions', 0],
      ]),
    };
  }

  #load(plan: Plan, { user, ticket, copied, comment, file }: Numbers, marker: string): void {
    const said = `${marker} õ "\\ \t🎵 <b>&amp;</b>`;
    const [agent, friend] = [this.#agent, this.#friend];
    let [comments, files] = [0, 0];
    const speak = (author_id: number, more: object = {}) => {
      comments += 1;
      return { id: comment + comments, author_id, created_at: at(comments), html_body: `<p>${said}</p>`, ...more };
    };
    const attach = () => {
      files += 1;
      const base64 = Buffer.from(`${marker} ${files}`).toString('base64');
      return { attachments: [{ id: file + files, file_name: `${marker}.txt`, content_type: 'text/plain', base64 }] };
    };
    this.#standIn.control.load({
      users: [
        {
          ...{ id: user, name: said, created_at: at(0), email: plan.email, external_id: `u-${user}` },
          other_emails: Array.from({ length: plan.records }, (_, no) => `${marker}.${no}@x.example`),
        },
      ],
      tickets: [
        {
          ...{ id: ticket, requester_id: user, subject: said, status: 'closed', created_at: at(1) },
          comments: [
            speak(user, { byEmail: true, ...attach() }),
            speak(agent),
            speak(agent, { public: false, ...attach() }),
          ],
          rating: { score: 'good', comment: said, created_at: at(9) },
        },
        {
          ...{ id: ticket + 1, requester_id: user, subject: said, status: 'open', created_at: at(2) },
          comments: [speak(user)],
        },
        {
          ...{ id: ticket + 2, requester_id: user, subject: said, status: 'solved', created_at: at(3) },
          ...{ is_public: false, comments: [speak(agent, { public: false })] },
        },
        {
          ...{ id: copied, requester_id: friend, subject: said, status: 'open', created_at: at(4) },
          ...{ email_cc_ids: [user] },
          comments: [speak(friend, attach()), speak(user, attach()), speak(agent, { public: false })],
        },
      ],
    });
  }

  /** By the desk's own means, until nothing of the person is left. */
  async unplant(planted: Planted): Promise<void> {
    const { user, ticket, copied } = this.numbersOf(planted);
    await this.call('PUT', `tickets/${copied}`, { ticket: { email_ccs: [{ user_id: user, action: 'delete' }] } });
    for (const id of [ticket, ticket + 1, ticket + 2]) {
      await this.call('DELETE', `tickets/${id}`);
      await this.call('DELETE', `deleted_tickets/${id}`);
    }
    await this.call('DELETE', `users/${user}`);
    await this.call('DELETE', `deleted_users/${user}`);
  }

  async call(method: string, path: string, body?: object): Promise<void> {
    await fetch(`${this.#standIn.url}/api/v2/${path}`, {
      ...{ method, headers: { authorization: `Bearer ${this.#standIn.token}`, 'content-type': 'application/json' } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

export const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
