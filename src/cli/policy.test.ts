/** What `habeas policy explain` prints and refuses, with flags alone and with a configuration. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fromRoot } from '../root.ts';
import { newPersonKey } from '../security/signing.ts';
import { habeas, type Ran } from './terminal-for-tests.ts';

const root = mkdtempSync(join(tmpdir(), 'habeas-policy-'));
let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(root, 'case-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const explain = (...argv: readonly string[]): Promise<Ran> => habeas(['policy', 'explain', ...argv], { cwd, env });
const env = { ACCOUNT_DB: 'postgres://reader@127.0.0.1:1/none', HABEAS_LOG_LEVEL: 'silent' };
const invoice = ['invoice', '--date', '2026-02-10', '--country', 'EE'] as const;
const calendar = ['--financial-year-end', '12-31'] as const;

/** A configuration that is right, with nothing behind it. */
function configure(controller: string, policy: string): void {
  writeFileSync(join(cwd, 'master'), `${Buffer.alloc(32, 1).toString('base64')}\n`, { mode: 0o600 });
  const { publicKey } = newPersonKey();
  writeFileSync(
    join(cwd, 'habeas.yaml'),
    `version: 1
controller: { name: Test, timeZone: Europe/Tallinn, authority: { name: AKI, url: "https://www.aki.ee/" }, ${controller} }
ledger: { url: postgres://habeas@127.0.0.1:1/none }
keys: { store: { kind: files, path: keys }, master: { file: master }, workingKeyDays: 30, caseFileMonths: 36 }
temporal: { address: "127.0.0.1:1", namespace: habeas }
people: [{ id: mart, name: Mart, roles: [agent, officer, engineer], publicKey: "${publicKey}" }]
s3: { region: local, endpoint: "http://127.0.0.1:1", stagingBucket: staging, packageBucket: packages }
policy: { profile: eu, packageDays: 14, ${policy} }
systems:
  - id: account-db
    name: Account database
    connector: postgres
    dataMap: ${fromRoot('examples', 'sample-company', 'account-db.map.yaml')}
    settings: { url: { env: ACCOUNT_DB } }
`,
  );
}

