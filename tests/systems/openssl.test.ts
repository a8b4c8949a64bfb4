/**
 * A receipt is verified with OpenSSL 3 and a shell alone, by the very commands that docs/evidence.md prints; a byte changed is
 * refused. Needs `bash` and `openssl` on this machine.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { fromRoot } from '../../src/root.ts';
import { publicOf, signJws } from '../../src/security/receipt-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'habeas-openssl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script =
  /```sh\n(# verify-receipt[\s\S]*?)```/.exec(readFileSync(fromRoot('docs/evidence.md'), 'utf8'))?.[1] ?? 'false';

const run = () =>
  new Promise<{ code: number; out: string }>((resolve) => {
    execFile('bash', ['-c', script], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : 1, out: stdout + stderr }),
    );
  });

describe('a receipt', () => {
  it('verifies by the documented commands of openssl, with the right key of several, and not when it was changed', async () => {
    const seeds = [1, 2, 3].map((byte) => Buffer.alloc(32, byte));
    const keys = await Promise.all(seeds.map(publicOf));
    const jws = await signJws('{"v":1}', seeds[1] ?? Buffer.alloc(0), keys[1]?.kid ?? '', 'habeas-receipt+jws');
    writeFileSync(join(folder, 'receipt.jws.jwks.json'), `${JSON.stringify({ keys }, null, 2)}\n`);
    writeFileSync(join(folder, 'receipt.jws'), `${jws}\n`);
    const good = await run();
    expect(good).toMatchObject({ code: 0, out: expect.stringContaining('Signature Verified Successfully') });
    expect(good.out).toContain('{"v":1}');
    const [head, , signature] = jws.split('.');
    const other = Buffer.from('{"v":2}').toString('base64url');
    writeFileSync(join(folder, 'receipt.jws'), `${head}.${other}.${signature}\n`);
    expect(await run()).toMatchObject({ code: 1, out: expect.stringMatching(/Verification Failure/i) });
  });
});
