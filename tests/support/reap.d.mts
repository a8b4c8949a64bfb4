/** Types of reap.mjs; see there. */
export function removeRun(folder: string): Promise<void>;
export function removeDeadRuns(habeasFolder: string): Promise<void>;
