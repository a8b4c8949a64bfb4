/** What is wrong in the settings or the data map is said with its place; the map that comes with the connector is not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { SystemId } from '../../src/ids.ts';
import type { SystemConfig } from '../contract.ts';
import { validate } from './validate.ts';

const shipped = () => parse(readFileSync(join(import.meta.dirname, 'data-map.yaml'), 'utf8'));

function mistakesOf(settings: object, change: (map: ReturnType<typeof shipped>) => unknown = () => undefined) {
  const dataMap = shipped();
  change(dataMap);
  const config: SystemConfig = {
    ...{ id: 'support-desk' as SystemId, name: 'Support', rate: {}, concurrency: undefined },
    settings: { subdomain: 'sample', token: 'reader-token', ...settings },
    dataMap,
  };
  return validate(config).map(({ part, pointer }) => `${part} ${pointer}`);
}

describe('the configuration of a Zendesk account', () => {
  it('is right as it comes', () => {
    expect(mistakesOf({})).toEqual([]);
    expect(mistakesOf({ email: 'bot@desk.example', eraseToken: 'eraser-token', plan: 'suite-growth' })).toEqual([]);
    expect(mistakesOf({ apiBase: 'http://127.0.0.1:12111', requestsPerMinute: 10_000_000, verifySeconds: 0 })).toEqual(
      [],
    );
  });

  it('takes the reading token for erasing in no form, and no agent without a token', () => {
    expect(mistakesOf({ eraseToken: 'reader-token' })).toEqual(['settings /eraseToken']);
    expect(mistakesOf({ eraseEmail: 'bot@desk.example' })).toEqual(['settings /eraseEmail']);
    expect(mistakesOf({ plan: 'platinum' })).toEqual(['settings /plan']);
  });

  it('lets what is said in a ticket go, or stay, with the ticket only', () => {
    expect(mistakesOf({}, ({ collections }) => (collections.tickets.erase = undefined))).toEqual([
      ...['satisfaction_ratings', 'comments', 'notes', 'attachments'].map(
        (name) => `dataMap /collections/${name}/erase/whole`,
      ),
    ]);
    expect(
      mistakesOf({}, ({ collections }) => {
        collections.comments.erase = { whole: 'anonymise', fields: { html_body: 'redact' } };
      }),
    ).toEqual(['dataMap /collections/comments/erase/whole']);
    expect(
      mistakesOf({}, ({ collections }) => {
        collections.tickets.erase = { whole: 'anonymise', fields: { subject: 'empty' } };
        collections.satisfaction_ratings.erase = undefined;
        for (const name of ['comments', 'notes'])
          collections[name].erase = { whole: 'anonymise', fields: { html_body: 'redact' } };
        collections.attachments.erase = { whole: 'anonymise', fields: { content: 'redact' } };
      }),
    ).toEqual([]);
  });

  it('promises nothing that Zendesk cannot do', () => {
    const erase = { whole: 'anonymise', fields: { status: 'empty' } };
    expect(mistakesOf({}, ({ collections }) => (collections.copied_tickets.erase = erase))).toEqual([
      'dataMap /collections/copied_tickets/erase/fields/status',
    ]);
    expect(mistakesOf({}, ({ collections }) => (collections.copied_comments.erase = { whole: 'delete' }))).toEqual([
      'dataMap /collections/copied_comments/erase/whole',
    ]);
    expect(mistakesOf({}, ({ collections }) => (collections.notes.customFields = {}))).toEqual([
      'dataMap /collections/notes/customFields',
    ]);
    expect(mistakesOf({}, ({ collections }) => (collections.mentions.erase = { whole: 'delete' }))).toEqual([
      'dataMap /collections/mentions/erase/whole',
    ]);
  });

  it('has others’ tickets searched only where it says by what, and what the passages are held for', () => {
    expect(
      mistakesOf({}, (map) => {
        delete map.collections.mentions;
        delete map.user.mentionedBy;
      }),
    ).toEqual([]);
    expect(mistakesOf({}, (map) => delete map.user.mentionedBy)).toEqual(['dataMap /collections/mentions']);
    expect(mistakesOf({}, (map) => delete map.collections.mentions)).toEqual(['dataMap /user/mentionedBy']);
    expect(mistakesOf({}, (map) => (map.user.mentionedBy = ['nickname']))).toEqual(['dataMap /user/mentionedBy/0']);
  });
});
