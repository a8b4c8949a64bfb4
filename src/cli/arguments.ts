/**
 * Narrows what was typed: ids, slugs, closed lists. Fails with `usage` or `not-found`, naming the flag and the permitted
 * words, never the value: it may be somebody's data.
 */

import type { LoadedConfig } from '../config/load.ts';
import { HabeasError } from '../errors.ts';
import { parseId, type RequestId, type SystemId, type TaskId } from '../ids.ts';
import { type Right, rights } from '../ledger/states.ts';

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
  return [...new Set(text.split(',').map((right) => oneOf(rights, right.trim(), '--rights')))];
}

/** For options that may be given more than once. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];
