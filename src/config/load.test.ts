import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Connector } from '../../connectors/contract.ts';
import { HabeasError } from '../errors.ts';
import { fromRoot } from '../root.ts';
import { searched } from './find.ts';
import { ConfigError, describeMistake, type LoadedConfig, loadConfig, type Mistake } from './load.ts';
import { publishedSchemas } from './publish-schemas.ts';

/** Accepts everything but an empty map and a setting named `bad`; what it says is placed by the loader. */
const connector: Connector = {
  kind: 'postgres',
  settingsSchema: {},
  dataMapSchema: {},
  validate: ({ settings, dataMap }) => [
    ...(typeof settings === 'object' && settings !== null && 'bad' in settings
      ? [{ part: 'settings' as const, pointer: '/bad', message: 'This setting is not known.' }]
      : []),
    ...(typeof settings === 'object' && settings !== null && 'url' in settings && settings.url === ''
      ? [{ part: 'settings' as const, pointer: '/url', message: 'The URL is empty.' }]
      : []),
    ...(typeof dataMap === 'object' && dataMap !== null && 'collections' in dataMap
      ? []
      : [{ part: 'dataMap' as const, pointer: '/collections', message: 'The map names no collection.' }]),
  ],
  open: () => {
    throw new HabeasError('internal');
  },
};
const connectors = new Map([['postgres', connector]]);

const good = `version: 1
controller:
  name: Näidisheli OÜ
  country: EE
  timeZone: Europe/Tallinn
  authority: { name: Andmekaitse Inspektsioon, url: https://www.aki.ee/ }
  financialYears:
    - { from: 2026-01-01, to: 2026-12-31 }
ledger:
  url: { env: LEDGER_URL }
keys:
  store: { kind: files, path: keys }
  master: { file: master-key }
  workingKeyDays: 30
  caseFileMonths: 36
temporal:
  address: localhost:7233
  namespace: habeas
mail:
  url: smtp://localhost:2525
  from: Habeas <habeas@naidisheli.example>
people:
  - id: kadri
    name: Kadri
    roles: [agent, officer]
    publicKey: qCKXCV+0vEgXhUOBFhOE9zkvqgRyjRwrYuTeE9OnA4k=
  - id: mart
    name: Mart
    roles: [officer, engineer]
    publicKey: oqNMNFj3CLiYR8eRNVmVAhWbRSjuLN3Y0UNwXpO9e3Y=
s3:
  region: local
  stagingBucket: habeas-staging
  packageBucket: habeas-packages
policy:
  profile: eu
  packageDays: 14
systems:
  - id: account-db
    name: Account database
    connector: postgres
    dataMap: map.yaml
    settings:
      url: { env: ACCOUNT_URL }
`;
const secret = 'S3cr3t-õ-9f1c';
const env = {
  LEDGER_URL: `postgres://habeas:${secret}@localhost:5432/habeas`,
  ACCOUNT_URL: `postgres://r:${secret}@db/a`,
};

