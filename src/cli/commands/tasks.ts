/**
 * `habeas tasks show|answer` (`list` is in tasks-list.ts). `show` is the one command that opens a sealed object, because a
 * person must see what they decide about: its output is personal data and goes to that person's terminal only. It needs
 * the acting person's key and a role, so that whoever merely has the ledger sees nothing.
 */
import type { Command } from 'commander';
import type { Candidate, CandidateReason, RecordRef } from '../../../connectors/contract.ts';
import type { Deps } from '../../deps.ts';
import { catalogue, HabeasError } from '../../errors.ts';
import { isHandAnswer, taskKinds, unanswered } from '../../ledger/states.ts';
import { answer, answerByHand, countsFormOf, parseCounts, showTask } from '../../requests/index.ts';
import { authorise } from '../../requests/people.ts';
import { systemFor } from '../../requests/system-for.ts';
import { signer } from '../acting.ts';
import { collect, taskId } from '../arguments.ts';
import type { Frame } from '../frame.ts';
import { withDeps } from '../open.ts';
import { type Cellish, labels, paint, printable, table } from '../render.ts';
import { hasOwnCommands, type ShownTask, taskText } from '../show-text.ts';
import { handedFile, wholeFile } from './handed-files.ts';
import { doneText } from './requests-by-hand.ts';
import { answered } from './requests-decide.ts';
import { partLines } from './requests-send-part.ts';

export function tasksShow(frame: Frame): Command {
  return frame.leaf({
    name: 'show <id>',
    summary: 'Show a task with what the deciding person must see. Opens sealed personal data; needs your key.',
    details: 'Do not send its output to a file or a log. Answers given so far are shown by person, without reasons.',
    signs: true,
    examples: ['tasks show tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y'],
    run: (run, _, [id]) =>
      withDeps(run, async (deps) => {
        const task = taskId(id);
        const { kind } = await showTask(deps, task);
        authorise(deps.config.people, signer(run.io, run.global, deps.config.file), `task:${kind}`);
        const shown = await showTask(deps, task, { open: true });
        const colour = run.io.colour.out;
        const instructions = await instructionsOf(deps, shown);
        const heading = (text: string): string => `\n${paint(text, 'strong', colour)}\n`;
        const given = shown.answers.map((one) => [one.personId, one.answer, one.at.slice(0, 10)]);
        const text = [
          taskText(shown, colour, { withNext: false, isPaused: shown.isPaused, terminal: run.io.columns }),
          ...(shown.closedAt === null
            ? []
            : [`  Closed on ${shown.closedAt.slice(0, 10)} with: ${shown.answer ?? '–'}\n`]),
          ...(shown.held === null ? [] : [heading('Not now'), lines(catalogue[shown.held].what)]),
          ...(instructions === null ? [] : [heading('What to do'), lines(instructions)]),
          ...(shown.object === null ? [] : [heading('What it is about'), labels(objectLines(shown.object), colour)]),
          ...(shown.nextPart === null
            ? []
            : [heading('A part sent now'), labels(partLines(deps.config, shown.nextPart), colour)]),
          ...(given.length === 0 ? [] : [heading('Answers so far'), table(['Person', 'Answer', 'On'], given, colour)]),
          ...(shown.closedAt === null && shown.kind === 'manual' && shown.allowedAnswers.some(isHandAnswer)
            ? [`\nAnswer: ${byHandCommand(shown)}\n`]
            : []),
          ...(shown.closedAt === null && !hasOwnCommands(shown)
            ? [
                `
Answer: habeas tasks answer ${shown.id} --answer ${shown.allowedAnswers.join('|')} --reason "…"\n`,
              ]
            : []),
        ];
        return { json: { ...shown, instructions }, text: text.join('') };
      }),
  });
}

/** What is done by hand in the task's system: as the configuration says, and of a customer's instruction what is looked for; null where a program does it. */
export async function instructionsOf(
  deps: Pick<Deps, 'ledger' | 'systems'>,
  { requestId, systemId, kind }: Pick<ShownTask, 'requestId' | 'systemId' | 'kind'>,
): Promise<string | null> {
  if (kind !== 'manual' || systemId === null) return null;
  return (await systemFor(deps, requestId, systemId))?.manifest.manual?.instructions ?? null;
}

