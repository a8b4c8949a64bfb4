/**
 * Rights that act, over the sample company's own data map, grants and rows, from the command line to the person's letter and the
 * receipt, with a real worker process: consent withdrawn, and a name corrected. What is expected comes from the database.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cast } from '../../src/local/sample/cast.ts';
import { freshInstallation, type Installation, pick } from '../support/installation.ts';
import { eventually } from '../support/servers.ts';

const subject = cast.sampleSubject;

describe('a right that acts, in the sample company', () => {
  let habeas: Installation;
  beforeAll(async () => {
    habeas = await freshInstallation('rights', { erasure: true });
    await habeas.startWorker();
  });
  afterAll(() => habeas?.close());

  /** Every row of the database as text, by table and row. */
  async function everything(): Promise<ReadonlyMap<string, string>> {
    const { rows: tables } = await habeas.accounts.query(
      "select tablename as name from pg_tables where schemaname = 'public' order by 1",
    );
    const all = new Map<string, string>();
    for (const { name } of tables) {
      const { rows } = await habeas.accounts.query(`select ctid::text, to_jsonb(t) as row from ${name} t`);
      const keyed = rows.map(({ row }) => [`${name} ${row.id ?? JSON.stringify(row)}`, JSON.stringify(row)] as const);
      for (const [key, text] of keyed) all.set(key, text);
    }
    return all;
  }
  const changed = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) =>
    [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key)).sort();
  const open = (right: string, ...flags: readonly string[]) =>
    habeas.openFor(
      ...[right, '--email', subject.email, '--identity-method', 'logged-in'],
      ...['--contact', subject.email, '--language', 'et', ...flags],
    );
  const letterOf = (id: string) => habeas.mail.to(subject.email).filter(({ body }) => body.includes(id));
  const receiptOf = async (id: string) => {
    const { json } = await eventually(() => habeas.must(['requests', 'receipt', id, '--json']));
    return pick(json, 'receipt');
  };

  it('ends every use by consent and for marketing of hers, and touches no other row', async () => {
    const { rows: hers } = await habeas.accounts.query(
      'select id::text from marketing_consents where user_id = $1 or email = $2 order by id',
      [subject.userId, subject.email],
    );
    expect(hers.length).toBeGreaterThan(0);
    await habeas.accounts.query('update users set newsletter = true where id = $1', [subject.userId]);
    const before = await everything();
    const id = await open('consent-withdrawal');
    await habeas.waitForState(id, 'completed');
    const { rows: open1 } = await habeas.accounts.query(
      'select count(*)::int as n from marketing_consents where (user_id = $1 or email = $2) and withdrawn_at is null',
      [subject.userId, subject.email],
    );
    expect(open1[0].n).toBe(0);
    const { rows: user } = await habeas.accounts.query('select newsletter from users where id = $1', [subject.userId]);
    expect(user).toEqual([{ newsletter: false }]);
    const touched = changed(before, await everything());
    const allowed = [`users ${subject.userId}`, ...hers.map((one) => `marketing_consents ${one.id}`)];
    expect(touched).toContain(`users ${subject.userId}`);
    expect(touched.filter((key) => !allowed.includes(key))).toEqual([]);

    // She is told, in her language, and what the law wants said of the rest is in it.
    const [letter, ...more] = letterOf(id);
    expect(more).toEqual([]);
    expect(letter?.body).toMatch(/võeti välja otseturustusest/);
    expect(letter?.body).toMatch(/art 12 lg 4/);
    expect(letter?.body.replace(/^To: .*$/m, '')).not.toMatch(/Liis|Õunapuu|kuukala/);
    const check = await habeas.must(['suppression', 'check', '--email', subject.email]);
    expect(check.stdout).toContain('Not to be written to for marketing since');
    const { json: shown } = await habeas.must(['requests', 'show', id, '--json']);
    expect(shown).toMatchObject({
      rights: [{ right: 'consent-withdrawal', answeredBy: 'email', outcome: 'answered' }],
      clock: { alarms: [] },
    });
    expect(await receiptOf(id)).toMatchObject({
      rights: [{ right: 'consent-withdrawal', answeredBy: 'email' }],
      suppressions: [{ purpose: 'marketing' }],
    });
    const { stdout } = await habeas.must(['requests', 'receipt', id]);
    expect(stdout).toMatch(/Person told +consent-withdrawal: \d{4}-\d\d-\d\d, by e-mail/);
  });

  it('lets her be written to again once she has consented anew, and says so', async () => {
    const today = new Date().toLocaleDateString('sv', { timeZone: 'Europe/Tallinn' });
    const lift = ['suppression', 'lift', '--email', subject.email, '--consented', today];
    const refused = await habeas.cli([...lift, '--reason', 'x'], 'agent');
    expect(refused.code).toBe(5);
    const { stdout } = await habeas.must([...lift, '--reason', 'Newsletter form, consent no. 4711'], 'agent');
    expect(stdout).toContain(`consented anew on ${today}`);
    const check = await habeas.must(['suppression', 'check', '--email', subject.email]);
    expect(check.stdout).toBe(`Not on the list for marketing: consented anew on ${today}.\n`);
    const { json } = await habeas.must(['audit', 'verify', '--json']);
    expect(json).toMatchObject({ ok: true });
  });

  it('corrects her name once a person has found her right, in her own account and nowhere else', async () => {
    const name = "Liis 'Õ' Tamm-Õunapuu";
    const before = await everything();
    const id = await open('rectification', '--correct', `name=${name}`);
    const asked = await habeas.waitFor(id, ({ tasks }) => tasks.some(({ kind }) => kind === 'right'));
    expect(changed(before, await everything())).toEqual([]);
    const task = asked.tasks.find(({ kind }) => kind === 'right')?.id ?? '';
    await habeas.must(['tasks', 'answer', task, '--answer', 'correct', '--reason', 'As her passport says'], 'officer');
    const telling = await habeas.waitFor(id, ({ state, tasks }) => state === 'restricted' && tasks.length > 0);
    expect(telling.tasks.map(({ kind, code }) => [kind, code])).toEqual([['right', 'restriction-stands']]);
    expect(changed(before, await everything())).toEqual([`users ${subject.userId}`]);
    const { rows } = await habeas.accounts.query('select full_name from users where id = $1', [subject.userId]);
    expect(rows).toEqual([{ full_name: name }]);
    const [letter] = letterOf(id);
    expect(letter?.body).toMatch(/Üks kirje parandati/);
    expect(letter?.body).toMatch(/kreeditarve/);
    expect(`${letter?.raw}${letter?.body}`).not.toContain('Tamm-');
    const today = new Date().toLocaleDateString('sv', { timeZone: 'Europe/Tallinn' });
    await habeas.must(
      ['requests', 'lift-restriction', id, '--told', today, '--reason', 'The letter of today says so'],
      'officer',
    );
    await habeas.waitForState(id, 'completed');
    expect(await receiptOf(id)).toMatchObject({
      rights: [{ right: 'rectification', answeredBy: 'email' }],
      restriction: { endedWhy: 'told', toldOn: today },
    });
  });
});

