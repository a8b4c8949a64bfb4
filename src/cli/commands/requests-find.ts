/**
 * `habeas requests find`: the living cases of a person, by keyed hashes. The value is compared in memory; it is neither stored
 * nor logged, and what is printed are ids, states and dates.
 */
import type { Command } from 'commander';
import { findRequests } from '../../requests/index.ts';
import { collect } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';
import { table } from '../render.ts';

interface FindFlags {
  readonly email?: readonly string[];
  readonly userId?: string;
}

export function requestsFind(frame: Frame): Command {
  return frame.leaf<FindFlags>({
    name: 'find',
    summary: 'Find the cases of a person, open or closed, while their case file lives. Nothing of the value is kept.',
    details:
      'Compares keyed hashes made when a request arrived and when an address or user id was learnt. It works after the\nworking key of a case was destroyed, and no more once its case file has ended. A value given as a flag stays in the\nshell’s history.',
    examples: ['requests find --email ada@example.com', 'requests find --email ada@example.com --user-id 501 --json'],
    options: (command) =>
      command
        .option('--email <address>', 'e-mail address; may be given more than once', collect)
        .option('--user-id <id>', "the person's id in the account database"),
    run: (run, { email, userId }) =>
      withDeps(run, async (deps) => {
        const requests = await findRequests(deps, { email, userId });
        const rows = requests.map((one) => [one.id, one.state, one.rights.join(', '), one.receivedOn]);
        const text =
          rows.length === 0
            ? 'No living case of that person.\n'
            : table(['Request', 'State', 'Rights', 'Received'], rows, run.io.colour.out);
        return { json: { requests }, text };
      }),
  });
}
