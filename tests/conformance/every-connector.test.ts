/** A connector without a file that tries it fails here: `<kind>.test.ts` and `<kind>.fixture.ts`. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { registry } from '../../connectors/registry.ts';

const here = new URL('.', import.meta.url);

it('every connector is tried by the suite, and only connectors that there are', () => {
  const tried = readdirSync(here)
    .filter((name) => name.endsWith('.fixture.ts'))
    .map((name) => name.replace('.fixture.ts', ''));
  expect(tried.sort()).toEqual([...registry.keys()].sort());
  for (const kind of tried) {
    const test = readFileSync(new URL(`${kind}.test.ts`, here), 'utf8');
    expect(test).toContain(`from './${kind}.fixture.ts'`);
    expect(test).toMatch(/^describeConnector\(\w+Fixture\);$/m);
  }
});
