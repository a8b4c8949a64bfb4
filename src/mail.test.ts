/** A mail server that is slow is let go of, and the letter is tried again: on a real socket. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { heldForMs } from './ledger/task-letters.ts';
import { type Letter, mailWaits, sendLetter } from './mail.ts';

const letter: Letter = {
  ...{ to: 'mari@example.ee', subject: 'Answer', text: 'text', html: '<p>text</p>' },
  ...{ messageId: '<req.answer@controller.example>', language: 'en' },
};
const long = 60_000;
const waits = { connectionTimeout: long, greetingTimeout: long, socketTimeout: long, letterMs: long };

describe('a mail server', () => {
  let server: Server;
  let socket: Promise<Socket>;
  /** What it does with a connection. */
  let behave: (socket: Socket) => void;
  const open: Socket[] = [];
  beforeEach(async () => {
    open.length = 0;
    server = createServer((connection) => {
      connection.on('error', () => undefined);
      open.push(connection);
      behave(connection);
    });
    socket = once(server, 'connection').then(([connection]) => connection);
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(async () => {
    for (const one of open) one.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const send = (terms: Parameters<typeof sendLetter>[2]) => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const settings = { url: `smtp://127.0.0.1:${port}`, from: 'privacy@controller.example', replyTo: undefined };
    return sendLetter(settings, letter, terms);
  };
  /** The connection is at its end, on the server's side too. */
  const isLetGo = async () => {
    const connection = await socket;
    if (!connection.destroyed) await new Promise((resolve) => connection.resume().once('close', resolve));
  };
  /** Speaks without end, so that no silence is ever long. */
  const dribbles = (connection: Socket) => {
    connection.write('220 slow.example\r\n');
    const timer = setInterval(() => connection.write('250-slow.example\r\n'), 10);
    for (const end of ['end', 'close']) connection.on(end, () => clearInterval(timer));
    connection.resume();
  };

  it('that never greets is not waited for longer than it may take', async () => {
    behave = () => undefined;
    await expect(send({ waits: { ...waits, greetingTimeout: 50 } })).rejects.toMatchObject({
      code: 'mail-unreachable',
    });
    await isLetGo();
  });

  it('that greets and then falls silent is let go of', async () => {
    behave = (connection) => connection.write('220 silent.example\r\n');
    await expect(send({ waits: { ...waits, socketTimeout: 50 } })).rejects.toMatchObject({ code: 'mail-unreachable' });
    await isLetGo();
  });

  it('that goes on speaking and takes no letter is let go of when the letter’s time is over', async () => {
    behave = dribbles;
    await expect(send({ waits: { ...waits, letterMs: 200 } })).rejects.toMatchObject({ code: 'mail-unreachable' });
    await isLetGo();
  });

  it('is let go of when whoever sends is told to stop', async () => {
    behave = dribbles;
    const stop = new AbortController();
    const sending = send({ waits, signal: stop.signal });
    await socket;
    stop.abort();
    await expect(sending).rejects.toMatchObject({ code: 'mail-unreachable' });
    await isLetGo();
  });

  it('has less time than a letter is in one hand for, and than a stage may take', () => {
    expect(mailWaits.letterMs).toBeLessThan(heldForMs);
    // `startToCloseTimeout` of workflows/activities.ts, with time for the ledger besides.
    expect(mailWaits.letterMs).toBeLessThanOrEqual(4.5 * 60_000);
    for (const one of ['connectionTimeout', 'greetingTimeout', 'socketTimeout'] as const)
      expect(mailWaits[one]).toBeLessThan(mailWaits.letterMs);
  });
});
