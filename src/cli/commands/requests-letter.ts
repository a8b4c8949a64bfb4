/** `habeas requests letter`: the answer to the person, for whoever hands it over. No rule lives here. */
import type { Command } from 'commander';
import { printAnswer } from '../../answers/index.ts';
import { requestId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';

export function requestsLetter(frame: Frame): Command {
  return frame.leaf({
    name: 'letter <id>',
    summary: 'Print the letter that tells the person what was done, or why not, to hand it over by post or in person.',
    details: `A letter to a verified e-mail address is sent by itself. This one has counts, reasons and dates, and neither name nor
address. \`tasks show\` shows whom it goes to; record the hand-over with \`requests delivered\`.`,
    examples: ['requests letter req_7w5h6k2m9x4c8v3b1n0q5r7t2y'],
    run: (run, _, [id]) =>
      withDeps(run, async (deps) => {
        const json = await printAnswer(deps, requestId(id));
        return { json, text: json.text };
      }),
  });
}
