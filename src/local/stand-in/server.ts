/**
 * Owns the stand-ins of the local stack as processes of their own, so that a stack brought up to stay outlives the command. What
 * each keeps is in a file of the stack's folder and is there again at the next start. Needs the build (dist/), which `npm start`
 * and `npm test` make first.
 */
import { join } from 'node:path';
import { fromRoot } from '../../root.ts';
import { type Launch, launch, type StackContext } from '../launch.ts';
import { serverEnvironment } from '../server-process.ts';
import { runRemotely } from './remote.ts';

/** Whether a stand-in answers at this address. */
export async function standInAnswers(url: string): Promise<boolean> {
  return typeof (await runRemotely(url, 'now')) === 'string';
}

/** `name`: of the server and of the folder beside this one. `dataFile`: in the stack's folder. */
export function startStandIn(
  context: StackContext,
  { name, dataFile }: { readonly name: Launch<'http'>['name']; readonly dataFile: string },
): Promise<void> {
  return launch(context, {
    name,
    ports: ['http'],
    command: (ports) => ({
      name,
      program: process.execPath,
      args: [fromRoot('dist', 'src', 'local', name, 'main.js'), String(ports.http), join(context.dir, dataFile)],
      env: serverEnvironment(context.dir),
      logFile: join(context.dir, `${name}.log`),
    }),
    answers: (ports) => standInAnswers(`http://127.0.0.1:${ports.http}`),
  });
}
