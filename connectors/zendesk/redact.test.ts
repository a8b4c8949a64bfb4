/** All that somebody wrote is marked, and nothing else is changed: Zendesk takes the comment’s own HTML with marks in it, no other. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isRedacted, redactAll } from './redact.ts';

/** What Zendesk compares with the comment: the marks taken out again. */
const unmarked = (marked: string): string =>
  marked.replace(/<\/?redact>/g, '').replace(/(<[a-z][^>]*?) redact(?=[\s/>])/gi, '$1');

/** What Zendesk leaves: blocks for marked characters, nothing for marked elements. */
const redacted = (marked: string): string =>
  marked
    .replace(/<([a-z][a-z0-9]*)\b[^>]*? redact(?=[\s/>])[^>]*>/gi, '')
    .replace(/<redact>([\s\S]*?)<\/redact>/g, (_, inner: string) => '▇'.repeat(inner.length));

describe('redaction of a comment', () => {
  it('marks text, links and images', () => {
    const html =
      '<div class="zd-comment" dir="auto">Tere, <a href="https://x.example/mari">Mari</a><br><img src="a.png"></div>';
    const marked = redactAll(html);
    expect(unmarked(marked)).toBe(html);
    expect(isRedacted(html)).toBe(false);
    expect(redacted(marked)).not.toMatch(/Tere|Mari|mari|a\.png/);
    expect(isRedacted(redacted(marked))).toBe(true);
  });

  it('whatever the HTML is, nothing that was written is left and the rest is as it was', () => {
    const piece = fc.constantFrom(
      'Mari Maasikas',
      ' ',
      '37605030299',
      '<b>',
      '</b>',
      '<a href="javascript:x()">',
      '</a>',
      '<',
      '&lt;',
      '▇',
      '\n',
      '<br/>',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const html = pieces.join('');
        const marked = redactAll(html);
        expect(unmarked(marked)).toBe(html);
        expect(redacted(marked)).not.toMatch(/Mari|3760|javascript/);
      }),
    );
  });

  it('says of what still has a word, a link or a note in the HTML that it is not redacted', () => {
    expect(isRedacted('<p>▇▇▇ ▇▇</p>')).toBe(true);
    for (const html of ['<p>▇▇ a</p>', '<a href="x">▇</a>', '<!-- Mari -->', '<img src="x">', '▇ 1'])
      expect(isRedacted(html)).toBe(false);
  });
});
