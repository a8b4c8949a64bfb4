/**
 * Owns the local stack's Zendesk: the stand-in (zendesk/) as a process of its own, so that a stack brought up to stay outlives the
 * command. Its desk is kept in `<dir>/zendesk.ndjson` and is there again at the next start. Needs the build (dist/), which `npm
 * start` and `npm test` make first.
 */
import { join } from 'node:path';
import { fromRoot } from '../root.ts';
import { type Launch, launch, type StackContext } from './launch.ts';
import { serverEnvironment } from './server-process.ts';
import { runRemotely } from './zendesk/remote.ts';

/** Where the stand-in is: what `https://<subdomain>.zendesk.com` is at Zendesk. Who may ask is said by its controls. */
export interface ZendeskAccess {
  readonly url: string;
}

/** Whether a stand-in answers at this address. */
export async function zendeskAnswers(url: string): Promise<boolean> {
  return typeof (await runRemotely(url, 'now')) === 'string';
}

export function startZendesk(context: StackContext): Promise<void> {
  const server: Launch<'http'> = {
    name: 'zendesk',
    ports: ['http'],
    command: (ports) => ({
      name: 'zendesk',
      program: process.execPath,
      args: [
        fromRoot('dist', 'src', 'local', 'zendesk', 'main.js'),
        String(ports.http),
        join(context.dir, 'zendesk.ndjson'),
      ],
      env: serverEnvironment(context.dir),
      logFile: join(context.dir, 'zendesk.log'),
    }),
    answers: (ports) => zendeskAnswers(`http://127.0.0.1:${ports.http}`),
  };
  return launch(context, server);
}
