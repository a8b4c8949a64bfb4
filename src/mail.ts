/**
 * Sending one letter by SMTP. Opens files or addresses for no letter, sends to exactly one address, and lets nothing of
 * the server's answer through: it quotes addresses. Waits for a server no longer than {@link mailWaits}, and lets go of it then.
 * Fails with `mail-unreachable` (tried again), `mail-credentials` or
 * `mail-refused` (a person must look). What a letter says is made elsewhere (src/package/letter.ts).
 */
import { createTransport } from 'nodemailer';
import { HabeasError } from './errors.ts';

export interface Letter {
  /** One address. Personal data. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Stable: the same letter sent twice is recognised as one by most mail stores. */
  readonly messageId: string;
  readonly language: string;
}

export interface MailSettings {
  /** `smtp://` or `smtps://`, with user and password and nodemailer's options as query, such as `?requireTLS=true`. */
  readonly url: string;
  readonly from: string;
  readonly replyTo: string | undefined;
}

/** The domain of `Name <a@b.example>` or `a@b.example`: where a letter's Message-ID is from. */
export function domainOf(from: string): string {
  return /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'habeas.invalid';
}

/**
 * How long a mail server may take, in milliseconds. `letterMs` is for all of one letter, of a server that answers slowly but never
 * falls silent too: less than a stage has (workflows/activities.ts), so that no second attempt begins while one is on its way. The
 * first three are nodemailer's (https://nodemailer.com/smtp), and `mail.url` may set them.
 */
export const mailWaits = {
  connectionTimeout: 30_000,
  greetingTimeout: 30_000,
  socketTimeout: 60_000,
  letterMs: 4 * 60_000,
} as const;

export interface SendTerms {
  /** The caller's own end. */
  readonly signal?: AbortSignal | undefined;
  readonly waits?: Readonly<Record<keyof typeof mailWaits, number>>;
}

export async function sendLetter(
  settings: MailSettings,
  letter: Letter,
  { signal, waits = mailWaits }: SendTerms = {},
): Promise<void> {
  const { letterMs, ...timeouts } = waits;
  const transport = createTransport(
    { url: settings.url, ...timeouts },
    {
      disableFileAccess: true,
      disableUrlAccess: true,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    },
  );
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), letterMs);
  try {
    await transport.sendMail({
      from: settings.from,
      ...(settings.replyTo === undefined ? {} : { replyTo: settings.replyTo }),
      // As an object: a comma or a bracket in it cannot make it several addresses.
      to: { name: '', address: letter.to },
      subject: letter.subject,
      text: letter.text,
      html: letter.html,
      messageId: letter.messageId,
      headers: { 'Content-Language': letter.language },
      // Closes the connection.
      signal: signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]),
    });
  } catch (error) {
    throw mailFailure(error);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

/** Codes of nodemailer: https://nodemailer.com/errors; numbers of RFC 5321: 4xx may succeed later, 5xx will not. */
function mailFailure(error: unknown): HabeasError {
  const { code, responseCode } = partsOf(error);
  const where = 'mail.url';
  if (code === 'EAUTH' || code === 'ENOAUTH' || code === 'EOAUTH2' || responseCode === 530 || responseCode === 535)
    return new HabeasError('mail-credentials', { where, cause: error });
  if (responseCode !== undefined)
    return new HabeasError(responseCode >= 500 ? 'mail-refused' : 'mail-unreachable', { where, cause: error });
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return new HabeasError('mail-refused', { where, cause: error });
  return new HabeasError('mail-unreachable', { where, cause: error });
}

function partsOf(error: unknown): { code?: string; responseCode?: number } {
  if (typeof error !== 'object' || error === null) return {};
  return {
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...('responseCode' in error && typeof error.responseCode === 'number' ? { responseCode: error.responseCode } : {}),
  };
}
