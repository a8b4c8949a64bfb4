/**
 * `npm start`: brings the local stack up in `.habeas/start/`, says where everything is, and stays until Ctrl-C, which
 * stops the servers once and cleanly; the data is there again at the next start.
 */
import { once } from 'node:events';
import { HabeasError } from '../errors.ts';
import { fromRoot } from '../root.ts';
import { localUp } from './stack.ts';

const say = (line: string): void => console.error(line);

try {
  // Listening from the beginning: a Ctrl-C during the start is acted on when there is something to stop.
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ended.abort());
  const stack = await localUp({ dir: fromRoot('.habeas', 'start'), log: say });
  say(`Temporal UI  ${stack.temporal.uiUrl}`);
  say(`Temporal     ${stack.temporal.address}`);
  say(`PostgreSQL   ${new URL(stack.postgres.url).host}`);
  say(`S3           ${stack.s3.endpoint}`);
  say(`Mails        ${stack.smtp.mailDir}`);
  if (!ended.signal.aborted) {
    say('Ctrl-C stops it');
    const keepAlive = setInterval(() => undefined, 60_000);
    await once(ended.signal, 'abort');
    clearInterval(keepAlive);
  }
  say('stopping');
  await stack.stop();
} catch (error) {
  say(error instanceof HabeasError ? `${error.code}: ${error.message}\n${error.todo}` : String(error));
  process.exitCode = 1;
}
