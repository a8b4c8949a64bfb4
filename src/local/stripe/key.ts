/** The secret key that every stand-in knows from the beginning. No secret: nothing real is behind it. */
export const standInKey = 'sk_test_51StandIn0000000000000000';
