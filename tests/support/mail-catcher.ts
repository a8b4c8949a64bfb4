/**
 * A mail server inside the test: takes every letter for one installation and keeps it in memory, so that "one mail", "no
 * mail" and what stood in it can be said exactly. Can be told to refuse.
 */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface CaughtMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As sent, headers included. */
  readonly raw: string;
  /** The readable parts, transfer encodings undone. */
  readonly body: string;
}

export class MailCatcher {
  readonly mails: CaughtMail[] = [];
  /** The number with which every recipient is refused; undefined: every letter is taken. */
  refuses: number | undefined;
  readonly url: string;
  readonly #server: SMTPServer;

  private constructor(server: SMTPServer, port: number) {
    this.#server = server;
    this.url = `smtp://127.0.0.1:${port}`;
  }

  static async listen(): Promise<MailCatcher> {
    const server: SMTPServer = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      onRcptTo({ address }, _session, done) {
        const { refuses } = catcher;
        if (refuses === undefined) return done();
        done(Object.assign(new Error(`${address} is not here`), { responseCode: refuses }));
      },
      onData(stream, { envelope }, done) {
        text(stream).then((raw) => {
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          catcher.mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw, body: decoded(raw) });
          done();
        }, done);
      },
    });
    server.on('error', () => undefined);
    const listener = server.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('the mail catcher does not listen on a port');
    const catcher = new MailCatcher(server, address.port);
    return catcher;
  }

  /** What was sent to this address. */
  to(address: string): readonly CaughtMail[] {
    return this.mails.filter((mail) => mail.to.includes(address));
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

/** Undoes quoted-printable and base 64 part by part; enough for finding a link and a sentence. */
function decoded(raw: string): string {
  const parts = raw.split(/\r?\n--[^\r\n]+\r?\n/);
  return parts.map(part).join('\n');
}

function part(text: string): string {
  const gap = /\r?\n\r?\n/.exec(text);
  if (gap === null) return text;
  const head = text.slice(0, gap.index);
  const body = text.slice(gap.index + gap[0].length);
  if (/^content-transfer-encoding:\s*base64/im.test(head)) return Buffer.from(body, 'base64').toString();
  if (!/^content-transfer-encoding:\s*quoted-printable/im.test(head)) return body;
  const joined = body.replace(/=\r?\n/g, '');
  return Buffer.from(
    joined.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString();
}
