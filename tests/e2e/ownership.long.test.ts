/**
 * Whose records they are decides what a person gets. A sole trader gets the business, the contact of a company gets what
 * says something about the contact, its owner does not get the company's books, and what customers enter about their own
 * staff is referred to them. What must not be in a package is searched for in the bytes of every member.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast, workspaces } from '../../src/local/sample/cast.ts';
import { expectedOf, keysOf } from '../support/expected.ts';
import { freshInstallation, type Installation } from '../support/installation.ts';
import type { PackageFile } from '../support/package-file.ts';

const { soleTrader, companyContact, sampleSubject, twoWorkspaces, colleague, managerNow, hotelOwner, officeFirst } =
  cast;
const subjects = { soleTrader, companyContact, sampleSubject, twoWorkspaces } as const;

let habeas: Installation;
const packages = new Map<string, PackageFile>();
const requests = new Map<string, string>();

beforeAll(async () => {
  habeas = await freshInstallation('ownership');
  await habeas.startWorker();
  await Promise.all(
    Object.entries(subjects).map(async ([name, { email }]) => {
      const request = await habeas.openVerified(email);
      requests.set(name, request);
      await habeas.waitForState(request, 'completed');
      packages.set(name, await habeas.mailedPackage(email));
    }),
  );
});
afterAll(() => habeas?.close());

function packageOf(name: keyof typeof subjects): PackageFile {
  const found = packages.get(name);
  if (found === undefined) throw new Error(`${name} has no package`);
  return found;
}

async function texts(sql: string, ...values: readonly string[]): Promise<readonly string[]> {
  const { rows } = await habeas.accounts.query(sql, [...values]);
  return rows.map((row) => String(row.text));
}

/** Dispositions of one collection with their reasons. */
async function disposed(name: keyof typeof subjects, collection: string): Promise<readonly string[]> {
  const { rows } = await habeas.ledger.query(
    `SELECT d.disposition || ' ' || d.reason AS text, sum(d.count)::int AS n FROM dispositions d
     JOIN streams s USING (request_id, system_id, round, stream_no)
     WHERE request_id = $1 AND s.collection = $2 GROUP BY 1 HAVING sum(d.count) > 0 ORDER BY 1`,
    [requests.get(name), collection],
  );
  return rows.map((row) => `${row.text} ${row.n}`);
}

describe.each(Object.keys(subjects).filter((name): name is keyof typeof subjects => Object.hasOwn(subjects, name)))(
  'the package of %s',
  (name) => {
    it('has exactly the records that are theirs', async () => {
      const expected = await expectedOf(habeas.accounts, subjects[name].userId);
      for (const [collection, { exported }] of Object.entries(expected))
        expect([collection, keysOf(collection, packageOf(name).records('account-db', collection))]).toEqual([
          collection,
          exported,
        ]);
    });
  },
);

describe('a sole trader', () => {
  it('gets the invoices whole, with amounts and lines, because the business is the person', async () => {
    const invoices = packageOf('soleTrader').records('account-db', 'invoices');
    expect(invoices.length).toBeGreaterThan(0);
    for (const invoice of invoices)
      expect(Object.keys(invoice)).toEqual(expect.arrayContaining(['net', 'vat', 'total', 'bill_to_name']));
    const { rows } = await habeas.accounts.query(
      'SELECT number, total::text FROM invoices WHERE workspace_id = $1 ORDER BY number',
      [workspaces.silversmith],
    );
    const given = invoices.map(({ number, total }) => `${number} ${total}`).sort();
    expect(given).toEqual(rows.map(({ number, total }) => `${number} ${total}`));
    expect(packageOf('soleTrader').records('account-db', 'invoice_lines').length).toBeGreaterThan(0);
    expect(await disposed('soleTrader', 'invoices')).toEqual([`exported own-business ${rows.length}`]);
  });
});

