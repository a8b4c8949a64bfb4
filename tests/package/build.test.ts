/**
 * Packages from sealed chunks, on a real ledger and a real S3 server.
 */
import { createHash } from 'node:crypto';
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newId } from '../../src/ids.ts';
import { packagesOf } from '../../src/ledger/packages.ts';
import { s3Client } from '../../src/local/s3.ts';
import { buildPackage, packagePrefix } from '../../src/package/build.ts';
import type { Storage } from '../../src/storage/objects.ts';
import { testServers } from '../support/servers.ts';
import { type Bench, collection, openBench, plantRequest, plantStream, systemId } from './plant.ts';
import { type Unzipped, unzip } from './unzip.ts';

const hostileText = `<script>alert(1)</script>"><img src=x onerror=alert(2)> =cmd|'/C calc'!A0 & "quoted", õäöüšž 🎵`;

let bench: Bench;
beforeAll(async () => {
  bench = await openBench([
    {
      id: 'account-db',
      name: 'Kontod <b>& andmebaas',
      collections: [
        collection('users', {
          label: { en: 'Account', et: 'Konto' },
          fieldLabels: { name: { en: 'Name', et: 'Nimi' } },
          fields: ['id', 'name', 'note', 'data'],
        }),
        collection('invoices', { fields: ['id', 'total', 'contact'], legalBasis: 'legal-obligation', recipients: [] }),
        collection('staff', { role: 'processor', fields: ['id', 'secret'] }),
        collection('empty-one', { label: { en: 'Nothing here' } }),
      ],
    },
    { id: 'logs', name: 'Server logs', collections: [collection('requests')] },
    {
      id: 'billing',
      name: 'Billing',
      collections: [collection('invoices', { fields: ['id', 'document'], files: ['document'] })],
    },
    { id: 'aux', name: 'Added later', collections: [collection('con')] },
  ]);
});
afterAll(() => bench?.close());

async function objectOf(name: string): Promise<Buffer> {
  return bench.deps.storage.get(bench.deps.config.s3.packageBucket, name);
}

async function objectsOf(requestId: Parameters<typeof packagePrefix>[0]): Promise<string[]> {
  const names: string[] = [];
  for await (const object of bench.deps.storage.list(bench.deps.config.s3.packageBucket, packagePrefix(requestId)))
    names.push(object.name);
  return names;
}

function text(zip: Unzipped, name: string): string {
  const bytes = zip.files.get(name);
  if (bytes === undefined) throw new Error(`no ${name} in ${zip.names.join(' ')}`);
  return bytes.toString('utf8');
}

const tags =
  'doctype html head meta title body main h1 h2 h3 p a div strong table thead tbody tr th td dl dt dd ul li section'.split(
    ' ',
  );
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function plantAll(language: 'et' | 'en' = 'en') {
  const requestId = await plantRequest(bench, { language, lanes: ['account-db', 'logs'] });
  const users = { no: 0, collection: 'users', fields: ['id', 'name', 'note', 'data'] };
  await plantStream(bench, requestId, 'account-db', users, [
    [
      '{"id":9007199254740993,"name":"Mari","note":"=1+1","data":{"n":12345678901234567890.10}}',
      { id: 2, name: hostileText, note: null, data: [1, 'x'] },
    ],
    [{ id: 3, name: '', note: 'line\nbreak', data: null }],
  ]);
  // One collection by two streams: the person's own business in full, a company's invoice with the own fields only.
  const invoices = { collection: 'invoices', owner: 'workspace' as const, fields: ['id', 'total', 'contact'] };
  await plantStream(
    bench,
    requestId,
    'account-db',
    { ...invoices, no: 1, customerKind: 'sole-trader', subjectOwnsWorkspace: true },
    [[{ id: 'i1', total: '10.00', contact: 'Mari' }]],
  );
  await plantStream(
    bench,
    requestId,
    'account-db',
    { ...invoices, no: 2, customerKind: 'company', ownFields: ['id', 'contact'] },
    [[{ id: 'i2', contact: 'Mari' }]],
  );
  await plantStream(bench, requestId, 'account-db', { ...invoices, no: 3, customerKind: 'company' }, [
    [{ date: 'MARKER-WITHHELD' }],
  ]);
  await plantStream(
    bench,
    requestId,
    'account-db',
    { no: 4, collection: 'staff', role: 'processor', fields: ['id', 'secret'] },
    [[{ date: 'MARKER-REFERRED' }, { date: 'MARKER-REFERRED' }]],
  );
  return requestId;
}

