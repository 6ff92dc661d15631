/** Ctrl-C and SIGTERM. */

/** Aborts at the first SIGINT or SIGTERM, after `told`; a second one ends the process at once. `restore` gives the
 * signals back. */
export function abortOnSignals(told: () => void = () => {}): {
  readonly signal: AbortSignal;
  readonly restore: () => void;
} {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    told();
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    restore: () => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
