/**
 * Owns turning the workflows into the one script that Temporal's sandbox runs: at build time into dist/workflow-bundle.js,
 * in tests into memory. Worker and bundle must use the same converters, so their paths are decided here only.
 * Run as a script: `node bundle-workflows.js FOLDER`, with FOLDER holding the compiled workflows/ and src/.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

/**
 * Bundles the workflows found below `folder`: the package root (TypeScript) or a build (JavaScript).
 * Returns the script for `Worker.create({workflowBundle: {code}})`.
 */
export async function bundleWorkflows(folder: string): Promise<{ code: string }> {
  const suffix = existsSync(join(folder, 'workflows', 'index.ts')) ? '.ts' : '.js';
  // Exports `payloadConverter` and `failureConverter`, which must be the worker's own (src/security/codec.ts).
  const converters = join(folder, 'src', 'security', `data-converter${suffix}`);
  return bundleWorkflowCode({
    workflowsPath: join(folder, 'workflows', `index${suffix}`),
    payloadConverterPath: converters,
    failureConverterPath: converters,
    logger: quietLogger,
  });
}

/** The bundler reports sizes at every run; only what is wrong is worth a line. */
const quietLogger = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: (message: string) => process.stderr.write(`${message}\n`),
  error: (message: string) => process.stderr.write(`${message}\n`),
};

const [, script, folder] = process.argv;
if (script !== undefined && folder !== undefined && import.meta.url === pathToFileURL(script).href) {
  const { code } = await bundleWorkflows(folder);
  await writeFile(join(folder, 'workflow-bundle.js'), code);
}
