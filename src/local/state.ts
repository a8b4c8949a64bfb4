/**
 * Owns `<dir>/stack.json`: which servers this stack has, on which ports, with which secrets, and by which process each
 * can be recognised. Written whole (temporary file and rename), mode 0600, after every change, so that whoever comes
 * after a crash knows what is its own. Holds secrets of the local stack only. A file that cannot be read counts as none.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RememberedProcess } from './process-lock.mjs';

export const serverNames = ['temporal', 'postgres', 's3', 'smtp', 'stripe', 'zendesk'] as const;
export type ServerName = (typeof serverNames)[number];

export interface ServerState {
  process: RememberedProcess;
  /** Named ports, e.g. `{frontend: 12001, ui: 12002}`. */
  ports: Record<string, number>;
}

export interface Secrets {
  readonly postgresPassword: string;
  readonly s3AccessKeyId: string;
  readonly s3SecretAccessKey: string;
  /** `WEED_JWT_…_KEY` values, in the order of weedJwtVariables. */
  readonly weedJwtKeys: readonly [string, string, string, string];
}

export interface StackState {
  readonly version: 1;
  readonly secrets: Secrets;
  /** The servers started last and not stopped by us. */
  servers: Partial<Record<ServerName, ServerState>>;
  /** Ports used last, tried first next time so that addresses stay the same. */
  lastPorts: Partial<Record<ServerName, Record<string, number>>>;
  /** Processes that use the stack now; the last one to leave stops it, unless it was brought up to stay. */
  holders: RememberedProcess[];
  stays: boolean;
  /** Where PostgreSQL's data is, when its user cannot reach this folder. */
  postgresData?: string;
  /** Folders of Unix sockets below the temporary folder, removed with the stack. */
  weedSockets?: string[];
}

export function stackFile(dir: string): string {
  return join(dir, 'stack.json');
}

export function newState(): StackState {
  const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
  return {
    version: 1,
    secrets: {
      postgresPassword: hex(24),
      s3AccessKeyId: `HABEAS${hex(7).toUpperCase()}`,
      s3SecretAccessKey: hex(24),
      weedJwtKeys: [hex(24), hex(24), hex(24), hex(24)],
    },
    servers: {},
    lastPorts: {},
    holders: [],
    stays: false,
  };
}

function isState(value: unknown): value is StackState {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    value.version === 1 &&
    'secrets' in value &&
    'servers' in value &&
    'holders' in value &&
    Array.isArray(value.holders)
  );
}

export function readState(dir: string): StackState | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(stackFile(dir), 'utf8'));
    return isState(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Synchronous on purpose: called right after a spawn, before anything else can happen. */
export function writeState(dir: string, state: StackState): void {
  mkdirSync(dir, { recursive: true });
  const temporary = `${stackFile(dir)}.${process.pid}.new`;
  writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, stackFile(dir));
}
