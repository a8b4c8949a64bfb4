/**
 * `habeas local …`: the local stack with the sample company, in `.habeas/start/` of this folder, the same that `npm start`
 * uses. src/local is imported only when one of these commands runs, so that production never loads it.
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Frame, Run } from '../frame.ts';
import { labels, table } from '../render.ts';

const dirOf = (run: Run): string => join(run.io.cwd, '.habeas', 'start');

export function localUp(frame: Frame): Command {
  return frame.leaf({
    name: 'up',
    summary:
      'Start the local stack (Temporal, PostgreSQL, S3, mail, stand-ins for Stripe and Zendesk) and the sample company; it stays up.',
    details:
      'Its data and addresses stay in .habeas/start. `habeas worker` then works on it, or use `npm start`, which does both.',
    examples: ['local up', 'local up --json'],
    run: async (run) => {
      const [{ localUp: up }, { prepareInstallation }] = await Promise.all([
        import('../../local/stack.ts'),
        import('../../local/installation.ts'),
      ]);
      const stack = await up({ dir: dirOf(run), log: run.note, stay: true });
      const { configPath, people } = await prepareInstallation(stack, run.note);
      const json = {
        dir: stack.dir,
        config: configPath,
        temporal: stack.temporal.address,
        temporalUi: stack.temporal.uiUrl,
        postgres: new URL(stack.postgres.url).host,
        s3: stack.s3.endpoint,
        stripe: stack.stripe.url,
        zendesk: stack.zendesk.url,
        mails: stack.smtp.mailDir,
        people: people.map(({ id }) => id),
      };
      const text = labels(
        [
          ['Configuration', json.config],
          ['Temporal UI', json.temporalUi],
          ['Temporal', json.temporal],
          ['PostgreSQL', json.postgres],
          ['S3', json.s3],
          ['Stripe', json.stripe],
          ['Zendesk', json.zendesk],
          ['Mails', json.mails],
          ['People', json.people.join(', ')],
        ],
        run.io.colour.out,
      );
      return { json, text };
    },
  });
}

export function localDown(frame: Frame): Command {
  return frame.leaf({
    name: 'down',
    summary: 'Stop the local stack; its data stays.',
    examples: ['local down'],
    run: async (run) => {
      const { localDown: down } = await import('../../local/stack.ts');
      const json = await down({ dir: dirOf(run), log: run.note });
      return {
        json,
        text: json.stopped.length === 0 ? 'Nothing was running.\n' : `Stopped: ${json.stopped.join(', ')}.\n`,
      };
    },
  });
}

export function localStatus(frame: Frame): Command {
  return frame.leaf({
    name: 'status',
    summary: 'Say what of the local stack runs, and where.',
    examples: ['local status', 'local status --json'],
    run: async (run) => {
      const { localStatus: status } = await import('../../local/stack.ts');
      const json = await status({ dir: dirOf(run) });
      const rows = json.servers.map(({ name, state, address, pid }) => [
        name,
        { text: state, tone: state === 'stopped' ? ('dim' as const) : ('good' as const) },
        address,
        pid,
      ]);
      const text = `The local stack is ${json.state} (${json.dir}).\n\n${table(['Server', 'State', 'Address', 'Pid'], rows, run.io.colour.out)}`;
      return { json, text };
    },
  });
}

export function localReset(frame: Frame): Command {
  return frame.leaf({
    name: 'reset',
    summary: 'Stop the local stack and remove its folder with all data: ledger, keys, packages, sample company.',
    examples: ['local reset', 'local reset && habeas local up'],
    run: async (run) => {
      const { localReset: reset } = await import('../../local/stack.ts');
      const json = await reset({ dir: dirOf(run), log: run.note });
      return { json, text: json.removed ? `Removed ${json.dir}.\n` : 'There is no local stack here.\n' };
    },
  });
}
