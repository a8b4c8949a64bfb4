/**
 * Data to take along (Art. 20) of the sample subject, from the command line to a receipt, on real servers and with a real worker
 * process. What is expected comes from the systems' own databases and from the data map, not from anything of ours.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { cast } from '../../src/local/sample/cast.ts';
import { fromRoot } from '../../src/root.ts';
import { type Expected, expectedOf, keysOf } from '../support/expected.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import type { PackageFile } from '../support/package-file.ts';
import { eventually } from '../support/servers.ts';

const subject = cast.sampleSubject;
const map: unknown = parse(readFileSync(fromRoot('examples', 'sample-company', 'account-db.map.yaml'), 'utf8'));

/** By the words of the data map alone. */
function isPortable(collection: string): boolean {
  const basis = pick(map, 'collections', collection, 'legalBasis');
  const origin = pick(map, 'collections', collection, 'portability', 'origin');
  return ['consent', 'contract'].includes(String(basis)) && ['provided', 'observed'].includes(String(origin));
}

describe('a portability request of the sample company', () => {
  let habeas: Installation;
  let requestId: string;
  let zip: PackageFile;
  let expected: Readonly<Record<string, Expected>>;

  beforeAll(async () => {
    habeas = await freshInstallation('portability', { forum: false });
    await habeas.startWorker();

    requestId = await habeas.openFor(
      'portability',
      '--email',
      subject.email,
      '--identity-method',
      'id-document',
      '--contact',
      subject.email,
    );
    await habeas.waitForState(requestId, 'completed');
    zip = await habeas.mailedPackage(subject.email);
    expected = await expectedOf(habeas.accounts, subject.userId);
  });
  afterAll(() => habeas?.close());

  it('gives what she provided or what was observed, by consent or contract, and not a record more', () => {
    const names = Object.keys(expected);
    const given = Object.fromEntries(names.map((name) => [name, keysOf(name, zip.records('account-db', name))]));
    const portable = names.map((name) => [name, isPortable(name) ? (expected[name]?.exported ?? []) : []]);
    expect(given).toEqual(Object.fromEntries(portable));
    const filled = names.filter((name) => (given[name] ?? []).length > 0);
    const kept = names.filter((name) => !isPortable(name) && (expected[name]?.exported ?? []).length > 0);
    expect([filled.length > 4, kept.length > 4]).toEqual([true, true]);
    expect(zip.wrongInManifest()).toEqual([]);
  });

  it('describes every file of records, each beside the other form of it', () => {
    const resources = pick(JSON.parse(zip.member('datapackage.json').toString()), 'resources');
    const paths = Array.isArray(resources) ? resources.map((one) => String(pick(one, 'path'))) : [];
    const records = [...zip.members.keys()].filter((path) => /^systems\/.*\.(json|csv)$/.test(path));
    expect([...paths].sort()).toEqual([...records].sort());
    expect(paths.filter((path) => path.endsWith('.json')).map((path) => path.replace(/json$/, 'csv'))).toEqual(
      paths.filter((path) => path.endsWith('.csv')),
    );
  });

  it('is answered by its letter, and ends with a receipt that counts what was withheld on Art. 20(1)', async () => {
    const [mail] = habeas.mail.mails;
    expect(mail?.body).toContain('Answer to your request for data portability');
    expect(mail?.body).not.toContain('DRAFT');
    const { json: shown } = await habeas.must(['requests', 'show', requestId, '--json']);
    expect(shown).toMatchObject({ rights: [{ right: 'portability', outcome: 'answered' }], clock: { alarms: [] } });
    const { stdout } = await eventually(() => habeas.must(['requests', 'receipt', requestId]));
    expect(stdout).toMatch(/Portability[\s\S]*account-db[\s\S]*withheld[\s\S]*Art\. 20\(1\) not met/);
  });
});
