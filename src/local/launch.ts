/**
 * Owns bringing up one server of a stack: ports, spawn, remembering it in stack.json before anything else can happen,
 * waiting for its answer, and other ports if it died (somebody took one between our look and its bind).
 */
import { choosePorts } from './ports.ts';
import { type ServerCommand, startFailure, startServer, stopServer, untilAnswering } from './server-process.ts';
import { type ServerName, type StackState, writeState } from './state.ts';

export interface StackContext {
  /** Absolute path of the stack's folder. */
  readonly dir: string;
  readonly state: StackState;
  readonly log: (line: string) => void;
  /** `test` gives durability away for speed. */
  readonly profile: 'start' | 'test';
  /** Ports already spoken for in this stack. */
  readonly takenPorts: Set<number>;
}

export interface Launch<N extends string> {
  readonly name: ServerName;
  readonly ports: readonly N[];
  command(ports: Record<N, number>): ServerCommand;
  answers(ports: Record<N, number>): Promise<boolean>;
}

const attempts = 4;

export async function launch<N extends string>(context: StackContext, server: Launch<N>): Promise<void> {
  const { dir, state } = context;
  for (let attempt = 1; ; attempt++) {
    const ports = await choosePorts(
      server.ports,
      attempt === 1 ? state.lastPorts[server.name] : undefined,
      context.takenPorts,
    );
    const command = server.command(ports);
    const started = await startServer(command);
    state.servers[server.name] = { process: started, ports };
    state.lastPorts[server.name] = ports;
    writeState(dir, state);
    const answering = await untilAnswering(command.name, started, command.logFile, () => server.answers(ports)).catch(
      async (error: unknown) => {
        await stopServer(started);
        throw error;
      },
    );
    if (answering) return;
    delete state.servers[server.name];
    writeState(dir, state);
    if (attempt === attempts) throw startFailure(command.name, command.logFile);
  }
}
