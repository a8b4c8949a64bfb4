/**
 * Who may ask: API tokens as `email/token:…` by Basic authentication, or any of them as a Bearer token, as OAuth tokens are sent
 * (https://developer.zendesk.com/api-reference/introduction/security-and-auth/). A token reads only, does what an agent
 * does, or what an administrator does.
 */
import { forbidden, unauthorized } from './errors.ts';

/** `read`: an OAuth token of the scope `read`, held by an administrator. */
export type Right = 'read' | 'agent' | 'admin';

export interface Actor {
  readonly email: string;
  readonly right: Right;
}

export class Access {
  readonly #tokens = new Map<string, Actor>();

  add(token: string, actor: Actor): void {
    this.#tokens.set(token, actor);
  }

  revoke(token: string): void {
    this.#tokens.delete(token);
  }

  /** Who an Authorization header is. 401 for none and for an unknown or revoked one. */
  authenticate(header: string | undefined): Actor {
    const given = tokenOf(header);
    const actor = given === undefined ? undefined : this.#tokens.get(given.token);
    if (actor === undefined || (given?.email !== undefined && given.email !== actor.email)) throw unauthorized();
    return actor;
  }

  /** 403 unless the actor may do this. */
  static permit({ right }: Actor, method: string, needed: 'agent' | 'admin'): void {
    if (right === 'read' && method !== 'GET') throw forbidden();
    if (needed === 'admin' && right === 'agent') throw forbidden();
  }
}

function tokenOf(header: string | undefined): { token: string; email?: string } | undefined {
  if (header?.startsWith('Bearer ')) return { token: header.slice(7).trim() };
  if (!header?.startsWith('Basic ')) return undefined;
  const [, email, token] = /^(.+)\/token:(.+)$/.exec(Buffer.from(header.slice(6), 'base64').toString('utf8')) ?? [];
  return email === undefined || token === undefined ? undefined : { email, token };
}
