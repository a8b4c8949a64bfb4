/**
 * Delivery by a real SMTP conversation, download and deletion, on a real ledger and a real S3 server.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateMultipartUploadCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import type { Deps } from '../../src/deps.ts';
import { newId, type PackageId, type RequestId } from '../../src/ids.ts';
import { getPackage } from '../../src/ledger/packages.ts';
import { s3Client } from '../../src/local/s3.ts';
import { buildPackage } from '../../src/package/build.ts';
import { deliverPackage } from '../../src/package/deliver.ts';
import { expirePackages } from '../../src/package/expire.ts';
import { downloadPackage } from '../../src/requests/download.ts';
import { MailCatcher } from '../support/mail-catcher.ts';
import { runFolder, testServers } from '../support/servers.ts';
import { type Bench, collection, openBench, type PlantedRequest, plantRequest, plantStream } from './plant.ts';

let bench: Bench;
let mails: MailCatcher;
let deps: Deps;

beforeAll(async () => {
  [bench, mails] = await Promise.all([
    openBench([{ id: 'account-db', name: 'Accounts', collections: [collection('users')] }]),
    MailCatcher.listen(),
  ]);
  deps = withMail(mails.url);
});
afterAll(async () => {
  await bench?.close();
  await mails?.close();
});

function withMail(url: string | undefined): Deps {
  const mail = url === undefined ? undefined : { url, from: 'Muusika <andmed@muusika.example>', replyTo: undefined };
  return { ...bench.deps, config: { ...bench.deps.config, mail } };
}

let people = 0;
async function planted(request: PlantedRequest = {}) {
  people += 1;
  const address = `mari-${people}@kohvik.example`;
  const requestId = await plantRequest(bench, { contact: { kind: 'email', value: address }, ...request });
  const users = { no: 0, collection: 'users', fields: ['id', 'name'] };
  await plantStream(bench, requestId, 'account-db', users, [[{ id: 1, name: 'SECRET-NAME' }]]);
  const { packageId, objectName, sha256 } = await buildPackage({ deps, requestId, part: 1 });
  return { requestId, packageId, objectName, sha256, address };
}

const linkIn = (body: string) => /http:\/\/127\.0\.0\.1:\d+\/\S+?X-Amz-Signature=[0-9a-f]+\S*/.exec(body)?.[0] ?? '';

async function auditKinds(requestId: RequestId): Promise<string[]> {
  const rows = await deps.ledger.db
    .selectFrom('audit')
    .select('kind')
    .where('request_id', '=', requestId)
    .orderBy('seq')
    .execute();
  return rows.map(({ kind }) => kind);
}

