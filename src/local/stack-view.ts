/**
 * Owns looking at a local stack: where its servers are and whether they answer. Changes nothing and shows no secret but
 * in the addresses that a caller in this program needs.
 */
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { externalServers } from './external.ts';
import { postgresAnswers, postgresUrl, urlForDatabase } from './postgres.ts';
import { isAlive } from './process-lock.mjs';
import { localS3, type S3Access, s3Answers } from './s3.ts';
import { mailDirOf, smtpAnswers } from './smtp.ts';
import { standInAnswers } from './stand-in/server.ts';
import { newState, readState, type ServerName, type StackState, serverNames } from './state.ts';
import { standInKey } from './stripe/key.ts';
import { temporalAnswers, temporalNamespace } from './temporal.ts';

export interface LocalStack {
  readonly dir: string;
  readonly temporal: { readonly address: string; readonly uiUrl: string; readonly namespace: string };
  readonly postgres: {
    /** Administrator's URL of the maintenance database. */
    readonly url: string;
    urlFor(database: string): string;
  };
  readonly s3: S3Access;
  readonly smtp: { readonly url: string; readonly mailDir: string };
  /** How a program reaches the stand-in: what the official client takes as `host`, `port` and `protocol`, and a key. */
  readonly stripe: { readonly url: string; readonly key: string };
  /** What `https://<subdomain>.zendesk.com` is at Zendesk. Who may ask is said by the stand-in's controls. */
  readonly zendesk: { readonly url: string };
  /** Ends this process's use; the last user stops the servers, unless the stack was brought up to stay. */
  stop(): Promise<void>;
}

export interface LocalStatus {
  readonly dir: string;
  readonly state: 'running' | 'partly' | 'stopped';
  readonly servers: readonly {
    name: ServerName;
    state: 'running' | 'stopped' | 'external';
    address: string;
    pid: number | null;
  }[];
}

function port(state: StackState, name: ServerName, kind: string): number {
  return (state.servers[name] ?? { ports: state.lastPorts[name] ?? {} }).ports[kind] ?? 0;
}

/** A server that runs is asked for so long before it counts as gone: on a busy machine it is slow, and others use it. */
const patienceMs = 15_000;
const againMs = 250;

/** Whether our remembered server still runs and answers. */
export async function answers(name: ServerName, state: StackState): Promise<boolean> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const server = state.servers[name];
    if (server === undefined || !isAlive(server.process)) return false;
    if (await answersNow(name, state)) return true;
    if (performance.now() > until) return false;
    await pause(againMs);
  }
}

function answersNow(name: ServerName, state: StackState): Promise<boolean> {
  const probes = {
    temporal: () => temporalAnswers(`127.0.0.1:${port(state, 'temporal', 'frontend')}`),
    postgres: () => postgresAnswers(postgresUrl(port(state, 'postgres', 'sql'), state.secrets.postgresPassword)),
    s3: () => s3Answers(localS3(port(state, 's3', 's3'), state.secrets)),
    smtp: () => smtpAnswers('127.0.0.1', port(state, 'smtp', 'smtp')),
    stripe: () => standInAnswers(`http://127.0.0.1:${port(state, 'stripe', 'http')}`),
    zendesk: () => standInAnswers(`http://127.0.0.1:${port(state, 'zendesk', 'http')}`),
  };
  return probes[name]().catch(() => false);
}

/** Addresses of the stack as others use it. */
export function addressesOf(dir: string, state: StackState): Omit<LocalStack, 'stop'> {
  const external = externalServers();
  const url = external.postgres ?? postgresUrl(port(state, 'postgres', 'sql'), state.secrets.postgresPassword);
  return {
    dir,
    temporal: external.temporal ?? {
      address: `127.0.0.1:${port(state, 'temporal', 'frontend')}`,
      uiUrl: `http://127.0.0.1:${port(state, 'temporal', 'ui')}`,
      namespace: temporalNamespace,
    },
    postgres: { url, urlFor: (database) => urlForDatabase(url, database) },
    s3: external.s3 ?? localS3(port(state, 's3', 's3'), state.secrets),
    smtp: { url: external.smtp ?? `smtp://127.0.0.1:${port(state, 'smtp', 'smtp')}`, mailDir: mailDirOf(dir) },
    stripe: { url: external.stripe ?? `http://127.0.0.1:${port(state, 'stripe', 'http')}`, key: standInKey },
    zendesk: { url: external.zendesk ?? `http://127.0.0.1:${port(state, 'zendesk', 'http')}` },
  };
}

/** What runs and where; changes nothing, shows no secret. */
export async function localStatus(options: { readonly dir: string }): Promise<LocalStatus> {
  const dir = resolve(options.dir);
  const state = readState(dir);
  const external = externalServers();
  const stack = addressesOf(dir, state ?? newState());
  const addresses: Record<ServerName, string> = {
    temporal: stack.temporal.address,
    postgres: new URL(stack.postgres.url).host,
    s3: stack.s3.endpoint,
    smtp: stack.smtp.url,
    stripe: stack.stripe.url,
    zendesk: stack.zendesk.url,
  };
  const servers = await Promise.all(
    serverNames.map(async (name) => {
      const isRunning = state !== undefined && (await answers(name, state));
      const status = external[name] !== undefined ? 'external' : isRunning ? 'running' : 'stopped';
      const pid = status === 'running' ? (state?.servers[name]?.process.pid ?? null) : null;
      return { name, state: status, address: status === 'stopped' ? '' : addresses[name], pid } as const;
    }),
  );
  const up = servers.filter((server) => server.state !== 'stopped').length;
  return { dir, state: up === servers.length ? 'running' : up === 0 ? 'stopped' : 'partly', servers };
}
