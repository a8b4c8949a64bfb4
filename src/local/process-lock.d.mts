/** Types of process-lock.mjs; see there. */

/** A process as it can be recognised later: the pid alone is used again by the system. */
export interface RememberedProcess {
  readonly pid: number;
  readonly start: string;
}
export function startOf(pid: number): string | undefined;
export function thisProcess(): RememberedProcess;
export function isAlive(remembered: RememberedProcess): boolean;
export function withLock<T>(path: string, work: () => T | Promise<T>, onWait?: (pid: number) => void): Promise<T>;
