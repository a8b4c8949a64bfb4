/** The key store: what is destroyed stays destroyed, what is stored is wrapped, what is wrong has a code. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newId } from '../ids.ts';
import { openFileKeyStore } from './keys.ts';

describe('the file key store', () => {
  let path: string;
  const master = Buffer.alloc(32, 1);
  beforeAll(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'habeas-keys-')), 'store');
  });
  afterAll(() => rm(join(path, '..'), { recursive: true, force: true }));
  const open = () => openFileKeyStore({ path, master });

  it('gives the same 32 bytes to every process that has the master key', async () => {
    const id = await open().create('working');
    const key = await open().use(id);
    expect(key).toHaveLength(32);
    expect(await open().use(id)).toEqual(key);
    expect(await open().use(await open().create('working'))).not.toEqual(key);
  });

  it('stores keys wrapped, in files that only their owner may read', async () => {
    const id = await open().create('case-file');
    const key = await open().use(id);
    const file = join(path, `${id}.key`);
    expect((await readFile(file)).includes(key)).toBe(false);
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it('never opens a destroyed key again, also where its file comes back from a backup', async () => {
    const store = open();
    const id = await store.create('working');
    const file = join(path, `${id}.key`);
    const backup = await readFile(file);
    await store.destroy(id);
    await store.destroy(id);
    expect(await store.exists(id)).toBe(false);
    await expect(open().use(id)).rejects.toMatchObject({ code: 'key-destroyed' });
    expect((await readdir(path)).filter((name) => name.startsWith(id))).toEqual([`${id}.destroyed`]);
    await writeFile(file, backup);
    expect(await open().exists(id)).toBe(false);
    await expect(open().use(id)).rejects.toMatchObject({ code: 'key-destroyed' });
  });

  it('tells a key that never was from one that was destroyed', async () => {
    const never = newId('key');
    expect(await open().exists(never)).toBe(false);
    await expect(open().use(never)).rejects.toMatchObject({ code: 'key-missing' });
    await expect(open().destroy(never)).rejects.toMatchObject({ code: 'key-missing' });
  });

  it('refuses another master key, a swapped file and a damaged one', async () => {
    const [one, two] = [await open().create('working'), await open().create('working')];
    const stranger = openFileKeyStore({ path, master: Buffer.alloc(32, 2) });
    await expect(stranger.use(one)).rejects.toMatchObject({ code: 'key-master' });
    await writeFile(join(path, `${one}.key`), await readFile(join(path, `${two}.key`)));
    await expect(open().use(one)).rejects.toMatchObject({ code: 'key-master' });
    await writeFile(join(path, `${two}.key`), Buffer.alloc(3));
    await expect(open().use(two)).rejects.toMatchObject({ code: 'key-master' });
    expect(() => openFileKeyStore({ path, master: Buffer.alloc(16) })).toThrow(
      expect.objectContaining({ code: 'key-master' }),
    );
  });
});
