/**
 * `habeas requests send-part`: what is finished goes to the person before the rest. Says which systems will be in it and
 * which are missing. No rule lives here, and no personal data passes through.
 */
import type { Command } from 'commander';
import type { LoadedConfig } from '../../config/load.ts';
import type { SystemId } from '../../ids.ts';
import { type SentPartDecision, sendPart } from '../../requests/send-part.ts';
import { signer } from '../acting.ts';
import { requestId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';
import { type Cellish, labels } from '../render.ts';

export function requestsSendPart(frame: Frame): Command {
  return frame.leaf<{ readonly reason?: string }>({
    name: 'send-part <id>',
    summary: 'Send what is finished as a package of its own; the request stays open for the rest.',
    details:
      'The package names every system: what is in it, what was sent before, and what is still being worked on and follows. Where every system has answered, the package goes by itself.',
    signs: true,
    examples: ['requests send-part req_7w5h6k2m9x4c8v3b1n0q5r7t2y --reason "Forum down since Monday"'],
    options: (command) => command.option('--reason <text>', 'stored sealed'),
    run: (run, { reason }, [id]) =>
      withDeps(run, async (deps) => {
        const json = await sendPart(deps, {
          requestId: requestId(id),
          reason,
          signedBy: signer(run.io, run.global, deps.config.file),
        });
        const more = json.peopleStillNeeded;
        const done = json.settled
          ? 'What is finished is sent.'
          : `Your answer is recorded; ${more} more ${more === 1 ? 'person' : 'people'} must give the same.`;
        const lines = labels(
          [
            ['Request', json.requestId],
            ...partLines(deps.config, json),
            ['Next', `habeas requests show ${json.requestId} --watch`],
          ],
          run.io.colour.out,
        );
        return { json, text: `${done}\n${lines}` };
      }),
  });
}

/** Which systems a part holds and leaves out, by id and name. */
export function partLines(
  config: Pick<LoadedConfig, 'systems'>,
  part: Pick<SentPartDecision, 'holds' | 'missing' | 'sentBefore'>,
): readonly (readonly [string, Cellish])[] {
  const named = (ids: readonly SystemId[]) =>
    ids.map((id) => `${id} (${config.systems.find((one) => one.id === id)?.name ?? 'not configured'})`).join(', ');
  return [
    ['In it', named(part.holds)],
    ['Missing', { text: named(part.missing), tone: 'warn' }],
    ...(part.sentBefore.length === 0 ? [] : [['Sent before', named(part.sentBefore)] as const]),
  ];
}
