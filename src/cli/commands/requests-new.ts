/**
 * `habeas requests new`: opens a request from flags or from a JSON file, where personal data stays out of the shell's
 * history and of `ps`. Owns the flags and the JSON's form; every rule is in src/requests.
 */
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Ajv } from 'ajv';
import type { Command } from 'commander';
import { type Static, Type } from 'typebox';
import type { Deps } from '../../deps.ts';
import { HabeasError } from '../../errors.ts';
import { channels, personsMethods, personsRights } from '../../ledger/states.ts';
import { objectionScopes, restrictionGrounds } from '../../policy/rights/grounds.ts';
import { type CreatedRequest, createRequest, type ShownRequest } from '../../requests/index.ts';
import { signer, signerIfAny } from '../acting.ts';
import { collect, oneOf, rightsOf } from '../arguments.ts';
import { follow, waitedExit } from '../follow.ts';
import type { Answer, Frame, Run } from '../frame.ts';
import { withDeps } from '../open.ts';
import { labels } from '../render.ts';
import { showText } from '../show-text.ts';

const text = Type.String({ minLength: 1 });
const texts = Type.Union([text, Type.Array(text, { minItems: 1 })]);
/** `--from-json`: the flags' names in camelCase. */
const FromJson = Type.Object(
  {
    rights: Type.Optional(texts),
    email: Type.Optional(texts),
    userId: Type.Optional(text),
    name: Type.Optional(text),
    company: Type.Optional(text),
    postalAddress: Type.Optional(text),
    identifier: Type.Optional(texts),
    channel: Type.Optional(text),
    received: Type.Optional(text),
    language: Type.Optional(text),
    attach: Type.Optional(texts),
    identityMethod: Type.Optional(text),
    contact: Type.Optional(text),
    closeWorkspace: Type.Optional(texts),
    correct: Type.Optional(texts),
    restrictBecause: Type.Optional(text),
    objectTo: Type.Optional(text),
  },
  { additionalProperties: false },
);
type Given = Static<typeof FromJson>;
const isGiven = new Ajv({ allErrors: true }).compile<Given>(FromJson);

interface NewOptions extends Given {
  readonly fromJson?: string;
  readonly wait?: boolean;
}

