/**
 * The letter that brings a package: until when the link works, how to check the file, what it is (a draft, or the answer), and whether
 * more follow. Holds no personal data beyond the address it goes to; neither name nor content of the request. Pure.
 */
import type { PackageRight } from '../ledger/package-rights.ts';
import { domainOf, type Letter } from '../mail.ts';
import { html } from './html.ts';
import { dayInWords, instantInWords, isSeries, type Language, sizeInWords, wordsFor } from './words.ts';

export interface LetterInput {
  readonly language: Language;
  readonly right: PackageRight;
  readonly to: string;
  readonly from: string;
  readonly controller: { readonly name: string; readonly timeZone: string; readonly contact: string | undefined };
  readonly packageId: string;
  readonly requestId: string;
  readonly receivedOn: string;
  readonly link: string;
  readonly linkUntil: Date;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly part: { readonly number: number; readonly moreFollows: boolean };
}

export function packageLetter(input: LetterInput): Letter {
  const { language, controller } = input;
  const words = wordsFor(language, input.right);
  const paragraphs = words.mailBody({
    controller: controller.name,
    receivedOn: dayInWords(language, input.receivedOn),
    linkUntil: instantInWords(language, input.linkUntil, controller.timeZone),
    size: sizeInWords(language, input.sizeBytes),
    sha256: input.sha256,
    contact: controller.contact,
  });
  const draft = `${words.standing}. ${words.standingWhy(controller.name)}`;
  const no = isSeries(input.part) ? String(input.part.number) : undefined;
  const part =
    no === undefined ? [] : [`${words.part(no)}. ${input.part.moreFollows ? words.mailPartMore : words.mailPartLast}`];
  const number = `${words.requestNumber}: ${input.requestId}`;
  const text = [draft, ...part, ...paragraphs.slice(0, 2), input.link, ...paragraphs.slice(2), number].join('\n\n');
  const lines = (paragraph: string) =>
    paragraph.split('\n').map((line, at) => (at === 0 ? html`${line}` : html`<br><code>${line}</code>`));
  const body = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${words.title}</title></head>
<body style="font:16px/1.5 sans-serif;max-width:40em;margin:0 auto;padding:1em">
<p style="border:2px solid #9a3412;padding:.8em"><strong>${words.standing}.</strong> ${words.standingWhy(controller.name)}</p>
${part.map((line) => html`<p><strong>${line}</strong></p>\n`)}${paragraphs.slice(0, 2).map((paragraph) => html`<p>${paragraph}</p>\n`)}<p><a href="${input.link}">${words.mailLink}</a></p>
${paragraphs.slice(2).map((paragraph) => html`<p style="overflow-wrap:anywhere">${lines(paragraph)}</p>\n`)}<p style="color:#5b6675;font-size:.875em">${number}</p>
</body></html>
`;
  return {
    to: input.to,
    subject: words.mailSubject(controller.name, no),
    text: `${text}\n`,
    html: body.markup,
    messageId: `<${input.packageId}@${domainOf(input.from)}>`,
    language,
  };
}
