/**
 * `habeas package download`: a package as a file, for handing it over by post or in person, or to look at. The file is
 * private to this user and never replaces another; each download is on the audit chain.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { HabeasError } from '../../errors.ts';
import { parseId } from '../../ids.ts';
import { downloadPackage } from '../../requests/download.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';
import { bytes, labels } from '../render.ts';

export function packageDownload(frame: Frame): Command {
  return frame.leaf<{ readonly out?: string; readonly part?: string; readonly force?: boolean }>({
    name: 'download <id>',
    summary: 'Download a package (pkg_…), or the latest package of a request (req_…), and check its SHA-256.',
    examples: [
      'package download req_7w5h6k2m9x4c8v3b1n0q5r7t2y',
      'package download req_7w5h6k2m9x4c8v3b1n0q5r7t2y --part 1',
      'package download pkg_7w5h6k2m9x4c8v3b1n0q5r7t2y --out ./answer.zip',
    ],
    options: (command) =>
      command
        .option('--part <n>', 'which package of the request (default: the latest)')
        .option('--out <file>', 'file or folder (default: this folder)')
        .option('--force', 'replace an existing file'),
    run: (run, { out, part, force }, [id]) =>
      withDeps(run, async (deps) => {
        const named = parseId('request', id ?? '') ?? parseId('package', id ?? '');
        if (named === undefined) throw new HabeasError('not-found', { where: 'ID: pkg_ or req_ and 26 characters' });
        const no = part === undefined ? undefined : Number(part);
        if (no !== undefined && (!Number.isSafeInteger(no) || no < 1))
          throw new HabeasError('usage', { where: '--part' });
        const json = await downloadPackage(deps, named, resolve(run.io.cwd, out ?? '.'), {
          force: force === true,
          part: no,
          signal: run.io.interrupted,
        });
        const text = labels(
          [
            ['File', json.file],
            ['Size', bytes(json.sizeBytes)],
            ['SHA-256', json.sha256],
          ],
          run.io.colour.out,
        );
        return { json, text };
      }),
  });
}
