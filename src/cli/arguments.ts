/**
 * Narrows what was typed: ids, slugs, closed lists. Fails with `usage` or `not-found`, naming the flag and the permitted
 * words, never the value: it may be somebody's data.
 */

import type { RecordRef } from '../../connectors/contract.ts';
import type { LoadedConfig } from '../config/load.ts';
import { HabeasError } from '../errors.ts';
import {
  type ClaimId,
  type HoldId,
  parseId,
  type RegisterId,
  type RequestId,
  type SystemId,
  type TaskId,
} from '../ids.ts';
import { personsRights, type Right } from '../ledger/states.ts';

/** Something that is no id cannot exist: the same answer as for an id nobody has. */
export function requestId(text: string | undefined): RequestId {
  const id = parseId('request', text ?? '');
  if (id === undefined) throw new HabeasError('not-found', { where: 'ID: a request is req_ and 26 characters' });
  return id;
}

export function taskId(text: string | undefined): TaskId {
  const id = parseId('task', text ?? '');
  if (id === undefined) throw new HabeasError('not-found', { where: 'ID: a task is tsk_ and 26 characters' });
  return id;
}

export function holdId(text: string | undefined): HoldId {
  const id = parseId('hold', text ?? '');
  if (id === undefined) throw new HabeasError('not-found', { where: 'HOLD: a hold is hld_ and 26 characters' });
  return id;
}

export function registerId(text: string | undefined): RegisterId {
  const id = parseId('register', text ?? '');
  if (id === undefined) throw new HabeasError('not-found', { where: 'REG: an entry is reg_ and 26 characters' });
  return id;
}

export function claimId(text: string | undefined): ClaimId {
  const id = parseId('claim', text ?? '');
  if (id === undefined) throw new HabeasError('not-found', { where: 'BATCH: a batch is clm_ and 26 characters' });
  return id;
}

/** `COLLECTION:COLUMN=VALUE[,COLUMN=VALUE]`; a comma inside a value is written `\\,`. Personal data. */
export function recordRef(text: string): RecordRef {
  const form = /^([a-z][a-z0-9_-]*):(.+)$/s.exec(text);
  const pairs = (form?.[2] ?? '').split(/(?<!\\),/).map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).replaceAll('\\,', ',')] as const;
  });
  const collection = form?.[1];
  if (collection === undefined || pairs.some(([column, value]) => column === '' || value === ''))
    throw new HabeasError('usage', { where: '--record: COLLECTION:KEY=VALUE[,KEY=VALUE]' });
  return { collection, key: pairs };
}

export function systemId(config: LoadedConfig, text: string | undefined): SystemId {
  const found = config.systems.find((system) => system.id === text);
  if (found === undefined)
    throw new HabeasError('not-found', { where: `SYSTEM: ${config.systems.map(({ id }) => id).join(', ')}` });
  return found.id;
}

/** One of a table's words; `flag` names the place. */
export function oneOf<W extends string>(table: Readonly<Record<W, unknown>>, text: string, flag: string): W {
  if (isWord(table, text)) return text;
  throw new HabeasError('usage', { where: `${flag}: ${Object.keys(table).join(', ')}` });
}

function isWord<W extends string>(table: Readonly<Record<W, unknown>>, text: string): text is W {
  return Object.hasOwn(table, text);
}

export function rightsOf(text: string): readonly Right[] {
  return [...new Set(text.split(',').map((right) => oneOf(personsRights, right.trim(), '--rights')))];
}

/** For options that may be given more than once. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
