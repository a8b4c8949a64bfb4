/**
 * The baseline of the read bench: the rows of one person by `COPY (SELECT …) TO STDOUT` piped into the `gzip` program at
 * its default level, its output thrown away: no seal, no ledger, no network, no proof. Two forms: `text` (COPY's own,
 * fewest bytes) and `json` (one JSON object a row, as our package needs it).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to } from 'pg-copy-streams';
import { serveChild } from './child.ts';
import { subjectId } from './postgres-data.ts';

export interface BaselineInput {
  readonly url: string;
  readonly form: 'text' | 'json';
}
export interface BaselineOutput {
  readonly seconds: number;
  readonly bytes: number;
}

const selects = {
  text: `SELECT * FROM public.playback_events WHERE user_id = ${subjectId}`,
  json: `SELECT row_to_json(e) FROM public.playback_events e WHERE user_id = ${subjectId}`,
} as const;

serveChild<BaselineInput, BaselineOutput>(async ({ url, form }) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const started = performance.now();
  const gzip = spawn('gzip', ['-c'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const exited = once(gzip, 'exit');
  const rows = client.query(to(`COPY (${selects[form]}) TO STDOUT`, { highWaterMark: 1 << 20 }));
  let bytes = 0;
  rows.on('data', (part: Buffer) => {
    bytes += part.length;
  });
  await pipeline(rows, gzip.stdin);
  const [code] = await exited;
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`gzip ended with ${code}`);
  await client.end();
  return { seconds, bytes };
});
