/** What stands against a plan, gathered so that all of it is told at once, each thing once. Codes and configured places. */
import { type ErrorCode, HabeasError } from '../../src/errors.ts';
import type { PrepareReport } from '../contract.ts';

export class Refusals {
  readonly #found = new Map<string, PrepareReport['refusals'][number]>();

  add(code: ErrorCode, where: string): void {
    this.#found.set(`${code} ${where}`, { code, where });
  }

  /** Runs what throws for the first thing it meets; that thing is a refusal, anything temporary goes on up. */
  collect<T>(look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof HabeasError) || error.retryable || error.where === undefined) throw error;
      this.add(error.code, error.where);
      return undefined;
    }
  }

  has(code: ErrorCode): boolean {
    return [...this.#found.values()].some((one) => one.code === code);
  }

  get list(): PrepareReport['refusals'] {
    return [...this.#found.values()];
  }
}
