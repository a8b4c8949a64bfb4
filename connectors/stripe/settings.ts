/**
 * What a Stripe account is configured with. Secrets have been read from the environment or a file before this is
 * validated; they are never shown, logged or put into an error.
 */
import { type Static, Type } from 'typebox';

const key = (description: string) => Type.String({ pattern: '^(sk|rk)_[A-Za-z0-9_]{8,}$', description });

export const SettingsSchema = Type.Object(
  {
    apiKey: key('A restricted key (`rk_…`) that only reads; the README lists its permissions.'),
    eraseKey: Type.Optional(
      key(
        'A restricted key of the same account that may write what the data map erases. Without it, nothing is erased.',
      ),
    ),
    redaction: Type.Optional(
      Type.Boolean({
        description:
          'The account takes part in the public preview of redaction jobs: what Stripe lets nobody change is redacted by it when the law has ended. Needs `eraseKey` with the right to order them. Off unless true.',
      }),
    ),
    apiBase: Type.Optional(
      Type.String({ pattern: '^https?://', description: 'Another server than https://api.stripe.com: a stand-in.' }),
    ),
    requestTimeoutMs: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 600_000,
        description: 'Longest wait for one answer; 30 seconds unless given.',
      }),
    ),
    attempts: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10, description: 'Tries of one call, the first included; 4 unless given.' }),
    ),
    requestsPerSecond: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        description:
          'Cap of calls over all lanes of one worker; 20 unless given. Stripe takes 100 a second in live mode, 25 in a sandbox.',
      }),
    ),
  },
  {
    additionalProperties: false,
    $id: 'https://habeas.invalid/schema/stripe-settings.json',
    title: 'stripe settings',
  },
);
export type Settings = Static<typeof SettingsSchema>;

/** Activity slots unless `concurrency` is configured: the rate is the account's, so more lanes only wait. */
export const defaultConcurrency = 4;

export interface Limits {
  readonly requestTimeoutMs: number;
  readonly attempts: number;
  readonly requestsPerSecond: number;
}

/** The limits with their defaults. */
export function limitsOf(settings: Settings): Limits {
  return {
    requestTimeoutMs: settings.requestTimeoutMs ?? 30_000,
    attempts: settings.attempts ?? 4,
    requestsPerSecond: settings.requestsPerSecond ?? 20,
  };
}
