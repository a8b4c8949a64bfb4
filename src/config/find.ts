/**
 * Which configuration file counts: `--config`, else `HABEAS_CONFIG`, else `habeas.yaml` in the folder where the command
 * runs, else that of the local stack. Only looks whether files are there. Without any, `config-invalid` says where it
 * looked.
 */
import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { ConfigError } from './mistakes.ts';

/** The local stack's own configuration, below the folder it was started in. */
const localStack = ['.habeas', 'start', 'habeas.yaml'] as const;

export interface WhereToLook {
  /** `--config`. */
  readonly flag?: string | undefined;
  /** `HABEAS_CONFIG`. */
  readonly variable?: string | undefined;
  readonly folder?: string;
}

/** Absolute path of the configuration file; one that is named need not exist (reading it reports that). */
export function findConfig(where: WhereToLook): string {
  const folder = where.folder ?? process.cwd();
  const named = where.flag ?? where.variable;
  if (named !== undefined) return resolve(folder, named);
  const found = searched(folder).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new ConfigError([
    {
      file: join(folder, 'habeas.yaml'),
      line: 1,
      column: 1,
      pointer: '',
      problem: 'No configuration file was found.',
      remedy:
        'Run `habeas local up` for a local stack with a sample company, or copy examples/habeas.yaml here, or name a file with --config or HABEAS_CONFIG.',
    },
  ]);
}

/** Where a file is looked for that nobody named, in this order. */
export function searched(folder: string): readonly string[] {
  return [join(folder, 'habeas.yaml'), join(folder, ...localStack)];
}

/** Whether this is the configuration that the local stack wrote for itself. */
export function isLocalStack(file: string): boolean {
  return resolve(file).endsWith(join(sep, ...localStack));
}
