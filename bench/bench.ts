/** What a bench is: a name and a run over a local stack of its own. It must leave nothing running. */
import type { LocalStack } from '../src/local/stack.ts';
import type { Figure } from './report.ts';

export interface BenchContext {
  readonly stack: LocalStack;
  /** A tenth or less of the size, to try a change out; targets do not apply. */
  readonly small: boolean;
  readonly say: (line: string) => void;
  /** Folder for CPU profiles of our side. */
  readonly profileDir: string | undefined;
}

export interface Bench {
  readonly name: string;
  run(context: BenchContext): Promise<readonly Figure[]>;
}