const root = mkdtempSync(join(tmpdir(), 'habeas-config-'));
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(root, 'case-'));
  writeFileSync(join(dir, 'master-key'), `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
  writeFileSync(join(dir, 'map.yaml'), 'version: 1\ncollections:\n  accounts: {}\n');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function load(text: string, environment: Readonly<Record<string, string>> = env): LoadedConfig {
  writeFileSync(join(dir, 'habeas.yaml'), text);
  return loadConfig({ path: join(dir, 'habeas.yaml'), env: environment, connectors });
}

function mistakesOf(text: string, environment?: Readonly<Record<string, string>>): readonly Mistake[] {
  try {
    load(text, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

/** Line (from 1) of the first line that holds `text`. */
function lineOf(document: string, text: string): number {
  const index = document.split('\n').findIndex((line) => line.includes(text));
  expect(index).toBeGreaterThanOrEqual(0);
  return index + 1;
}

interface Wrong {
  readonly what: string;
  readonly replace: string;
  readonly by: string;
  /** Text on the line where the mistake must be reported. */
  readonly on: string;
  readonly says: RegExp;
  /** How many mistakes there are; 1 unless given. */
  readonly count?: number;
}

const wrong: readonly Wrong[] = [
  {
    what: 'an unknown key near a known one',
    replace: 'timeZone:',
    by: 'timezone:',
    on: 'timezone:',
    says: /not known.*Did you mean `timeZone`/s,
    count: 2,
  },
  {
    what: 'an unknown key far from any',
    replace: 'version: 1',
    by: 'version: 1\nplumbing: true',
    on: 'plumbing',
    says: /not known.*Known here: version/s,
  },
  {
    what: 'a key at the wrong level',
    replace: 'version: 1',
    by: 'version: 1\nlinkHours: 4',
    on: 'linkHours',
    says: /belongs under `policy`/,
  },
  {
    what: 'an unknown key of an optional mapping with forms',
    replace: '  namespace: habeas',
    by: '  namespace: habeas\n  tls: { servername: x }',
    on: 'tls:',
    says: /Did you mean `serverName`/,
  },
  {
    what: 'a missing key',
    replace: '  packageDays: 14\n',
    by: '',
    on: 'policy:',
    says: /`packageDays` is missing.*No default/s,
  },
  {
    what: 'a missing section',
    replace: 's3:\n  region: local\n  stagingBucket: habeas-staging\n  packageBucket: habeas-packages\n',
    by: '',
    on: 'version: 1',
    says: /`s3` is missing/,
  },
  { what: 'another version', replace: 'version: 1', by: 'version: 2', on: 'version:', says: /Write `1`/ },
  {
    what: 'text for a number',
    replace: 'packageDays: 14',
    by: 'packageDays: "14"',
    on: 'packageDays',
    says: /whole number/,
  },
  {
    what: 'a number out of range',
    replace: 'packageDays: 14',
    by: 'packageDays: 14\n  linkHours: 169',
    on: 'linkHours',
    says: /<= 168.*7 days/s,
  },
  {
    what: 'a word that is not permitted',
    replace: 'roles: [agent, officer]',
    by: 'roles: [agent, officer, boss]',
    on: 'boss',
    says: /agent, officer, engineer/,
  },
  {
    what: 'the same entry twice',
    replace: 'roles: [agent, officer]',
    by: 'roles: [agent, agent, officer]',
    on: 'agent, agent',
    says: /twice/,
  },
  {
    what: 'an id that is no slug',
    replace: 'id: account-db',
    by: 'id: Account DB',
    on: 'Account DB',
    says: /Immutable/,
  },
  {
    what: 'a day that does not exist',
    replace: 'to: 2026-12-31',
    by: 'to: 2026-02-30',
    on: '2026-02-30',
    says: /day that exists/,
  },
  {
    what: 'a mapping where a list belongs',
    replace: 'systems:\n  - id: account-db\n',
    by: 'systems:\n    id: account-db\n',
    on: '    id: account-db',
    says: /a list/,
  },
  {
    what: 'no system',
    replace: good.slice(good.indexOf('systems:')),
    by: 'systems: []\n',
    on: 'systems:',
    says: /at least 1/,
  },
  {
    what: 'a secret in none of its forms',
    replace: '{ env: LEDGER_URL }',
    by: '{ evn: LEDGER_URL }',
    on: 'evn',
    says: /permitted forms/,
  },
  {
    what: 'an environment variable that is not set',
    replace: '{ env: LEDGER_URL }',
    by: '{ env: NOT_SET }',
    on: 'NOT_SET',
    says: /variable named here is not set/,
  },
  {
    what: 'a missing secret deep in the settings, said once',
    replace: '{ env: ACCOUNT_URL }',
    by: '{ env: NOT_SET }',
    on: 'NOT_SET',
    says: /variable named here is not set/,
  },
  {
    what: 'a secret file that is not there',
    replace: 'file: master-key',
    by: 'file: elsewhere/key',
    on: 'elsewhere',
    says: /secret file named here is not there/,
  },
  {
    what: 'a master key of the wrong length',
    replace: 'file: master-key',
    by: 'file: map.yaml',
    on: 'master:',
    says: /32 bytes in base 64.*openssl/s,
  },
  {
    what: 'a password in the file',
    replace: 'smtp://localhost:2525',
    by: `smtp://habeas:${secret}@localhost:2525`,
    on: 'smtp:',
    says: /password is written into this file/,
  },
  {
    what: 'a password in the settings',
    replace: '{ env: ACCOUNT_URL }',
    by: `postgres://r:${secret}@db/a`,
    on: 'postgres://r',
    says: /password is written into this file/,
  },
  {
    what: 'a system id used twice',
    replace: good.slice(good.indexOf('  - id: account-db')),
    by: `${good.slice(good.indexOf('  - id: account-db'))}  - { id: account-db, name: Again, connector: postgres, dataMap: map.yaml }\n`,
    on: 'Again',
    says: /stands on line 39/,
  },
  {
    what: 'a person id used twice',
    replace: 'id: mart',
    by: 'id: kadri # again',
    on: '# again',
    says: /stands on line 23/,
  },
  {
    what: 'one key for two people',
    replace: 'oqNMNFj3CLiYR8eRNVmVAhWbRSjuLN3Y0UNwXpO9e3Y=',
    by: 'qCKXCV+0vEgXhUOBFhOE9zkvqgRyjRwrYuTeE9OnA4k= # again',
    on: '# again',
    says: /two keys/,
  },
  {
    what: 'a role that decisions need and nobody has',
    replace: good.slice(good.indexOf('  - id: kadri'), good.indexOf('s3:')),
    by: '  - { id: kadri, name: K, roles: [agent], publicKey: qCKXCV+0vEgXhUOBFhOE9zkvqgRyjRwrYuTeE9OnA4k= }\n',
    on: 'people:',
    says: /Nobody has the role `(engineer` or `)?officer`/,
    count: 2,
  },
  {
    what: 'two people asked for where one has the role',
    replace: '[officer, engineer]',
    by: '[engineer]\n    #',
    on: 'candidate: 2',
    says: /only one has the role `officer`/,
    count: 1,
  },
  {
    what: 'an unknown connector',
    replace: 'connector: postgres',
    by: 'connector: postgress',
    on: 'postgress',
    says: /no connector of this kind.*Did you mean `postgres`/s,
  },
  {
    what: 'one bucket for staging and packages',
    replace: 'packageBucket: habeas-packages',
    by: 'packageBucket: habeas-staging',
    on: 'packageBucket',
    says: /same bucket/,
  },
  {
    what: 'a bucket name S3 refuses',
    replace: 'habeas-packages',
    by: 'Habeas_Packages',
    on: 'Habeas_Packages',
    says: /bucket name of S3/,
  },
  {
    what: 'half of the access key',
    replace: 'region: local',
    by: 'region: local\n  accessKeyId: { env: LEDGER_URL }',
    on: 'accessKeyId',
    says: /`secretAccessKey` is missing beside/,
  },
  {
    what: 'an unknown time zone',
    replace: 'Europe/Tallinn',
    by: 'Europe/Tartu',
    on: 'Tartu',
    says: /No such time zone/,
  },
  {
    what: 'a country without a rule set',
    replace: 'country: EE',
    by: 'country: GB',
    on: 'country: GB',
    says: /no rule set/,
  },
  {
    what: 'a country that is none',
    replace: 'country: EE',
    by: 'country: XX',
    on: 'country: XX',
    says: /not a country code/,
  },
  {
    what: 'a region the calendar does not know',
    replace: 'country: EE',
    by: 'country: DE-QQ',
    on: 'country: DE-QQ',
    says: /no such region/,
  },
  {
    what: 'an address with a scheme',
    replace: 'localhost:7233',
    by: 'https://localhost:7233',
    on: 'https://localhost:7233',
    says: /host:port/,
  },
  {
    what: 'an API key without TLS',
    replace: 'namespace: habeas',
    by: 'namespace: habeas\n  apiKey: { env: LEDGER_URL }',
    on: 'apiKey',
    says: /without encryption/,
  },
  {
    what: 'a client certificate without its key',
    replace: 'namespace: habeas',
    by: 'namespace: habeas\n  tls: { cert: { env: LEDGER_URL } }',
    on: 'cert:',
    says: /both `cert` and `key`/,
  },
  {
    what: 'a ledger that is not PostgreSQL',
    replace: '{ env: LEDGER_URL }',
    by: 'mysql://localhost/habeas',
    on: 'mysql',
    says: /URL of the kind needed/,
  },
  {
    what: 'a sender that is no address',
    replace: 'Habeas <habeas@naidisheli.example>',
    by: 'Habeas at Example',
    on: 'Habeas at',
    says: /e-mail address/,
  },
  {
    what: 'links without mail',
    replace: 'mail:\n  url: smtp://localhost:2525\n  from: Habeas <habeas@naidisheli.example>\n',
    by: '',
    on: 'linkHours',
    says: /no mail server/,
  },
  {
    what: 'links that outlive the package',
    replace: 'packageDays: 14',
    by: 'packageDays: 1\n  linkHours: 25',
    on: 'linkHours: 25',
    says: /outlive/,
  },
  {
    what: 'a financial year of 19 months',
    replace: 'to: 2026-12-31',
    by: 'to: 2027-07-31',
    on: '2027-07-31',
    says: /18 months/,
  },
  {
    what: 'financial years that overlap',
    replace: '    - { from: 2026-01-01',
    by: '    - { from: 2025-06-01, to: 2026-03-31 }\n    - { from: 2026-01-01',
    on: 'from: 2026-01-01',
    says: /overlaps/,
  },
  {
    what: 'a retention rule that does not exist',
    replace: 'packageDays: 14',
    by: 'packageDays: 14\n  retention: { switchOn: [ie-285] }',
    on: 'ie-285',
    says: /no retention rule.*ie-companies-act-285/s,
  },
  {
    what: 'a retention rule that is in force already',
    replace: 'packageDays: 14',
    by: 'packageDays: 14\n  retention: { switchOn: [ee-vat-act-36] }',
    on: 'ee-vat-act-36',
    says: /in force already/,
  },
  {
    what: 'a tax registration in a country without rules',
    replace: 'packageDays: 14',
    by: 'packageDays: 14\n  retention: { taxRegistrations: [LV] }',
    on: 'LV',
    says: /No retention rules ship/,
  },
  {
    what: 'a period without a source',
    replace: 'packageDays: 14',
    by: 'packageDays: 14\n  retention:\n    periods:\n      account: { period: 6 months, from: closure }',
    on: 'account:',
    says: /`source` is missing.*published/s,
  },
  {
    what: 'a period in words of its own',
    replace: 'packageDays: 14',
    by: 'packageDays: 14\n  retention:\n    periods:\n      account: { period: half a year, from: closure, source: Policy }',
    on: 'half a year',
    says: /90 days/,
  },
  {
    what: 'a chargeback window that is no number of days',
    replace: 'packageDays: 14',
    by: 'packageDays: 14\n  chargebackDays: { stripe: long }',
    on: 'stripe: long',
    says: /whole number|number/,
  },
  {
    what: 'a data map that is not there',
    replace: 'map.yaml',
    by: 'maps/none.yaml',
    on: 'maps/none.yaml',
    says: /data map cannot be used.*no such file/s,
  },
  {
    what: 'a setting its connector refuses',
    replace: '    settings:',
    by: '    settings:\n      bad: 1',
    on: 'bad: 1',
    says: /setting is not known/,
  },
  {
    what: 'a key twice',
    replace: 'country: EE',
    by: 'country: EE\n  country: FI',
    on: 'country: FI',
    says: /twice in the same mapping/,
  },
  { what: 'a tab as indentation', replace: '  country: EE', by: '\tcountry: EE', on: '\tcountry', says: /tab/i },
  {
    what: 'a second document',
    replace: 'systems:',
    by: '---\nsystems:',
    on: '---',
    says: /more than one YAML document/,
    count: 2,
  },
  {
    what: 'an alias',
    replace: 'namespace: habeas',
    by: 'namespace: *space',
    on: '*space',
    says: /names nothing above/,
  },
  { what: 'a tag', replace: 'namespace: habeas', by: 'namespace: !vault habeas', on: '!vault', says: /tag/ },
  {
    what: 'a quote that is not closed',
    replace: 'name: Mart',
    by: 'name: "Mart',
    on: 'name: "Mart',
    says: /closing quote|valid YAML/,
  },
];

