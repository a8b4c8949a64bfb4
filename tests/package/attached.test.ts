/**
 * Files that were handed in with a system done by hand, as members of the package: whole, in order, under harmless names,
 * with their own names where the person looks; and refused where a piece is not the one that was stored. On a real ledger
 * and a real S3 server.
 */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId, type RequestId } from '../../src/ids.ts';
import { recordByHand } from '../../src/ledger/by-hand.ts';
import { packagesOf } from '../../src/ledger/packages.ts';
import { buildPackage } from '../../src/package/build.ts';
import { type HandedFile, type StagedFile, stageFile } from '../../src/requests/by-hand-files.ts';
import { type Bench, collection, openBench, plantRequest, systemId } from './plant.ts';
import { type Unzipped, unzip } from './unzip.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench([
    { id: 'con', name: 'Old forum', collections: [collection('files'), collection('posts')] },
    { id: 'logs', name: 'Server logs', collections: [collection('requests')] },
  ]);
});
afterAll(() => bench?.close());

const file = (name: string, bytes: Buffer): HandedFile => ({
  name,
  open: async function* () {
    yield bytes;
  },
});
const sha256 = (bytes: Buffer | undefined) =>
  createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');

/** A request of which the forum was answered by hand: 3 posts given in these files, 2 withheld. */
async function plantByHand(files: readonly HandedFile[]): Promise<{ requestId: RequestId; staged: StagedFile[] }> {
  const { deps } = bench;
  const requestId = await plantRequest(bench);
  const { working_key_id: workingKeyId } = await deps.ledger.db
    .selectFrom('requests')
    .select('working_key_id')
    .where('id', '=', requestId)
    .executeTakeFirstOrThrow();
  const place = { requestId, systemId: systemId('con'), round: 2 };
  const staged: StagedFile[] = [];
  for (const [index, one] of files.entries())
    staged.push(await stageFile(deps, { ...place, workingKeyId }, index + 1, one, []));
  await deps.ledger.db.transaction().execute(async (trx) => {
    await trx
      .insertInto('sealed_objects')
      .values(staged.map(({ nameRow }) => nameRow))
      .execute();
    const described = { recordClass: 'forum', owner: 'person', role: 'controller' };
    await recordByHand(trx, {
      ...place,
      right: 'access',
      collections: [
        { ...described, collection: 'files', parts: [{ disposition: 'exported', count: 0 }] },
        {
          ...{ ...described, collection: 'posts' },
          parts: [
            { disposition: 'exported', count: 3 },
            { disposition: 'withheld', count: 2 },
          ],
        },
      ],
      files: staged.map(({ fileNo, extension, nameRow, pieces }) => ({
        fileNo,
        extension,
        nameSealed: nameRow.name,
        pieces,
      })),
      proofSha256: sha256(Buffer.from('proof')),
      decisionId: newId('decision'),
      person: officer,
      at: deps.now(),
    });
  });
  return { requestId, staged };
}

/** Edge of the test: a slug becomes a person's id. */
const officer = 'officer' as Parameters<typeof recordByHand>[1]['person'];

async function built(requestId: RequestId): Promise<Unzipped> {
  const { objectName } = await buildPackage({ deps: bench.deps, requestId, part: 1 });
  return unzip(await bench.deps.storage.get(bench.deps.config.s3.packageBucket, objectName));
}

describe('files handed in by hand', () => {
  it('are in the package whole, in order, under harmless names, with their own names beside them', async () => {
    const long = randomBytes(17 * 1024 * 1024 + 1);
    const page = Buffer.from('<script>alert(1)</script>');
    const hostile = `../../<img src=x>"mari".html`;
    const { requestId } = await plantByHand([file('mari.zip', long), file(hostile, page)]);
    const zip = await built(requestId);
    // `con` is a name that Windows keeps for itself.
    const members = zip.names.filter((name) => name.startsWith('systems/con'));
    expect(members).toEqual(['systems/con_/files/1.zip', 'systems/con_/files/2.bin', 'systems/con_/files.json']);
    expect(sha256(zip.files.get('systems/con_/files/1.zip'))).toBe(sha256(long));
    expect(zip.files.get('systems/con_/files/2.bin')).toEqual(page);
    expect(JSON.parse(zip.files.get('systems/con_/files.json')?.toString() ?? '')).toEqual([
      { file: 'files/1.zip', name: 'mari.zip', sizeBytes: long.length, sha256: sha256(long) },
      { file: 'files/2.bin', name: hostile, sizeBytes: page.length, sha256: sha256(page) },
    ]);
    const manifest = zip.files.get('manifest-sha256.txt')?.toString();
    expect(manifest).toContain(`${sha256(long)}  systems/con_/files/1.zip`);
    const index = zip.files.get('index.html')?.toString() ?? '';
    expect(index).toContain('href="systems/con_/files/2.bin"');
    expect(index).toContain('&lt;img src=x&gt;');
    expect(index).not.toContain('<img');
    expect(index).toContain('3 given');
    expect(index).toContain('2 not given');
  });

  it('are refused, and nothing is built, where a piece was swapped for another of the same file or cut short', async () => {
    const long = randomBytes(17 * 1024 * 1024);
    const { storage, config } = bench.deps;
    const { stagingBucket } = config.s3;
    for (const spoil of ['swap', 'cut'] as const) {
      const { requestId, staged } = await plantByHand([file('all.zip', long)]);
      const [first, second] = (staged[0]?.pieces ?? []).map(({ objectName }) => objectName);
      if (first === undefined || second === undefined) throw new Error('the file has one piece');
      const bytes = await storage.get(stagingBucket, spoil === 'swap' ? second : first);
      await storage.put(stagingBucket, first, spoil === 'swap' ? bytes : bytes.subarray(0, -1));
      await expect(buildPackage({ deps: bench.deps, requestId, part: 1 })).rejects.toMatchObject({
        code: 'seal-broken',
      });
      expect(await packagesOf(bench.deps.ledger.db, requestId)).toEqual([]);
    }
  });
});
