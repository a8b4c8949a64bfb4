/**
 * What the schema cannot say: ids used twice, roles nobody has, buckets that must differ, a time zone or country nobody
 * knows, passwords written into the file, a key store others can read. Works on files that fail their schema too, so that
 * every mistake shows at once: each check looks only at what is there in the right form. Reads file modes, nothing else.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { decidingRoles } from '../requests/people.ts';
import { controller } from './controller-check.ts';
import { parseMasterKey } from './effective.ts';
import { Look, type Say } from './look.ts';
import { type Mistake, segment } from './mistakes.ts';
import { retention } from './retention-check.ts';
import { isSecretReference } from './secrets.ts';
import type { Source } from './source.ts';

/** `resolved` is the source's value with secrets in place; what is in `missing` has none and is not judged. */
export function crossChecks(source: Source, resolved: unknown, missing: ReadonlySet<string>): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const look = new Look(resolved);
  const say: Say = (pointer, problem, remedy, at) => {
    if (!missing.has(pointer)) mistakes.push(source.mistake(pointer, problem, remedy, at));
  };
  unique(source, look, say);
  controller(look, say);
  people(look, say);
  buckets(look, say);
  temporal(look, say);
  urls(look, say);
  mail(look, say);
  numbers(look, say);
  retention(look, say);
  backups(look, say);
  recipients(look, say);
  keys(source, look, say);
  inlineSecrets(source.value, '', say);
  return mistakes;
}

function unique(source: Source, look: Look, say: Say): void {
  const lists = [
    ['/systems', 'id', 'Give every system an id of its own; ids name queues and folders and never change.'],
    ['/backups', 'id', 'Give every set of backups an id of its own.'],
    ['/recipients', 'id', 'Give every recipient an id of its own.'],
    ['/recipients', 'name', 'Data maps name recipients by their names: one recipient a name.'],
    ['/people', 'id', 'Give every person an id of their own.'],
    ['/people', 'publicKey', 'Two people must have two keys: where two must agree, one key would count twice.'],
  ] as const;
  for (const [list, field, remedy] of lists) {
    const seen = new Map<string, string>();
    for (const entry of look.entries(list)) {
      const value = look.text(`${entry}/${field}`);
      if (value === undefined) continue;
      const first = seen.get(value);
      if (first === undefined) seen.set(value, entry);
      else
        say(`${entry}/${field}`, `The same \`${field}\` stands on line ${source.line(`${first}/${field}`)}.`, remedy);
    }
  }
}

function backups(look: Look, say: Say): void {
  const known = new Set(look.entries('/systems').map((system) => look.text(`${system}/id`)));
  for (const backup of look.entries('/backups'))
    for (const system of look.entries(`${backup}/systems`)) {
      const id = look.text(system);
      if (id === undefined || known.has(id)) continue;
      say(system, `There is no system \`${id}\`.`, 'Write the `id` of one of `systems`.');
    }
}

/** What an independent controller holds is its own, wherever it lies: only a processor's copy can be the company's. */
function recipients(look: Look, say: Say): void {
  const known = new Set(look.entries('/systems').map((system) => look.text(`${system}/id`)));
  for (const recipient of look.entries('/recipients')) {
    const within = look.entries(`${recipient}/within`);
    if (within.length > 0 && look.text(`${recipient}/kind`) !== 'processor')
      say(
        `${recipient}/within`,
        'Only what a processor holds can be erased with a system of yours.',
        'Remove `within`, or write `kind: processor` if it acts on your instructions alone.',
        'key',
      );
    for (const system of within) {
      const id = look.text(system);
      if (id === undefined || known.has(id)) continue;
      say(system, `There is no system \`${id}\`.`, 'Write the `id` of one of `systems`.');
    }
  }
}

/** Whatever may have to be decided has somebody, and two where two must agree: else a task could never be answered. */
function people(look: Look, say: Say): void {
  if (!Array.isArray(look.at('/people'))) return;
  const able = (roles: readonly string[]): number =>
    look
      .entries('/people')
      .filter((person) => look.entries(`${person}/roles`).some((r) => roles.includes(look.text(r) ?? ''))).length;
  const lacking = new Set(
    Object.values(decidingRoles)
      .filter((roles) => able(roles) === 0)
      .map((roles) => roles.join('` or `')),
  );
  for (const roles of lacking)
    say(
      '/people',
      `Nobody has the role \`${roles}\`, which decisions need.`,
      "Add it to a person's `roles`; `habeas people new ID` makes a new person.",
      'key',
    );
  for (const kind of ['identity', 'candidate', 'blast-radius', 'approval'] as const) {
    const roles = decidingRoles[`task:${kind}`];
    if (look.number(`/policy/approvals/${kind}`) === 2 && able(roles) === 1)
      say(
        `/policy/approvals/${kind}`,
        `Two people must agree here, but only one has the role \`${roles.join('` or `')}\`.`,
        'Give a second person this role, or ask for one.',
      );
  }
}

function buckets(look: Look, say: Say): void {
  const staging = look.text('/s3/stagingBucket');
  if (staging !== undefined && staging === look.text('/s3/packageBucket'))
    say(
      '/s3/packageBucket',
      'Packages and staging are in the same bucket.',
      'Use two: links are made for one of them, and they have different lives.',
    );
  if (staging !== undefined && staging === look.text('/s3/anchorBucket'))
    say(
      '/s3/anchorBucket',
      'Anchors and staging are in the same bucket.',
      'Use a bucket with Object Lock for anchors.',
    );
  const [id, secret] = [look.at('/s3/accessKeyId'), look.at('/s3/secretAccessKey')];
  if (id !== undefined && secret === undefined)
    say(
      '/s3/accessKeyId',
      '`secretAccessKey` is missing beside this.',
      'Give both, or neither to use the environment’s own credentials.',
      'key',
    );
  if (secret !== undefined && id === undefined)
    say(
      '/s3/secretAccessKey',
      '`accessKeyId` is missing beside this.',
      'Give both, or neither to use the environment’s own credentials.',
      'key',
    );
  if (look.at('/s3/anchorRetentionDays') !== undefined && look.at('/s3/anchorBucket') === undefined)
    say(
      '/s3/anchorRetentionDays',
      'Anchors are to be locked, but no bucket for them is named.',
      'Add `anchorBucket`, a bucket made with Object Lock.',
      'key',
    );
}

