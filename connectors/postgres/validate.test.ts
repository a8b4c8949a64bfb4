import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { SystemId } from '../../src/ids.ts';
import type { SystemConfig } from '../contract.ts';
import { validate } from './validate.ts';

/** The edge: a slug written in this file. */
const systemId = (slug: string): SystemId => slug as SystemId;
const file = join(import.meta.dirname, '..', '..', 'examples', 'sample-company', 'account-db.map.yaml');

/** The sample company's map, changed. */
function changed(change: (map: ReturnType<typeof parse>) => void = () => undefined): SystemConfig {
  const map = parse(readFileSync(file, 'utf8'));
  change(map);
  return {
    id: systemId('account-db'),
    name: 'Accounts',
    settings: { url: 'postgres://reader:secret@db.example:5432/accounts' },
    dataMap: map,
    rate: {},
    concurrency: undefined,
  };
}

const pointers = (config: SystemConfig): readonly string[] => validate(config).map(({ pointer }) => pointer);

describe('mistakes in a data map', () => {
  it('are none in the sample company’s', () => {
    expect(validate(changed())).toEqual([]);
  });

  it('are all told at once, each with its place and a remedy', () => {
    const config = changed((map) => {
      delete map.collections.users.owner;
      map.collections.sessions.role = 'owner';
      map.collections.devices.fields.colour = { categry: 'service' };
      map.collections.Devices = map.collections.devices;
      map.version = 2;
    });
    const found = validate(config);
    expect(found.map(({ pointer }) => pointer).sort()).toEqual(
      [
        '/collections/Devices',
        '/collections/devices/fields/colour',
        '/collections/devices/fields/colour/categry',
        '/collections/sessions/role',
        '/collections/users',
        '/version',
      ].sort(),
    );
    const role = found.find(({ pointer }) => pointer.endsWith('role'));
    expect(role?.message).toContain('controller, processor, joint');
    expect(found.find(({ pointer }) => pointer === '/collections/users')?.message).toContain('`owner` is missing');
  });

  it('are an issued document under `rectify`: it is corrected by a credit note, never edited', () => {
    const rectify = (collection: string, column: string) =>
      validate(changed((map) => Object.assign(map.collections[collection], { rectify: { name: column } })));
    for (const [collection, column] of [
      ['invoices', 'bill_to_name'],
      ['invoices', 'number'],
      ['invoice_lines', 'description'],
      ['subscriptions', 'plan'],
    ] as const) {
      const [found, ...more] = rectify(collection, column);
      expect([found?.pointer, more]).toEqual([`/collections/${collection}/rectify/name`, []]);
      expect(found?.message).toContain('credit note');
    }
    // What stands beside the document, as `erase.roles` says, is no part of it.
    expect(rectify('invoices', 'contact_name')).toEqual([]);
    expect(rectify('users', 'full_name')).toEqual([]);
  });

  const cases: Readonly<Record<string, [change: (map: ReturnType<typeof parse>) => void, pointer: string]>> = {
    'a subject that is not declared': [(map) => Object.assign(map, { subject: 'people' }), '/subject'],
    'nobody can be found': [
      (map) => {
        for (const collection of Object.values<{ identifiers?: unknown }>(map.collections))
          delete collection.identifiers;
      },
      '/collections',
    ],
    'a hop to nowhere': [
      (map) => Object.assign(map.collections.sessions.reach[0].via[0], { to: 'people' }),
      '/collections/sessions/reach/0/via/0/to',
    ],
    'a hop with unequal numbers of columns': [
      (map) => map.collections.sessions.reach[0].via[0].columns.push('id'),
      '/collections/sessions/reach/0/via/0',
    ],
    'a hop over an undeclared column': [
      (map) => Object.assign(map.collections.sessions.reach[0].via[0], { columns: ['usr'] }),
      '/collections/sessions/reach/0/via/0/columns/0',
    ],
    'a path that ends beside the subject': [
      (map) => map.collections.devices.reach[1].via.pop(),
      '/collections/devices/reach/1/via/0/to',
    ],
    'a path to a column of the subject that is no key': [
      (map) => Object.assign(map.collections.sessions.reach[0].via[0], { toColumns: ['locale'] }),
      '/collections/sessions/reach/0/via/0/toColumns',
    ],
    'a table that is a collection’s and is said to hold no personal data': [
      (map) => Object.assign(map, { noPersonalData: { 'public.sessions': 'It has addresses' } }),
      '/noPersonalData/public.sessions',
    ],
    'a table without its schema': [
      (map) => Object.assign(map, { noPersonalData: { vat_rates: 'Rates of countries' } }),
      '/noPersonalData/vat_rates',
    ],
    'no reason why a table holds no personal data': [
      (map) => Object.assign(map, { noPersonalData: { 'public.vat_rates': '' } }),
      '/noPersonalData/public.vat_rates',
    ],
    'a column that is declared both ways': [
      (map) => Object.assign(map.collections.sessions, { noPersonalData: { ip: 'An address' } }),
      '/collections/sessions/noPersonalData/ip',
    ],
    'no path at all': [(map) => delete map.collections.sessions.reach, '/collections/sessions'],
    'a path on the subject': [
      (map) => Object.assign(map.collections.users, { reach: map.collections.sessions.reach }),
      '/collections/users/reach',
    ],
    'an own field that is not declared': [
      (map) => map.collections.devices.reach[0].own.push('colour'),
      '/collections/devices/reach/0/own/3',
    ],
    'own fields of a person’s record': [
      (map) => Object.assign(map.collections.sessions.reach[0], { own: ['id'] }),
      '/collections/sessions/reach/0/own',
    ],
    'a workspace record without its workspace': [
      (map) => delete map.collections.devices.workspace,
      '/collections/devices',
    ],
    'workspaces without kinds of customers': [(map) => delete map.customerKind, '/collections/devices/owner'],
    'a workspace path over a column that is no key': [
      (map) => Object.assign(map.collections.devices.workspace[0], { toColumns: ['registry_code'] }),
      '/collections/devices/workspace/0/toColumns',
    ],
    'an owner column that is not declared': [
      (map) => Object.assign(map.customerKind.owner, { columns: ['owner'] }),
      '/customerKind/owner/columns/0',
    ],
    'an owner that is no key of the subject': [
      (map) => Object.assign(map.customerKind.owner, { toColumns: ['email'] }),
      '/customerKind/owner/toColumns',
    ],
    'records without an account on the subject': [
      (map) => Object.assign(map.collections.users, { direct: { by: ['email'], unless: [] } }),
      '/collections/users/direct',
    ],
    'a person named by a column that is no identifier': [
      (map) => map.collections.invitations.direct.by.push('message'),
      '/collections/invitations/direct/by/1',
    ],
    'an account by a column that begins no path': [
      (map) => map.collections.invitations.direct.unless.push('workspace_id'),
      '/collections/invitations/direct/unless/1',
    ],
    'no word on which paths lead to the same person': [
      (map) => delete map.collections.invitations.direct.unless,
      '/collections/invitations/direct',
    ],
    'an own field without an account that is not declared': [
      (map) => map.collections.invitations.direct.own.push('colour'),
      '/collections/invitations/direct/own/4',
    ],
    'own fields without an account of a person’s record': [
      (map) => Object.assign(map.collections.staff_rota.direct, { own: ['shift_on'] }),
      '/collections/staff_rota/direct/own',
    ],
    'a field kept back without a reason': [
      (map) => delete map.collections.users.fields.recovery_code_hash.exportReason,
      '/collections/users/fields/recovery_code_hash',
    ],
    'a key kept back': [
      (map) => Object.assign(map.collections.users.fields.id, { export: false, exportReason: 'because of this' }),
      '/collections/users/fields/id/export',
    ],
    'an identifier that is not declared': [
      (map) => map.collections.users.identifiers.push({ column: 'nick', kind: 'nick', match: 'proof' }),
      '/collections/users/identifiers/5/column',
    ],
    'a creation date that is not declared': [
      (map) => Object.assign(map.collections.users, { createdAt: 'born' }),
      '/collections/users/createdAt',
    ],
  };
  it.each(Object.entries(cases))('%s is one', (_, [change, pointer]) => {
    expect(pointers(changed(change))).toContain(pointer);
  });
});

describe('a collection that knows people by `direct` alone', () => {
  it('needs no path', () => {
    const config = changed((map) => {
      delete map.collections.marketing_consents.reach;
      map.collections.marketing_consents.direct.unless = [];
    });
    expect(validate(config)).toEqual([]);
  });
});

describe('mistakes in settings', () => {
  it('are told without the value, which may be a secret', () => {
    const config = {
      ...changed(),
      settings: { url: 'mysql://root:hunter2@db', statementTimeoutMs: 5, speed: 'hunter2' },
    };
    const found = validate(config);
    expect(found.map(({ pointer }) => pointer).sort()).toEqual(['/speed', '/statementTimeoutMs', '/url']);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  it('include fewer connections than slots, and a missing data map', () => {
    const config = { ...changed(), settings: { url: 'postgres://db/x', maxConnections: 2 }, dataMap: undefined };
    expect(validate(config).map(({ part, pointer }) => `${part}${pointer}`)).toEqual([
      'settings/maxConnections',
      'dataMap',
    ]);
  });
});
