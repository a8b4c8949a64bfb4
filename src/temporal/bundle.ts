/**
 * Where a worker gets the workflows' script from: the build's own bundle when the program runs from a build, else made now
 * from the sources. Both come from one place (src/build/bundle-workflows.ts), with the refusing converters inside.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';
import { fromRoot, packageRoot } from '../root.ts';

type Bundle = NonNullable<WorkerOptions['workflowBundle']>;

let made: Promise<Bundle> | undefined;

/** Once per process. */
export function workflowBundle(): Promise<Bundle> {
  made ??= findBundle();
  return made;
}

async function findBundle(): Promise<Bundle> {
  const built = fromRoot('dist', 'workflow-bundle.js');
  const isBuild = fileURLToPath(import.meta.url).startsWith(fromRoot('dist'));
  if (isBuild && existsSync(built)) return { codePath: built };
  const { bundleWorkflows } = await import('../build/bundle-workflows.ts');
  return bundleWorkflows(isBuild ? fromRoot('dist') : packageRoot);
}
