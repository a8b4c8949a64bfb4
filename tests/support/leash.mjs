/**
 * Loaded into child processes of tests (`node --import`): ends the process when the test's end of its standard input is
 * closed, so that a test run that is killed leaves no worker behind. Plain JavaScript: it runs untranspiled. Threads of
 * the process load it too, and have a standard input of their own that is over at once.
 */
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.stdin.on('close', () => process.kill(process.pid, 'SIGKILL'));
  process.stdin.resume();
  process.stdin.unref?.();
}
