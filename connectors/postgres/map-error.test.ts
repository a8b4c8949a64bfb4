import { describe, expect, it } from '@jest/globals';
import { HabeasError } from '../../src/errors.ts';
import { mapError } from './map-error.ts';

const server = (code: string): Error =>
  Object.assign(new Error('Key (email)=(mari@x.example)'), { code, detail: 'mari@x.example', where: 'mari@x.example' });

describe('errors of PostgreSQL', () => {
  it('become codes by their SQLSTATE', () => {
    const codes = {
      '08006': 'system-unreachable',
      '57P01': 'system-unreachable',
      '53300': 'system-unreachable',
      ECONNREFUSED: 'system-unreachable',
      '28P01': 'system-credentials',
      '28000': 'system-credentials',
      '42501': 'system-permission',
      '57014': 'system-timeout',
      '55P03': 'system-timeout',
      '42P01': 'system-schema-drift',
      '42703': 'system-schema-drift',
      '22P02': 'system-schema-drift',
      '40001': 'system-conflict',
      CERT_HAS_EXPIRED: 'system-tls',
      XX000: 'system-failed',
    };
    for (const [sqlState, code] of Object.entries(codes))
      expect(mapError(server(sqlState), 'public.users').code).toBe(code);
  });

  it('name the configured place, and keep nothing of the server’s words', () => {
    const error = mapError(server('42501'), 'public.users');
    expect(error.where).toBe('public.users');
    expect(error.cause).toBeUndefined();
    expect(JSON.stringify([error.message, error.stack, error.where])).not.toContain('mari@x.example');
    expect(mapError(server('XX000'), undefined).where).toBe('SQLSTATE XX000');
  });

  it('leave codes of the catalogue alone', () => {
    const error = new HabeasError('record-mismatch');
    expect(mapError(error, 'public.users')).toBe(error);
  });
});
