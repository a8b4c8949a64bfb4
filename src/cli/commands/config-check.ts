/**
 * `habeas config check`: reads the configuration as every other command does and says what came out, without a secret.
 */
import type { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { labels } from '../render.ts';

export function configCheck(frame: Frame): Command {
  return frame.leaf({
    name: 'check',
    summary: 'Read the configuration and list every mistake with its line and remedy. Connects to nothing.',
    details: 'Exit code 3 where there are mistakes. `habeas systems check` tries the connections.',
    examples: ['config check', 'config check --config /etc/habeas/habeas.yaml', 'config check --json'],
    run: async (run) => {
      const config = run.config();
      const json = {
        file: config.file,
        sha256: config.sha256,
        controller: config.controller.name,
        country: config.controller.country,
        systems: config.systems.map(({ id, name, connector }) => ({ id, name, connector })),
        people: config.people.map(({ id, roles }) => ({ id, roles })),
      };
      const text = labels(
        [
          ['Configuration', { text: 'no mistakes', tone: 'good' }],
          ['File', config.file],
          ['SHA-256', config.sha256],
          ['Controller', `${config.controller.name}, ${config.controller.country}, ${config.controller.timeZone}`],
          ['Systems', config.systems.map(({ id, connector }) => `${id} (${connector})`).join(', ')],
          ['People', config.people.map(({ id, roles }) => `${id} (${roles.join(', ')})`).join(', ')],
        ],
        run.io.colour.out,
      );
      return { json, text };
    },
  });
}
