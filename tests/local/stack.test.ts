/** The local stack's promises, on real servers: reachable by us only, data comes back, crashes block nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTransport } from 'nodemailer';
import pg from 'pg';
import { externalServers } from '../../src/local/external.ts';
import { createDatabase } from '../../src/local/postgres.ts';
import { isAlive, startOf } from '../../src/local/process-lock.mjs';
import { createBucket, s3Client, weedEnvironment } from '../../src/local/s3.ts';
import { type LocalStack, localDown, localReset, localStatus, localUp } from '../../src/local/stack.ts';
import { runRemotely } from '../../src/local/stand-in/remote.ts';
import { newState, readState, type StackState, serverNames, stackFile, writeState } from '../../src/local/state.ts';
import { loadSampleRemotely as loadDesk } from '../../src/local/zendesk/remote.ts';
import { removeDeadRuns } from '../support/reap.mjs';
import { eventually, runFolder } from '../support/servers.ts';

const folders: string[] = [];
/** A folder for a stack; `mode` of the folder above decides who reaches it. */
function freshDir(mode = 0o711): string {
  const above = mkdtempSync(join(runFolder(), 'stack-'));
  chmodSync(above, mode);
  const dir = join(above, 'start');
  folders.push(dir);
  return dir;
}
afterAll(() => Promise.all(folders.map((dir) => localReset({ dir }))));

function stateOf(dir: string): StackState {
  const state = readState(dir);
  if (state === undefined) throw new Error('no stack.json');
  return state;
}
const pidsOf = (dir: string) =>
  Object.fromEntries(serverNames.map((name) => [name, stateOf(dir).servers[name]?.process.pid]));

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** A process that does nothing, as the owner of `file` where given, with the identity it is remembered by. */
async function bystander(file?: string) {
  const { uid, gid } = statSync(file ?? runFolder());
  const user = process.getuid?.() === 0 ? { uid, gid } : {};
  const child = spawn('sleep', ['600'], { stdio: 'ignore', cwd: '/', ...user });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  return { child, remembered: { pid, start: startOf(pid) ?? '' } };
}