describe('delivery', () => {
  it('sends one letter with a link that opens the package, and notes when the package will be deleted', async () => {
    const { requestId, packageId, address, sha256 } = await planted();
    expect(await deliverPackage({ deps, requestId, packageId })).toEqual({ outcome: 'sent' });
    expect(await deliverPackage({ deps, requestId, packageId })).toEqual({ outcome: 'sent' });
    const [mail, ...more] = mails.to(address);
    expect(more).toEqual([]);
    expect(mail?.to).toEqual([address]);
    expect(mail?.from).toBe('andmed@muusika.example');
    expect(mail?.raw).toContain(`Message-ID: <${packageId}@muusika.example>`);
    const body = mail?.body ?? '';
    for (const words of ['DRAFT, NOT AN ANSWER', sha256, '26 November 2026 at 12:00', '2 November 2026', 'sha256sum'])
      expect(body).toContain(words);
    expect(mail?.raw).not.toContain('SECRET-NAME');
    expect(body).not.toContain('Accounts');

    const answer = await fetch(linkIn(body));
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${packageId}.zip"`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    expect(new URL(linkIn(body)).searchParams.get('X-Amz-Expires')).toBe(String(72 * 3600));

    expect(await getPackage(deps.ledger.db, packageId)).toMatchObject({
      sending_at: deps.now(),
      delivered_at: deps.now(),
      delivered_by: 'email',
      delete_on: '2026-12-07',
    });
    expect(await auditKinds(requestId)).toEqual([
      'request-received',
      'package-built',
      'package-sending',
      'package-delivered',
    ]);
    // A draft is not an answer.
    const right = await deps.ledger.db
      .selectFrom('request_rights')
      .select('answered_at')
      .where('request_id', '=', requestId)
      .executeTakeFirstOrThrow();
    expect(right.answered_at).toBeNull();
  });

  it("speaks the request's language", async () => {
    const { requestId, packageId, address } = await planted({ language: 'et' });
    await deliverPackage({ deps, requestId, packageId });
    const [mail] = mails.to(address);
    expect(mail?.body).toContain('MUSTAND, EI OLE VASTUS');
    expect(mail?.body).toContain('26. november 2026');
    expect(mail?.raw).toContain('Content-Language: et');
  });

  it('is refused while the identity is not verified, and nothing is sent', async () => {
    const { requestId, packageId } = await planted();
    const before = mails.mails.length;
    await deps.ledger.db.updateTable('requests').set({ identity: 'unverified' }).where('id', '=', requestId).execute();
    await expect(deliverPackage({ deps, requestId, packageId })).rejects.toMatchObject({ code: 'identity-unverified' });
    expect(mails.mails.length).toBe(before);
    expect(await getPackage(deps.ledger.db, packageId)).toMatchObject({ sending_at: null, delivered_at: null });
  });

  it('is refused once the request is cancelled, and for a package of another request', async () => {
    const one = await planted();
    const other = await planted();
    await expect(deliverPackage({ deps, requestId: one.requestId, packageId: other.packageId })).rejects.toMatchObject({
      code: 'not-found',
    });
    await deps.ledger.db.updateTable('requests').set({ state: 'cancelled' }).where('id', '=', one.requestId).execute();
    await expect(deliverPackage({ deps, requestId: one.requestId, packageId: one.packageId })).rejects.toMatchObject({
      code: 'state-final',
    });
    expect([...mails.to(one.address), ...mails.to(other.address)]).toEqual([]);
  });

  it('is left to a person where the contact point is a postal address, or no mail server is configured', async () => {
    const post = await planted({ contact: { kind: 'post', value: 'Rüütli 1, 51007 Tartu' } });
    expect(await deliverPackage({ deps, ...post })).toEqual({ outcome: 'by-hand' });
    const email = await planted();
    expect(await deliverPackage({ deps: withMail(undefined), ...email })).toEqual({ outcome: 'by-hand' });
    for (const { packageId } of [post, email])
      expect(await getPackage(deps.ledger.db, packageId)).toMatchObject({ sending_at: null, delivered_at: null });
  });

  it('never goes to a second address, however the contact point is written', async () => {
    const { requestId, packageId } = await planted({
      contact: { kind: 'email', value: 'mari@kohvik.example, spy@evil.example' },
    });
    const before = mails.mails.length;
    await deliverPackage({ deps, requestId, packageId }).catch(() => undefined);
    for (const mail of mails.mails.slice(before)) expect(mail.to).not.toContain('spy@evil.example');
  });

  it('stays open where the stored package has another size than the one that was built', async () => {
    const { requestId, packageId, objectName } = await planted();
    await deps.storage.put(deps.config.s3.packageBucket, objectName, Buffer.from('something else'));
    await expect(deliverPackage({ deps, requestId, packageId })).rejects.toMatchObject({ code: 'package-altered' });
  });

  describe('where the mail server', () => {
    let answer: number;
    let server: SMTPServer;
    let url: string;
    beforeAll(async () => {
      server = new SMTPServer({
        disabledCommands: ['STARTTLS'],
        authOptional: true,
        onAuth: (_, __, done) => done(new Error('no such user')),
        onRcptTo: (_, __, done) =>
          done(Object.assign(new Error('mari@kohvik.example is not here'), { responseCode: answer })),
      });
      server.on('error', () => undefined);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
      const address = server.server.address();
      url = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    });
    afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

    const attempt = async (mailUrl: string) => {
      const { requestId, packageId } = await planted();
      const failure = await deliverPackage({ deps: withMail(mailUrl), requestId, packageId }).catch((e: unknown) => e);
      expect(String(failure)).not.toContain('kohvik');
      // The intent shows that it was being sent; the outcome is open.
      expect(await getPackage(deps.ledger.db, packageId)).toMatchObject({ sending_at: deps.now(), delivered_at: null });
      return { failure, requestId, packageId };
    };

    it('refuses the address for good, the code says so and is not tried again', async () => {
      answer = 550;
      expect((await attempt(`smtp://${url}`)).failure).toMatchObject({ code: 'mail-refused', retryable: false });
    });
    it('asks for later, it is tried again', async () => {
      answer = 451;
      const { failure, requestId, packageId } = await attempt(`smtp://${url}`);
      expect(failure).toMatchObject({ code: 'mail-unreachable', retryable: true });
      expect(await deliverPackage({ deps, requestId, packageId })).toEqual({ outcome: 'sent' });
    });
    it('does not know our user, the code names the credentials', async () => {
      expect((await attempt(`smtp://user:wrong@${url}`)).failure).toMatchObject({ code: 'mail-credentials' });
    });
    it('is not there, it is tried again', async () => {
      expect((await attempt('smtp://127.0.0.1:9')).failure).toMatchObject({ code: 'mail-unreachable' });
    });
  });
});

