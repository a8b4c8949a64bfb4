/** A passage is found again by its mark, and blacked out of the HTML that it stands in, and nothing beside it. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plainOf } from '../../src/local/zendesk/core/markup.ts';
import { markOf, placesOf, redactPassages } from './passages.ts';

/** The marked HTML as Zendesk takes it: only marks were added. */
const unmarked = (html: string): string =>
  html.replace(/<\/?redact>/g, '').replace(/(<[a-z][^>]*?) redact(?=[\s/>])/gi, '$1');

function redacted(html: string, passage: string, plain = plainOf(html)): string | undefined {
  const from = plain.indexOf(passage);
  return redactPassages(html, plain, from === -1 ? [] : [{ from, to: from + passage.length }]);
}

describe('the mark of a passage', () => {
  it('finds it wherever it stands, as often as it stands there, and tells nothing of it', () => {
    const mark = markOf('Jaan Kask helistas 🎵');
    expect(mark).toMatch(/^\d+\.[0-9a-z]+\.[0-9a-f]{32}$/);
    expect(placesOf('Eile Jaan Kask helistas 🎵. Jaan Kask helistas 🎵', mark)).toEqual([
      { from: 5, to: 26 },
      { from: 28, to: 49 },
    ]);
    expect(placesOf('Eile Jaan Kask helistas 🎶', mark)).toEqual([]);
    expect(placesOf('', mark)).toEqual([]);
    expect(placesOf('Jaan', 'Jaan')).toEqual([]);
  });

  it('finds every part of every text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(), fc.nat(), (text, a, b) => {
        const from = a % text.length;
        const to = from + 1 + (b % (text.length - from));
        expect(placesOf(text, markOf(text.slice(from, to)))).toContainEqual({ from, to });
      }),
    );
  });

  it('is looked for in five megabytes in less than a second', () => {
    const text = `${'ab'.repeat(2_500_000)}Jaan Kask`;
    const before = performance.now();
    expect(placesOf(text, markOf('Jaan Kask'))).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

describe('a passage in HTML', () => {
  it.each([
    ['<p>Tere. Jaan Kask helistas.</p>', 'Jaan Kask helistas.', '<p>Tere. <redact>Jaan Kask helistas</redact>.</p>'],
    ['<p>Tere <b>Jaan</b> Kask.</p>', 'Jaan Kask.', '<p>Tere <b><redact>Jaan</redact></b><redact> Kask</redact>.</p>'],
    [
      '<p>Kiri: <a href="mailto:jaan@x.example">jaan@x.example</a> <a href="http://kalju.example">Kalju</a></p>',
      'jaan@x.example',
      '<p>Kiri: <a redact href="mailto:jaan@x.example"><redact>jaan@x.example</redact></a> <a href="http://kalju.example">Kalju</a></p>',
    ],
    [
      '<p>R&amp;D: O&#8217;Kask &#x4a;aan&nbsp;ja</p>',
      'O’Kask Jaan',
      '<p>R&amp;D: <redact>O&#8217;Kask &#x4a;aan</redact>&nbsp;ja</p>',
    ],
    [
      '<p>See the drawing:</p><p><img src="kalju.png"></p><p>Jaan Kask called.</p>',
      'Jaan Kask called.',
      '<p>See the drawing:</p><p><img src="kalju.png"></p><p><redact>Jaan Kask called</redact>.</p>',
    ],
    [
      '<p>Kalju. <a href="http://kalju.example"></a><o:p/><a href="tel:1"><IMG src="k.png"/><b>Jaan Kask</b></a> siin</p>',
      'Jaan Kask',
      '<p>Kalju. <a href="http://kalju.example"></a><o:p/><a redact href="tel:1"><IMG src="k.png"/><b><redact>Jaan Kask</redact></b></a> siin</p>',
    ],
    ['<p>𝐉aan Kask</p>', '𝐉aan', '<p><redact>𝐉aan</redact> Kask</p>'],
  ])('%s: %s', (html, passage, marked) => {
    const decoded = plainOf(html).replaceAll('&#8217;', '’').replaceAll('&#x4a;', 'J');
    expect(redacted(html, passage, decoded)).toBe(marked);
    expect(unmarked(marked)).toBe(html);
  });

  it('is found by its words alone where the plain text says more than the HTML, and by nobody where they stand twice', () => {
    expect(redacted('<p>Jaan Kask</p>', 'Jaan Kask', 'Vastus:\nJaan Kask')).toBe('<p><redact>Jaan Kask</redact></p>');
    expect(redacted('<p>Jaan Kask</p><p>Jaan Kask</p>', 'Jaan Kask', 'Vastus: Jaan Kask')).toBeUndefined();
    expect(redacted('<p>J&auml;nes Kask</p>', 'Jänes Kask', 'Jänes Kask')).toBeUndefined();
    expect(redacted('<p>tere</p>', 'Jaan', 'Jaan tere')).toBeUndefined();
  });

  it('with a picture among its words is for a person, because nobody was shown it; one between two passages stays', () => {
    expect(redacted('<p>Jaan Kask <img src="x"> helistas.</p>', 'Jaan Kask  helistas.')).toBeUndefined();
    expect(redacted('<p>Jaan <svg><path d="m"/></svg>Kask</p>', 'Jaan Kask')).toBeUndefined();
    const html = '<p>Jaan Kask.</p><p><img src="x"></p><p>Jaan Kask.</p>';
    const plain = plainOf(html);
    const both = [0, plain.lastIndexOf('Jaan')].map((from) => ({ from, to: from + 'Jaan Kask.'.length }));
    expect(redactPassages(html, plain, both)).toBe(
      '<p><redact>Jaan Kask</redact>.</p><p><img src="x"></p><p><redact>Jaan Kask</redact>.</p>',
    );
  });

  it('takes nothing but the passage, whatever stands around it', () => {
    const word = fc.constantFrom(
      'Jaan',
      'Kask',
      'tere',
      '<b>x</b>',
      '<br>',
      '&amp;',
      ' ',
      '.',
      '<a href="#">y</a>',
      '<img src="x">',
      '🎵',
      'õ',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), fc.array(word, { maxLength: 12 }), (before, behind) => {
        const html = `<p>${before.join('')} Mikk Sepp ${behind.join('')}</p>`;
        const marked = redacted(html, 'Mikk Sepp');
        expect(unmarked(marked ?? '')).toBe(html);
        expect(marked).not.toMatch(/<[a-z]+ redact/);
        const kept = (marked ?? '').replace(/<redact>[^<]*<\/redact>/g, '');
        expect(kept).not.toMatch(/Mikk|Sepp/);
        expect((marked ?? '').match(/<redact>([^<]*)<\/redact>/g)).toEqual(['<redact>Mikk Sepp</redact>']);
      }),
    );
  });
});
