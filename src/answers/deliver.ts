/**
 * Tells the person what was done: by a letter to the verified contact point and to nobody else, or by a person's hand where there is
 * no verified e-mail address (nobody is written to by itself whose identity was never verified). Intent, letter, outcome, each
 * committed apart: a crash in between sends the letter once more under the same Message-ID, never none. Fails with the codes of
 * src/mail.ts, with `state-final` where the request has ended, and with `identity-unverified` where nobody has decided who asked.
 */
import type { Deps } from '../deps.ts';
import { HabeasError } from '../errors.ts';
import { passFailpoint } from '../failpoint.ts';
import type { RequestId } from '../ids.ts';
import { isRefused, letterRights, markAnswerGiven, markAnswerReady } from '../ledger/answers.ts';
import { isFinal } from '../ledger/states.ts';
import { getSealed } from '../ledger/vault.ts';
import { type Letter, type MailSettings, type SendTerms, sendLetter } from '../mail.ts';
import { type Contact, contactOf } from '../requests/contact.ts';
import { findRequest, type RequestRow } from '../requests/record.ts';
import { answerFacts } from './facts.ts';
import { answerLetter, answerParagraphs, answerText } from './letter.ts';

type AnswerDeps = Pick<Deps, 'ledger' | 'keys' | 'config' | 'now'>;

export interface AnswerDelivery {
  /** `none`: nothing is owed, or it has reached the person already. */
  readonly outcome: 'sent' | 'by-hand' | 'none';
}

export async function deliverAnswer(
  deps: AnswerDeps,
  requestId: RequestId,
  {
    send = sendLetter,
    signal,
  }: {
    readonly send?: (settings: MailSettings, letter: Letter, terms: SendTerms) => Promise<void>;
    readonly signal?: AbortSignal;
  } = {},
): Promise<AnswerDelivery> {
  const { config, now } = deps;
  const { db } = deps.ledger;
  const owed = (await letterRights(db, { requestId, isRefused: await isRefused(db, requestId) })).filter(
    ({ answeredAt, isUnreachable }) => answeredAt === null && !isUnreachable,
  );
  if (owed.length === 0) return { outcome: 'none' };
  const request = await findRequest(db, requestId);
  if (isFinal(request.state)) throw new HabeasError('state-final');
  if (request.identity === 'unverified') throw new HabeasError('identity-unverified');
  const rights = owed.map(({ right }) => right);
  await db.transaction().execute((trx) => markAnswerReady(trx, { requestId, rights, at: now() }));
  const contact = await verifiedContact(deps, request);
  if (contact?.kind !== 'email' || config.mail === undefined) return { outcome: 'by-hand' };
  const { controller, mail } = config;
  const facts = await answerFacts(deps, requestId);
  await send(mail, answerLetter(facts, { to: contact.value, from: mail.from, controller }), { signal });
  passFailpoint('answer-after-letter');
  await db.transaction().execute((trx) => markAnswerGiven(trx, { requestId, by: 'email', at: now() }));
  return { outcome: 'sent' };
}

/** The letter as whoever hands it over prints it; `answer-not-ready` before there is one. */
export async function printAnswer(
  deps: Pick<Deps, 'ledger' | 'keys' | 'config'>,
  requestId: RequestId,
): Promise<{ readonly requestId: RequestId; readonly language: string; readonly text: string }> {
  const facts = await answerFacts(deps, requestId);
  return { requestId, language: facts.language, text: answerText(answerParagraphs(facts, deps.config.controller)) };
}

/** Undefined where nobody's was verified. */
async function verifiedContact(
  { ledger: { db }, keys }: Pick<Deps, 'ledger' | 'keys'>,
  { identity, contact_sealed: sealed }: RequestRow,
): Promise<Contact | undefined> {
  if (identity !== 'verified' || sealed === null) return undefined;
  return getSealed(db, keys, sealed, contactOf);
}
