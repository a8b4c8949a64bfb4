/**
 * Owns the local mail server: a small Node process of its own (so that a stack brought up to stay outlives the command)
 * that keeps every mail as a file in `<dir>/mails/` and sends nothing. The files hold personal data of the sample
 * company only; their names never do.
 */
import { connect } from 'node:net';
import { join } from 'node:path';
import { fromRoot } from '../root.ts';
import { type Launch, launch, type StackContext } from './launch.ts';
import { serverEnvironment } from './server-process.ts';

export function mailDirOf(dir: string): string {
  return join(dir, 'mails');
}

/** Whether an SMTP server greets at this address. */
export function smtpAnswers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('data', (greeting) => end(greeting.toString('latin1').startsWith('220')));
  });
}

export function startSmtp(context: StackContext): Promise<void> {
  const server: Launch<'smtp'> = {
    name: 'smtp',
    ports: ['smtp'],
    command: (ports) => ({
      name: 'smtp',
      program: process.execPath,
      args: [fromRoot('src', 'local', 'smtp-catcher.mjs'), String(ports.smtp), mailDirOf(context.dir)],
      env: serverEnvironment(context.dir),
      logFile: join(context.dir, 'smtp.log'),
    }),
    answers: (ports) => smtpAnswers('127.0.0.1', ports.smtp),
  };
  return launch(context, server);
}
