/** What a letter says of what was done, what was not and why, in both languages; and that it says no more. */
import { describe, expect, it } from '@jest/globals';
import type { RequestId } from '../ids.ts';
import { answerLaw } from '../policy/answers.ts';
import type { AnswerFacts } from './facts.ts';
import { answerLetter, answerParagraphs, answerText } from './letter.ts';
import { wordsFor } from './words.ts';

const controller = {
  name: 'Näidisheli OÜ',
  authority: { name: 'Andmekaitse Inspektsioon', url: 'https://www.aki.ee/' },
  contact: 'andmekaitse@naidisheli.example',
};
const line = (
  disposition: AnswerFacts['lines'][number]['disposition'],
  more: Partial<AnswerFacts['lines'][number]> = {},
) => ({
  ...{ disposition, reason: null, isReadBack: false, keptBy: null, until: null, count: 1 },
  ...more,
});
const facts = (more: Partial<AnswerFacts> = {}): AnswerFacts => ({
  requestId: 'req_7w5h6k2m9x4c8v3b1n0q5r7t2y' as RequestId,
  ...{ language: 'en', receivedOn: '2026-11-02', rights: ['erasure'], isRefused: false, found: 3, lines: [] },
  ...{ isDeclined: false, restriction: null, suppressedSince: null, copiesGoneOn: null, told: [], untold: [] },
  ...more,
});
const text = (more: Partial<AnswerFacts> = {}) => answerText(answerParagraphs(facts(more), controller));
const languages = ['en', 'et'] as const;

describe('the letter that answers', () => {
  it('says when what was asked, who answers, and whom to turn to, whatever came of it', () => {
    expect(text()).toMatch(/^On 2 November 2026 you asked Näidisheli OÜ for the erasure .*\(Art\. 12\(3\)\)\./);
    expect(text({ language: 'et' })).toMatch(/^Te esitasite 2\. november 2026 taotluse .*\(art 12 lg 3\)\./);
    for (const language of languages) {
      const said = text({ language });
      for (const part of ['Andmekaitse Inspektsioon, https://www.aki.ee/', 'req_7w5h', controller.contact])
        expect(said).toContain(part);
      for (const law of ['complaint', 'remedy'] as const)
        expect(said).toMatch(new RegExp(`[Aa]rt\\.? ${answerLaw[law].article}`));
    }
  });

  it('names every law of Art. 12(4) where something was not done, and only there', () => {
    expect(text()).not.toContain('12(4)');
    expect(text({ isDeclined: true })).toMatch(/the reasons are above \(Art\. 12\(4\)\)/);
    expect(text({ isRefused: true, isDeclined: true, found: null })).toMatch(/nothing was looked for.*Art\. 11\(2\)/);
  });

  it('tells how many records became what, and why, with the law and the last day of what is kept', () => {
    const kept = line('retained', {
      ...{
        reason: 'law-keeps',
        keptBy: 'Accounting Act §12, VAT Act §36: until 2033-12-31',
        until: '2033-12-31',
        count: 1_204,
      },
    });
    const lines = [
      line('erased', { count: 12, isReadBack: true }),
      line('anonymised', { reason: 'history-remains' }),
      kept,
    ];
    expect(
      text({ lines, found: 1_217 })
        .split('\n')
        .filter((one) => one.startsWith('–')),
    ).toEqual([
      '– 12 records were erased, and read back as gone.',
      '– One record was made anonymous: what pointed to you was removed for good: a history inside the system still tells what was there.',
      '– 1,204 records were kept: a law demands that they are kept (Art. 17(3)(b)); kept by: Accounting Act §12, VAT Act §36; until 31 December 2033.',
    ]);
    expect(text({ lines: [kept], language: 'et' })).toContain('alus: RPS §12, KMS §36; kuni 31. detsember 2033.');
  });

  it('says that it was read back only of what was, and of what staff attest that they did it', () => {
    const byHand = [line('erased', { reason: 'by-hand', count: 2 }), line('rectified', { reason: 'by-hand' })];
    const said = { en: text({ lines: byHand }), et: text({ lines: byHand, language: 'et' }) };
    expect(said.en).toContain('– 2 records were erased: done by hand by a named member of staff.');
    expect(said.en).toContain('– One record was corrected: done by hand by a named member of staff.');
    expect(said.en).not.toContain('read back');
    expect(said.et).toContain('– 2 kirjet kustutati: tegi käsitsi nimeline töötaja.');
    expect(said.et).not.toContain('kontrolliti');
    const read = byHand.map((one) => ({ ...one, reason: null, isReadBack: true }));
    expect(text({ lines: read })).toMatch(/erased, and read back as gone\.\n.*corrected, and read back as corrected\./);
    expect(text({ lines: read, language: 'et' }).match(/kontrolliti/g)).toHaveLength(2);
  });

  it('says that nothing was found where nothing was, and never that something was done then', () => {
    for (const language of languages) {
      const said = text({ language, found: 0, lines: [] });
      expect(said).toContain(wordsFor(language).nothingFound);
      expect(said).not.toContain('–');
    }
  });

  it('tells of a restriction that it ends before it does, or that it stands; of sending that it has stopped; and who was told', () => {
    const restriction = { setOn: '2026-11-03', standing: 'while-examined' } as const;
    expect(text({ restriction })).toMatch(/from 3 November 2026 on.*before it happens \(Art\. 18\(3\)\)/);
    expect(text({ restriction: { ...restriction, standing: 'asked' } })).toMatch(/told before this ends/);
    expect(text({ suppressedSince: '2026-11-03' })).toMatch(/Since 3 November 2026 nobody writes to you/);
    expect(text({ told: ['Mailer Ltd'], untold: ['Old Ltd'] })).toMatch(/Mailer Ltd[\s\S]*Could not be told.*Old Ltd/);
    expect(text({ copiesGoneOn: '2026-12-24' })).toMatch(/lapses by 24 December 2026/);
  });

  it('goes to one address, as text and as harmless HTML, under a name that stays the same', () => {
    const of = { to: 'mari@x.example', from: 'N <a@naidisheli.example>', controller: { ...controller, name: '<b>&"' } };
    const letter = answerLetter(facts({ told: ['<script>'] }), of);
    expect(letter).toMatchObject({ to: 'mari@x.example', language: 'en' });
    expect(letter.messageId).toBe('<req_7w5h6k2m9x4c8v3b1n0q5r7t2y.answer.erasure@naidisheli.example>');
    expect(letter.html).not.toMatch(/<script>|<b>&"/);
    expect(letter.html).toContain('&lt;script&gt;');
    expect(`${letter.text}${letter.html}${letter.subject}`).not.toContain('mari@');
  });

  it('has a sentence in both languages for every reason and every end of a record, and no sentence twice', () => {
    const [en, et] = languages.map(wordsFor);
    for (const part of ['reasons', 'became', 'readBack', 'rights', 'restriction', 'disagree'] as const)
      expect(Object.keys(et?.[part] ?? {}).sort()).toEqual(Object.keys(en?.[part] ?? {}).sort());
    for (const words of [en, et])
      for (const said of Object.values(words?.reasons ?? {})) expect(said.length).toBeGreaterThan(8);
    for (const [name, said] of Object.entries(en?.reasons ?? {})) expect(said).not.toBe(et?.reasons[name as never]);
  });
});
