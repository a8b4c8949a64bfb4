/** The API token that every stand-in knows from the beginning, and whose it is. No secret: nothing real is behind it. */
export { adminEmail } from './core/account.ts';

export const standInToken = 'stand-in-token-000000000000000000000000';
