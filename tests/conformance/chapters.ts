/**
 * The conformance suite: every chapter that applies to a connector. One test file per connector calls it, so that they run
 * side by side; every-connector.test.ts sees to it that none is left out.
 */
import { describe } from '@jest/globals';
import type { Fixture } from './fixture.ts';
import { describeLocate } from './suite.ts';
import { describeErase } from './suite-erase.ts';
import { describeFaults } from './suite-faults.ts';
import { describeManifest } from './suite-manifest.ts';
import { describeManual } from './suite-manual.ts';
import { describeRead } from './suite-read.ts';
import { describeScan } from './suite-scan.ts';
import { describeVerbs } from './suite-verbs.ts';

export function describeConnector(fixture: Fixture): void {
  describe(fixture.kind, () => {
    describeManifest(fixture);
    // There is no store to fill and no server to break: what is left is what it asks of people.
    if (fixture.erases === 'manual') return describeManual(fixture);
    if (fixture.locateCost === 'scan') describeScan(fixture);
    else describeLocate(fixture);
    describeRead(fixture);
    describeFaults(fixture);
    if (fixture.erases === 'immediate') describeErase(fixture);
    if (fixture.verbs !== undefined) describeVerbs(fixture);
  });
}