describe('a download', () => {
  const folder = () => mkdtemp(join(runFolder(), 'download-'));

  it('is the package, verified, readable for its owner alone, and on the audit chain', async () => {
    const { requestId, packageId, sha256 } = await planted();
    const dir = await folder();
    const byRequest = await downloadPackage(deps, requestId, join(dir, 'data.zip'));
    expect(byRequest).toMatchObject({ packageId, file: join(dir, 'data.zip'), sha256 });
    const bytes = await readFile(byRequest.file);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    expect((await stat(byRequest.file)).mode & 0o777).toBe(0o600);
    expect(await downloadPackage(deps, packageId, dir)).toMatchObject({ file: join(dir, `${packageId}.zip`) });
    expect((await readdir(dir)).sort()).toEqual(['data.zip', `${packageId}.zip`]);
    expect((await auditKinds(requestId)).slice(-2)).toEqual(['package-downloaded', 'package-downloaded']);
  });

  it('is on the audit chain before its first byte is read', async () => {
    const { requestId, packageId } = await planted();
    let before: string[] = [];
    const storage: Deps['storage'] = {
      ...deps.storage,
      read: async (...asked) => {
        before = await auditKinds(requestId);
        return deps.storage.read(...asked);
      },
    };
    await downloadPackage({ ...deps, storage }, packageId, await folder());
    expect(before.at(-1)).toBe('package-downloaded');
  });

  it('never replaces a file unless told to', async () => {
    const { packageId, sha256 } = await planted();
    const file = join(await folder(), 'mine.zip');
    await writeFile(file, 'mine');
    await expect(downloadPackage(deps, packageId, file)).rejects.toMatchObject({ code: 'file-exists' });
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(await downloadPackage(deps, packageId, file, { force: true })).toMatchObject({ sha256 });
  });

  it('of a package that was altered leaves no file', async () => {
    const { packageId, objectName } = await planted();
    const { packageBucket } = deps.config.s3;
    const bytes = Buffer.from(await deps.storage.get(packageBucket, objectName));
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    await deps.storage.put(packageBucket, objectName, bytes);
    const dir = await folder();
    await expect(downloadPackage(deps, packageId, join(dir, 'x.zip'))).rejects.toMatchObject({
      code: 'package-altered',
    });
    expect(await readdir(dir)).toEqual([]);
  });

  it('says what is wrong where there is nothing to load or no place to put it', async () => {
    const requestId = await plantRequest(bench);
    const dir = await folder();
    await expect(downloadPackage(deps, requestId, dir)).rejects.toMatchObject({ code: 'package-not-ready' });
    await expect(downloadPackage(deps, newId('package'), dir)).rejects.toMatchObject({ code: 'not-found' });
    const { packageId } = await planted();
    await expect(downloadPackage(deps, packageId, join(dir, 'no', 'such.zip'))).rejects.toMatchObject({
      code: 'file-unwritable',
    });
  });
});

