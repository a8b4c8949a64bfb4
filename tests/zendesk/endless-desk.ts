/**
 * A Zendesk account with one person who has as many tickets as wanted, each with a message of theirs, an answer and a file: made up while it
 * is asked for, so that a server with gigabytes holds none of them. Only what the connector reads is there; the stateful stand-in
 * (src/local/zendesk/) is for everything else. Says how many bytes of files it has sent.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const [person, agent] = [5_000_000_001, 5_000_000_003];
export const email = 'mari@x.example';
const created_at = '2026-01-10T08:00:00Z';
const pageSize = 100;

export interface EndlessDesk {
  readonly url: string;
  readonly requests: () => number;
  readonly fileBytes: () => number;
  stop(): Promise<void>;
}

export interface EndlessOptions {
  readonly tickets: number;
  /** Bytes of the file of a ticket, by its place among them. */
  readonly bytesOf: (no: number) => number;
}

const user = (id: number) => ({
  id,
  name: id === person ? 'Mari Maasikas' : `Mari ${id}`,
  email,
  created_at,
  active: true,
  role: 'end-user',
  verified: true,
});
const ticket = (no: number) => ({
  ...{ id: no + 1, requester_id: person, submitter_id: person, assignee_id: agent, subject: `Arve ${no}` },
  ...{ status: 'closed', created_at, updated_at: created_at, is_public: true },
});

function commentsOf(no: number, url: string, bytes: number): readonly object[] {
  const said = `Tere, Mari siin, küsimus ${no}. `.repeat(10);
  const file = { id: no + 1, file_name: `pilt-${no}.png`, content_type: 'image/png', size: bytes };
  const attachments = [{ ...file, content_url: `${url}/attachments/${no}` }];
  const base = { public: true, created_at, type: 'Comment' };
  return [
    { ...base, id: no * 10 + 1, author_id: person, plain_body: said, html_body: `<p>${said}</p>`, attachments },
    { ...base, id: no * 10 + 2, author_id: agent, plain_body: 'Tere!', html_body: '<p>Tere!</p>', attachments: [] },
  ];
}

export async function startEndlessDesk({ tickets, bytesOf }: EndlessOptions): Promise<EndlessDesk> {
  let [requests, fileBytes] = [0, 0];
  const piece = Buffer.alloc(64 * 1024, 'xyz');
  let url = '';

  const json = (response: ServerResponse, body: object): void => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  };
  /** A list that is over. */
  const all = (name: string, objects: readonly object[]) => ({ [name]: objects, meta: { has_more: false } });

  /** Whatever is sought stands in every ticket; all are the person's own. */
  function found(query: string): object {
    const own = query.split(' ').includes(`-requester:${person}`) ? 0 : tickets;
    const results = Array.from({ length: Math.min(own, pageSize) }, (_, no) => ({
      ...ticket(no),
      result_type: 'ticket',
    }));
    return { results, next_page: own > pageSize ? `${url}/api/v2/search?page=2` : null, count: own };
  }

  /** Not faster than it is taken. */
  async function sendFile(response: ServerResponse, size: number): Promise<void> {
    fileBytes += size;
    response.setHeader('content-length', size);
    for (let left = size; left > 0; left -= piece.length)
      if (!response.write(left >= piece.length ? piece : piece.subarray(0, left)))
        await new Promise((resolve) => response.once('drain', resolve));
    response.end();
  }

  function answer(response: ServerResponse, { pathname, searchParams }: URL): void | Promise<void> {
    const [, about, id = '', what = ''] =
      /^\/api\/v2\/(users|tickets)\/(\d+|search|show_many)(\/.*)?$/.exec(pathname) ?? [];
    const file = /^\/attachments\/(\d+)$/.exec(pathname)?.[1];
    if (file !== undefined) return sendFile(response, bytesOf(Number(file)));
    if (pathname === '/api/v2/search') return json(response, found(searchParams.get('query') ?? ''));
    if (about === 'users' && id === 'search') return json(response, { users: [user(person)], next_page: null });
    if (about === 'users' && what === '') return json(response, { user: user(Number(id)) });
    if (about === 'users' && what === '/identities') {
      const identity = { id: 1, user_id: person, type: 'email', value: email, primary: true, verified: true };
      return json(response, all('identities', [identity]));
    }
    if (about === 'users' && what === '/tickets/ccd') return json(response, all('tickets', []));
    if (about === 'users' && what === '/tickets/requested') {
      const from = Number(searchParams.get('page[after]') ?? 0);
      const to = Math.min(tickets, from + pageSize);
      const page = Array.from({ length: to - from }, (_, at) => ticket(from + at));
      return json(response, { tickets: page, meta: { has_more: to < tickets, after_cursor: String(to) } });
    }
    if (about === 'tickets' && what === '/comments') {
      const no = Number(id) - 1;
      return json(response, all('comments', commentsOf(no, url, bytesOf(no))));
    }
    response.statusCode = 404;
    response.end();
  }

  const server = createServer((request, response) => {
    requests += 1;
    Promise.resolve(answer(response, new URL(request.url ?? '/', url))).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    requests: () => requests,
    fileBytes: () => fileBytes,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
