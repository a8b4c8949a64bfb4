/**
 * What a Zendesk account is configured with. Secrets have been read from the environment or a file before this is validated;
 * they are never shown, logged or put into an error.
 */
import { type Static, Type } from 'typebox';
import { plans } from './limits.ts';

const secret = (description: string) => Type.String({ pattern: '^[\\x21-\\x7e]{8,}$', description });
const agent = (description: string) => Type.String({ pattern: '^[^@\\s:/]+@[^@\\s:/]+$', description });
const planNames = Object.keys(plans);

export const SettingsSchema = Type.Object(
  {
    subdomain: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
      description: 'The account: `SUBDOMAIN.zendesk.com`.',
    }),
    token: secret('An OAuth access token with the scope `read`; or, with `email`, an API token.'),
    email: Type.Optional(agent('The agent whose API token `token` is. Without it, `token` is an OAuth access token.')),
    eraseToken: Type.Optional(
      secret(
        'An OAuth access token with the scopes `read write`, of an admin or an agent who may delete tickets and users; or, with `eraseEmail`, an API token. Without it, nothing is erased.',
      ),
    ),
    eraseEmail: Type.Optional(agent('The agent whose API token `eraseToken` is.')),
    apiBase: Type.Optional(
      Type.String({
        pattern: '^https?://',
        description: 'Another server than https://SUBDOMAIN.zendesk.com: a stand-in.',
      }),
    ),
    plan: Type.Optional(
      Type.Enum([...planNames], {
        description: 'The account’s plan, which says how many calls a minute Zendesk takes; the smallest unless given.',
      }),
    ),
    requestsPerMinute: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000_000,
        description:
          'Cap of calls a minute over all lanes of one worker; half of what the plan allows unless given, because agents and other programs use the same.',
      }),
    ),
    requestTimeoutMs: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 600_000,
        description: 'Longest wait for one answer, and between two pieces of a file; 30 seconds unless given.',
      }),
    ),
    attempts: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10, description: 'Tries of one call, the first included; 4 unless given.' }),
    ),
    products: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z][a-z0-9_-]{0,39}$' }), {
        minItems: 1,
        uniqueItems: true,
        description:
          'Products of the account whose permanent deletion of a user must be reported as complete (`support`, `chat`, `explore`, `guide`, …); `support` unless given.',
      }),
    ),
    verifySeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 86_400,
        description:
          'How long reading back asks again before it says what is still there: search and redactions are behind; 15 minutes unless given.',
      }),
    ),
  },
  {
    additionalProperties: false,
    $id: 'https://habeas.invalid/schema/zendesk-settings.json',
    title: 'zendesk settings',
  },
);
export type Settings = Static<typeof SettingsSchema>;

/** Activity slots unless `concurrency` is configured: the rate is the account's, so more lanes only wait. */
export const defaultConcurrency = 4;

export interface Limits {
  readonly requestTimeoutMs: number;
  readonly attempts: number;
  readonly requestsPerMinute: number;
  readonly products: readonly string[];
  readonly verifyMs: number;
}

/** The limits with their defaults. */
export function limitsOf(settings: Settings): Limits {
  const plan = Object.entries(plans).find(([name]) => name === settings.plan)?.[1] ?? plans['support-team'];
  return {
    requestTimeoutMs: settings.requestTimeoutMs ?? 30_000,
    attempts: settings.attempts ?? 4,
    requestsPerMinute: settings.requestsPerMinute ?? Math.ceil(plan / 2),
    products: settings.products ?? ['support'],
    verifyMs: (settings.verifySeconds ?? 900) * 1_000,
  };
}

/** Where the account answers, without a slash at the end. */
export const baseOf = ({ subdomain, apiBase }: Settings): string =>
  (apiBase ?? `https://${subdomain}.zendesk.com`).replace(/\/+$/, '');

/** What every call of a key bears. */
export function authorizationOf(token: string, email: string | undefined): string {
  if (email === undefined) return `Bearer ${token}`;
  return `Basic ${Buffer.from(`${email}/token:${token}`, 'utf8').toString('base64')}`;
}