describe('expiry', () => {
  async function versions(prefix: string): Promise<number> {
    const client = s3Client((await testServers()).s3);
    const Bucket = deps.config.s3.packageBucket;
    const answer = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: prefix }));
    client.destroy();
    return (answer.Versions ?? []).length + (answer.DeleteMarkers ?? []).length;
  }
  const deletedAt = async (id: PackageId) => (await getPackage(deps.ledger.db, id)).deleted_at;

  it('deletes every version on its day and not before, reads it back, and says so on the audit chain', async () => {
    bench.setNow(new Date('2027-03-01T22:30:00Z'));
    const { requestId, packageId, objectName } = await planted();
    await deliverPackage({ deps, requestId, packageId });
    // 22:30 UTC is the next day in Tallinn.
    expect((await getPackage(deps.ledger.db, packageId)).delete_on).toBe('2027-03-16');
    const { packageBucket } = deps.config.s3;
    await deps.storage.put(packageBucket, objectName, await deps.storage.get(packageBucket, objectName));
    await deps.storage.remove(packageBucket, [objectName]);
    expect(await versions(objectName)).toBe(3);

    bench.setNow(new Date('2027-03-15T12:00:00Z'));
    await expirePackages(deps);
    expect(await deletedAt(packageId)).toBeNull();
    expect(await versions(objectName)).toBe(3);

    bench.setNow(new Date('2027-03-15T22:30:00Z'));
    await expirePackages(deps);
    expect(await deletedAt(packageId)).toEqual(deps.now());
    expect(await versions(objectName)).toBe(0);
    expect((await auditKinds(requestId)).at(-1)).toBe('package-deleted');
    expect(await expirePackages(deps)).toEqual({ deleted: 0, left: 0 });
    await expect(downloadPackage(deps, packageId, runFolder())).rejects.toMatchObject({ code: 'package-deleted' });
  });

  it('deletes what will never be delivered because its request ended, with what dead attempts left', async () => {
    const { requestId, packageId } = await planted();
    const client = s3Client((await testServers()).s3);
    const prefix = `packages/${requestId}/`;
    const dead = { Bucket: deps.config.s3.packageBucket, Key: `${prefix}${newId('package')}-dead.zip` };
    await client.send(new CreateMultipartUploadCommand(dead));
    client.destroy();
    await expirePackages(deps);
    expect(await deletedAt(packageId)).toBeNull();
    await deps.ledger.db.updateTable('requests').set({ state: 'cancelled' }).where('id', '=', requestId).execute();
    expect(await expirePackages(deps)).toEqual({ deleted: 1, left: 0 });
    expect(await versions(prefix)).toBe(0);
    const audit = await deps.ledger.db
      .selectFrom('audit')
      .select('body')
      .where('request_id', '=', requestId)
      .where('kind', '=', 'package-deleted')
      .executeTakeFirstOrThrow();
    expect(JSON.parse(audit.body)).toEqual({ package: packageId, versions: 1, uploads: 1, evidence: 'read-back' });
  });

  it('keeps for the next hour what the storage does not delete, and deletes the others', async () => {
    const [one, two] = [await planted(), await planted()];
    for (const { requestId } of [one, two])
      await deps.ledger.db.updateTable('requests').set({ state: 'cancelled' }).where('id', '=', requestId).execute();
    const storage = {
      ...deps.storage,
      eraseAll: (...call: Parameters<typeof deps.storage.eraseAll>) =>
        call[1].includes(one.requestId) ? Promise.reject(new Error('no')) : deps.storage.eraseAll(...call),
    };
    expect(await expirePackages({ ...deps, storage })).toEqual({ deleted: 1, left: 1 });
    expect(await deletedAt(one.packageId)).toBeNull();
    expect(await deletedAt(two.packageId)).not.toBeNull();
    expect(await expirePackages(deps)).toEqual({ deleted: 1, left: 0 });
  });
});