describe('a local stack that is up', () => {
  const dir = freshDir();
  let stack: LocalStack;
  beforeAll(async () => {
    stack = await localUp({ dir, profile: 'test' });
  });

  it('runs PostgreSQL 18 behind a password', async () => {
    expect(await query(stack.postgres.url, 'show server_version_num')).toEqual([
      { server_version_num: expect.stringMatching(/^18/) },
    ]);
    const wrong = new URL(stack.postgres.url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('lets nobody read or write S3 or the filer behind it without a signature', async () => {
    await createBucket(stack.s3, 'closed');
    const filer = `http://127.0.0.1:${stateOf(dir).servers.s3?.ports.filer}`;
    const doors = [`${stack.s3.endpoint}/closed/x`, `${filer}/buckets/closed/x`, `${filer}/`, `${stack.s3.endpoint}/`];
    for (const door of doors) {
      for (const init of [
        { method: 'GET' },
        { method: 'PUT', body: 'x' },
        { method: 'POST', body: 'x' },
        { method: 'DELETE' },
      ]) {
        const { status } = await fetch(door, init);
        expect([`${init.method} ${door}`, [401, 403, 405].includes(status) ? 'refused' : status]).toEqual([
          `${init.method} ${door}`,
          'refused',
        ]);
      }
    }
  });

  it('listens on no address but 127.0.0.1', async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter((address) => !address.internal && address.family === 'IPv4')
      .map((address) => address.address);
    const ports = Object.values(stateOf(dir).servers).flatMap((server) => Object.values(server.ports));
    expect(ports).toHaveLength(12);
    // 127.0.0.2 is this machine too: it stands for "any other address" where there is no network.
    for (const host of [...outside, '127.0.0.2']) {
      for (const port of ports) expect([host, port, await accepts(host, port)]).toEqual([host, port, false]);
    }
  });

  it('keeps a mail as a file that only its user may read, and names no address in the file name', async () => {
    const mailer = createTransport(stack.smtp.url);
    await mailer.sendMail({ from: 'a@example.ee', to: 'mari@example.ee', subject: 'Õhtu', text: 'tere' });
    mailer.close();
    const [name = '', ...more] = readdirSync(stack.smtp.mailDir);
    expect(more).toEqual([]);
    expect(name).toMatch(/^[0-9TZ-]+-[0-9a-f]{8}\.eml$/);
    const file = join(stack.smtp.mailDir, name);
    expect(readFileSync(file, 'utf8')).toContain('To: mari@example.ee');
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('keeps its secrets in files that only its user may read', () => {
    expect(statSync(stackFile(dir)).mode & 0o077).toBe(0);
    for (const folder of ['mails', 'temporal', 'postgres', 's3', 'stripe.json', 'zendesk.ndjson']) {
      expect([folder, statSync(join(dir, folder)).mode & 0o077]).toEqual([folder, 0]);
    }
  });

  it('says what runs and where, without a secret', async () => {
    const status = await localStatus({ dir });
    expect(status.state).toBe('running');
    expect(status.servers.map((server) => server.name)).toEqual([...serverNames]);
    const text = JSON.stringify(status);
    for (const secret of Object.values(stateOf(dir).secrets).flat()) expect(text).not.toContain(secret);
  });

  it('is used as it is by the next one who brings it up', async () => {
    const before = pidsOf(dir);
    await localUp({ dir, profile: 'test' });
    expect(pidsOf(dir)).toEqual(before);
  });

  it('gives a bucket Object Lock when asked to, and a second creation is no error', async () => {
    await createBucket(stack.s3, 'locked', { objectLock: true });
    await createBucket(stack.s3, 'locked', { objectLock: true });
    const client = s3Client(stack.s3);
    const put = { Bucket: 'locked', Key: 'k', Body: 'x', ObjectLockMode: 'COMPLIANCE' as const };
    const kept = client.send(
      new PutObjectCommand({ ...put, ObjectLockRetainUntilDate: new Date(Date.now() + 60_000) }),
    );
    await expect(kept).resolves.toMatchObject({ VersionId: expect.any(String) });
    client.destroy();
  });

  it('makes a database from a template', async () => {
    const template = await createDatabase(stack.postgres.url, 'model');
    await query(template, 'create table t as select 7 as n');
    const copy = await createDatabase(stack.postgres.url, 'copy of "model"', { template: 'model' });
    expect(await query(copy, 'select n from t')).toEqual([{ n: 7 }]);
  });
});

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

describe('a local stack after a crash', () => {
  it('comes back with its data and addresses when every server was killed and a pid was given to somebody else', async () => {
    const dir = freshDir();
    // Not the test profile: what was acknowledged must be there again.
    const first = await localUp({ dir });
    const database = await createDatabase(first.postgres.url, 'kept');
    await query(database, 'create table t as select 7 as n');
    await createBucket(first.s3, 'kept');
    await runRemotely(first.stripe.url, 'load', { customers: [{ id: 'cus_kept', created: 1 }] });
    await loadDesk(first.zendesk.url, 'kept', { users: [{ id: 7, name: 'Kept', created_at: '2026-01-02T08:00:00Z' }] });
    const client = s3Client(first.s3);
    await client.send(new PutObjectCommand({ Bucket: 'kept', Key: 'k', Body: 'seven' }));
    for (const server of Object.values(stateOf(dir).servers)) process.kill(server.process.pid, 'SIGKILL');
    await eventually(() => Object.values(stateOf(dir).servers).every((server) => !isAlive(server.process)));
    const pidFile = join(dir, 'postgres', 'data', 'postmaster.pid');
    // PostgreSQL believes in a process only if it is the same user's.
    const { child, remembered } = await bystander(pidFile);
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(remembered.pid)));

    const second = await localUp({ dir });
    expect(second.temporal).toEqual(first.temporal);
    expect(second.s3).toEqual(first.s3);
    expect(second.stripe).toEqual(first.stripe);
    expect(await runRemotely(second.stripe.url, 'ids', 'customers')).toEqual(['cus_kept']);
    expect(second.zendesk).toEqual(first.zendesk);
    expect(await runRemotely(second.zendesk.url, 'object', 'users', 7)).toMatchObject({ name: 'Kept' });
    expect(await query(second.postgres.urlFor('kept'), 'select n from t')).toEqual([{ n: 7 }]);
    // A server that was killed answers before it has found its volumes again.
    const object = await eventually(() => client.send(new GetObjectCommand({ Bucket: 'kept', Key: 'k' })));
    expect(await object.Body?.transformToString()).toBe('seven');
    client.destroy();
    expect(isAlive(remembered)).toBe(true);
    child.kill();
    expect((await localDown({ dir })).stopped.sort()).toEqual([...serverNames].sort());
    expect((await localStatus({ dir })).state).toBe('stopped');
  });

  it('is taken over, servers running, from a parent that was killed, and stopped by its new one', async () => {
    const dir = freshDir();
    await localUp({ dir, profile: 'test' });
    const before = pidsOf(dir);
    const { child, remembered } = await bystander();
    child.kill('SIGKILL');
    await once(child, 'exit');
    writeState(dir, { ...stateOf(dir), holders: [remembered] });

    const stack = await localUp({ dir, profile: 'test' });
    expect(pidsOf(dir)).toEqual(before);
    await stack.stop();
    expect((await localStatus({ dir })).state).toBe('stopped');
  });

  it('starts the one server that died and leaves the others alone', async () => {
    const dir = freshDir();
    await localUp({ dir, profile: 'test' });
    const { postgres, ...others } = pidsOf(dir);
    const died = stateOf(dir).servers.postgres;
    if (died === undefined) throw new Error('PostgreSQL is remembered');
    process.kill(died.process.pid, 'SIGKILL');
    await eventually(() => !isAlive(died.process));
    expect((await localStatus({ dir })).state).toBe('partly');

    const stack = await localUp({ dir, profile: 'test' });
    expect(pidsOf(dir)).toMatchObject(others);
    expect(pidsOf(dir).postgres).not.toBe(postgres);
    expect(await query(stack.postgres.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  it('never signals a process that has a remembered pid but another start', async () => {
    const dir = freshDir();
    const { child, remembered } = await bystander();
    const state = newState();
    const ports = { frontend: 1, ui: 2, http: 3 };
    mkdirSync(dir, { recursive: true });
    writeState(dir, { ...state, servers: { temporal: { process: { ...remembered, start: 'earlier' }, ports } } });
    expect(await localDown({ dir })).toEqual({ dir, stopped: [] });
    expect(isAlive(remembered)).toBe(true);
    child.kill();
    writeFileSync(join(dir, 'habeas-local-stack'), '');
  });
});

describe('several users', () => {
  it('of one stack: the last one to leave stops it', async () => {
    const dir = freshDir();
    const stack = await localUp({ dir, profile: 'test' });
    const other = await bystander();
    writeState(dir, { ...stateOf(dir), holders: [...stateOf(dir).holders, other.remembered] });
    await stack.stop();
    expect((await localStatus({ dir })).state).toBe('running');
    other.child.kill('SIGKILL');
    await once(other.child, 'exit');
    await stack.stop();
    expect((await localStatus({ dir })).state).toBe('stopped');
  });

  it('with a stack each do not meet: started at the same moment, one stops and the other goes on', async () => {
    const [dirA, dirB] = [freshDir(), freshDir()];
    const [a, b] = await Promise.all([dirA, dirB].map((dir) => localUp({ dir, profile: 'test' })));
    if (a === undefined || b === undefined) throw new Error('both are up');
    const portsOf = (dir: string) =>
      Object.values(stateOf(dir).servers).flatMap((server) => Object.values(server.ports));
    expect(portsOf(dirA).filter((port) => portsOf(dirB).includes(port))).toEqual([]);
    await a.stop();
    expect((await localStatus({ dir: dirA })).state).toBe('stopped');
    expect((await localStatus({ dir: dirB })).state).toBe('running');
    expect(await query(b.postgres.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });
});

describe('a folder that only its owner can enter', () => {
  it('is good enough: data that the user of PostgreSQL cannot reach there is kept elsewhere, and found and removed', async () => {
    const dir = freshDir(0o700);
    const first = await localUp({ dir, profile: 'test' });
    await query(await createDatabase(first.postgres.url, 'kept'), 'create table t as select 7 as n');
    await first.stop();
    const second = await localUp({ dir, profile: 'test' });
    expect(await query(second.postgres.urlFor('kept'), 'select n from t')).toEqual([{ n: 7 }]);
    const data = stateOf(dir).postgresData ?? join(dir, 'postgres');
    expect(existsSync(join(data, 'data', 'PG_VERSION'))).toBe(true);
    await localReset({ dir });
    expect(existsSync(data)).toBe(false);
  });
});

describe('removing', () => {
  it('a stack takes its servers, sockets and data with it', async () => {
    const dir = freshDir();
    await localUp({ dir, profile: 'test' });
    const { servers, weedSockets = [] } = stateOf(dir);
    expect(await localReset({ dir })).toMatchObject({ removed: true });
    for (const server of Object.values(servers)) expect(isAlive(server.process)).toBe(false);
    for (const folder of [dir, ...weedSockets]) expect([folder, existsSync(folder)]).toEqual([folder, false]);
    for (const [name, port] of Object.entries(servers.s3?.ports ?? {})) {
      expect(existsSync(`/tmp/seaweedfs-${name}-grpc-${port + 10_000}.sock`)).toBe(false);
    }
  });

  it('refuses a folder that is not a stack', async () => {
    const dir = mkdtempSync(join(runFolder(), 'precious-'));
    writeFileSync(join(dir, 'thesis.txt'), 'years of work');
    await expect(localReset({ dir })).rejects.toMatchObject({ code: 'local-start' });
    expect(readdirSync(dir)).toEqual(['thesis.txt']);
  });

  it('clears away a test run that was killed, and not one whose jest is alive', async () => {
    const habeas = mkdtempSync(join(runFolder(), 'runs-'));
    const [dead, living] = [await bystander(), await bystander()];
    const runOf = (owner: { remembered: { pid: number } }): string => join(habeas, `test-${owner.remembered.pid}`);
    for (const owner of [dead, living]) {
      mkdirSync(runOf(owner));
      writeFileSync(join(runOf(owner), 'owner.json'), JSON.stringify(owner.remembered));
    }
    const dir = join(runOf(dead), 'servers');
    await localUp({ dir, profile: 'test', stay: true });
    const servers = Object.values(stateOf(dir).servers);
    dead.child.kill('SIGKILL');
    await once(dead.child, 'exit');
    await removeDeadRuns(habeas);
    expect(servers.filter((server) => isAlive(server.process))).toEqual([]);
    expect(readdirSync(habeas)).toEqual([`test-${living.remembered.pid}`]);
    living.child.kill();
  });
});

describe('SeaweedFS', () => {
  it('is not started without its credentials and keys', () => {
    const { secrets } = newState();
    const [a, b, c] = secrets.weedJwtKeys;
    for (const incomplete of [
      { ...secrets, s3AccessKeyId: '' },
      { ...secrets, s3SecretAccessKey: '' },
      { ...secrets, weedJwtKeys: [a, b, c, ''] as const },
    ]) {
      expect(() => weedEnvironment(incomplete)).toThrow(expect.objectContaining({ code: 'local-open' }));
    }
    expect(Object.values(weedEnvironment(secrets)).every((value) => value !== '')).toBe(true);
  });
});

describe('servers named in the environment', () => {
  it('are used instead of ours', () => {
    const env = {
      HABEAS_TEMPORAL_ADDRESS: 'temporal.example:7233',
      HABEAS_PG_URL: 'postgres://u:p@db.example/postgres',
      HABEAS_S3_ENDPOINT: 'https://s3.example',
      HABEAS_S3_ACCESS_KEY_ID: 'id',
      HABEAS_S3_SECRET_ACCESS_KEY: 'secret',
      HABEAS_S3_REGION: 'eu-north-1',
      HABEAS_SMTP_URL: 'smtp://mail.example',
      HABEAS_STRIPE_URL: 'http://stripe.example:12111',
      HABEAS_ZENDESK_URL: 'http://zendesk.example:12112',
    };
    expect(externalServers(env)).toEqual({
      temporal: { address: 'temporal.example:7233', uiUrl: '', namespace: 'default' },
      postgres: 'postgres://u:p@db.example/postgres',
      s3: { endpoint: 'https://s3.example', region: 'eu-north-1', accessKeyId: 'id', secretAccessKey: 'secret' },
      smtp: 'smtp://mail.example',
      stripe: 'http://stripe.example:12111',
      zendesk: 'http://zendesk.example:12112',
    });
  });

  it('are refused half named: an S3 endpoint without its keys', () => {
    expect(() => externalServers({ HABEAS_S3_ENDPOINT: 'https://s3.example' })).toThrow(
      expect.objectContaining({ code: 'local-start' }),
    );
  });
});