const lines = (text: string): string =>
  text
    .trim()
    .split('\n')
    .map((line) => `  ${printable(line)}\n`)
    .join('');

/** How a task about a system is answered. */
function byHandCommand({ id, allowedAnswers, right }: ShownTask): string {
  const answers = allowedAnswers.filter(isHandAnswer).join('|');
  return `habeas tasks answer ${id} --answer ${answers} --counts ${countsFormOf(right ?? 'access')} --proof FILE --reason "…"`;
}

/** Why something may be the person's, as the deciding person reads it. */
const candidateReasons: Readonly<Record<CandidateReason, string>> = {
  'other-case': 'the address is the same but for letter case',
  'several-accounts': 'several accounts answer to the address',
  'shared-mailbox': 'the address is shared by several people',
  'former-address': 'the address was this account’s once, or is only since later',
  'no-account': 'the address stands in a record that belongs to no account, and was or may be another person’s',
  'outside-period': 'the address or device was the person’s at another time than the records’',
  'shared-window': 'several people used the address or device at that time',
  'unknown-window': 'nobody can tell who else used the address or device at that time',
  'unknown-account': 'the address stands in a record of an account that is not known to be the person’s',
  'name-only': 'only a name or postal address matches',
  mentioned: 'another person’s record seems to speak of the person',
};

/** What was sealed: a candidate as proposal with what helps to decide, identifiers by kind, anything else by its path. */
function objectLines(value: unknown, path: readonly string[] = []): readonly (readonly [string, Cellish])[] {
  if (typeof value !== 'object' || value === null) return [[path.join(' ') || 'value', String(value)]];
  if (isIdentifier(value)) return [[value.kind, value.value]];
  if (isRef(value)) return [[[...path, 'in', value.collection].join(' '), keyText(value)]];
  if (isCandidate(value)) {
    const { ref, reason, matchedBy, display } = value;
    // What stands below anyway is not said twice.
    const key = ref.key.filter(([column, text]) => display[column] !== text);
    return [
      ['Record', `${ref.collection} ${keyText({ ...ref, key })}`],
      ['May be theirs', `${candidateReasons[reason]} (${matchedBy})`],
      ...Object.entries(display),
    ];
  }
  return Object.entries(value).flatMap(([key, child]) =>
    objectLines(child, Array.isArray(value) ? path : [...path, key]),
  );
}

const keyText = ({ key }: RecordRef): string => key.map(([column, value]) => `${column} = ${value}`).join(', ');

/** A record reference alone: the workspace that somebody is to take over. */
function isRef(value: object): value is RecordRef {
  return 'collection' in value && 'key' in value && Array.isArray(value.key) && Object.keys(value).length === 2;
}

/** Written by our own stage and proved by its seal: the shape needs no more than a look. */
function isCandidate(value: object): value is Candidate {
  return 'ref' in value && 'reason' in value && 'display' in value && 'matchedBy' in value;
}

function isIdentifier(value: object): value is { readonly kind: string; readonly value: string } {
  return 'kind' in value && 'value' in value && typeof value.kind === 'string' && typeof value.value === 'string';
}

interface AnswerOptions {
  readonly answer: string;
  readonly reason?: string;
  readonly method?: string;
  readonly contact?: string;
  readonly date?: string;
  readonly email?: readonly string[];
  readonly userId?: string;
  readonly name?: string;
  readonly postalAddress?: string;
  readonly identifier?: readonly string[];
  readonly counts?: readonly string[];
  readonly proof?: string;
  readonly file?: readonly string[];
  readonly ground?: readonly string[];
  readonly until?: readonly string[];
  readonly told?: string;
}

