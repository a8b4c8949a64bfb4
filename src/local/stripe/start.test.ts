import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runRemotely } from '../stand-in/remote.ts';
import { loadSampleRemotely } from './remote.ts';
import { type StripeStandIn, startStripeStandIn } from './start.ts';
import { clientOf } from './testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'stripe-stand-in-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a stand-in with a file', () => {
  it('is there again after its end as it was left: objects, the deleted, kept answers and the clock', async () => {
    const dataFile = join(folder, 'kept.json');
    const first = await startStripeStandIn({ dataFile });
    first.control.setClock('2026-11-01T00:00:00Z');
    const stripe = clientOf(first);
    const { id } = await stripe.customers.create({ name: 'Helmi' }, { idempotencyKey: 'one' });
    const gone = await stripe.customers.create({});
    await stripe.customers.del(gone.id);
    const digest = first.control.digest();
    await first.stop();

    const second = await startStripeStandIn({ dataFile });
    expect(second.control.digest()).toBe(digest);
    expect(second.control.now()).toBe('2026-11-01T00:00:00.000Z');
    const again = clientOf(second);
    expect((await again.customers.create({ name: 'Helmi' }, { idempotencyKey: 'one' })).id).toBe(id);
    expect(await again.customers.retrieve(gone.id)).toMatchObject({ deleted: true });
    expect((await again.customers.create({})).id).not.toBe(gone.id);
    await second.stop();
    expect(statSync(dataFile).mode & 0o077).toBe(0);
  });

  it('has written what it answered, so that being killed loses nothing', async () => {
    const dataFile = join(folder, 'killed.json');
    const killed = await startStripeStandIn({ dataFile });
    const { id } = await clientOf(killed).customers.create({});
    // The first one is still there, and never came to an end: as if it had been killed.
    const next = await startStripeStandIn({ dataFile });
    expect(next.control.ids('customers')).toEqual([id]);
    await Promise.all([killed.stop(), next.stop()]);
  });
});

describe('the controls over HTTP', () => {
  let standIn: StripeStandIn;
  let origin: string;
  beforeAll(async () => {
    standIn = await startStripeStandIn();
    origin = `http://${standIn.host}:${standIn.port}`;
  });
  afterAll(() => standIn.stop());

  it('do what they do in the same process', async () => {
    await runRemotely(origin, 'setClock', '2026-11-01T00:00:00Z');
    await runRemotely(origin, 'load', { customers: [{ id: 'cus_a', created: 1, name: 'Helmi' }] });
    expect(await runRemotely(origin, 'now')).toBe('2026-11-01T00:00:00.000Z');
    expect(await runRemotely(origin, 'ofCustomer', 'cus_a')).toMatchObject({ customers: [{ name: 'Helmi' }] });
    await expect(runRemotely(origin, 'nothing')).rejects.toThrow('nothing');
  });

  it('load no object over one that is there, and none that was deleted', async () => {
    const customers = ['cus_left', 'cus_gone'].map((id) => ({ id, created: 1, name: 'as loaded' }));
    standIn.control.load({ customers });
    const stripe = clientOf(standIn);
    await stripe.customers.update('cus_left', { name: 'changed' });
    await stripe.customers.del('cus_gone');
    standIn.control.load({ customers });
    expect(await stripe.customers.retrieve('cus_left')).toMatchObject({ name: 'changed' });
    expect(await stripe.customers.retrieve('cus_gone')).toMatchObject({ deleted: true });
    expect(standIn.control.object('customers', 'cus_gone')).toBeNull();
  });

  it('load a sample once, and another in its place', async () => {
    const sample = { customers: [{ id: 'cus_sample', created: 1 }] };
    expect(await loadSampleRemotely(origin, 'one', sample)).toBe(true);
    await clientOf(standIn).customers.del('cus_sample');
    expect(await loadSampleRemotely(origin, 'one', sample)).toBe(false);
    expect(standIn.control.isDeleted('cus_sample')).toBe(true);
    expect(await loadSampleRemotely(origin, 'two', sample)).toBe(true);
    expect(standIn.control.ids('customers')).toEqual(['cus_sample']);
  });
});

describe('two stand-ins', () => {
  it('run side by side and share nothing', async () => {
    const [one, two] = await Promise.all([startStripeStandIn(), startStripeStandIn()]);
    await clientOf(one).customers.create({});
    expect(two.control.ids('customers')).toEqual([]);
    await Promise.all([one.stop(), two.stop()]);
  });
});
