import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { thisProcess } from './process-lock.mjs';
import { answers } from './stack-view.ts';
import { newState, type StackState } from './state.ts';

describe('whether a server of the local stack answers', () => {
  let asked: number;
  let silent: number;
  const server = createServer((socket: Socket) => {
    asked += 1;
    socket.end(asked > silent ? '220 ready\r\n' : '');
  });
  let state: StackState;
  beforeEach(async () => {
    asked = 0;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address: AddressInfo | string | null = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    state = newState();
    state.servers.smtp = { process: thisProcess(), ports: { smtp: port } };
  });
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  it('is asked again while its process runs: one that is slow is not stopped under whoever uses it', async () => {
    silent = 2;
    expect(await answers('smtp', state)).toBe(true);
    expect(asked).toBe(3);
  });

  it('is no for a process that has ended, at once', async () => {
    silent = 0;
    state.servers.smtp = { process: { ...thisProcess(), start: 'never' }, ports: { smtp: 1 } };
    expect(await answers('smtp', state)).toBe(false);
    expect(asked).toBe(0);
  });
});
