/** Mistakes in what a data map says of erasing; and that its words are those of the law's side of the program. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { SystemId } from '../../src/ids.ts';
import { legalBases } from '../../src/policy/legal-bases.ts';
import { clockEvents, fieldRoles, kindOf, recordClasses, supplySchemes } from '../../src/policy/retention/index.ts';
import { isBeside } from '../../src/policy/rights/decide.ts';
import type { EraseTraits } from '../contract.ts';
import { basisWords, eventWords, isOfDocument, issuedClasses, roleWords, supplyWords } from '../law-words.ts';
import type { DataMap } from './data-map.ts';
import { eraseTraits } from './erase-traits.ts';
import { validate } from './validate.ts';

/** The edge: a slug written in this file. */
const systemId = (slug: string): SystemId => slug as SystemId;
const file = join(import.meta.dirname, '..', '..', 'examples', 'sample-company', 'account-db.map.yaml');
type Change = (map: ReturnType<typeof parse>) => void;

/** What is found wrong with the sample company's map, changed. */
function mistakes(change: Change): readonly { pointer: string; message: string }[] {
  const map = parse(readFileSync(file, 'utf8'));
  change(map);
  const settings = { url: 'postgres://reader:secret@db.example:5432/accounts' };
  const config = { id: systemId('account-db'), name: 'Accounts', settings, dataMap: map };
  return validate({ ...config, rate: {}, concurrency: undefined });
}

const fields = (map: ReturnType<typeof parse>, name: string): Record<string, unknown> =>
  map.collections[name].erase.fields;

describe('mistakes in what is said of erasing', () => {
  const cases: Readonly<Record<string, [change: Change, pointer: string, says: string]>> = {
    'no tombstone where references fall to it': [(map) => delete map.tombstone, '/tombstone', '`{ id: "1" }`'],
    'a tombstone that is named by no key': [
      (map) => Object.assign(map, { tombstone: { email: 'a@b.example' } }),
      '/tombstone',
      'key of the one row in users: id',
    ],
    'a time zone that is none': [
      (map) => Object.assign(map, { timeZone: 'Europe/Tartu' }),
      '/timeZone',
      'Europe/Tallinn',
    ],
    'a closing date that is not declared': [
      (map) => Object.assign(map.customerKind, { closedAt: 'ended' }),
      '/customerKind/closedAt',
      'public.workspaces',
    ],
    'successors in a collection that is not there': [
      (map) => Object.assign(map.customerKind.successors, { collection: 'members' }),
      '/customerKind/successors/collection',
      'No collection',
    ],
    'a successor by a column that is not declared': [
      (map) => Object.assign(map.customerKind.successors, { person: ['member'] }),
      '/customerKind/successors/person/0',
      'public.workspace_members',
    ],
    'a successor by more columns than the key has': [
      (map) => Object.assign(map.customerKind.successors, { workspace: ['workspace_id', 'role'] }),
      '/customerKind/successors/workspace',
      'key of workspaces',
    ],
    'a leaving date that is not declared': [
      (map) => Object.assign(map.customerKind.successors, { leftAt: 'gone' }),
      '/customerKind/successors/leftAt',
      'not declared',
    ],
    'a successor whom nobody could be': [
      (map) => delete map.customerKind.successors,
      '/collections/workspaces/erase/fields/owner_user_id',
      'customerKind.successors',
    ],
    'a successor of anything but a workspace': [
      (map) => Object.assign(fields(map, 'playlists'), { owner_user_id: 'successor' }),
      '/collections/playlists/erase/fields/owner_user_id',
      'customerKind.owner',
    ],
    'a tombstone for what is no reference': [
      (map) => Object.assign(fields(map, 'playlists'), { title: 'tombstone' }),
      '/collections/playlists/erase/fields/title',
      'no path and no `references`',
    ],
    'a reference that would stay': [
      (map) => Object.assign(fields(map, 'devices'), { installed_by: 'keep' }),
      '/collections/devices/erase/fields/installed_by',
      'cannot go while this names it',
    ],
    'a reference to a person who never was': [
      (map) => Object.assign(fields(map, 'devices'), { installed_by: 'random' }),
      '/collections/devices/erase/fields/installed_by',
      'refers to users',
    ],
    'a key that would change': [
      (map) => Object.assign(fields(map, 'invoices'), { id: 'random' }),
      '/collections/invoices/erase/fields/id',
      'write `keep`',
    ],
    'a strategy for what is not declared': [
      (map) => Object.assign(fields(map, 'invoices'), { colour: 'null' }),
      '/collections/invoices/erase/fields/colour',
      'public.invoices',
    ],
    'an anonymised account that its address still finds': [
      (map) => {
        const all = Object.keys(map.collections.users.fields);
        map.collections.users.erase = {
          whole: 'anonymise',
          fields: Object.fromEntries(all.map((name) => [name, name === 'auth_subject' ? 'random' : 'keep'])),
        };
        Object.assign(fields(map, 'users'), { phone: 'null', full_name: { constant: 'Gone' } });
      },
      '/collections/users/erase/fields/email',
      'still find the person',
    ],
    'an own field of which nothing is said': [
      (map) => delete fields(map, 'schedules').notes,
      '/collections/schedules/erase/fields',
      '`notes`',
    ],
    'a reference of which nothing is said': [
      (map) => delete fields(map, 'workspace_members').invited_by,
      '/collections/workspace_members/erase/fields',
      '`invited_by`',
    ],
    'a field of an anonymised record of which nothing is said': [
      (map) => delete fields(map, 'workspaces').street,
      '/collections/workspaces/erase/fields',
      '`street`',
    ],
    'a path to the person of which nothing is said': [
      (map) => {
        delete fields(map, 'subscriptions').ordered_by;
        delete map.collections.subscriptions.erase.roles;
        map.collections.subscriptions.reach[0].own = ['id'];
      },
      '/collections/subscriptions/erase/fields',
      '`ordered_by`',
    ],
    'a role for what is never cleared': [
      (map) => Object.assign(map.collections.invoices.erase.roles, { bill_to_name: 'contact-person' }),
      '/collections/invoices/erase/roles/bill_to_name',
      'erase.fields',
    ],
    'a role that the law does not know': [
      (map) => Object.assign(map.collections.invoices.erase.roles, { contact_name: 'friend' }),
      '/collections/invoices/erase/roles/contact_name',
      'contact-person',
    ],
    'references of which nothing is said': [
      (map) => delete map.collections.workspace_members.erase,
      '/collections/workspace_members/references',
      '`erase`',
    ],
    'a reference that is a path too': [
      (map) => map.collections.workspace_members.references.push({ columns: ['user_id'], toColumns: ['id'] }),
      '/collections/workspace_members/references/1',
      'A path of `reach`',
    ],
    'a reference over a column that is not declared': [
      (map) => Object.assign(map.collections.workspace_members.references[0], { columns: ['inviter'] }),
      '/collections/workspace_members/references/0/columns/0',
      'not declared',
    ],
    'a reference to what is no one person': [
      (map) => Object.assign(map.collections.workspace_members.references[0], { toColumns: ['full_name'] }),
      '/collections/workspace_members/references/0/toColumns',
      'References end at',
    ],
    'a fact in a column that is not declared': [
      (map) => Object.assign(map.collections.invoices.retention.events.issue, { column: 'issued' }),
      '/collections/invoices/retention/events/issue/column',
      'public.invoices',
    ],
    'a fact over a join to several rows': [
      (map) => Object.assign(map.collections.invoice_lines.retention.money.via[0], { toColumns: ['number'] }),
      '/collections/invoice_lines/retention/money/via/0/toColumns',
      'key of invoices (id)',
    ],
    'a fact over a join to nowhere': [
      (map) => Object.assign(map.collections.invoice_lines.retention.supply.via[0], { to: 'bills' }),
      '/collections/invoice_lines/retention/supply/via/0/to',
      'No collection',
    ],
    'an event that starts no clock': [
      (map) => Object.assign(map.collections.invoices.retention.events, { birthday: { column: 'issued_on' } }),
      '/collections/invoices/retention/events/birthday',
      'write one of: issue',
    ],
  };

  it.each(Object.entries(cases))('%s is one', (_, [change, pointer, says]) => {
    const found = mistakes(change).filter((mistake) => mistake.pointer === pointer);
    expect(found.length).toBeGreaterThan(0);
    expect(found.map(({ message }) => message).join(' ')).toContain(says);
  });

  it('are none where the person’s own row stays anonymised, and what names it may stay too', () => {
    const found = mistakes((map) => {
      map.collections.users.erase = {
        whole: 'anonymise',
        fields: Object.fromEntries(Object.keys(map.collections.users.fields).map((name) => [name, 'keep'])),
      };
      Object.assign(fields(map, 'users'), {
        ...{ email: 'random', auth_subject: 'random', phone: 'null', full_name: { constant: 'Gone' } },
      });
      Object.assign(fields(map, 'devices'), { installed_by: 'keep' });
    });
    expect(found).toEqual([]);
  });
});