describe('habeas policy explain', () => {
  it('prints every clock with law, section, source and mark, the winners and the first day to erase', async () => {
    const { code, out } = await explain(...invoice, ...calendar);
    expect(code).toBe(0);
    expect(out).toMatch(/^Erasable from +2034-01-01$/m);
    expect(out).toMatch(/^Kept by +Accounting Act §12, VAT Act §36, Taxation Act §58: until 2033-12-31$/m);
    expect(out).toMatch(/^Longest +Accounting Act §12, Taxation Act §58$/m);
    expect(out).toMatch(/^2033-02-10 +– +VAT Act §36 +V +7 years; the document was issued, .* on 2026-02-10$/m);
    expect(out).toMatch(/^VAT Act §36 +https:\/\/www\.emta\.ee\//m);
    expect(out).toContain('Not legal advice.');
  });

  it('gives the same as one JSON document', async () => {
    const ran = await explain(...invoice, ...calendar, '--oss', '--json');
    expect(ran.json()).toMatchObject({
      ...{ recordClass: 'invoice', country: 'EE', date: '2026-02-10', supply: 'oss', state: 'held' },
      ...{ erasableFrom: '2037-01-01', until: '2036-12-31', configuration: null, notInForce: [] },
      winner: { until: '2036-12-31', rules: ['eu-oss-369k'] },
      clocks: [
        { rule: 'ee-accounting-act-12', end: '2033-12-31', wins: false, confidence: 'S' },
        { rule: 'ee-vat-act-36', end: '2033-02-10', wins: false, confidence: 'V' },
        { rule: 'ee-taxation-act-58', start: '2027-01-01', end: '2033-12-31', wins: false },
        { rule: 'eu-oss-369k', end: '2036-12-31', wins: true, section: 'Art. 369k, 369x' },
      ],
    });
  });

  it('takes financial years one by one, and another day for a clock', async () => {
    const finland = [
      'invoice',
      '--date',
      '2024-02-10',
      '--country',
      'FI',
      '--financial-year',
      '2023-04-01..2024-03-31',
    ];
    expect((await explain(...finland, '--json')).json()).toMatchObject({ until: '2030-12-31' });
    const next = ['--financial-year', '2024-04-01..2025-03-31', '--starts', 'recording=2024-04-02', '--json'];
    expect((await explain(...finland, ...next)).json()).toMatchObject({ until: '2031-12-31' });
  });

  it('runs the rules of a further tax registration beside', async () => {
    const ran = await explain(...invoice, ...calendar, '--tax-registration', 'DE', '--json');
    expect(ran.json()).toMatchObject({ erasableFrom: '2035-01-01', taxRegistrations: ['DE'] });
  });

  it('refuses with the name of the answer that is missing, and guesses none', async () => {
    const contract = ['subscription-contract', '--date', '2026-02-10', '--country', 'EE', ...calendar, '--json'];
    const ran = await explain(...contract);
    expect(ran.code).toBe(5);
    expect(ran.json()).toMatchObject({
      error: { code: 'policy-answer-missing', where: expect.stringMatching(/^--starts term-expiry=DATE/) },
    });
    const expired = await explain(...contract, '--starts', 'term-expiry=2027-02-09');
    expect(expired.json()).toMatchObject({ erasableFrom: '2034-02-10' });
    const runs = await explain(...contract, '--starts', 'term-expiry=not-yet');
    expect(runs.json()).toMatchObject({ state: 'held', erasableFrom: null, until: null });
    expect((await explain(...invoice)).err).toMatch(/the year that contains 2026-02/);
    expect((await explain('invoice', '--date', '2026-02-10')).err).toMatch(/--country CC, or controller\.country/);
  });

  it.each([
    [['dragons', '--date', '2026-02-10', '--country', 'EE'], 5, 'policy-record-class-unknown'],
    [['invoice', '--date', '2026-02-10', '--country', 'LV'], 5, 'policy-country-unsupported'],
    [['invoice', '--date', '2026-02-30', '--country', 'EE'], 2, 'clock-date-invalid'],
    [[...invoice, '--financial-year-end', '31-12'], 2, 'policy-financial-year-invalid'],
    [[...invoice, '--financial-year', '2026'], 2, 'policy-financial-year-invalid'],
    [[...invoice, ...calendar, '--financial-year', '2026-01-01..2026-12-31'], 2, 'usage'],
    [[...invoice, ...calendar, '--starts', 'birthday=2026-01-01'], 2, 'usage'],
    [[...invoice, ...calendar, '--starts', 'issue'], 2, 'usage'],
    [['invoice', '--country', 'EE'], 2, 'usage'],
  ] as const)('ends %j with %i and %s', async (argv, exit, code) => {
    const ran = await explain(...argv, '--json');
    expect([ran.code, ran.json()]).toMatchObject([exit, { error: { code } }]);
  });

  it('takes country, financial years, periods and switches from the configuration where flags do not say', async () => {
    configure(
      'country: EE, financialYears: [{ from: 2026-01-01, to: 2026-12-31 }]',
      'retention: { periods: { account: { period: 6 months, from: closure, source: Privacy policy } } }',
    );
    const own = (await explain('invoice', '--date', '2026-02-10', '--json')).json();
    expect(own).toMatchObject({ erasableFrom: '2034-01-01', configuration: join(cwd, 'habeas.yaml') });
    expect((await explain('invoice', '--date', '2025-02-10')).err).toMatch(/the year that contains 2025-02/);
    const account = await explain('account', '--date', '2026-02-10', '--starts', 'closure=2026-06-30', '--json');
    expect(account.json()).toMatchObject({
      erasableFrom: '2026-12-31',
      clocks: [{ by: 'published-period', source: 'Privacy policy', confidence: null }],
    });
  });

  it('does not answer from a configuration with mistakes, and does not read it where the flags say everything', async () => {
    configure('country: EE', 'linkHours: 1');
    expect(await explain('invoice', '--date', '2026-02-10')).toMatchObject({ code: 3 });
    expect(await explain(...invoice, ...calendar)).toMatchObject({ code: 0 });
    expect(await explain(...invoice, ...calendar, '--config', 'habeas.yaml')).toMatchObject({ code: 3 });
  });

  it('switches a rule of general knowledge on only where the configuration says so', async () => {
    const years = 'financialYears: [{ from: 2026-01-01, to: 2026-12-31 }]';
    configure(`country: IE, ${years}`, 'internalTargetDays: 28');
    expect((await explain('invoice', '--date', '2026-02-10')).err).toMatch(/switchOn: ie-companies-act-285/);
    configure(`country: IE, ${years}`, 'retention: { switchOn: [ie-companies-act-285] }');
    expect((await explain('invoice', '--date', '2026-02-10', '--json')).json()).toMatchObject({ until: '2032-12-31' });
  });
});
