/** The `zendesk` connector at a desk in the stand-in, with the data map that it comes with. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { CallContext, SubjectKey, System } from '../../connectors/contract.ts';
import { zendesk } from '../../connectors/zendesk/index.ts';
import type { SystemId } from '../../src/ids.ts';
import { fromRoot } from '../../src/root.ts';

/** The edge: a slug written in this file. */
const id = 'support-desk' as SystemId;

export const dataMap = () => parse(readFileSync(fromRoot('connectors', 'zendesk', 'data-map.yaml'), 'utf8'));

export function systemAt(
  url: string,
  token: string,
  settings: object = {},
  map: unknown = dataMap(),
): { readonly id: SystemId; readonly system: System } {
  const system = zendesk.open({
    ...{ id, name: 'Support', rate: {}, concurrency: undefined, dataMap: map },
    settings: {
      ...{ subdomain: 'stand-in', token, apiBase: url, requestsPerMinute: 10_000_000, verifySeconds: 0 },
      ...settings,
    },
  });
  return { id, system };
}

export const context = (signal = new AbortController().signal): CallContext => ({
  systemId: id,
  signal,
  progress: () => undefined,
});

export const keysOf = (user: number): readonly SubjectKey[] => [
  { collection: 'users', key: [['id', String(user)]], provedBy: 'zendesk_user_id' },
];
