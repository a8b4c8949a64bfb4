/**
 * PostgreSQL's and the network's errors as codes of the catalogue, in one place. Only the SQLSTATE is looked at: messages,
 * details, hints and contexts may quote a row and are dropped. Source: PostgreSQL manual, appendix A (error codes).
 */
import { type ErrorCode, HabeasError } from '../../src/errors.ts';

const bySqlState: Readonly<Record<string, ErrorCode>> = {
  '25P03': 'system-timeout',
  '25P04': 'system-timeout',
  '28000': 'system-credentials',
  '28P01': 'system-credentials',
  '3D000': 'system-unreachable',
  '3F000': 'system-schema-drift',
  '40001': 'system-conflict',
  '40P01': 'system-conflict',
  '42501': 'system-permission',
  '42703': 'system-schema-drift',
  '42704': 'system-schema-drift',
  '42804': 'system-schema-drift',
  '42809': 'system-schema-drift',
  '42846': 'system-schema-drift',
  '42883': 'system-schema-drift',
  '42P01': 'system-schema-drift',
  '55P03': 'system-timeout',
  '57014': 'system-timeout',
};

/**
 * Classes of SQLSTATE: connection exceptions, bad values for a type, constraints (only erasing meets any), insufficient
 * resources, operator intervention.
 */
const byClass: Readonly<Record<string, ErrorCode>> = {
  '08': 'system-unreachable',
  '22': 'system-schema-drift',
  '23': 'erase-blocked',
  '53': 'system-unreachable',
  '57': 'system-unreachable',
};

const network = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ENOENT'],
]);

/** The error as a HabeasError. `where`: the configured place the failing statement was about. */
export function mapError(error: unknown, where: string | undefined): HabeasError {
  if (error instanceof HabeasError) {
    return error.where === undefined && where !== undefined && error.code.startsWith('system-')
      ? new HabeasError(error.code, { where, cause: error.cause })
      : error;
  }
  const code = codeIn(error);
  if (/^[0-9A-Z]{5}$/.test(code) && /\d/.test(code)) {
    const known = bySqlState[code] ?? byClass[code.slice(0, 2)];
    return known === undefined
      ? new HabeasError('system-failed', { where: `SQLSTATE ${code}` })
      : new HabeasError(known, { where });
  }
  if (network.has(code)) return new HabeasError('system-unreachable', { where });
  const message = error instanceof Error ? error.message : '';
  // node-postgres has no codes for these; its wording is fixed in the pinned version and held by tests.
  if (/^(ERR_(TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH)/.test(code) || /SSL|TLS/.test(message))
    return new HabeasError('system-tls', { where });
  if (/^SASL|SCRAM|password must be a string/.test(message)) return new HabeasError('system-credentials', { where });
  if (/[Cc]onnection terminated|timeout expired|timeout exceeded when trying to connect|not queryable/.test(message))
    return new HabeasError('system-unreachable', { where });
  return new HabeasError('internal', { where, cause: error });
}

function codeIn(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeIn(error.errors[0]);
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
