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
