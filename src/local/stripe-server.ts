/**
 * Owns the local stack's Stripe: the stand-in (stripe/) as a process of its own, so that a stack brought up to stay
 * outlives the command. Its account is kept in `<dir>/stripe.json` and is there again at the next start. Needs the build
 * (dist/), which `npm start` and `npm test` make first.
 */
import { join } from 'node:path';
import { fromRoot } from '../root.ts';
import { type Launch, launch, type StackContext } from './launch.ts';
import { serverEnvironment } from './server-process.ts';
import { runRemotely } from './stripe/remote.ts';

/** How a program reaches the stand-in: what the official client takes as `host`, `port` and `protocol`, and a key. */
export interface StripeAccess {
  readonly url: string;
  readonly key: string;
}

/** Whether a stand-in answers at this address. */
export async function stripeAnswers(url: string): Promise<boolean> {
  return typeof (await runRemotely(url, 'now')) === 'string';
}

export function startStripe(context: StackContext): Promise<void> {
  const server: Launch<'http'> = {
    name: 'stripe',
    ports: ['http'],
    command: (ports) => ({
      name: 'stripe',
      program: process.execPath,
      args: [
        fromRoot('dist', 'src', 'local', 'stripe', 'main.js'),
        String(ports.http),
        join(context.dir, 'stripe.json'),
      ],
      env: serverEnvironment(context.dir),
      logFile: join(context.dir, 'stripe.log'),
    }),
    answers: (ports) => stripeAnswers(`http://127.0.0.1:${ports.http}`),
  };
  return launch(context, server);
}
