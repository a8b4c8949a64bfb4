import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { SystemId } from '../../src/ids.ts';
import { fromRoot } from '../../src/root.ts';
import { validate } from './validate.ts';

const sample = (): unknown => parse(readFileSync(fromRoot('examples', 'sample-company', 'logs.map.yaml'), 'utf8'));
const s3 = { region: 'eu-north-1', bucket: 'logs', accessKeyId: 'id', secretAccessKey: 'secret' };

function mistakes(settings: unknown, dataMap: unknown, rate: { rowsPerSecond?: number } = {}): readonly string[] {
  const found = validate({ id: 'logs' as SystemId, name: 'Logs', settings, dataMap, rate, concurrency: undefined });
  for (const { message } of found) expect(message).toMatch(/[.:)]$/);
  return found.map(({ part, pointer }) => `${part} ${pointer}`);
}

/** The sample's map with one thing changed: `null` removes. */
function changed(pointer: string, value: unknown): readonly string[] {
  const map = sample();
  const keys = pointer.split('/').slice(1);
  let at: unknown = map;
  for (const key of keys.slice(0, -1)) at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined;
  if (typeof at !== 'object' || at === null) throw new Error(`nothing at ${pointer}`);
  if (value === null) Reflect.deleteProperty(at, keys.at(-1) ?? '');
  else Reflect.set(at, keys.at(-1) ?? '', value);
  return mistakes({ s3 }, map);
}

const log = '/collections/access_log';

describe('what can be wrong in the configuration of logs in S3', () => {
  it('is nothing in the sample company’s', () => {
    expect(mistakes({ s3 }, sample())).toEqual([]);
  });

  it('is said all at once, each at its place', () => {
    expect(mistakes({ s3: { ...s3, buckett: 'x' }, maxLineBytes: 1 }, { version: 2 })).toEqual([
      'settings /s3/buckett',
      'settings /maxLineBytes',
      'dataMap ',
      'dataMap /version',
    ]);
    expect(mistakes({ s3 }, undefined)).toEqual(['dataMap ']);
  });

  it.each([
    ['owner', null, ''],
    ['role', null, ''],
    ['identifiers', [], '/identifiers'],
    ['time', 'when', '/time'],
    ['date', 'access-{yyyy}-{mm}', '/date'],
    ['display', ['user_agent'], '/display/0'],
    ['own', ['ip'], '/own'],
    ['identifiers/0/strength', null, '/identifiers/0'],
    ['identifiers/0/in', null, '/identifiers/0'],
    ['identifiers/0/field', ['user', 'id'], '/identifiers/0/field'],
    ['identifiers/1/parameters', null, '/identifiers/1'],
    ['identifiers/0/parameters', ['id'], '/identifiers/0/parameters'],
    ['identifiers/2/caseInsensitive', true, '/identifiers/2/caseInsensitive'],
    ['fields/ua/export', false, '/fields/ua'],
    ['fields/ua/exportReason', 'because', '/fields/ua/exportReason'],
    ['fields/status', { category: 'technical', export: false, exportReason: 'a secret' }, '/display/2'],
  ])('has no default where a guess could be wrong, and no loose end: %s', (place, value, expected) => {
    expect(changed(`${log}/${place}`, value)).toEqual([`dataMap ${log}${expected}`]);
  });

  it('are two logs below one prefix, and a kind that proves in one log and not in the other', () => {
    const map = sample();
    const collections = typeof map === 'object' && map !== null ? Reflect.get(map, 'collections') : undefined;
    const other = structuredClone(collections.access_log);
    other.prefix = 'access/old/';
    other.identifiers[2].strength = 'strong';
    collections.other_log = other;
    expect(mistakes({ s3 }, map)).toEqual([
      'dataMap /collections/other_log/prefix',
      'dataMap /collections/other_log/identifiers/2/strength',
    ]);
  });

  it('are half a key, an address that is none, a day that is none, and a cap that caps nothing', () => {
    expect(
      mistakes({ s3: { ...s3, endpoint: 'https://', secretAccessKey: undefined }, from: '2026-02-30' }, sample(), {
        rowsPerSecond: 5,
      }),
    ).toEqual(['settings /s3/endpoint', 'settings /s3', 'settings /from', 'settings ']);
  });

  it('never quotes a value, which may be a secret in the wrong place', () => {
    const found = validate({
      id: 'logs' as SystemId,
      name: 'Logs',
      settings: { s3: { ...s3, region: 5, bucket: 'S3CRET!', endpoint: 's3cret' }, from: 's3cret' },
      dataMap: sample(),
      rate: {},
      concurrency: undefined,
    });
    expect(found).toHaveLength(4);
    expect(JSON.stringify(found).toLowerCase()).not.toContain('s3cret');
  });
});
