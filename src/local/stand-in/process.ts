/** A stand-in as a process of its own: until SIGTERM or SIGINT, then with 0, or with 1 where it cannot stop. */
export function untilSignalled(standIn: { stop(): Promise<void> }): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      standIn.stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
}
