/**
 * The letter that answers a right which no package answers: what was done, what was not and why, until when the rest is kept, who
 * was told, and the authority and the court (Art. 12(3), (4)). Holds no personal data beyond the address it goes to: counts,
 * reasons and dates. Pure.
 */
import { domainOf, type Letter } from '../mail.ts';
import { html } from '../package/html.ts';
import { dayInWords, numberInWords } from '../package/words-format.ts';
import { citedAtHome } from '../policy/retention/index.ts';
import type { AnswerFacts, AnswerLine } from './facts.ts';
import { type AnswerWords, isToldRead, type Language, wordsFor } from './words.ts';

export interface AnswerFrom {
  readonly name: string;
  readonly authority: { readonly name: string; readonly url: string };
  readonly contact: string | undefined;
}

/** What the letter says, paragraph by paragraph; a list is a paragraph of several lines. */
export function answerParagraphs(facts: AnswerFacts, controller: AnswerFrom): readonly (readonly string[])[] {
  const { language } = facts;
  const words = wordsFor(language);
  const day = (text: string): string => dayInWords(language, text);
  const asked = facts.rights.map((right) => words.rights[right]).join('; ');
  const opening = words.opening({ controller: controller.name, receivedOn: day(facts.receivedOn), asked });
  const { restriction, suppressedSince, copiesGoneOn, told, untold } = facts;
  const standing = [
    ...(restriction === null ? [] : [words.restriction[restriction.standing](day(restriction.setOn))]),
    ...(suppressedSince === null ? [] : [words.suppressed(day(suppressedSince))]),
    ...(copiesGoneOn === null ? [] : [words.copies(day(copiesGoneOn))]),
    ...(told.length === 0 ? [] : [words.told(told.join(', '))]),
    ...(untold.length === 0 ? [] : [words.untold(untold.join(', '))]),
  ];
  return [
    [`${opening} ${words.answer}`],
    ...became(facts, words),
    ...standing.map((line) => [line]),
    [words.disagree[facts.isDeclined ? 'declined' : 'done']],
    [words.authority(controller.authority.name, controller.authority.url)],
    [words.contact(controller.contact)],
    [`${words.number}: ${facts.requestId}`],
  ];
}

function became(facts: AnswerFacts, words: AnswerWords): readonly (readonly string[])[] {
  const { language, found, lines, isRefused } = facts;
  if (isRefused) return [[words.unidentified]];
  if (found === null || found === 0) return [[words.nothingFound]];
  const count = numberInWords(language, found);
  return [[words.found(count, found === 1), ...lines.map((line) => `– ${lineText(line, language, words)}`)]];
}

function lineText(line: AnswerLine, language: Language, words: AnswerWords): string {
  const { disposition, reason, isReadBack, keptBy, until, count } = line;
  const said = isReadBack && isToldRead(disposition) ? words.readBack[disposition] : words.became[disposition];
  const what = said(numberInWords(language, count), count === 1);
  const why = [
    ...(reason === null ? [] : [words.reasons[reason]]),
    ...(keptBy === null || disposition !== 'retained' ? [] : [words.keptBy(lawsIn(keptBy, language))]),
    ...(until === null ? [] : [words.until(dayInWords(language, until))]),
  ];
  return why.length === 0 ? `${what}.` : `${what}: ${why.join('; ')}.`;
}

/** The laws alone, without the date that follows them; by the names that the reader's language has for them. */
function lawsIn(keptBy: string, language: Language): string {
  const laws = keptBy.replace(/: (?:until \d{4}-\d{2}-\d{2}|no date yet)$/, '');
  return language === 'et' ? citedAtHome(laws, 'EE') : laws;
}

/** To exactly one address, under a Message-ID that stays the same however often it is sent. */
export function answerLetter(
  facts: AnswerFacts,
  of: { readonly to: string; readonly from: string; readonly controller: AnswerFrom },
): Letter {
  const { language, requestId } = facts;
  const paragraphs = answerParagraphs(facts, of.controller);
  const subject = wordsFor(language).subject(of.controller.name, dayInWords(language, facts.receivedOn));
  const lines = (paragraph: readonly string[]) =>
    paragraph.map((line, at) => (at === 0 ? html`${line}` : html`<br>${line}`));
  const body = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${subject}</title></head>
<body style="font:16px/1.5 sans-serif;max-width:40em;margin:0 auto;padding:1em">
${paragraphs.map((paragraph) => html`<p style="overflow-wrap:anywhere">${lines(paragraph)}</p>\n`)}</body></html>
`;
  return {
    ...{ to: of.to, subject, text: answerText(paragraphs), html: body.markup, language },
    messageId: `<${requestId}.answer.${facts.rights.join('.')}@${domainOf(of.from)}>`,
  };
}

/** As plain text: for the letter, and for whoever prints it. */
export function answerText(paragraphs: readonly (readonly string[])[]): string {
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
