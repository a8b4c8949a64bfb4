/**
 * The catalogue's part about masking other people in what the person gets. Spread into src/errors.ts and never used apart.
 */
export const maskingErrors = {
  'people-missing': {
    what: 'A record that the person has not seen came without saying who takes part in it, so that nobody could be masked.',
    todo: 'Nothing of it was staged. Report it with the name of the system: its connector must send `people` with such records.',
    retryable: false,
  },
} as const;
