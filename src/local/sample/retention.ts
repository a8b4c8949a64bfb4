/**
 * What the sample company answers about keeping: its financial years, and a number for each sentence of its privacy policy
 * of 17 April 2026 ("while the subscription is active and a limited time after"). The numbers are invented, as the company
 * is. A marketing consent needs none: it stands until it is withdrawn.
 */

export const sampleFinancialYears = [2022, 2023, 2024, 2025, 2026, 2027].map((year) => ({
  from: `${year}-01-01`,
  to: `${year}-12-31`,
}));

const published = 'Privacy policy of 17 April 2026';
const afterClosure = (period: string) => ({ period, from: 'closure', source: published });
const afterCreation = (period: string) => ({ period, from: 'creation', source: published });

/** `policy.retention` of the sample's configuration. */
export const sampleRetention = {
  periods: {
    account: afterClosure('6 months'),
    workspace: afterClosure('6 months'),
    device: afterClosure('30 days'),
    playlist: afterClosure('30 days'),
    schedule: afterClosure('30 days'),
    playback: afterCreation('24 months'),
    support: afterCreation('24 months'),
    invitation: afterCreation('90 days'),
    'security-log': afterCreation('12 months'),
    'server-log': afterCreation('90 days'),
  },
} as const;
