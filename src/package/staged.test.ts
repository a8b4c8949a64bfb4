import { describe, expect, it } from '@jest/globals';
import type { SystemId } from '../ids.ts';
import { seal } from '../security/seal.ts';
import { type ChunkSource, type ChunkToRead, openChunks } from './staged.ts';

const workingKey = Buffer.alloc(32, 1);
const slug = (id: string): SystemId => id as SystemId;

/** A source whose bucket holds one chunk of these records; the ledger says it holds `count`. */
async function staged(records: readonly string[], count: number): Promise<{ source: ChunkSource; chunk: ChunkToRead }> {
  const header = {
    v: 1,
    requestId: 'r',
    systemId: 's',
    round: 1,
    stream: { no: 0, collection: 'users' },
    grant: { want: 'content', fields: ['id'] },
  };
  const lines = records.map((record, no) => `{"key":[["id","${no}"]],"record":${record}}`);
  const plain = Buffer.from(`${[JSON.stringify(header), ...lines].join('\n')}\n`);
  const { bytes, tag } = await seal(workingKey, 'chunk', plain);
  const storage: Pick<ChunkSource['storage'], 'get'> = { get: async () => bytes };
  return {
    source: {
      storage: storage as ChunkSource['storage'],
      bucket: 'b',
      workingKey,
      requestId: 'r',
      signal: undefined,
      progress: () => undefined,
    },
    chunk: {
      system_id: slug('s'),
      round: 1,
      stream_no: 0,
      chunk_no: 0,
      object_name: 'chunk',
      count,
      object_offset: 0,
      plain_bytes: plain.length,
      bytes: bytes.length,
      tag,
      collection: 'users',
      fields: ['id'],
    },
  };
}

async function recordsOf(records: readonly string[], count: number): Promise<string[]> {
  const { source, chunk } = await staged(records, count);
  const found: string[] = [];
  for await (const { bytes, offsets } of openChunks(source, [chunk]))
    for (let no = 0; no < offsets.length; no += 2) found.push(bytes.toString('utf8', offsets[no], offsets[no + 1]));
  return found;
}

describe('a staged chunk', () => {
  it('gives its records byte by byte', async () => {
    const records = ['{"id":1}', '{"id":"],\\"record\\":"}', '{}'];
    expect(await recordsOf(records, 3)).toEqual(records);
  });

  it.each([
    ['fewer', ['{"id":1}'], 2],
    ['more', ['{"id":1}', '{"id":2}'], 1],
    ['none', [], 1],
  ])('that holds %s of the records the ledger counted is refused', async (_, records, count) => {
    await expect(recordsOf(records, count)).rejects.toMatchObject({ code: 'package-chunk-broken' });
  });
});