export function tasksAnswer(frame: Frame): Command {
  return frame.leaf<AnswerOptions>({
    name: 'answer <id>',
    summary: 'Answer a task. The answer is signed with your key; the reason is stored sealed.',
    details: `Kinds of tasks: ${Object.entries(taskKinds)
      .map(([kind, question]) => `${kind} (${question})`)
      .join(' ')}
If nobody answers: ${Object.values(unanswered).join(' ')}

A system that no program can reach is answered with --counts of every collection (${countsFormOf('access')};
of erasure ${countsFormOf('erasure')}) and --proof. For access the answer is found or
not-found, and what is given to the person goes into the package with --file. For erasure it is erased, kept or not-found; what
is retained needs --ground, a rule of \`habeas policy explain\`, and --until, its last day; what is refused needs --ground alone.
When that day has passed the same is asked of what was kept (code kept-due): counts are of that alone and add up to it, what is not
there any more is :absent, and what is kept on needs --ground and --until anew. Where the task names recipients, whoever erases it
tells them (Art. 19) and says with --told on which day.`,
    signs: true,
    examples: [
      'tasks answer tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y --answer accept --reason "Same customer number on both accounts"',
      'tasks answer tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y --answer found --counts letters=3,notes=1:withheld=1 --proof search.png --file letters.pdf --reason "Looked through the shared mailbox by address and name"',
      'tasks answer tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y --answer not-found --proof search.png --reason "Nothing under this address or name"',
      'tasks answer tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y --answer erased --counts letters=3,invoices=2:retained=2 --ground ee-accounting-act-12 --until 2033-12-31 --proof shredded.png --reason "Letters shredded, invoices stay in the binder"',
      'tasks answer tsk_7w5h6k2m9x4c8v3b1n0q5r7t2y --answer identifiers-added --email ada@example.com --reason "Found on her invoice"',
    ],
    options: (command) =>
      command
        .requiredOption('--answer <answer>', 'one of the answers `tasks show` lists')
        .option('--reason <text>', 'why; stored sealed')
        .option('--method <method>', 'with verified: how; with delivered: post or in-person')
        .option('--contact <contact>', 'with verified: the verified contact point')
        .option('--date <date>', 'with delivered, sent and acknowledged: the day, YYYY-MM-DD')
        .option('--email <address>', 'with identifiers-added; may be given more than once', collect)
        .option('--user-id <id>', 'with identifiers-added; with named: who takes over')
        .option('--name <name>', 'with identifiers-added')
        .option('--postal-address <address>', 'with identifiers-added')
        .option('--identifier <kind=value>', 'with identifiers-added; may be given more than once', collect)
        .option(
          '--counts <counts>',
          'by hand: what was found and what became of it; may be given more than once',
          collect,
        )
        .option('--proof <file>', 'by hand: what shows it; stored sealed, at most 25 MiB')
        .option('--file <file>', 'with found: a file for the package; may be given more than once', collect)
        .option('--ground <ground>', 'by hand: why something is kept; GROUND, or COLLECTION=GROUND', collect)
        .option('--until <date>', 'by hand: the last day of what is retained; DATE, or COLLECTION=DATE', collect)
        .option('--told <date>', 'of what was kept and is erased now: when its recipients were told; or impossible'),
    run: (run, options, [id]) =>
      withDeps(run, async (deps) => {
        const {
          answer: given,
          reason,
          method,
          contact,
          date,
          email,
          userId,
          name,
          postalAddress,
          identifier,
        } = options;
        const signedBy = signer(run.io, run.global, deps.config.file);
        if (isHandAnswer(given)) {
          const { counts, proof, file, ground, until, told } = options;
          if (counts === undefined && given !== 'not-found')
            throw new HabeasError('counts-invalid', { where: '--counts' });
          const json = await answerByHand(deps, taskId(id), {
            answer: given,
            counts: counts === undefined ? 'none' : parseCounts(counts),
            proof: proof === undefined ? undefined : wholeFile(run, proof),
            files: (file ?? []).map((path) => handedFile(run, path)),
            grounds: ground,
            until,
            told,
            reason,
            signedBy,
          });
          return doneText(run, json);
        }
        const json = await answer(deps, {
          taskId: taskId(id),
          answer: given,
          reason,
          signedBy,
          identity:
            given === 'verified' && method !== undefined && contact !== undefined ? { method, contact } : undefined,
          identifiers:
            given === 'identifiers-added' ? { email, userId, name, postalAddress, others: identifier } : undefined,
          successor: given === 'named' ? userId : undefined,
          told: date,
          delivery: given === 'delivered' ? { method: deliveryMethod(method), on: date } : undefined,
        });
        return answered(run, json, 'Answered');
      }),
  });
}

function deliveryMethod(method: string | undefined): 'post' | 'in-person' {
  if (method === undefined || method === 'post') return 'post';
  if (method === 'in-person') return method;
  throw new HabeasError('usage', { where: '--method: post, in-person' });
}
