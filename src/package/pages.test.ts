import { describe, expect, it } from '@jest/globals';
import { indexPage, type PageSystem } from './pages.ts';
import type { Language } from './words.ts';

const system = (unreadable: PageSystem['unreadable']): PageSystem => ({
  name: 'Server logs',
  state: 'answered',
  byHand: false,
  earlier: undefined,
  unreadable,
  files: [],
  collections: [],
  empty: [],
});
const pageOf = (language: Language, one: PageSystem) =>
  indexPage({
    language,
    right: 'access',
    controller: {
      name: 'Sample',
      timeZone: 'UTC',
      contact: undefined,
      authority: { name: 'Authority', url: 'https://authority.example' },
    },
    requestId: 'req_1',
    receivedOn: '2026-11-23',
    builtOn: '2026-11-24',
    part: { number: 1, moreFollows: false, isEmpty: false, earlier: [] },
    systems: [one],
  }).toString('utf8');

describe('the first page of a package', () => {
  it('tells how many records and files of a place could not be read', () => {
    const damaged = system({ records: 1_234, objects: 2 });
    expect(pageOf('en', damaged)).toMatch(/could not be read: records: 1.234, files: 2\./);
    expect(pageOf('et', damaged)).toMatch(/ei saanud lugeda: kirjeid 1.?234, faile 2\./);
  });

  it('says nothing of it where everything could be read', () => {
    const whole = system({ records: 0, objects: 0 });
    expect(pageOf('en', whole)).not.toContain('could not be read');
    expect(pageOf('et', whole)).not.toContain('ei saanud lugeda');
  });
});
