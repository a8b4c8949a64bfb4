/**
 * API keys: a secret key may do everything, a restricted one (`rk_…`) what its permissions say, where `_write` includes
 * `_read` (https://docs.stripe.com/keys/restricted-api-keys). The stand-in knows test keys only.
 */
import { StripeFault } from './errors.ts';

export interface Key {
  readonly permissions: 'all' | readonly string[];
  revoked: boolean;
}

/** Middle of a key as Stripe shows it in messages. */
const masked = (key: string): string => `${key.slice(0, 8)}${'*'.repeat(8)}${key.slice(-4)}`;

export class Keys {
  readonly #keys = new Map<string, Key>();

  add(key: string, permissions: Key['permissions']): void {
    this.#keys.set(key, { permissions, revoked: false });
  }

  revoke(key: string): void {
    const known = this.#keys.get(key);
    if (known !== undefined) known.revoked = true;
  }

  /** The key of an Authorization header. 401 for none, an unknown or a revoked one. */
  authenticate(header: string | undefined): { readonly key: string; readonly permissions: Key['permissions'] } {
    const key = keyOf(header);
    if (key === undefined) {
      throw refused(
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
      );
    }
    const known = this.#keys.get(key);
    if (known === undefined) throw refused(`Invalid API Key provided: ${masked(key)}`);
    if (known.revoked) throw refused(`Expired API Key provided: ${masked(key)}`, 'api_key_expired');
    return { key, permissions: known.permissions };
  }

  /** 403 unless the key may read or write this resource. */
  static permit(permissions: Key['permissions'], resource: string, access: 'read' | 'write'): void {
    if (permissions === 'all') return;
    const enough = access === 'read' ? [`${resource}_read`, `${resource}_write`] : [`${resource}_write`];
    if (enough.some((name) => permissions.includes(name))) return;
    throw new StripeFault({
      status: 403,
      before: true,
      message: `The provided key does not have the required permissions for this endpoint on account 'acct_1StandIn'. Having the 'rak_${resource}_${access}' permission would allow this request to continue.`,
    });
  }
}

function keyOf(header: string | undefined): string | undefined {
  if (header?.startsWith('Bearer ')) return header.slice(7).trim() || undefined;
  if (!header?.startsWith('Basic ')) return undefined;
  return Buffer.from(header.slice(6), 'base64').toString('utf8').split(':')[0] || undefined;
}

function refused(message: string, code?: string): StripeFault {
  return new StripeFault({ status: 401, message, before: true, ...(code === undefined ? {} : { code }) });
}
