/**
 * Reads everything of one person at a desk and keeps nothing of it: run as a process of its own with a small heap, it ends well only if
 * reading takes no more than that. Says how many records, how many bytes of files, and the SHA-256 of them all.
 */
import { createHash } from 'node:crypto';
import type { Sink, StreamDescription } from '../../connectors/contract.ts';
import { systemAt } from './desk.ts';

const [url = '', token = '', user = ''] = process.argv.slice(2);

class Counting implements Sink {
  static records = 0;
  static bytes = 0;
  static readonly hash = createHash('sha256');

  async open(stream: StreamDescription) {
    return { grant: { want: 'content', fields: stream.fields } as const, cursor: undefined };
  }

  entry(line: Buffer): void {
    Counting.records += 1;
    const from = line.indexOf('"base64":"');
    if (from === -1) return;
    const file = Buffer.from(line.toString('latin1', from + 10, line.indexOf('"', from + 10)), 'base64');
    Counting.bytes += file.length;
    Counting.hash.update(file);
  }

  async end(): Promise<void> {
    // Nothing is kept.
  }

  beside(): Sink {
    return new Counting();
  }

  unreadable(): void {
    process.exitCode = 3;
  }
}

const system = systemAt(url, token);
const context = { systemId: system.id, signal: new AbortController().signal, progress: () => undefined };
const keys = [{ collection: 'users', key: [['id', user] as const], provedBy: 'zendesk_user_id' }];
await system.system.read(context, { keys, want: 'content', sink: new Counting() });
process.stdout.write(
  JSON.stringify({ records: Counting.records, bytes: Counting.bytes, sha256: Counting.hash.digest('hex') }),
);
