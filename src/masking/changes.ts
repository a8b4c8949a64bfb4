/**
 * What a reviewer changes about the proposals, in the order in which it was said: the last word about a mask or a record counts. Masks and
 * records are known by their numbers in the reading. Pure; `text` is personal data and lives in sealed objects only.
 */
import { isMaskKind, isMaskWho, type MaskKind, type MaskWho } from './kinds.ts';

export type Change =
  /** The passage is given out as it is. */
  | { readonly op: 'release'; readonly mask: number }
  /** It is masked after all, or for another reason. */
  | { readonly op: 'mask'; readonly mask: number; readonly kind?: MaskKind; readonly who?: MaskWho }
  /** A passage that no pattern found, everywhere in one record. */
  | {
      readonly op: 'add';
      readonly record: number;
      readonly text: string;
      readonly kind: MaskKind;
      readonly who: MaskWho;
    }
  /** The record is legal advice and is not given out, or is not and is. */
  | { readonly op: 'withhold'; readonly record: number }
  | { readonly op: 'give'; readonly record: number };

/** What is true after all changes. */
export interface Review {
  /** By mask number: released, or masked for another reason. */
  readonly masks: ReadonlyMap<number, 'released' | { readonly kind?: MaskKind; readonly who?: MaskWho }>;
  /** By record number. */
  readonly added: ReadonlyMap<number, readonly Extract<Change, { op: 'add' }>[]>;
  readonly withheld: ReadonlyMap<number, boolean>;
}

export function reviewOf(changes: readonly Change[]): Review {
  const masks = new Map<number, 'released' | { readonly kind?: MaskKind; readonly who?: MaskWho }>();
  const added = new Map<number, Extract<Change, { op: 'add' }>[]>();
  const withheld = new Map<number, boolean>();
  for (const change of changes)
    switch (change.op) {
      case 'release':
        masks.set(change.mask, 'released');
        break;
      case 'mask': {
        const { kind, who } = change;
        masks.set(change.mask, { ...(kind === undefined ? {} : { kind }), ...(who === undefined ? {} : { who }) });
        break;
      }
      case 'add':
        added.set(change.record, [...(added.get(change.record) ?? []), change]);
        break;
      case 'withhold':
      case 'give':
        withheld.set(change.record, change.op === 'withhold');
        break;
    }
  return { masks, added, withheld };
}

/** A sealed change read back; undefined where it is none. */
export function changeIn(value: unknown): Change | undefined {
  if (typeof value !== 'object' || value === null || !('op' in value)) return undefined;
  const of = new Map<string, unknown>(Object.entries(value));
  const [mask, record, text, kind, who] = ['mask', 'record', 'text', 'kind', 'who'].map((name) => of.get(name));
  const said = typeof kind === 'string' && isMaskKind(kind) ? { kind } : {};
  const whose = typeof who === 'string' && isMaskWho(who) ? { who } : {};
  if (value.op === 'release' && typeof mask === 'number') return { op: 'release', mask };
  if (value.op === 'mask' && typeof mask === 'number') return { op: 'mask', mask, ...said, ...whose };
  if ((value.op === 'withhold' || value.op === 'give') && typeof record === 'number') return { op: value.op, record };
  if (value.op !== 'add' || typeof record !== 'number' || typeof text !== 'string') return undefined;
  return said.kind === undefined || whose.who === undefined
    ? undefined
    : { op: 'add', record, text, kind: said.kind, who: whose.who };
}
