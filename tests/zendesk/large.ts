/** One person with very many tickets, each with a file, read by a process with a small heap. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startZendeskStandIn, type ZendeskStandIn } from '../../src/local/zendesk/start.ts';
import { fromRoot } from '../../src/root.ts';

const user = 5_000_000_001;
const created_at = '2026-01-10T08:00:00Z';

export interface ReadBySmallHeap {
  readonly records: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** Fails where the process does not end well, as with too small a heap. */
export async function readBySmallHeap(tickets: number, fileBytes: number, heapMiB: number): Promise<ReadBySmallHeap> {
  const desk = await startZendeskStandIn({ plan: 'unlimited' });
  try {
    load(desk, tickets, fileBytes);
    const child = fromRoot('dist', 'tests', 'zendesk', 'read-all.js');
    const args = [`--max-old-space-size=${heapMiB}`, child, desk.url, desk.token, String(user)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const read: ReadBySmallHeap = JSON.parse(stdout);
    return read;
  } finally {
    await desk.stop();
  }
}

function load({ control }: ZendeskStandIn, tickets: number, sizeBytes: number): void {
  control.load({ users: [{ id: user, name: 'Mari Maasikas', created_at, email: 'mari@x.example' }] });
  for (let no = 0; no < tickets; no += 1)
    control.load({
      tickets: [
        {
          ...{ id: 10_000 + no, requester_id: user, subject: `Nr ${no}`, status: 'closed', created_at },
          comments: [
            {
              ...{ id: 2_000_000 + no, author_id: user, created_at, body: `Tere ${no}` },
              attachments: [
                {
                  ...{ id: 4_000_000 + no, file_name: `${no}.png`, content_type: 'image/png' },
                  filler: { head: `${no} `, sizeBytes },
                },
              ],
            },
          ],
        },
      ],
    });
}
