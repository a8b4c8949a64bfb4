/**
 * Marks all of a comment's HTML for redaction, the way Zendesk takes it: every piece of text between `<redact>`, and the attribute `redact` on
 * elements that lead somewhere or name something. Linear in the text, whatever it is. Pure.
 * Source: developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments (Redact Ticket Comment In Agent Workspace).
 */
export interface Piece {
  readonly kind: 'text' | 'tag';
  readonly text: string;
  /** Where it begins. */
  readonly from: number;
}

/** What stands where something was redacted, once per character. */
export const block = '▇';

/** Text and tags in turn. A bracket that opens no tag is text, and so is all behind one that is never closed. */
export function* piecesOf(html: string): Generator<Piece> {
  let [from, at, close] = [0, 0, -1];
  for (;;) {
    const open = html.indexOf('<', at);
    if (open === -1) break;
    // The next closing one is looked for once: many opening ones before it would else be looked through again and again.
    if (close < open) close = html.indexOf('>', open);
    if (close === -1) break;
    at = open + 1;
    const another = html.indexOf('<', at);
    if (!/[a-z/!]/i.test(html[at] ?? '') || (another !== -1 && another < close)) continue;
    if (open > from) yield { kind: 'text', text: html.slice(from, open), from };
    yield { kind: 'tag', text: html.slice(open, close + 1), from: open };
    from = close + 1;
    at = from;
  }
  if (from < html.length) yield { kind: 'text', text: html.slice(from), from };
}

/** Elements, and attributes of them, that only say how something looks. Anything else may lead somewhere or name somebody. */
export const silent =
  /^<(\/[a-z0-9]{1,10}\s*|(a|b|blockquote|br|code|div|em|font|h[1-6]|hr|i|img|li|ol|p|pre|span|strong|table|tbody|td|th|thead|tr|u|ul)(\s+(class|dir|rel|target|width|height|border|align)=("[\w -]*"|[\w-]+))*\s*\/?)>$/i;

/** An element that is marked goes, and what stands in it stays. */
export const mark = (tag: string): string => tag.replace(/^<[a-z][a-z0-9]*/i, (open) => `${open} redact`);

export function redactAll(html: string): string {
  const marked: string[] = [];
  for (const { kind, text } of piecesOf(html)) {
    if (kind === 'text') marked.push(hasContent(text) ? `<redact>${text}</redact>` : text);
    else marked.push(silent.test(text) ? text : mark(text));
  }
  return marked.join('');
}

/** Whether nothing is left that anybody wrote: blocks in the place of letters and digits, and no element that says more. */
export function isRedacted(html: string): boolean {
  for (const { kind, text } of piecesOf(html))
    if (kind === 'text' ? hasContent(text) : !silent.test(text)) return false;
  return true;
}

const hasContent = (text: string): boolean => /[\p{L}\p{N}]/u.test(text.replaceAll('&nbsp;', ' '));