describe('a worker killed after the letter and before its outcome', () => {
  let habeas: Installation;
  beforeAll(async () => {
    habeas = await freshInstallation('rights-crash', { forum: false, attempts: 20 });
  });
  afterAll(() => habeas?.close());

  it('has the person told by the very same letter, the right answered once, and the request ended', async () => {
    const { email } = cast.colleague;
    const doomed = await habeas.startWorker({ failpoint: 'answer-after-letter' });
    const id = await habeas.openFor(
      ...['consent-withdrawal', '--email', email, '--identity-method', 'logged-in', '--contact', email],
    );
    expect(await doomed.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(await habeas.view(id)).toMatchObject({ state: 'delivering' });
    expect(habeas.mail.to(email)).toHaveLength(1);
    await habeas.startWorker();
    await habeas.waitForState(id, 'completed');
    const mails = habeas.mail.to(email);
    expect(mails).toHaveLength(2);
    expect(new Set(mails.map(({ raw }) => /^Message-ID: .*$/im.exec(raw)?.[0])).size).toBe(1);
    const { rows } = await habeas.ledger.query(
      "select kind, count(*)::int as n from audit where request_id = $1 and kind like 'answer-%' group by 1 order by 1",
      [id],
    );
    expect(rows).toEqual([
      { kind: 'answer-given', n: 1 },
      { kind: 'answer-ready', n: 1 },
    ]);
  });
});
