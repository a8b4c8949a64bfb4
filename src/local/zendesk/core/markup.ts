/**
 * A comment's text in its three forms, and redaction in them: `<redact>` around text and the attribute `redact` on elements
 * (https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/#redact-ticket-comment-in-agent-workspace). HTML
 * is handed on as it came, scripts and all: whoever shows it has to see to it.
 */
import { type Entity, isHash, numberOf, textOf } from './types.ts';

/** What stands where something was redacted, once per character. */
export const redactedCharacter = '▇';

export interface Texts {
  readonly html: string;
  readonly plain: string;
}

/** `html_body`, else made from `body`; `_repeat: {text, times}` comes behind either, for texts that are too long to be written down. */
export function textsOf(comment: Entity): Texts {
  const more = isHash(comment._repeat)
    ? (textOf(comment._repeat.text) ?? '').repeat(numberOf(comment._repeat.times) ?? 0)
    : '';
  const html = textOf(comment.html_body);
  if (html !== undefined) return { html: html + more, plain: (textOf(comment.body) ?? plainOf(html)) + more };
  const plain = (textOf(comment.body) ?? '') + more;
  return { html: htmlOf(plain), plain };
}

const htmlOf = (plain: string): string =>
  `<div class="zd-comment" dir="auto">${escaped(plain).replaceAll('\n', '<br>')}</div>`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export function plainOf(html: string): string {
  return html
    .replace(/<br\s*\/?>|<\/(?:p|div)>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&')
    .replace(/\n+$/, '');
}

/** The marked HTML without its marks: what the comment must have been. */
export const unmarked = (marked: string): string =>
  marked.replace(/<\/?redact>/g, '').replace(/(<[a-z][^>]*?) redact(?=[\s/>])/gi, '$1');

/** The marked HTML with what is marked gone. */
export function redacted(marked: string): string {
  const withoutElements = marked.replace(/<([a-z][a-z0-9]*)\b[^>]*? redact(?=[\s/>])[^>]*>/gi, '');
  return withoutElements.replace(/<redact>([\s\S]*?)<\/redact>/g, (_, inner: string) => masked(inner));
}

/** Every character outside tags. An entity is one. */
const masked = (html: string): string =>
  html.replace(/(<[^>]*>)|&[a-z#0-9]+;|[\s\S]/giu, (part, tag: string | undefined) => tag ?? maskOf(part));

const maskOf = (character: string): string => (/^\s$/u.test(character) ? character : redactedCharacter);

/** The text with every occurrence of a string gone. */
export const without = (text: string, string: string): string =>
  string === '' ? text : text.replaceAll(string, redactedCharacter.repeat([...string].length));