export function requestsNew(frame: Frame): Command {
  return frame.leaf<NewOptions>({
    name: 'new',
    summary: 'Open a request. Works without an e-mail address: give what is known of the person.',
    details: `Personal data given as flags stays in the shell's history and shows in \`ps\`. Put it into a JSON file instead
(--from-json FILE, or - for standard input), with the flags' names: {"rights":"access","email":"…","userId":"…",
"name":"…","company":"…","postalAddress":"…","identifier":"stripe_customer_id=…","channel":"post","received":"2026-11-20","language":"et",
"attach":["letter.pdf"],"identityMethod":"…","contact":"…","closeWorkspace":"…"}. A flag given beside it goes before the file.

Identity: nothing is looked for before it is verified. Give --identity-method and --contact where it is verified
already (${Object.keys(personsMethods).join(', ')}); else \`requests identity\` does it later.

With erasure, a plan is made and approved first (\`requests plan\`). A workspace goes on without the person; one that is
their own business is closed with it only where --close-workspace names it. With access,erasure the copy is delivered and
can be downloaded for policy.downloadDays before anything is erased.

Rectification, restriction, objection and withdrawal of consent are each a request of their own. Rectification says what is
right (--correct WORD=VALUE, a word that a data map declares); an officer decides whether it is, and processing counts as
restricted until then. Restriction names its ground: ${Object.entries(restrictionGrounds)
      .map(([ground, means]) => `${ground} (${means})`)
      .join(' ')}
An objection is to all that rests on legitimate interests, or (--object-to marketing) to direct marketing alone. With an
objection or a withdrawal the addresses given are on the suppression list before anything else happens.

With --wait the command follows the request and ends with 0 when completed or when only records are left that expire by
themselves, 10 when a person must act, 11 when refused or cancelled.`,
    signs: true,
    examples: [
      'requests new --rights access --email ada@example.com --wait',
      'requests new --rights access --from-json request.json',
      'requests new --rights access,erasure --email ada@example.com --close-workspace 504',
      'requests new --rights access --identifier stripe_payment_intent_id=pi_3Q8aT2 --identity-method id-document --contact ada@example.com',
      'requests new --rights rectification --email ada@example.com --correct "name=Ada Tamm"',
      'requests new --rights restriction --email ada@example.com --restrict-because claims',
      'requests new --rights objection --email ada@example.com --object-to marketing',
      'requests new --rights access --name "Ada Tamm" --postal-address "Riia 1, Tartu" --channel post --received 2026-11-20 --attach letter.pdf',
      'requests new --rights access --email ada@example.com --identity-method email-loop --contact ada@example.com --as kadri --key kadri.key',
    ],
    options: (command) =>
      command
        .option('--rights <rights>', `comma-separated: ${Object.keys(personsRights).join(', ')}`)
        .option('--email <address>', 'e-mail address; may be given more than once', collect)
        .option('--user-id <id>', "the person's id in the account database")
        .option('--name <name>', 'name')
        .option('--company <name>', 'company the person belongs to; not enough alone')
        .option('--postal-address <address>', 'postal address')
        .option(
          '--identifier <kind=value>',
          'a number a system knows the person by, as stripe_customer_id=cus_…; may be given more than once',
          collect,
        )
        .option('--channel <channel>', `how it arrived: ${Object.keys(channels).join(', ')} (default: web)`)
        .option('--received <date>', 'day of receipt, YYYY-MM-DD (default: today in the controller’s time zone)')
        .option('--language <language>', 'language of the answer: et, en (default: en)')
        .option('--attach <file>', 'the letter or form as it arrived; may be given more than once', collect)
        .option('--identity-method <method>', 'how the identity was verified, where it is already')
        .option('--contact <contact>', 'the verified contact point: e-mail or postal address; the package goes there')
        .option(
          '--close-workspace <key>',
          "with erasure: the person's own business workspace to close with it; may be given more than once",
          collect,
        )
        .option('--correct <word=value>', 'with rectification: what is right; may be given more than once', collect)
        .option('--restrict-because <ground>', `with restriction: ${Object.keys(restrictionGrounds).join(', ')}`)
        .option('--object-to <scope>', `with objection: ${Object.keys(objectionScopes).join(', ')} (default: all)`)
        .option('--from-json <file>', 'read the request from a JSON file, or - for standard input')
        .option('--wait', 'follow the request until it ends or a person must act'),
    run: (run, options) => withDeps(run, (deps) => open(run, deps, options)),
  });
}

async function open(run: Run, deps: Deps, options: NewOptions): Promise<Answer> {
  const { fromJson, ...flags } = options;
  const given: Given = { ...(fromJson === undefined ? {} : await readJson(run, fromJson)), ...flagsGiven(flags) };
  if (given.rights === undefined)
    throw new HabeasError('usage', { where: `--rights: ${Object.keys(personsRights).join(', ')}` });
  if ((given.identityMethod === undefined) !== (given.contact === undefined))
    throw new HabeasError('contact-unusable', { where: '--identity-method --contact' });
  const identity =
    given.identityMethod === undefined || given.contact === undefined
      ? undefined
      : { method: given.identityMethod, contact: given.contact };
  const { file } = deps.config;
  const created = await createRequest(deps, {
    rights: rightsOf([given.rights].flat().join(',')),
    identifiers: {
      email: given.email === undefined ? undefined : [given.email].flat(),
      userId: given.userId,
      name: given.name,
      company: given.company,
      postalAddress: given.postalAddress,
      others: given.identifier === undefined ? undefined : [given.identifier].flat(),
    },
    channel: oneOf(channels, given.channel ?? 'web', '--channel'),
    receivedOn: given.received,
    language: oneOf({ et: true, en: true }, given.language ?? 'en', '--language'),
    attachments: given.attach === undefined ? undefined : [given.attach].flat().map((path) => attachment(run, path)),
    identity,
    closeWorkspaces: given.closeWorkspace === undefined ? undefined : [given.closeWorkspace].flat(),
    corrections: given.correct === undefined ? undefined : correctionsOf([given.correct].flat()),
    restrictBecause: given.restrictBecause,
    objectTo: given.objectTo,
    by: identity === undefined ? signerIfAny(run.io, run.global, file) : signer(run.io, run.global, file),
  });
  if (options.wait !== true) return { json: created, text: createdText(created, run.io.colour.out) };
  run.note(`${created.requestId} opened, due ${created.dueOn}`);
  const shown = await follow(deps, created.requestId, {
    signal: run.io.interrupted,
    untilPerson: true,
    changed: progress(run),
    unattended: () => run.note('No worker has picked it up yet; is one running? (`habeas worker`)'),
  });
  return {
    json: { requestId: shown.id, ...shown },
    text: showText(shown, run.io.colour.out, run.io.columns),
    exit: waitedExit(shown),
  };
}

