/**
 * Jest's global set-up: names this run's folder, `.habeas/test-<pid>/`, and clears away what crashed runs left. Starts
 * nothing: the first test file that asks for servers does (servers.ts), so runs of unit tests alone stay quick.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { thisProcess } from '../../src/local/process-lock.mjs';
import { removeDeadRuns } from './reap.mjs';

export default async function setup() {
  const habeas = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '.habeas');
  await removeDeadRuns(habeas);
  const run = join(habeas, `test-${process.pid}`);
  const unfinished = join(habeas, `test-new-${process.pid}`);
  mkdirSync(unfinished, { recursive: true, mode: 0o711 });
  writeFileSync(join(unfinished, 'owner.json'), JSON.stringify(thisProcess()));
  renameSync(unfinished, run);
  process.env.HABEAS_TEST_RUN = run;
}