describe('a package', () => {
  it('holds every record given as JSON and CSV, a page that names every system, and a manifest that checks', async () => {
    const requestId = await plantAll();
    let steps = 0;
    const built = await buildPackage({ deps: bench.deps, requestId, part: 1, progress: () => (steps += 1) });
    const bytes = await objectOf(built.objectName);
    expect(bytes.length).toBe(built.sizeBytes);
    expect(sha256(bytes)).toBe(built.sha256);
    expect(steps).toBeGreaterThan(0);

    const zip = await unzip(bytes);
    expect(zip.names).toEqual([
      'README.txt',
      'systems/account-db/users.json',
      'systems/account-db/users.csv',
      'systems/account-db/users.html',
      'systems/account-db/invoices.json',
      'systems/account-db/invoices.csv',
      'systems/account-db/invoices.html',
      'index.html',
      'manifest-sha256.txt',
    ]);
    expect(built.members).toBe(zip.names.length);
    expect(new Set(zip.dates.map((date) => date.toISOString()))).toEqual(new Set(['2026-11-02T00:00:00.000Z']));

    expect(text(zip, 'systems/account-db/users.json').split('\n')).toEqual([
      '[',
      '{"id":9007199254740993,"name":"Mari","note":"=1+1","data":{"n":12345678901234567890.10}},',
      `${JSON.stringify({ id: 2, name: hostileText, note: null, data: [1, 'x'] })},`,
      JSON.stringify({ id: 3, name: '', note: 'line\nbreak', data: null }),
      ']',
      '',
    ]);
    expect(text(zip, 'systems/account-db/users.csv')).toBe(
      `\ufeffid,name,note,data\r\n9007199254740993,Mari,'=1+1,"{""n"":12345678901234567890.10}"\r\n2,"${hostileText.replaceAll('"', '""')}",,"[1,""x""]"\r\n3,"","line\nbreak",\r\n`,
    );
    // Where only own fields were granted, the objects have only those.
    expect(JSON.parse(text(zip, 'systems/account-db/invoices.json'))).toEqual([
      { id: 'i1', total: '10.00', contact: 'Mari' },
      { id: 'i2', contact: 'Mari' },
    ]);
    expect(text(zip, 'systems/account-db/invoices.csv')).toBe(
      '\ufeffid,total,contact\r\ni1,10.00,Mari\r\ni2,,Mari\r\n',
    );

    const manifest = text(zip, 'manifest-sha256.txt').split('\n');
    const sums = manifest.filter((line) => line !== '' && !line.startsWith('#'));
    expect(sums).toEqual(
      zip.names.slice(0, -1).map((name) => `${sha256(zip.files.get(name) ?? Buffer.alloc(0))}  ${name}`),
    );
    const head = await bench.deps.ledger.db
      .selectFrom('audit')
      .select(['seq', 'hash'])
      .where('request_id', '=', requestId)
      .orderBy('seq')
      .executeTakeFirstOrThrow();
    expect(manifest).toContain(`# request ${requestId}`);
    expect(manifest).toContain(`# audit ${head.seq} ${head.hash}`);
  });

  it('leaves nothing of what was withheld or referred in any member, but says that it exists and why', async () => {
    const requestId = await plantAll();
    const zip = await unzip(await objectOf((await buildPackage({ deps: bench.deps, requestId, part: 1 })).objectName));
    for (const bytes of zip.files.values()) expect(bytes.includes('MARKER')).toBe(false);
    const index = text(zip, 'index.html');
    expect(index).toContain('2 referred to the customer company');
    expect(index).toContain('only on behalf of a customer company');
    expect(index).toContain('2 given, 1 not given');
    expect(index).toContain('customer company’s own');
  });

  it('names every configured system, found or not, and every collection looked in', async () => {
    const requestId = await plantAll();
    const zip = await unzip(await objectOf((await buildPackage({ deps: bench.deps, requestId, part: 1 })).objectName));
    const index = text(zip, 'index.html');
    expect(index).toContain('Kontod &lt;b&gt;&amp; andmebaas');
    expect(index).toMatch(/Server logs<\/a><\/td><td>Nothing was found about you\./);
    // What is not given counts in the overview too, or a place that gave little would seem to hold little.
    expect(index).toMatch(
      /andmebaas<\/a><\/td><td>\d+ records given, in \d lists; 1 not given; 2 referred to the customer company<\/td>/,
    );
    expect(index).toMatch(/Added later<\/a><\/td><td>This place was set up after your request/);
    expect(index).toContain('Nothing here');
    for (const words of ['DRAFT, NOT AN ANSWER', 'a legal obligation', 'Näidismajutus OÜ', '2 November 2026'])
      expect(index).toContain(words);
  });

  it('says of a system that has not answered that it is still being worked on, and gives nothing of it', async () => {
    const requestId = await plantRequest(bench, { lanes: ['account-db', 'logs'], parked: ['logs'] });
    const zip = await unzip(await objectOf((await buildPackage({ deps: bench.deps, requestId, part: 1 })).objectName));
    expect(text(zip, 'index.html')).toMatch(
      /Server logs<\/a><\/td><td>This place is still being worked on\. Whatever is found there follows/,
    );
  });

  it('speaks Estonian where the request does', async () => {
    const requestId = await plantAll('et');
    const zip = await unzip(await objectOf((await buildPackage({ deps: bench.deps, requestId, part: 1 })).objectName));
    const index = text(zip, 'index.html');
    for (const words of [
      'lang="et"',
      'MUSTAND, EI OLE VASTUS',
      '2. november 2026',
      'Konto',
      'Teie kohta ei leitud midagi.',
    ])
      expect(index).toContain(words);
    expect(text(zip, 'systems/account-db/users.html')).toContain('<th>Nimi</th>');
  });

  it('shows hostile values as text on pages that may load and run nothing', async () => {
    const requestId = await plantAll();
    const zip = await unzip(await objectOf((await buildPackage({ deps: bench.deps, requestId, part: 1 })).objectName));
    const pages = zip.names.filter((name) => name.endsWith('.html'));
    expect(pages.length).toBe(3);
    for (const name of pages) {
      const html = text(zip, name);
      expect(html).toContain('content="default-src &#39;none&#39;; style-src &#39;sha256-');
      const markup = html.replace(/<style>[^<]*<\/style>/, '');
      for (const [, tag = '', attributes = ''] of markup.matchAll(/<[!/]?([^\s>]*)([^>]*)>/g)) {
        expect(tags).toContain(tag);
        for (const [, attribute = '', value = ''] of attributes.matchAll(/([^\s="]+)="([^"]*)"/g)) {
          expect([
            'lang',
            'charset',
            'name',
            'content',
            'http-equiv',
            'class',
            'id',
            'href',
            'rel',
            'title',
            'data-label',
          ]).toContain(attribute);
          if (attribute === 'href')
            expect(value).toMatch(
              /^(?:#s\d|https:\/\/www\.aki\.ee|[A-Za-z0-9][A-Za-z0-9./-]*|\.\.\/\.\.\/index\.html)$/,
            );
        }
      }
    }
    expect(text(zip, 'systems/account-db/users.html')).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('gives back any records whatever they contain, split over several files where they are long', async () => {
    const records = fc.sample(
      fc.record({ id: fc.uuid(), name: fc.string({ unit: 'binary', maxLength: 400 }), note: fc.option(fc.string()) }),
      { numRuns: 3_000, seed: 7 },
    );
    const requestId = await plantRequest(bench, { lanes: ['account-db'] });
    const users = { no: 0, collection: 'users', fields: ['id', 'name', 'note', 'data'] };
    await plantStream(
      bench,
      requestId,
      'account-db',
      users,
      Array.from({ length: 30 }, (_, no) => records.slice(no * 100, no * 100 + 100)),
    );
    const limits = { fileBytes: 60_000 };
    const built = await buildPackage({ deps: bench.deps, requestId, part: 1, limits });
    const zip = await unzip(await objectOf(built.objectName));
    const json = zip.names.filter((name) => name.endsWith('.json'));
    expect(json.length).toBeGreaterThan(3);
    expect(json.slice(0, 2)).toEqual(['systems/account-db/users.json', 'systems/account-db/users-2.json']);
    // JSON text has no lone surrogates; what PostgreSQL cannot store either.
    const wellFormed = (value: unknown) => JSON.parse(Buffer.from(JSON.stringify(value)).toString());
    expect(json.flatMap((name) => JSON.parse(text(zip, name)))).toEqual(records.map(wellFormed));
    for (const name of zip.names.filter((one) => one.endsWith('.csv')))
      expect(text(zip, name).startsWith('\ufeffid,name,note,data\r\n')).toBe(true);
    expect(built.exportedByStream).toEqual([{ systemId: 'account-db', round: 1, streamNo: 0, count: 3_000 }]);
    expect(text(zip, 'systems/account-db/users.html')).toContain('The first 50 of 3,000 records');
  });

  it('gives a file that stands in a record as a file of its own, which opens without tools and is linked', async () => {
    const requestId = await plantRequest(bench, { lanes: ['billing'] });
    const file = (no: number) => Buffer.from(`%PDF-1.7 ${String(no).repeat(20_000)}`);
    const document = (no: number) => ({
      ...{ name: `NH-<${no}>.pdf`, type: 'application/pdf', base64: file(no).toString('base64') },
    });
    await plantStream(bench, requestId, 'billing', { no: 0, collection: 'invoices', fields: ['id', 'document'] }, [
      [
        { id: 'a', document: document(1) },
        { id: 'b', document: null },
      ],
      [
        { id: 'c', document: document(2) },
        { id: 'd', document: { ...document(3), more: true } },
      ],
      // One file: it goes on in the next record, and in the next chunk.
      [{ id: 'd', document: document(4) }],
    ]);
    const built = await buildPackage({ deps: bench.deps, requestId, part: 1 });
    const zip = await unzip(await objectOf(built.objectName));
    expect(JSON.parse(text(zip, 'systems/billing/invoices.json'))).toEqual([
      { id: 'a', document: 'invoices/1.pdf' },
      { id: 'b', document: null },
      { id: 'c', document: 'invoices/2.pdf' },
      { id: 'd', document: 'invoices/3.pdf' },
      { id: 'd', document: 'invoices/3.pdf' },
    ]);
    expect(text(zip, 'systems/billing/invoices.csv')).toBe(
      '\ufeffid,document\r\na,invoices/1.pdf\r\nb,\r\nc,invoices/2.pdf\r\nd,invoices/3.pdf\r\nd,invoices/3.pdf\r\n',
    );
    expect(zip.files.get('systems/billing/invoices/3.pdf')).toEqual(Buffer.concat([file(3), file(4)]));
    for (const no of [1, 2]) expect(zip.files.get(`systems/billing/invoices/${no}.pdf`)).toEqual(file(no));
    expect(text(zip, 'index.html')).toContain('<a href="systems/billing/invoices/2.pdf">NH-&lt;2&gt;.pdf</a>');
    expect(text(zip, 'manifest-sha256.txt')).toContain(`${sha256(file(2))}  systems/billing/invoices/2.pdf`);
  });

  it('never makes a path that leaves its folder or that Windows keeps for itself', async () => {
    const { memberPath } = await import('../../src/package/model.ts');
    expect(memberPath('aux', 'con')).toBe('systems/aux_/con_');
    for (const name of ['../x', '/etc', 'a/b', 'A', '', '.', 'x'.repeat(41), 'a\\b'])
      expect(() => memberPath('account-db', name)).toThrow();
  });
});

describe('the books', () => {
  it('count as exported what was written, once per chunk, and balance', async () => {
    const requestId = await plantAll();
    const first = await buildPackage({ deps: bench.deps, requestId, part: 1 });
    const again = await buildPackage({ deps: bench.deps, requestId, part: 1 });
    expect(again).toEqual(first);
    const rows = await bench.deps.ledger.db
      .selectFrom('dispositions')
      .select(['stream_no', 'chunk_no', 'disposition', 'reason', 'count'])
      .where('request_id', '=', requestId)
      .orderBy('stream_no')
      .orderBy('chunk_no')
      .execute();
    expect(rows).toEqual([
      { stream_no: 0, chunk_no: 0, disposition: 'exported', reason: 'own', count: 2 },
      { stream_no: 0, chunk_no: 1, disposition: 'exported', reason: 'own', count: 1 },
      { stream_no: 1, chunk_no: 0, disposition: 'exported', reason: 'own-business', count: 1 },
      { stream_no: 2, chunk_no: 0, disposition: 'exported', reason: 'own-fields', count: 1 },
      { stream_no: 3, chunk_no: 0, disposition: 'withheld', reason: 'not-the-persons-data', count: 1 },
      { stream_no: 4, chunk_no: 0, disposition: 'referred', reason: 'processor', count: 2 },
    ]);
    // The database's own check agrees.
    await bench.deps.ledger.db
      .updateTable('requests')
      .set({ state: 'completed', completed_at: bench.deps.now() })
      .where('id', '=', requestId)
      .execute();
    expect(await objectsOf(requestId)).toEqual([first.objectName]);
  });

  it('know of two attempts at once only one package, and only its object stays', async () => {
    const requestId = await plantAll();
    const attempts = await Promise.allSettled([
      buildPackage({ deps: bench.deps, requestId, part: 1 }),
      buildPackage({ deps: bench.deps, requestId, part: 1 }),
    ]);
    for (const attempt of attempts)
      if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject({ retryable: true });
    const rebuilt = await buildPackage({ deps: bench.deps, requestId, part: 1 });
    const rows = await packagesOf(bench.deps.ledger.db, requestId);
    expect(rows.map((row) => row.object_name)).toEqual([rebuilt.objectName]);
    expect(await objectsOf(requestId)).toEqual([rebuilt.objectName]);
  });
});

describe('an attempt that died', () => {
  it('leaves nothing behind once the next one is done: neither its parts nor its object without a row', async () => {
    const requestId = await plantAll();
    const { packageBucket } = bench.deps.config.s3;
    const prefix = packagePrefix(requestId);
    const client = s3Client((await testServers()).s3);
    // Killed in the middle of its upload, and one between its upload and its row.
    const half = { Bucket: packageBucket, Key: `${prefix}${newId('package')}-half.zip` };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(half));
    await client.send(new UploadPartCommand({ ...half, UploadId, PartNumber: 1, Body: Buffer.alloc(1000) }));
    await bench.deps.storage.put(packageBucket, `${prefix}${newId('package')}-whole.zip`, Buffer.from('PK'));

    const built = await buildPackage({ deps: bench.deps, requestId, part: 1 });
    expect(await objectsOf(requestId)).toEqual([built.objectName]);
    const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket: packageBucket, Prefix: prefix }));
    expect(uploads.Uploads ?? []).toEqual([]);
    client.destroy();
    // Everything was in it: a second one would be empty, and the first is neither replaced nor erased.
    expect(await buildPackage({ deps: bench.deps, requestId, part: 2 })).toEqual(built);
    expect(await objectsOf(requestId)).toEqual([built.objectName]);
  });

  it('and lost its object to a later attempt cannot record it', async () => {
    const requestId = await plantAll();
    const { packageBucket } = bench.deps.config.s3;
    const storage: Storage = {
      ...bench.deps.storage,
      uploadStream: async (bucket, name, body, options) => {
        const result = await bench.deps.storage.uploadStream(bucket, name, body, options);
        await bench.deps.storage.eraseAll(packageBucket, name);
        return result;
      },
    };
    const zombie = buildPackage({ deps: { ...bench.deps, storage }, requestId, part: 1 });
    await expect(zombie).rejects.toMatchObject({ code: 'ledger-conflict', retryable: true });
    expect(await packagesOf(bench.deps.ledger.db, requestId)).toEqual([]);
  });
});

describe('what must not become a package', () => {
  const refuses = async (requestId: Parameters<typeof packagePrefix>[0], code: string, deps = bench.deps) => {
    await expect(buildPackage({ deps, requestId, part: 1 })).rejects.toMatchObject({ code });
    expect(await packagesOf(bench.deps.ledger.db, requestId)).toEqual([]);
    expect(await objectsOf(requestId)).toEqual([]);
    const exported = await bench.deps.ledger.db
      .selectFrom('dispositions')
      .select('count')
      .where('request_id', '=', requestId)
      .where('disposition', '=', 'exported')
      .execute();
    expect(exported).toEqual([]);
  };

  it('is a request whose identity is not verified', async () => {
    await refuses(await plantRequest(bench, { identity: 'unverified' }), 'identity-unverified');
  });

  it('is a chunk that was swapped for another, changed, or lost', async () => {
    const swapped = await plantAll();
    const chunks = await bench.deps.ledger.db
      .selectFrom('chunks')
      .selectAll()
      .where('request_id', '=', swapped)
      .where('stream_no', '=', 0)
      .orderBy('chunk_no')
      .execute();
    const [one, two] = chunks;
    if (one === undefined || two === undefined) throw new Error('planted too little');
    const staging = bench.deps.config.s3.stagingBucket;
    await bench.deps.storage.put(staging, one.object_name, await bench.deps.storage.get(staging, two.object_name));
    await refuses(swapped, 'seal-broken');
    await bench.deps.storage.remove(staging, [one.object_name]);
    await refuses(swapped, 'storage-not-found');
  });

  it('is a chunk that holds another number of records than the ledger says', async () => {
    const requestId = await plantAll();
    await bench.deps.ledger.db
      .updateTable('chunks')
      .set({ count: 7 })
      .where('request_id', '=', requestId)
      .where('stream_no', '=', 0)
      .where('chunk_no', '=', 0)
      .execute();
    await refuses(requestId, 'package-chunk-broken');
  });

  it('is a record with a field that was not granted', async () => {
    const requestId = await plantRequest(bench);
    const users = { no: 0, collection: 'users', fields: ['id', 'name'] };
    await plantStream(bench, requestId, 'account-db', users, [[{ id: 1, name: 'x' }], [{ id: 2, password: 'x' }]]);
    await refuses(requestId, 'package-chunk-broken');
  });

  it('is a chunk made for other fields than the ledger granted', async () => {
    const requestId = await plantAll();
    await bench.deps.ledger.db
      .updateTable('streams')
      .set({ fields: JSON.stringify(['id']) })
      .where('request_id', '=', requestId)
      .where('stream_no', '=', 0)
      .execute();
    await refuses(requestId, 'package-chunk-broken');
  });

  it('is a system whose collections nobody describes any more', async () => {
    const requestId = await plantAll();
    await refuses(requestId, 'package-system-unknown', { ...bench.deps, systems: new Map() });
  });

  it('is a system that is read again meanwhile', async () => {
    const requestId = await plantAll();
    const storage: Storage = {
      ...bench.deps.storage,
      uploadStream: async (...upload) => {
        const result = await bench.deps.storage.uploadStream(...upload);
        await bench.deps.ledger.db
          .updateTable('rounds')
          .set({ superseded: true })
          .where('request_id', '=', requestId)
          .where('system_id', '=', systemId('account-db'))
          .execute();
        return result;
      },
    };
    const building = buildPackage({ deps: { ...bench.deps, storage }, requestId, part: 1 });
    await expect(building).rejects.toMatchObject({ code: 'ledger-conflict' });
    expect(await packagesOf(bench.deps.ledger.db, requestId)).toEqual([]);
  });

  it('is a request that ended meanwhile, and its object goes at once', async () => {
    const requestId = await plantAll();
    const storage: Storage = {
      ...bench.deps.storage,
      uploadStream: async (...upload) => {
        const result = await bench.deps.storage.uploadStream(...upload);
        await bench.deps.ledger.db
          .updateTable('requests')
          .set({ state: 'cancelled' })
          .where('id', '=', requestId)
          .execute();
        return result;
      },
    };
    const building = buildPackage({ deps: { ...bench.deps, storage }, requestId, part: 1 });
    await expect(building).rejects.toMatchObject({ code: 'state-final' });
    expect(await packagesOf(bench.deps.ledger.db, requestId)).toEqual([]);
    const left: string[] = [];
    const bucket = bench.deps.config.s3.packageBucket;
    for await (const { name } of bench.deps.storage.list(bucket, `packages/${requestId}/`)) left.push(name);
    expect(left).toEqual([]);
  });

  it('is an upload that the storage refuses', async () => {
    const requestId = await plantAll();
    const config = { ...bench.deps.config, s3: { ...bench.deps.config.s3, packageBucket: 't-no-such-bucket' } };
    const storage: Storage = { ...bench.deps.storage, eraseAll: async () => ({ versions: 0, uploads: 0 }) };
    await refuses(requestId, 'storage-refused', { ...bench.deps, config, storage });
  });

  it('is a cancelled one: it ends with the reason of the signal', async () => {
    const requestId = await plantAll();
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const building = buildPackage({
      deps: bench.deps,
      requestId,
      part: 1,
      signal: controller.signal,
      progress: () => controller.abort(reason),
    });
    await expect(building).rejects.toBe(reason);
    expect(await packagesOf(bench.deps.ledger.db, requestId)).toEqual([]);
    expect(await objectsOf(requestId)).toEqual([]);
  });
});
