/** The settings of Node that the `habeas` command gives a worker, from the first line of its program. */
import { readFileSync } from 'node:fs';
import { fromRoot } from '../src/root.ts';

export function workerFlags(): readonly string[] {
  const [first = ''] = readFileSync(fromRoot('src', 'cli', 'habeas.mjs'), 'utf8').split('\n');
  const flags = first.split(' ').filter((word) => word.startsWith('--'));
  if (flags.length === 0) throw new Error('src/cli/habeas.mjs names no settings');
  return flags;
}
