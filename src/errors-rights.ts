/** The catalogue's group of the rights that act on records: corrections, restrictions, objections, the suppression list. */

export const rightsErrors = {
  'right-terms': {
    what: 'The request does not say what is asked, or says something that this right does not take.',
    todo: 'Give `--correct WORD=VALUE` with rectification, `--restrict-because GROUND` with restriction, and perhaps `--object-to SCOPE` with objection.',
    retryable: false,
  },
  'correction-unknown': {
    what: 'No data map declares a field for this word, so no system could be told what to correct.',
    todo: 'Use a word that a data map declares under `rectify`, or declare the field there.',
    retryable: false,
  },
  'suppression-address-needed': {
    what: 'An objection to direct marketing or a withdrawal of consent must stop the sending at once, and no e-mail address was given.',
    todo: 'Give the address that is written to (`--email`); ask the person for it where the letter has none.',
    retryable: false,
  },
  'right-not-decided': {
    what: 'Whether the person is right has not been decided by a named person yet.',
    todo: 'Answer the open `right` task (`habeas tasks show TASK`).',
    retryable: false,
  },
  'deed-not-kept': {
    what: 'Reading back, a record is not as it was just made: something in the system undid the change.',
    todo: 'Find the trigger, rule or program that changes it back, then `habeas requests retry`.',
    retryable: false,
  },
  'deed-undeclared': {
    what: 'The data map does not say how this is done to records of this collection.',
    todo: 'Declare `restrict`, `rectify` or `suppress` for the collection, or do it by hand.',
    retryable: false,
  },
  'restriction-none': {
    what: 'No restriction stands because of this request.',
    todo: 'Look with `habeas requests show`; perhaps it was lifted already.',
    retryable: false,
  },
  'restriction-not-told': {
    what: 'A restriction is lifted only after the person was told so (Art. 18(3)), and that day is missing or impossible.',
    todo: 'Tell the person first, then give the day with `--told`: not before the restriction or the decision, and not after today.',
    retryable: false,
  },
  'restriction-undecided': {
    what: 'What the restriction waits for has not been decided or done yet.',
    todo: 'Answer the open `right` task and let the systems finish; then tell the person and lift it.',
    retryable: false,
  },
  'restriction-stands': {
    what: 'Processing is restricted because of this request, and stays so until the person was told that it will be lifted.',
    todo: 'Tell the person, then lift it: `habeas requests lift-restriction ID --told DATE`.',
    retryable: false,
  },
  'answer-by-hand': {
    what: 'The answer to the person lies ready, and no verified e-mail address is known to send it to.',
    todo: 'Print it with `habeas requests letter ID`, hand it over, then `habeas requests delivered ID --method post`.',
    retryable: false,
  },
  'answer-not-ready': {
    what: 'The request has no answer yet that a letter could give.',
    todo: 'Look at `habeas requests show ID`: the letter lies ready when every system has answered.',
    retryable: false,
  },
  'unmark-by-hand': {
    what: 'The restriction was lifted, and in this system records were marked as restricted by hand.',
    todo: 'Take the marks off there, then `habeas tasks answer TASK --answer unmarked --reason "…"`.',
    retryable: false,
  },
  'suppression-none': {
    what: 'The suppression list has nothing against writing to this address for this purpose.',
    todo: 'Ask with `habeas suppression check`; perhaps the entry was ended already.',
    retryable: false,
  },
  'suppression-consent': {
    what: 'The day on which the person consented anew is missing or impossible.',
    todo: 'Give it with `--consented`: not before the entry was made, and not after today.',
    retryable: false,
  },
} as const;
