/**
 * What PostgreSQL says, as catalogue codes. The triggers of the migrations raise SQLSTATEs of class HB, which map to
 * codes one to one; what has no code of its own is `internal` with the cause kept on this machine.
 */
import { type ErrorCode, HabeasError } from '../errors.ts';

/** SQLSTATEs raised by the ledger's own triggers. */
export const ledgerStates = {
  booksUnbalanced: 'HB001',
  stateFinal: 'HB002',
  auditFrozen: 'HB003',
  mandateOwn: 'HB004',
} as const;

/** A prepared statement's result has another shape since the tables were migrated: right on another connection. */
export const staleState = '0A000';

const exact: Readonly<Record<string, ErrorCode>> = {
  [ledgerStates.booksUnbalanced]: 'books-unbalanced',
  [ledgerStates.stateFinal]: 'state-final',
  [ledgerStates.auditFrozen]: 'ledger-refused',
  [ledgerStates.mandateOwn]: 'mandate-own',
  '40001': 'ledger-conflict',
  '40P01': 'ledger-conflict',
  '42501': 'ledger-refused',
  '28P01': 'ledger-refused',
  '28000': 'ledger-refused',
  '3D000': 'ledger-refused',
  '42P01': 'ledger-not-migrated',
  '42703': 'ledger-not-migrated',
  '57P01': 'ledger-unreachable',
  '57P02': 'ledger-unreachable',
  '57P03': 'ledger-unreachable',
  '53300': 'ledger-unreachable',
  [staleState]: 'ledger-unreachable',
};

/** SQLSTATE (five characters) or the operating system's error name of a failure, also of one already mapped. */
export function sqlState(error: unknown): string | undefined {
  const raw = error instanceof HabeasError ? error.cause : error;
  return isObject(raw) && 'code' in raw && typeof raw.code === 'string' ? raw.code : undefined;
}

/** Any failure of a ledger statement as a HabeasError. */
export function ledgerError(error: unknown): HabeasError {
  if (error instanceof HabeasError) return error;
  const state = sqlState(error);
  if (state === undefined) {
    // pg reports a lost connection and its own connect timeout without a code.
    const message = isObject(error) && 'message' in error ? String(error.message) : '';
    const lost = /connection|timeout/i.test(message);
    return new HabeasError(lost ? 'ledger-unreachable' : 'internal', { cause: error });
  }
  const known = exact[state];
  if (known !== undefined) return new HabeasError(known, { cause: error });
  const unreachable = state.startsWith('08') || /^E[A-Z_]+$/.test(state);
  return new HabeasError(unreachable ? 'ledger-unreachable' : 'internal', { cause: error });
}

/** Not `instanceof Error`: the platform's own errors come from another realm where code runs in a VM context. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
