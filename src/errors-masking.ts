/**
 * The catalogue's part about masking other people in what the person gets. Spread into src/errors.ts and never used apart.
 */
export const maskingErrors = {
  'people-missing': {
    what: 'A record that the person has not seen came without saying who takes part in it, so that nobody could be masked.',
    todo: 'Nothing of it was staged. Report it with the name of the system: its connector must send `people` with such records.',
    retryable: false,
  },
  'masks-to-review': {
    what: 'Records that the person had not seen hold other people; what is masked in them waits for a reviewer.',
    todo: 'Look with `habeas masks show TASK`, change what is wrong, and approve with `habeas masks approve`.',
    retryable: false,
  },
  'masks-changed': {
    what: 'The masks are no longer those that were shown.',
    todo: 'Look again with `habeas masks show TASK` and give the beginning of the hash that it prints, at least eight digits.',
    retryable: false,
  },
  'masks-closed': {
    what: 'The masks were approved already, or the system was read anew and has other ones.',
    todo: 'Nothing was changed. `habeas tasks list` shows what waits now.',
    retryable: false,
  },
  'mask-unknown': {
    what: 'The review has no mask or record of this number.',
    todo: 'Use a number that `habeas masks show TASK` prints.',
    retryable: false,
  },
  'masks-missing': {
    what: 'Records that the person had not seen have no approved masks, and are not given out without.',
    todo: 'Nothing was released. `habeas tasks list` shows the review; where it shows none, report it.',
    retryable: false,
  },
} as const;