describe('a configuration with one mistake', () => {
  it.each(wrong)('reports $what at its line', ({ what, replace, by, on, says, count }) => {
    let base = good;
    if (what.startsWith('two people asked'))
      base = good.replace('packageDays: 14', 'packageDays: 14\n  approvals:\n    candidate: 2');
    if (what === 'links without mail') base = good.replace('packageDays: 14', 'packageDays: 14\n  linkHours: 24');
    const text = base.replace(replace, () => by);
    expect(text).not.toBe(base);
    const found = mistakesOf(text);
    const told = found.find((mistake) => says.test(describeMistake(mistake)));
    if (told === undefined) throw new Error(found.map(describeMistake).join('\n'));
    expect(told.line).toBe(lineOf(text, on));
    if (!['a tab as indentation', 'a quote that is not closed'].includes(what)) expect(found).toHaveLength(count ?? 1);
    expect(found.map(describeMistake).join()).not.toContain(secret);
  });

  it('reports a mistake of the data map in its own file and line', () => {
    writeFileSync(join(dir, 'map.yaml'), '# a map\nversion: 1\nsubject: people\n');
    expect(mistakesOf(good)).toMatchObject([
      { file: join(dir, 'map.yaml'), line: 2, problem: 'The map names no collection.' },
    ]);
    writeFileSync(join(dir, 'map.yaml'), 'version: 1\ncollections:\n  a: {}\n  a: {}\n');
    expect(mistakesOf(good)).toMatchObject([{ file: join(dir, 'map.yaml'), line: 4 }]);
  });

  it('refuses a key store that other users can reach', () => {
    mkdirSync(join(dir, 'keys'));
    chmodSync(join(dir, 'keys'), 0o755);
    chmodSync(dir, 0o755);
    chmodSync(root, 0o755);
    expect(mistakesOf(good)).toMatchObject([{ pointer: '/keys/store/path', line: lineOf(good, 'store:') }]);
    chmodSync(root, 0o700);
    expect(mistakesOf(good)).toEqual([]);
  });

  it('survives aliases that would multiply without end, and nesting without end', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefghij'.split('').map((key, i) => `${key}: &${key} [${`*${'abcdefghij'[i]},`.repeat(9)}]`),
    ];
    expect(mistakesOf(bomb.join('\n')).length).toBeGreaterThan(0);
    expect(mistakesOf('['.repeat(200_000)).length).toBeGreaterThan(0);
  });

  it.each([
    ['an empty file', ''],
    ['a list', '- 1\n'],
    ['a number', '7\n'],
    ['bytes that are no text', '\u0000\u0001'],
  ])('reports %s without failing itself', (_, text) => {
    expect(mistakesOf(text).length).toBeGreaterThan(0);
  });
});

