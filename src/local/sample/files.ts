/**
 * Where the sample company's files lie: examples/sample-company of this checkout, found from here upwards, so that it is
 * the same from the sources and from dist/. Fails with `sample-files-missing`.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HabeasError } from '../../errors.ts';

/** The absolute path of a file of examples/sample-company. */
export function sampleFile(name: string): string {
  const relative = join('examples', 'sample-company', name);
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, relative);
    if (existsSync(path)) return path;
  }
  throw new HabeasError('sample-files-missing', { where: relative });
}