describe("a company's contact", () => {
  const contactFields = ['contact_email', 'contact_name', 'contact_user_id', 'id', 'issued_on', 'number'];

  it('gets that they were the contact, and neither amounts nor lines nor the billing address', async () => {
    const zip = packageOf('companyContact');
    const invoices = zip.records('account-db', 'invoices');
    expect(invoices.length).toBeGreaterThan(0);
    for (const invoice of invoices) expect(Object.keys(invoice).sort()).toEqual(contactFields);
    expect(zip.records('account-db', 'invoice_lines')).toEqual([]);
    expect(await disposed('companyContact', 'invoices')).toEqual([`exported own-fields ${invoices.length}`]);
    const secret = [
      ...(await texts('SELECT bill_to_address AS text FROM invoices WHERE workspace_id = $1', workspaces.hotel)),
      ...(await texts(
        'SELECT total::text AS text FROM invoices WHERE workspace_id = $1 AND total > 99',
        workspaces.hotel,
      )),
      ...(await texts(
        'SELECT l.description AS text FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id WHERE workspace_id = $1',
        workspaces.hotel,
      )),
    ];
    expect(secret.length).toBeGreaterThan(10);
    for (const text of new Set(secret)) expect([text, zip.whereIs(text)]).toEqual([text, []]);
  });

  it('gets nothing of colleagues: no name, no address', () => {
    for (const { name, email } of [hotelOwner, officeFirst, cast.officeSecond])
      for (const text of [name, email]) expect([text, packageOf('companyContact').whereIs(text)]).toEqual([text, []]);
  });
});

describe("a company's owner", () => {
  it("gets the own fields, while the company's invoices and lines are withheld and counted", async () => {
    const zip = packageOf('sampleSubject');
    const expected = await expectedOf(habeas.accounts, sampleSubject.userId);
    expect(expected.invoice_lines?.withheld).toBeGreaterThan(0);
    expect(await disposed('sampleSubject', 'invoice_lines')).toEqual([
      `withheld not-the-persons-data ${expected.invoice_lines?.withheld}`,
    ]);
    expect(zip.records('account-db', 'invoice_lines')).toEqual([]);
    const [workspace] = zip.records('account-db', 'workspaces');
    expect(Object.keys(workspace ?? {}).sort()).toEqual(['created_at', 'id', 'owner_user_id']);
    const secret = await texts(
      'SELECT bill_to_address AS text FROM invoices WHERE workspace_id = $1 UNION SELECT total::text FROM invoices WHERE workspace_id = $1 AND total > 99',
      workspaces.cafe,
    );
    expect(secret.length).toBeGreaterThan(0);
    for (const text of secret) expect([text, zip.whereIs(text)]).toEqual([text, []]);
  });

  it('gets no record of colleagues, although they work on the same playlists', () => {
    const zip = packageOf('sampleSubject');
    for (const { email } of [colleague, managerNow, cast.staffOnly])
      expect([email, zip.whereIs(email)]).toEqual([email, []]);
    for (const { name } of [managerNow, cast.staffOnly]) expect([name, zip.whereIs(name)]).toEqual([name, []]);
    // A note about the subject names the colleague who helped; free text is the note's own and is given as it is.
    expect(zip.whereIs(colleague.name).filter((member) => !member.includes('/support_notes.'))).toEqual([]);
  });
});

describe('what customers enter about their staff', () => {
  it('is counted as referred and absent from the package', async () => {
    const { referred } = (await expectedOf(habeas.accounts, sampleSubject.userId)).staff_rota ?? { referred: 0 };
    expect(referred).toBeGreaterThan(0);
    expect(await disposed('sampleSubject', 'staff_rota')).toEqual([`referred processor ${referred}`]);
    expect(packageOf('sampleSubject').records('account-db', 'staff_rota')).toEqual([]);
    const remarks = await texts(
      `SELECT DISTINCT unnest(ARRAY[staff_no, staff_phone, remark]) AS text FROM staff_rota WHERE user_id = $1`,
      sampleSubject.userId,
    );
    const planted = remarks.filter((text) => text !== 'null' && text.length > 5);
    expect(planted.length).toBeGreaterThan(0);
    for (const text of planted) expect([text, packageOf('sampleSubject').whereIs(text)]).toEqual([text, []]);
  });
});

describe('a person in two workspaces', () => {
  it('gets the own business whole and only their own of the club', async () => {
    const expected = await expectedOf(habeas.accounts, twoWorkspaces.userId);
    expect(await disposed('twoWorkspaces', 'invoices')).toEqual([
      `exported own-business ${expected.invoices?.exported.length}`,
    ]);
    const club = await texts('SELECT number AS text FROM invoices WHERE workspace_id = $1', workspaces.sportsClub);
    expect(club.length).toBeGreaterThan(0);
    for (const text of club) expect([text, packageOf('twoWorkspaces').whereIs(text)]).toEqual([text, []]);
  });
});