function temporal(look: Look, say: Say): void {
  const address = look.text('/temporal/address');
  const port = Number(
    /^[^\s/:]+:(\d{1,5})$/.exec(address ?? '')?.[1] ?? /^\[[0-9A-Fa-f:]+\]:(\d{1,5})$/.exec(address ?? '')?.[1] ?? 0,
  );
  if (address !== undefined && (port < 1 || port > 65_535))
    say('/temporal/address', 'This is not host:port.', 'Write it without a scheme, as temporal.example.com:7233.');
  const tls = look.at('/temporal/tls');
  if (look.at('/temporal/apiKey') !== undefined && (tls === undefined || tls === false))
    say('/temporal/apiKey', 'An API key would be sent without encryption.', 'Add `tls: true` beside it.', 'key');
  const [cert, key] = [look.at('/temporal/tls/cert'), look.at('/temporal/tls/key')];
  if ((cert === undefined) !== (key === undefined))
    say(
      `/temporal/tls/${cert === undefined ? 'key' : 'cert'}`,
      'A client certificate needs both `cert` and `key`.',
      'Give both or neither.',
      'key',
    );
}

function urls(look: Look, say: Say): void {
  const expected = [
    ['/ledger/url', ['postgres:', 'postgresql:'], 'postgres://user@host:5432/database'],
    ['/mail/url', ['smtp:', 'smtps:'], 'smtps://user@host:465'],
    ['/s3/endpoint', ['http:', 'https:'], 'https://s3.example.com'],
    ['/controller/authority/url', ['http:', 'https:'], 'https://www.aki.ee/'],
  ] as const;
  for (const [pointer, schemes, example] of expected) {
    const text = look.text(pointer);
    if (text === undefined) continue;
    const scheme = URL.canParse(text) ? new URL(text).protocol : undefined;
    if (!schemes.some((known) => known === scheme))
      say(
        pointer,
        'This is not a URL of the kind needed here.',
        `It has the form ${example}, wherever it is read from.`,
      );
  }
}

function mail(look: Look, say: Say): void {
  for (const pointer of ['/mail/from', '/mail/replyTo']) {
    const address = look.text(pointer);
    if (address !== undefined && !/^(?:[^<>\r\n]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/.test(address))
      say(pointer, 'This is not an e-mail address.', 'Write name@example.com or "Name <name@example.com>".');
  }
  if (look.at('/policy/linkHours') !== undefined && look.at('/mail') === undefined)
    say(
      '/policy/linkHours',
      'Links are sent by mail, and no mail server is configured.',
      'Add `mail:`, or remove this if every package goes by post.',
      'key',
    );
}

function numbers(look: Look, say: Say): void {
  const [initial, max] = [look.number('/worker/retry/initialMs'), look.number('/worker/retry/maxMs')];
  if (initial !== undefined && max !== undefined && initial > max)
    say('/worker/retry/maxMs', 'The longest wait is shorter than the first.', 'Raise `maxMs` or lower `initialMs`.');
  const [hours, days] = [look.number('/policy/linkHours'), look.number('/policy/packageDays')];
  if (hours !== undefined && days !== undefined && hours > days * 24)
    say(
      '/policy/linkHours',
      'Links would outlive the package they lead to.',
      'Lower `linkHours` or raise `packageDays`.',
    );
}

function keys(source: Source, look: Look, say: Say): void {
  const master = look.text('/keys/master');
  if (
    master !== undefined &&
    parseMasterKey(master) === undefined &&
    isSecretReference(new Look(source.value).at('/keys/master'))
  )
    say(
      '/keys/master',
      'The master key named here is not 32 bytes in base 64.',
      'Make one with `openssl rand -base64 32` and keep a copy apart from every backup of the ledger.',
    );
  const path = look.text('/keys/store/path');
  if (path !== undefined && process.platform !== 'win32' && othersReach(resolve(dirname(source.file), path)))
    say(
      '/keys/store/path',
      'Other users of this machine can reach this folder.',
      'Use a folder of mode 0700 that is not below a folder everybody may write, such as /tmp.',
    );
}

/** A folder that exists must be closed to others; one that does not must not be made where anybody may write. */
function othersReach(folder: string): boolean {
  let nearest = folder;
  while (!existsSync(nearest)) nearest = dirname(nearest);
  for (let up = dirname(nearest); up !== dirname(up); up = dirname(up))
    if ((statSync(up).mode & 0o001) === 0) return false;
  const others = statSync(nearest).mode & 0o007;
  return nearest === folder ? others !== 0 : (others & 0o002) !== 0;
}

/** A password in a URL anywhere in the file would be in every copy of it. */
function inlineSecrets(value: unknown, pointer: string, say: Say): void {
  if (typeof value === 'string') {
    if (value.includes('://') && URL.canParse(value) && new URL(value).password !== '')
      say(
        pointer,
        'A password is written into this file.',
        'Put the whole URL into an environment variable or a file and write `{env: NAME}` or `{file: PATH}` here.',
      );
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) inlineSecrets(child, `${pointer}/${segment(key)}`, say);
  }
}