/** `WORD=VALUE`, each word once. */
function correctionsOf(given: readonly string[]): Readonly<Record<string, string>> {
  const pairs = given.map((one) => {
    const at = one.indexOf('=');
    if (at < 1) throw new HabeasError('right-terms', { where: '--correct WORD=VALUE' });
    return [one.slice(0, at).trim(), one.slice(at + 1)] as const;
  });
  const corrections = Object.fromEntries(pairs);
  if (Object.keys(corrections).length !== pairs.length)
    throw new HabeasError('right-terms', { where: '--correct: each word once' });
  return corrections;
}

/** One line on standard error per step, each said once. */
export function progress(run: Run): (shown: ShownRequest) => void {
  const said = new Set<string>();
  const once = (line: string): void => {
    if (!said.has(line)) run.note(line);
    said.add(line);
  };
  return (shown) => {
    once(`  ${shown.state}`);
    const plan = shown.erasure?.plan ?? null;
    if (plan !== null) once(`    plan ${plan.sha256.slice(0, 12)}: ${plan.state}`);
    for (const system of shown.systems)
      if (system.state !== 'waiting')
        once(
          `    ${system.id}: ${system.state}${system.stage === null ? '' : ` ${system.stage}`}${system.code === null ? '' : ` (${system.code})`}`,
        );
  };
}

function createdText(created: CreatedRequest, colour: boolean): string {
  const [task] = created.tasks;
  return labels(
    [
      ['Request', { text: created.requestId, tone: 'strong' }],
      ['Received', created.receivedOn],
      ...(created.clockFrom === null
        ? []
        : ([['Clock', `runs from ${created.clockFrom}: the same person asked the same before`]] as const)),
      ['Due', created.dueOn],
      ['Internal target', created.internalTargetOn],
      ['Systems', created.systems.join(', ')],
      ['Identity', created.identity],
      ...(created.linkedRequests.length === 0 ? [] : ([['Same person', created.linkedRequests.join(', ')]] as const)),
      ...(task === undefined
        ? []
        : ([['Waits for', `a person: ${created.tasks.map(({ kind }) => kind).join(', ')}`]] as const)),
      [
        'Next',
        created.identity === 'verified'
          ? `habeas requests show ${created.requestId} --watch`
          : `habeas requests identity ${created.requestId} verified --method METHOD --contact CONTACT`,
      ],
    ],
    colour,
  );
}

async function readJson(run: Run, file: string): Promise<Given> {
  let value: unknown;
  try {
    value = JSON.parse(file === '-' ? await run.io.input() : readFileSync(resolve(run.io.cwd, file), 'utf8'));
  } catch (cause) {
    throw new HabeasError('usage', { where: '--from-json: not a readable JSON file', cause });
  }
  if (isGiven(value)) return value;
  const places = (isGiven.errors ?? []).map(({ instancePath, keyword }) => `${instancePath || '/'} ${keyword}`);
  throw new HabeasError('usage', { where: `--from-json: ${[...new Set(places)].join(', ')}` });
}

function attachment(run: Run, path: string): { readonly name: string; readonly bytes: Buffer } {
  try {
    return { name: basename(path), bytes: readFileSync(resolve(run.io.cwd, path)) };
  } catch (cause) {
    throw new HabeasError('usage', { where: '--attach: a file cannot be read', cause });
  }
}

/** Flags that a file may hold instead. */
const givenFlags = [
  ...(['rights', 'email', 'userId', 'name', 'company', 'postalAddress', 'identifier', 'channel', 'received'] as const),
  ...(['language', 'attach', 'identityMethod', 'contact', 'closeWorkspace'] as const),
  ...(['correct', 'restrictBecause', 'objectTo'] as const),
] as const satisfies readonly (keyof Given)[];

/** Flags that were given; the others must not cover what the file says. */
function flagsGiven(flags: Omit<NewOptions, 'fromJson'>): Given {
  return Object.fromEntries(givenFlags.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])));
}
