/**
 * Owns the installations that benches measure: the sample installation of the local stack, with a ledger database, a
 * task-queue prefix and (where wanted) another account database of each run's own, so that no run meets another's work.
 * Everything is opened as in production: a `habeas.yaml`, read by the program's own reader.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { System } from '../connectors/contract.ts';
import { registry } from '../connectors/registry.ts';
import { type LoadedConfig, loadConfig } from '../src/config/load.ts';
import type { RequestId, SystemId, TaskId } from '../src/ids.ts';
import { migrateLedger } from '../src/ledger/migrate.ts';
import { type Ledger, openLedger } from '../src/ledger/open.ts';
import type { Right } from '../src/ledger/states.ts';
import { type Installation, prepareInstallation } from '../src/local/installation.ts';
import { createDatabase } from '../src/local/postgres.ts';
import type { LocalStack } from '../src/local/stack.ts';
import { answer, approvePlan, createRequest, type GivenIdentifiers, type SignedBy } from '../src/requests/index.ts';
import { type KeyStore, openFileKeyStore } from '../src/security/keys.ts';
import { playbackMap } from './postgres-data.ts';

/** One installation on the bench's stack. */
export interface Bed {
  readonly configPath: string;
  readonly config: LoadedConfig;
  readonly ledger: Ledger;
  /** Opens a request as `habeas requests new` does, for access unless told, identity verified by the first person. */
  open(identifiers: GivenIdentifiers, contact: string, rights?: readonly Right[]): Promise<RequestId>;
  /** Approves the plan that waits for it, as `habeas requests approve` does, by the second person. */
  approve(requestId: RequestId): Promise<void>;
  /** Says of a notice to a recipient (Art. 19) that it was sent, or that it was acknowledged, as `habeas tasks answer` does. */
  answerNotice(taskId: TaskId, said: 'sent' | 'acknowledged'): Promise<void>;
  close(): Promise<void>;
}

let made = 0;
let sample: Promise<Installation> | undefined;

export interface BedOptions {
  /** A database of postgres-data.ts instead of the sample company's. */
  readonly accountUrl?: string;
  /** Ids of the sample installation's systems; the account database alone unless told. */
  readonly systems?: readonly string[];
}

export async function openBed(stack: LocalStack, options: BedOptions = {}): Promise<Bed> {
  sample ??= prepareInstallation(stack, () => undefined);
  const { configPath: samplePath, people } = await sample;
  made += 1;
  const name = `bench-${made}`;
  const ledgerUrl = await createDatabase(stack.postgres.url, `bench_${made}`);
  await migrateLedger(ledgerUrl);
  const secret = (part: string, value: string) => {
    const file = join('secrets', `${name}-${part}`);
    writeFileSync(join(stack.dir, file), `${value}\n`, { mode: 0o600 });
    return { file };
  };
  const file = parse(readFileSync(samplePath, 'utf8'));
  file.ledger.url = secret('ledger-url', ledgerUrl);
  file.temporal.queuePrefix = name;
  const wanted = options.systems ?? ['account-db'];
  file.systems = file.systems.filter(({ id }: { readonly id: string }) => wanted.includes(id));
  if (options.accountUrl !== undefined) {
    writeFileSync(join(stack.dir, 'playback.map.yaml'), stringify(playbackMap, { aliasDuplicateObjects: false }));
    const settings = { url: secret('account-url', options.accountUrl) };
    const account = { name: 'Playback', connector: 'postgres', dataMap: 'playback.map.yaml', settings };
    file.systems = [{ id: 'playback', ...account }];
  }
  const known = file.systems.map(({ id }: { readonly id: string }) => id);
  file.backups = file.backups.filter(({ systems }: { readonly systems: readonly string[] }) =>
    systems.every((id) => known.includes(id)),
  );
  // Who receives something by a system that is left out receives nothing here.
  file.recipients = file.recipients.filter(({ within = [] }: { readonly within?: readonly string[] }) =>
    within.every((id) => known.includes(id)),
  );
  const configPath = join(stack.dir, `${name}.yaml`);
  // Who has the originals is said of systems that are there.
  const { retention } = file.policy;
  const originals = Object.entries(retention.systemOfRecord).filter(([, id]) => known.includes(id));
  retention.systemOfRecord = Object.fromEntries(originals);
  writeFileSync(configPath, stringify(file), { mode: 0o600 });

  const config = loadConfig({ path: configPath, connectors: registry });
  const ledger = openLedger(config.ledger.url);
  const keys: KeyStore = openFileKeyStore({ path: config.keys.store.path, master: config.keys.master });
  const systems = new Map<SystemId, System>();
  for (const system of config.systems) {
    const connector = registry.get(system.connector);
    if (connector !== undefined) systems.set(system.id, connector.open(system));
  }
  const [by, second] = people.map(
    ({ id, keyFile }): SignedBy => ({ personId: id, privateKeyPem: readFileSync(keyFile, 'utf8') }),
  );
  if (by === undefined || second === undefined) throw new Error('the sample installation has no two people');
  const deps = { ledger, keys, config, systems, now: () => new Date() };
  return {
    configPath,
    config,
    ledger,
    open: async (identifiers, contact, rights = ['access']) => {
      const identity = { method: 'logged-in', contact };
      const asked = { rights, channel: 'web', language: 'en' } as const;
      return (await createRequest(deps, { ...asked, identifiers, identity, by })).requestId;
    },
    approve: async (requestId) => {
      await approvePlan(deps, { requestId, signedBy: second });
    },
    answerNotice: async (taskId, said) => {
      await answer(deps, { taskId, answer: said, signedBy: by });
    },
    close: async () => {
      await Promise.all([...systems.values()].map((system) => system.close()));
      await ledger.close();
    },
  };
}
