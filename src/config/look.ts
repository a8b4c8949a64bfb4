/**
 * Reads single places of a value that may have any form, so that checks work on a file that fails its schema too. Pure.
 */
import { segment } from './mistakes.ts';

/** Reads a value that may have any form. */
export class Look {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  at(pointer: string): unknown {
    let here: unknown = this.#value;
    for (const part of pointer.split('/').slice(1)) {
      if (typeof here !== 'object' || here === null) return undefined;
      here = Object.entries(here).find(([key]) => segment(key) === part)?.[1];
    }
    return here;
  }

  text(pointer: string): string | undefined {
    const value = this.at(pointer);
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  number(pointer: string): number | undefined {
    const value = this.at(pointer);
    return typeof value === 'number' ? value : undefined;
  }

  /** Pointers of a list's entries. */
  entries(pointer: string): readonly string[] {
    const value = this.at(pointer);
    return Array.isArray(value) ? value.map((_, index) => `${pointer}/${index}`) : [];
  }
}

/** Reports a mistake at a pointer; `key` points to the key instead of the value. */
export type Say = (pointer: string, problem: string, remedy: string, at?: 'key' | 'value') => void;
