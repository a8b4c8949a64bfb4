/**
 * The conformance suite, looped over every connector there is. A connector without a fixture fails here.
 */
import { describe, expect, it } from '@jest/globals';
import { registry } from '../../connectors/registry.ts';
import { postgresFixture } from './postgres.fixture.ts';
import { s3LogsFixture } from './s3-logs.fixture.ts';
import { stripeFixture } from './stripe.fixture.ts';
import { describeLocate } from './suite.ts';
import { describeErase } from './suite-erase.ts';
import { describeFaults } from './suite-faults.ts';
import { describeManifest } from './suite-manifest.ts';
import { describeRead } from './suite-read.ts';
import { describeScan } from './suite-scan.ts';

const fixtures = [postgresFixture, s3LogsFixture, stripeFixture];

it('every connector is tried', () => {
  expect(fixtures.map(({ kind }) => kind).sort()).toEqual([...registry.keys()].sort());
});

describe.each(fixtures)('$kind', (fixture) => {
  describeManifest(fixture);
  if (fixture.locateCost === 'scan') describeScan(fixture);
  else describeLocate(fixture);
  describeRead(fixture);
  describeFaults(fixture);
  if (fixture.erases === 'immediate') describeErase(fixture);
});