describe('what policy learns of a collection', () => {
  const map: DataMap = parse(readFileSync(file, 'utf8'));
  const traits = (name: string): EraseTraits | undefined => eraseTraits(map, name);

  it('is which fields a record that goes on loses, and which of them refer to the person’s row', () => {
    expect(traits('invoices')).toEqual({
      mode: 'immediate',
      whole: 'delete',
      anonymises: [],
      detaches: ['contact_user_id', 'contact_name', 'contact_email'],
      successor: [],
      references: ['contact_user_id'],
      roles: { contact_user_id: 'contact-person', contact_name: 'contact-person', contact_email: 'email' },
      rank: 'dependant',
      otherBases: [],
    });
    expect(traits('workspace_members')).toMatchObject({ detaches: ['invited_by'], references: ['invited_by'] });
  });

  it('is which fields an anonymised one changes, and who must follow', () => {
    const workspaces = traits('workspaces');
    expect(workspaces).toMatchObject({ whole: 'anonymise', successor: ['owner_user_id'] });
    expect(workspaces).toMatchObject({ anonymises: expect.not.arrayContaining(['country', 'id', 'created_at']) });
  });

  it('is that the person’s own row goes last', () => {
    expect(traits('users')).toMatchObject({ rank: 'subject-row', whole: 'delete' });
  });

  it('is nothing where nobody has declared it', () => {
    const { erase: _, ...users } = map.collections.users ?? {};
    const undeclared = parse(JSON.stringify({ ...map, collections: { ...map.collections, users } }));
    expect(eraseTraits(undeclared, 'users')).toBeUndefined();
  });
});

it('the words of a data map are the words of policy', () => {
  expect([...roleWords]).toEqual(Object.keys(fieldRoles));
  expect(issuedClasses).toEqual(Object.keys(recordClasses).filter((name) => kindOf(name) === 'by-law'));
  // What policy would refuse, a data map may not declare.
  for (const role of [undefined, ...roleWords]) expect(isOfDocument('invoice', role)).toBe(!isBeside(role));
  expect([...eventWords, 'creation'].toSorted()).toEqual(Object.keys(clockEvents).toSorted());
  expect([...supplyWords]).toEqual(Object.keys(supplySchemes));
  expect([...basisWords].toSorted()).toEqual(Object.keys(legalBases).toSorted());
});
