#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=4 --heap-growing-percent=50
/**
 * The `habeas` command: runs the compiled program. Without a build it says so and ends with 69 (unavailable). The three
 * settings above keep a worker 50 to 100 MB smaller at nearly the same speed, however much goes through it; none of them can
 * be set from inside the process.
 */
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const main = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '..', '..', 'dist', 'cli', 'main.js');
if (existsSync(main)) {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  await import(pathToFileURL(main).href);
} else {
  process.stderr.write('habeas: not built yet. Run `npm run build` in the clone (`npm start` does it by itself).\n');
  process.exitCode = 69;
}
