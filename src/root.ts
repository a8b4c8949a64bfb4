/**
 * Owns one fact: where this package's root folder is, whether the code runs as TypeScript under jest or compiled in
 * dist/. Data files that code reads at run time (examples/, *.yaml, *.json, *.sql) are named from here, so that the build
 * need not copy them. It never looks outside the package; without a package.json above it the program is not installed
 * and the error says so.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HabeasError } from './errors.ts';

function findRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new HabeasError('internal', { where: 'package.json above src/root' });
  }
}

/** Absolute path of the folder that holds this package's package.json. */
export const packageRoot: string = findRoot();

/** Absolute path of a file of this package, e.g. `fromRoot('examples', 'sample', 'habeas.yaml')`. */
export function fromRoot(...parts: readonly string[]): string {
  return join(packageRoot, ...parts);
}
