/**
 * What the sample company answers about keeping: its financial years, and a number for each sentence of its privacy policy
 * of 17 April 2026 ("while the subscription is active and a limited time after"). The numbers are invented, as the company
 * is. A marketing consent needs none: it stands until it is withdrawn, and asking for erasure withdraws it.
 *
 * A period says how long something may lie where nobody asks. The policy promises more to who does: "if you ask us to, we
 * erase it at once, unless the law has us keep it"; so a request ends every period (`ends`), for nothing here is needed
 * once the person has left. The server logs are the exception (`runs`): a single line cannot be taken out of them, they
 * are searched by nobody but security, and all of a day goes after its 90 days.
 */

export const sampleFinancialYears = [2022, 2023, 2024, 2025, 2026, 2027].map((year) => ({
  from: `${year}-01-01`,
  to: `${year}-12-31`,
}));

const published = 'Privacy policy of 17 April 2026';
const afterClosure = (period: string) => ({ period, from: 'closure', source: published, onErasure: 'ends' }) as const;
const afterCreation = (period: string) => ({ period, from: 'creation', source: published, onErasure: 'ends' }) as const;

/** `policy.retention` of the sample's configuration. */
export const sampleRetention = {
  periods: {
    account: afterClosure('6 months'),
    workspace: afterClosure('6 months'),
    // Who is named on bills beside the document: the law does not need them, an open bill does.
    'billing-contact': afterClosure('6 months'),
    'payment-method': afterClosure('30 days'),
    device: afterClosure('30 days'),
    playlist: afterClosure('30 days'),
    schedule: afterClosure('30 days'),
    playback: afterCreation('24 months'),
    support: afterCreation('24 months'),
    invitation: afterCreation('90 days'),
    'security-log': afterCreation('12 months'),
    'server-log': { ...afterCreation('90 days'), onErasure: 'runs' },
  },
} as const;

/**
 * `policy.retention.systemOfRecord` of the sample where it has billing: Stripe issues the invoices, so that what the account database has of
 * them is a copy; what was agreed stands in the account database, and what Stripe has of it only charges for it.
 */
export const sampleSystemsOfRecord = { invoice: 'billing', 'subscription-contract': 'account-db' } as const;