describe('a configuration with many mistakes', () => {
  it('reports all of them at once, in the order of their lines, and shows no value', () => {
    const text = good
      .replace('country: EE', 'country: GB')
      .replace('timeZone: Europe/Tallinn', `timeZone: ${secret}`)
      .replace('{ env: LEDGER_URL }', '{ env: NOT_SET }')
      .replace('packageDays: 14', `packageDays: ${secret}`)
      .replace('connector: postgres', `connector: ${secret}`)
      .replace('region: local', `region: local\n  ${secret}: 1`)
      .replace('id: mart', 'id: kadri');
    const found = mistakesOf(text);
    expect(found).toHaveLength(7);
    expect(found.map(({ line }) => line)).toEqual([...found].map(({ line }) => line).sort((a, b) => a - b));
    expect(JSON.stringify(found)).not.toContain(secret);
  });
});

describe('a configuration without mistakes', () => {
  it('comes with secrets in place, paths absolute and defaults filled in', () => {
    const config = load(good);
    expect(config.ledger.url).toBe(env.LEDGER_URL);
    expect(config.keys.master).toEqual(Buffer.alloc(32, 7));
    expect(config.keys.store.path).toBe(join(dir, 'keys'));
    expect(config.systems).toMatchObject([
      { id: 'account-db', settings: { url: env.ACCOUNT_URL }, dataMap: { version: 1 }, rate: {} },
    ]);
    expect(config.worker).toEqual({
      retry: { initialMs: 1000, maxMs: 60_000, attempts: 8 },
      activeRequests: 20,
      breaker: { requests: 3 },
      anchorSeconds: 60,
    });
    expect(config.policy).toEqual({
      profile: 'eu',
      internalTargetDays: 28,
      countPauses: [],
      packageDays: 14,
      linkHours: 72,
      retention: { taxRegistrations: [], switchOn: [], periods: [], systemOfRecord: {} },
      chargebackDays: {},
      coolingOffHours: 24,
      downloadDays: undefined,
      blastRadius: undefined,
      approvals: { candidate: 1, 'blast-radius': 1, identity: 1, approval: 1 },
    });
    expect(config.s3.anchorBucket).toBe('habeas-packages');
    expect(config.temporal.tls).toBe(false);
  });

  it('has the company’s answers about keeping as policy takes them', () => {
    const answers = `  retention:
    taxRegistrations: [DE]
    switchOn: [ie-companies-act-285]
    periods:
      account: { period: 6 months, from: closure, source: Privacy policy }
      forum: { period: 1 day, from: creation, source: Privacy policy }
  chargebackDays: { stripe: 120 }
systems:`;
    const { policy } = load(good.replace('systems:', answers));
    expect(policy.retention).toEqual({
      taxRegistrations: ['DE'],
      switchOn: ['ie-companies-act-285'],
      periods: [
        { recordClass: 'account', period: { months: 6 }, from: 'closure', source: 'Privacy policy' },
        { recordClass: 'forum', period: { days: 1 }, from: 'creation', source: 'Privacy policy' },
      ],
      systemOfRecord: {},
    });
    expect(policy.chargebackDays).toEqual({ stripe: 120 });
  });

  it('says which of several systems has the originals, and is refused while it does not', () => {
    const invoices = 'version: 1\ncollections:\n  bills:\n    role: controller\n    recordClass: invoice\n';
    for (const name of ['map.yaml', 'books.yaml']) writeFileSync(join(dir, name), invoices);
    const books =
      '  - { id: books, name: Books, connector: postgres, dataMap: books.yaml, settings: { url: { env: ACCOUNT_URL } } }\n';
    const two = `${good}${books}`;
    const told = mistakesOf(two).map(({ file, line, problem }) => [file, line, problem]);
    const claims = /`account-db` \(map\.yaml:5\), `books` \(books\.yaml:5\)/;
    expect(told).toEqual([[join(dir, 'books.yaml'), 5, expect.stringMatching(claims)]]);
    const said = two.replace('systems:', '  retention: { systemOfRecord: { invoice: books } }\nsystems:');
    expect(load(said).policy.retention.systemOfRecord).toEqual({ invoice: 'books' });
    const other = mistakesOf(said.replace('invoice: books }', 'invoice: archive }'));
    expect(other.map(({ line }) => line)).toEqual([lineOf(said, 'systemOfRecord')]);
  });

  it('has a fingerprint that follows what it says, and not the secrets, comments or the machine', () => {
    const first = load(good).sha256;
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(load(`# a comment\n${good}`, { LEDGER_URL: 'postgres://other@host/db', ACCOUNT_URL: 'x' }).sha256).toBe(
      first,
    );
    expect(load(good.replace('packageDays: 14', 'packageDays: 14\n  linkHours: 72')).sha256).toBe(first);
    const before = dir;
    dir = mkdtempSync(join(root, 'moved-'));
    for (const file of ['master-key', 'map.yaml']) writeFileSync(join(dir, file), readFileSync(join(before, file)));
    expect(load(good).sha256).toBe(first);
    expect(load(good.replace('packageDays: 14', 'packageDays: 15')).sha256).not.toBe(first);
    writeFileSync(join(dir, 'map.yaml'), 'version: 1\ncollections:\n  others: {}\n');
    expect(load(good).sha256).not.toBe(first);
  });

  it('is looked for by flag, variable, working folder and local stack, in this order', () => {
    const [own, local] = searched(dir);
    expect([own, local]).toEqual([join(dir, 'habeas.yaml'), join(dir, '.habeas', 'start', 'habeas.yaml')]);
    const find = (options: { path?: string; variable?: string }): string => {
      const variables = options.variable === undefined ? env : { ...env, HABEAS_CONFIG: options.variable };
      return loadConfig({ path: options.path, env: variables, folder: dir, connectors }).file;
    };
    expect(() => find({})).toThrow(ConfigError);
    mkdirSync(join(dir, '.habeas', 'start'), { recursive: true });
    for (const file of ['master-key', 'map.yaml'])
      writeFileSync(join(dir, '.habeas', 'start', file), readFileSync(join(dir, file)));
    for (const file of [local ?? '', own ?? '', join(dir, 'b.yaml'), join(dir, 'c.yaml')]) {
      writeFileSync(file, good);
    }
    expect(find({ path: 'b.yaml', variable: 'c.yaml' })).toBe(join(dir, 'b.yaml'));
    expect(find({ variable: 'c.yaml' })).toBe(join(dir, 'c.yaml'));
    expect(find({})).toBe(own);
    rmSync(own ?? '');
    expect(find({})).toBe(local);
  });

  it('is what the commented example is, for the connectors there are', () => {
    writeFileSync(
      join(dir, 'habeas.yaml'),
      readFileSync(fromRoot('examples', 'habeas.yaml'), 'utf8').replace(
        '/run/secrets/habeas-master-key',
        join(dir, 'master-key'),
      ),
    );
    mkdirSync(join(dir, 'sample-company'));
    const map = join(dir, 'sample-company', 'account-db.map.yaml');
    const sample = readFileSync(fromRoot('examples', 'sample-company', 'account-db.map.yaml'), 'utf8');
    writeFileSync(map, sample);
    for (const name of ['logs.map.yaml', 'support-desk.map.yaml'])
      copyFileSync(fromRoot('examples', 'sample-company', name), join(dir, 'sample-company', name));
    const variables = {
      HABEAS_LEDGER_URL: env.LEDGER_URL,
      TEMPORAL_API_KEY: 'key',
      HABEAS_SMTP_URL: 'smtps://u:p@mail.example:465',
      HABEAS_ACCOUNT_DB_URL: env.ACCOUNT_URL,
      HABEAS_ACCOUNT_DB_ERASE_URL: env.ACCOUNT_URL,
      HABEAS_LOGS_S3_ACCESS_KEY_ID: 'id',
      HABEAS_LOGS_S3_SECRET_ACCESS_KEY: 'key',
      HABEAS_ZENDESK_TOKEN: 'reading-token',
      HABEAS_ZENDESK_ERASE_TOKEN: 'erasing-token',
    };
    const options = { path: join(dir, 'habeas.yaml'), env: variables };
    const config = loadConfig(options);
    expect(config.temporal).toMatchObject({ tls: { ca: undefined }, apiKey: 'key' });
    expect(config.policy.approvals.candidate).toBe(2);

    // The real connector's own mistakes come with the line of the data map.
    writeFileSync(map, sample.replace('    owner: person\n', '    owner: persn\n'));
    let mistakes: readonly Mistake[] = [];
    try {
      loadConfig(options);
    } catch (error) {
      if (error instanceof ConfigError) mistakes = error.mistakes;
    }
    expect(mistakes.map(({ file, line }) => ({ file, line }))).toContainEqual({
      file: map,
      line: lineOf(sample, '    owner: person'),
    });
  });
});

describe('the published schemas', () => {
  it.each([...publishedSchemas()])('%s is current (npm run schemas)', (file, content) => {
    expect(readFileSync(fromRoot(file), 'utf8')).toBe(content);
  });
});
