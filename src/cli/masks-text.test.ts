import { expect, test } from '@jest/globals';
import type { ShownRecord } from '../requests/masks.ts';
import { diffLines } from './masks-text.ts';

const record: ShownRecord = {
  no: 3,
  collection: 'comments',
  isWithheld: true,
  texts: [
    {
      path: ['body'],
      kind: 'text',
      before: `${'a'.repeat(200)}Mari\u001b[2J${'b'.repeat(200)}`,
      after: `${'a'.repeat(200)}⟦x⟧${'b'.repeat(200)}`,
    },
    { path: ['id'], kind: 'text', before: '7', after: '7' },
    { path: ['file'], kind: 'file', before: '', after: '⟦f⟧' },
  ],
  masks: [
    {
      no: 12,
      record: 0,
      item: 0,
      from: 200,
      to: 204,
      kind: 'name',
      who: 'other',
      isReleased: false,
      text: 'Mari\u001b[2J',
    },
    { no: 13, record: 0, item: 2, from: 0, to: 0, kind: 'file', who: 'other', isReleased: true, text: '' },
  ],
};

test('a record under review is a diff around what differs, with a number and a reason per mask', () => {
  const text = diffLines(record, { isWhole: false, colour: false });
  expect(text.split('\n')).toEqual([
    'Record 3 of comments',
    '  withheld as a whole: legal advice to the company',
    '  body',
    `  - …${'a'.repeat(60)}Mari\ufffd[2J${'b'.repeat(60)}…`,
    `  + …${'a'.repeat(60)}⟦x⟧${'b'.repeat(60)}…`,
    '  file: a file',
    '  + ⟦f⟧',
    '  mask 12: Mari\ufffd[2J (the name of another person: what concerns another person is not the subject’s to get (Art. 15(4)))',
    '  mask 13: a file (released)',
    '',
  ]);
  expect(diffLines(record, { isWhole: true, colour: false })).toContain(`  - ${'a'.repeat(200)}Mari`);
  expect(diffLines({ ...record, masks: [] }, { isWhole: false, colour: false })).toContain('nothing was found to mask');
});

test('says where it does not show a text in which somebody may be named, and shows it when asked', () => {
  const unmasked = { path: ['note'], kind: 'text', before: 'Kati naabrist', after: 'Kati naabrist' } as const;
  const more = { ...record, texts: [...record.texts, unmasked], masks: [] };
  const text = diffLines(more, { isWhole: false, colour: false });
  expect(text).toContain('not shown: 1 text(s) in which nothing is masked; read them with --record 3');
  const whole = diffLines(more, { isWhole: true, colour: false });
  expect(whole).toContain('  - Kati naabrist');
  expect(whole).not.toContain('not shown');
});
