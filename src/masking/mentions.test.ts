import { expect, test } from '@jest/globals';
import { passagesAbout } from './mentions.ts';

const subject = { names: ['Jaan Kask'], addresses: ['jaan@x.example', '+372 5123 4567'] };

test.each([
  ['Jaan Kask oli ka kohal.', ['name']],
  ['Jaan Kasele ütlesime sama.', ['name']],
  ['Kirjuta talle: JAAN@x.example', ['email']],
  ['Tema number on 51234567.', ['phone']],
  ['Jaan oli kohal, kask ka.', []],
  ['Kirjuta mari@x.example või 5345 6789.', []],
])('%s', (text, kinds) => {
  expect(passagesAbout(text, subject).map(({ kind }) => kind)).toEqual(kinds);
});

test('a person reads the words around it, and at most ten of them', () => {
  const text = `${'a '.repeat(300)}Jaan Kask${' b'.repeat(300)}`;
  const [passage] = passagesAbout(text, subject);
  expect(passage?.text).toContain('a Jaan Kask b');
  expect(passage?.text.length).toBeLessThan(260);
  expect(passagesAbout(text.repeat(30), subject)).toHaveLength(10);
});

test.each([
  ['Tere! Jaan Kask oli ka kohal. Ilm oli ilus.', ['Jaan Kask oli ka kohal.']],
  ['Tere\nJaan Kask, jaan@x.example\nMari', ['Jaan Kask, jaan@x.example']],
  [
    'Jaan Kask helistas. Ja siis veel. Kiri läks: jaan@x.example.',
    ['Jaan Kask helistas.', 'Kiri läks: jaan@x.example.'],
  ],
  [`${'x'.repeat(200)} Jaan Kask ${'y'.repeat(200)}`, ['Jaan Kask']],
  [`${'🎵'.repeat(90)}Jaan Kask`, [`${'🎵'.repeat(60)}Jaan Kask`]],
  [`${'🎵'.repeat(90)}.Jaan Kask`, [`${'🎵'.repeat(59)}.Jaan Kask`]],
])('what is shown of %j is the sentence or the line, whole words and whole characters', (text, shown) => {
  const passages = passagesAbout(text, subject);
  expect(passages.map((one) => one.text)).toEqual(shown);
  for (const { text: words, from, to } of passages) expect(text.slice(from, to)).toBe(words);
});
