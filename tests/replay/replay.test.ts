/** Recorded requests replay on today's workflow, step for step, and tell nothing of the person they were about. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { createLogger } from '../../src/log.ts';
import { fromRoot } from '../../src/root.ts';
import { dataConverter } from '../../src/security/codec.ts';
import { workflowBundle } from '../../src/temporal/bundle.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { markers } from './markers.ts';

const folder = fromRoot('tests', 'replay', 'histories');
/** What was configured when they were recorded. */
const slugs = new Set(['account-db', 'billing', 'email', 'user_id']);
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe('recorded histories', () => {
  let bundle: Awaited<ReturnType<typeof workflowBundle>>;
  beforeAll(async () => {
    installRuntime(createLogger({ level: 'silent' }));
    bundle = await workflowBundle();
  });

  it('cover how a request can end', () => {
    expect(names.length).toBeGreaterThanOrEqual(6);
  });

  it.each(names)('%s replays', async (name) => {
    const history: unknown = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
    await Worker.runReplayHistory(
      { workflowBundle: bundle, dataConverter: dataConverter(slugs), replayName: name.replace('.json', '') },
      history,
    );
  });

  it('notices a history that the workflow would not have written', async () => {
    const text = readFileSync(`${folder}/completed.json`, 'utf8');
    // The first question becomes a reading: what a changed order of stages would look like.
    const changed: unknown = JSON.parse(text.replace('"name": "locate"', '"name": "read"'));
    await expect(
      Worker.runReplayHistory({ workflowBundle: bundle, dataConverter: dataConverter(slugs) }, changed),
    ).rejects.toMatchObject({ name: 'DeterminismViolationError' });
  });

  it.each(names)('%s holds nothing of the person, in no encoding', (name) => {
    const text = readFileSync(`${folder}/${name}`, 'utf8');
    const payloads = [...text.matchAll(/"data": "([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
      Buffer.from(data ?? '', 'base64').toString('utf8'),
    );
    expect(payloads.length).toBeGreaterThan(0);
    for (const found of [text, ...payloads]) {
      for (const marker of Object.values(markers)) {
        expect(found.toLowerCase()).not.toContain(marker.toLowerCase());
        expect(found).not.toContain(Buffer.from(marker).toString('base64').slice(0, 12));
      }
    }
  });
});
