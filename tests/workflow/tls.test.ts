/** Temporal behind TLS and an API key, as a hosted service is: the right settings work, each wrong one has its code. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectClient } from '../../src/temporal/connect.ts';
import { testServers } from '../support/servers.ts';
import { openTlsDoor, type TlsDoor } from '../support/tls-proxy.ts';
import { FakeSystem } from './fake-system.ts';
import { newWorld } from './world.ts';

const apiKey = 'key-of-this-test';
const anna = { id: 'acc-anna', proofs: { email: 'anna.marker@example.ee' }, rows: 3 };

describe('Temporal behind TLS with an API key', () => {
  let door: TlsDoor;
  beforeAll(async () => {
    door = await openTlsDoor((await testServers()).temporal.address, apiKey);
  });
  afterAll(() => door.close());

  const settings = (ca: string | undefined, key: string | undefined, serverName?: string) => ({
    address: door.address,
    namespace: 'default',
    tls: { ca, serverName, cert: undefined, key: undefined },
    apiKey: key,
    queuePrefix: '',
  });

  it('runs a request end to end', async () => {
    const system = new FakeSystem({ needs: ['email'], accounts: [anna] });
    const world = await newWorld('wf-tls', {
      systems: { 'account-db': system },
      temporal: { address: door.address, tls: settings(door.ca, apiKey).tls, apiKey },
    });
    try {
      await world.work();
      const before = door.calls();
      const id = await world.open();
      await world.shows(id, ({ state }) => state === 'completed');
      expect(door.calls()).toBeGreaterThan(before);
    } finally {
      await world.close();
    }
  });

  it.each([
    ['a certificate of an unknown authority', () => settings(door.strangersCa, apiKey), 'temporal-tls'],
    ['no authority named, and the system knows it not', () => settings(undefined, apiKey), 'temporal-tls'],
    ['another server name than the certificate’s', () => settings(door.ca, apiKey, 'other.example'), 'temporal-tls'],
    ['a wrong API key', () => settings(door.ca, 'another-key'), 'temporal-credentials'],
    ['no API key', () => settings(door.ca, undefined), 'temporal-credentials'],
    [
      'a namespace that is not there',
      () => ({ ...settings(door.ca, apiKey), namespace: 'nowhere' }),
      'temporal-namespace',
    ],
    ['nobody at the address', () => ({ ...settings(door.ca, apiKey), address: 'localhost:1' }), 'temporal-unreachable'],
  ] as const)('refuses %s', async (_name, config, code) => {
    await expect(connectClient(config(), { timeoutMs: 3_000 })).rejects.toMatchObject({ code });
  });
});
