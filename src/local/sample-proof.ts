/**
 * What is left to look at after the sample erasures of `npm start`: a signed receipt of each in a file that anybody can check
 * offline, the register of what is kept with law, section and date, and what the retention sweep would do on the day after the
 * last of the kept invoices may go. Invents nothing and changes nothing: it prints what the ledger says.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { dryRunText } from '../cli/sweep-text.ts';
import type { RequestId } from '../ids.ts';
import { addDays, type CivilDate, lastDayBefore, parseCivilDate } from '../policy/clock/index.ts';
import { dryRun, latestReceipt, listRegister } from '../requests/index.ts';
import type { SampleRun } from './sample-run.ts';

export interface SampleProof {
  readonly receipts: readonly { readonly requestId: RequestId; readonly file: string }[];
  readonly register: readonly {
    readonly recordClass: string;
    readonly laws: string | null;
    readonly until: string | null;
    readonly count: number;
  }[];
}

/** The first day on which no invoice is kept any more: 2034-01-01 where the last of them was issued in 2026. */
export function sweepDay(register: SampleProof['register']): CivilDate | undefined {
  const until = register.flatMap((line) => (line.recordClass === 'invoice' ? (line.until ?? []) : [])).sort();
  const last = until.at(-1);
  return last === undefined ? undefined : addDays(parseCivilDate(last, 'until'), 1);
}

export async function sampleProof(run: SampleRun, requests: readonly RequestId[]): Promise<SampleProof> {
  const receipts: SampleProof['receipts'][number][] = [];
  for (const requestId of requests) receipts.push({ requestId, file: await writeReceipt(run, requestId) });
  const register = await registerLines(run);
  run.say('');
  run.say('The register: what is kept, by which law, until when (npx habeas retention list)');
  for (const { recordClass, laws, until, count } of register)
    run.say(`  ${count} ${recordClass}, ${until === null ? 'no date yet' : `until ${until}`}: ${laws ?? 'a hold'}`);
  const sweepOn = sweepDay(register);
  if (sweepOn === undefined) return { receipts, register };
  run.say('');
  run.say(`npx habeas retention sweep --as-of ${sweepOn} --dry-run`);
  run.say(dryRunText(await dryRun(run.deps, sweepOn), sweepOn, { colour: false, columns: undefined }));
  return { receipts, register };
}

async function writeReceipt({ deps, dir, say }: SampleRun, requestId: RequestId): Promise<string> {
  const { jws, keys } = await latestReceipt(deps, requestId);
  const folder = join(dir, 'receipts');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [file, keysFile] = [join(folder, `${requestId}.jws`), join(folder, 'keys.json')];
  writeFileSync(file, `${jws}\n`, { mode: 0o600 });
  writeFileSync(keysFile, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  const shown = (path: string): string => relative(process.cwd(), path);
  say('');
  say(`The receipt of ${requestId}: ${shown(file)}`);
  say(`  npx habeas receipt verify ${shown(file)} --keys ${shown(keysFile)}`);
  return file;
}

async function registerLines({ deps }: SampleRun): Promise<SampleProof['register']> {
  const lines = new Map<string, SampleProof['register'][number]>();
  for (const { recordClass, keptBy, dueOn, count } of await listRegister(deps)) {
    const until = lastDayBefore(dueOn);
    const line = { recordClass, laws: keptBy, until };
    const name = JSON.stringify(line);
    lines.set(name, { ...line, count: count + (lines.get(name)?.count ?? 0) });
  }
  return [...lines.values()];
}
