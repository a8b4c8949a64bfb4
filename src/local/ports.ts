/**
 * Owns the choice of ports on 127.0.0.1. All lie between 11,000 and 21,999: below the range the kernel gives to outgoing
 * connections, and so that port + 10,000 (which SeaweedFS opens beside each of its own) is below it and below 55,535 too.
 * A port is tried by binding it; between that and the server's own bind another program can take it, so callers retry.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { HabeasError } from '../errors.ts';

const lowest = 11_000;
const highest = 21_999;
/** What `weed` opens beside every port. */
export const weedGrpcOffset = 10_000;

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function isUsable(port: number, taken: ReadonlySet<number>): Promise<boolean> {
  if (taken.has(port) || taken.has(port + weedGrpcOffset)) return false;
  return (await isPortFree(port)) && (await isPortFree(port + weedGrpcOffset));
}

/** Free ports under the given names: those used last where still free, others at random. `taken` grows by them. */
export async function choosePorts<N extends string>(
  names: readonly N[],
  last: Readonly<Record<string, number>> | undefined,
  taken: Set<number>,
): Promise<Record<N, number>> {
  const chosen: [N, number][] = [];
  for (const name of names) {
    let port = last?.[name] ?? randomInt(lowest, highest + 1);
    for (let attempt = 0; !(await isUsable(port, taken)); attempt++) {
      if (attempt > 200) throw new HabeasError('local-start', { where: 'no free port between 11000 and 21999' });
      port = randomInt(lowest, highest + 1);
    }
    taken.add(port).add(port + weedGrpcOffset);
    chosen.push([name, port]);
  }
  return Object.fromEntries(chosen) as Record<N, number>;
}
