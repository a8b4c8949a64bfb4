/**
 * Suites that need a program which `npm test` does not: without it they are skipped and say what is missing; with
 * CI_REQUIRE_SYSTEMS=1 that is a failure.
 */
import { describe, it } from '@jest/globals';
import { goOnPath } from '../../src/local/go-module.ts';

/** Runs a suite with the path of Go, found on PATH. */
export async function describeWithGo(name: string, suite: (go: string) => void): Promise<void> {
  const go = await goOnPath();
  if (go !== undefined) describe(name, () => suite(go));
  else describe(name, () => withoutIt('Go (https://go.dev/dl/) on PATH'));
}

function withoutIt(what: string): void {
  if (process.env.CI_REQUIRE_SYSTEMS === '1') {
    it(`needs ${what}`, () => {
      throw new Error(`${what} is needed, and skipping is forbidden here`);
    });
  } else {
    it.todo(`is skipped: it needs ${what}`);
  }
}
