import type { FlowListener, ListenOptions } from './options.ts';

/**
 * Listens for exported flows; resolves when it receives.
 *
 * @throws {UsageError} for options that cannot be.
 * @throws {UserError} when the address is in use, not this machine's, or not permitted.
 */
export function listenForFlows(options: ListenOptions): Promise<FlowListener> {
  return Promise.reject(new Error(`not there yet: ${options.listen}`));
}
