import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { fromRoot } from '../../root.ts';
import { sampleRecipients } from './recipients.ts';

/** Everything under any `recipients` of a document. */
function namesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === 'recipients' && Array.isArray(child) ? child.map(String) : namesIn(child),
  );
}

describe('the recipients of the sample company', () => {
  it('are those that its data maps name, all of them and nobody else', () => {
    const maps = ['account-db', 'logs', 'billing', 'support-desk'].map((name) =>
      readFileSync(fromRoot('examples', 'sample-company', `${name}.map.yaml`), 'utf8'),
    );
    const named = new Set(maps.flatMap((text) => namesIn(parse(text))));
    expect([...named].sort()).toEqual(sampleRecipients.map(({ name }) => name).sort());
  });
});
