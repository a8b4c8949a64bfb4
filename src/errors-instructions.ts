/** The catalogue's group of customers' instructions: mandates, dates, workspaces. */

export const instructionErrors = {
  'mandate-needed': {
    what: 'An instruction needs the document that proves that the person who gives it may bind the customer, and it is missing or empty.',
    todo: 'Give it with `--mandate FILE`: a power of attorney, an extract of the register, a signed order.',
    retryable: false,
  },
  'mandate-unreviewed': {
    what: 'Nobody but whoever opened the instruction has looked at its mandate yet.',
    todo: 'A second person reads it (`habeas instructions show ID --open-mandate FILE`), then approves or refuses it.',
    retryable: false,
  },
  'mandate-own': {
    what: 'Whoever opened an instruction does not review its mandate: four eyes are asked for.',
    todo: 'Have another person look at the document and approve or refuse it.',
    retryable: false,
  },
  'mandate-differs': {
    what: 'The mandate is reviewed by naming the document that was read and, to accept it, the workspace it speaks of: this is not the hash, or not the workspace of the instruction, or none was named.',
    todo: 'Read it with `habeas instructions show ID --open-mandate FILE`, then give the hash that is shown with `--mandate HASH`, and with `--workspace KEY` the workspace for which the document stands. Where it is another than the instruction’s, refuse the mandate.',
    retryable: false,
  },
  'instruction-only': {
    what: 'This can be done only to a customer’s instruction, or only to a request of a person.',
    todo: 'A mandate is reviewed with `habeas instructions approve-mandate` or `refuse-mandate`; a person is verified with `habeas requests identity`.',
    retryable: false,
  },
  'instruction-dates': {
    what: 'The dates of the instruction are not within what the law allows (Data Act Art. 25): notice of two months at most, thirty days for the moving at most, thirty days for retrieving the data at least.',
    todo: 'Correct the date or the number of days that is named.',
    retryable: false,
  },
  'instruction-clock': {
    what: 'The dates of an instruction are agreed with the customer; they are neither extended nor paused as those of a person’s request.',
    todo: 'Cancel it and open another one, with the dates that were agreed.',
    retryable: false,
  },
  'workspace-unusable': {
    what: 'This is not the key of a workspace.',
    todo: 'Give with `--workspace` the key as the account database has it; several values are joined by a comma.',
    retryable: false,
  },
  'workspace-unknown': {
    what: 'No system knows a workspace by this key, so there is nothing to export or erase.',
    todo: 'Look up the workspace’s key in the account database. Cancel the instruction, and open another one with the right key.',
    retryable: false,
  },
  'workspace-undeclared': {
    what: 'The configuration does not say how records of a collection lead to a workspace, or how they are erased.',
    todo: 'Declare it in the data map, at each place that is named.',
    retryable: false,
  },
  'workspace-too-large': {
    what: 'More people or numbers belong to the workspace than one instruction looks at.',
    todo: 'Divide the workspace, or ask the makers for a higher limit.',
    retryable: false,
  },
} as const;
