/**
 * Owns turning the workflows into the one script that Temporal's sandbox runs: at build time into dist/workflow-bundle.js,
 * in tests into memory. Worker and bundle must use the same converters, so their paths are decided here only.
 * Run as a script: `node bundle-workflows.js FOLDER`, with FOLDER holding the compiled workflows/ and src/.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

/**
 * Bundles the workflows found below `folder`: the package root (TypeScript) or a build (JavaScript).
 * Returns the script for `Worker.create({workflowBundle: {code}})`.
 */
export async function bundleWorkflows(folder: string): Promise<{ code: string }> {
  const suffix = existsSync(join(folder, 'workflows', 'index.ts')) ? '.ts' : '.js';
  return bundleWorkflowCode({
    workflowsPath: join(folder, 'workflows', `index${suffix}`),
    ...(await converterPaths(folder, suffix)),
    logger: quietLogger,
  });
}

/** src/security/data-converter exports `payloadConverter` and `failureConverter`; only what it exports may be named. */
async function converterPaths(
  folder: string,
  suffix: string,
): Promise<{ payloadConverterPath?: string; failureConverterPath?: string }> {
  const path = join(folder, 'src', 'security', `data-converter${suffix}`);
  const source = await readFile(path, 'utf8').catch(() => '');
  return {
    ...(/export (const|let) payloadConverter\b/.test(source) ? { payloadConverterPath: path } : {}),
    ...(/export (const|let) failureConverter\b/.test(source) ? { failureConverterPath: path } : {}),
  };
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
