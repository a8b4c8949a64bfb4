/**
 * The numbers a command ends with, for scripts. One meaning each, documented in docs/cli.md (a test compares). Which
 * catalogue code ends with which number is decided here and nowhere else.
 */
import { catalogue, type ErrorCode } from '../errors.ts';

export const exitCodes = {
  ok: { code: 0, meaning: 'Done, or the answer is on standard output.' },
  failed: { code: 1, meaning: 'It failed for a reason inside the program or this machine.' },
  usage: { code: 2, meaning: 'The command line is not of the form the command takes, or a value in it is not.' },
  config: { code: 3, meaning: 'The configuration has mistakes; all of them are listed.' },
  'not-found': { code: 4, meaning: 'Nothing of that id exists.' },
  refused: { code: 5, meaning: 'Refused: permission, signature, state, or a rule of the law or the configuration.' },
  'check-failed': {
    code: 6,
    meaning:
      'A check ran and found something wrong (`systems check`, `map check`, `audit verify`, `receipt verify`, `evidence verify`).',
  },
  temporary: { code: 7, meaning: 'A service could not be reached or was too slow; the same command may work later.' },
  'person-needed': { code: 10, meaning: '`--wait` ended because a person must act; the open tasks are listed.' },
  ended: { code: 11, meaning: '`--wait` ended because the request was refused or cancelled.' },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type ExitName = keyof typeof exitCodes;

const named: ReadonlyMap<ErrorCode, ExitName> = new Map<ErrorCode, ExitName>([
  ['usage', 'usage'],
  ['config-invalid', 'config'],
  ['not-found', 'not-found'],
  ['internal', 'failed'],
  ['file-unwritable', 'failed'],
  ...(
    [
      'identifier-missing',
      'identifier-unusable',
      'received-in-future',
      'attachment-too-large',
      'contact-unusable',
      'counts-invalid',
      'proof-needed',
      'file-needed',
      'file-unreadable',
      'keys-unusable',
      'next-date',
      'class-unknown',
      'review-date',
    ] as const
  ).map((code) => [code, 'usage'] as const),
  ['clock-country-unknown', 'usage'],
  ['clock-region-unknown', 'usage'],
  ['clock-date-invalid', 'usage'],
  ['clock-pause-invalid', 'usage'],
  ['clock-extension-ground', 'usage'],
  ['policy-financial-year-invalid', 'usage'],
  ['binary-missing', 'failed'],
  ['binary-hash', 'failed'],
  ['local-start', 'failed'],
  ['local-open', 'failed'],
]);

/** How a command ends that failed with this code: what may pass by itself is `temporary`, everything else a refusal. */
export function exitFor(code: ErrorCode): ExitName {
  return named.get(code) ?? (catalogue[code].retryable ? 'temporary' : 'refused');
}
