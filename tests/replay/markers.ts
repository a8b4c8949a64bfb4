/** The person whose requests are recorded: strings that occur nowhere else, to be searched for in what was stored. */
export const markers = {
  email: 'zyxanna.recorded@example.ee',
  sharedEmail: 'zyxshared.recorded@example.ee',
  userId: 'zyx-user-90210',
  account: 'zyx-account-1',
  billing: 'zyx-billing-1',
  candidate: 'zyx-candidate-1',
  postal: 'Zyxtänav 77-4, 50050 Tartu',
} as const;
