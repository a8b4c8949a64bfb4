import { inspect } from 'node:util';
import { expect, it } from '@jest/globals';
import { HabeasError } from '../../src/errors.ts';
import { isGzipFault, isObjectFault, mapError } from './map-error.ts';

const answer = (name: string, status: number) =>
  Object.assign(new Error('logs/user=mari@x.example/1 is not for you'), {
    name,
    $metadata: { httpStatusCode: status },
    Key: 'logs/user=mari@x.example/1',
  });
const broken = (code: string) => Object.assign(new Error('to mari@x.example'), { code });

it.each([
  [answer('InvalidAccessKeyId', 403), 'system-credentials'],
  [answer('ExpiredToken', 400), 'system-credentials'],
  [answer('RequestTimeTooSkewed', 403), 'system-credentials'],
  [Object.assign(new Error('none'), { name: 'CredentialsProviderError' }), 'system-credentials'],
  [answer('AccessDenied', 403), 'system-permission'],
  [answer('KMS.DisabledException', 403), 'system-permission'],
  [answer('NoSuchBucket', 404), 'system-schema-drift'],
  [answer('PermanentRedirect', 301), 'system-schema-drift'],
  [answer('SlowDown', 503), 'system-unreachable'],
  [answer('Unknown', 500), 'system-unreachable'],
  [answer('Unknown', 429), 'system-unreachable'],
  [answer('Weird', 400), 'system-failed'],
  [broken('ECONNRESET'), 'system-unreachable'],
  [new AggregateError([broken('ECONNREFUSED')]), 'system-unreachable'],
  [Object.assign(new Error('late'), { name: 'TimeoutError' }), 'system-unreachable'],
  [Object.assign(broken('ECONNRESET'), { $metadata: { attempts: 3 } }), 'system-unreachable'],
  [broken('DEPTH_ZERO_SELF_SIGNED_CERT'), 'system-tls'],
  [broken('ERR_SSL_WRONG_VERSION_NUMBER'), 'system-tls'],
  [new TypeError('a mistake of ours'), 'internal'],
  [new HabeasError('record-mismatch'), 'record-mismatch'],
] as const)('%s is %s', (error, code) => {
  expect(mapError(error, 'access (logs/)').code).toBe(code);
});

it('nothing of what the server said is kept', () => {
  for (const error of [answer('AccessDenied', 403), answer('Weird', 400), broken('ECONNRESET')])
    expect(inspect(mapError(error, 'access (logs/)'), { depth: 9 })).not.toContain('mari');
});

it('an object that is gone, laid away or damaged says nothing about the system', () => {
  expect([answer('NoSuchKey', 404), answer('InvalidObjectState', 403)].every(isObjectFault)).toBe(true);
  expect([answer('NoSuchBucket', 404), answer('AccessDenied', 403), broken('ECONNRESET')].some(isObjectFault)).toBe(
    false,
  );
  expect([broken('Z_DATA_ERROR'), broken('Z_BUF_ERROR')].every(isGzipFault)).toBe(true);
  expect([broken('ECONNRESET'), answer('NoSuchKey', 404)].some(isGzipFault)).toBe(false);
});
