/**
 * The baseline of the package bench: archiver alone, at our compression level, over the same member bytes lying ready in
 * local files, its zip thrown away: no S3 in or out, no seals, no JSON or CSV to make, no checksums, no ledger.
 */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipArchive } from 'archiver';
import { serveChild } from './child.ts';

export interface BaselineInput {
  readonly folder: string;
  /** Files in `folder`, with the names they have in the package. */
  readonly members: readonly { readonly file: string; readonly name: string }[];
  readonly level: number;
}
export interface BaselineOutput {
  readonly seconds: number;
  readonly zipBytes: number;
  readonly cpuSeconds: number;
}

serveChild<BaselineInput, BaselineOutput>(async ({ folder, members, level }) => {
  let zipBytes = 0;
  const nothing = new Writable({
    highWaterMark: 1 << 20,
    write(part: Buffer, _encoding, done) {
      zipBytes += part.length;
      done();
    },
  });
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const archive = new ZipArchive({ zlib: { level }, highWaterMark: 1 << 20 });
  const written = pipeline(archive, nothing);
  for (const { file, name } of members) {
    const done = once(archive, 'entry');
    archive.append(createReadStream(join(folder, file), { highWaterMark: 1 << 18 }), { name });
    await done;
  }
  await archive.finalize();
  await written;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { seconds: (performance.now() - started) / 1000, zipBytes, cpuSeconds: (user + system) / 1e6 };
});
