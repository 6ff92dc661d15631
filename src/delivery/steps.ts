/**
 * `weir:delivery:step` on the diagnostics channel: told before and after each thing that delivery makes durable, by
 * its name. Tests end the process there; nothing else listens, and then it costs nothing.
 */
import { channel } from 'node:diagnostics_channel';

const steps = channel('weir:delivery:step');

export type Step =
  | 'segment-write'
  | 'segment-flush'
  | 'segment-committed'
  | 'segment-remove'
  | 'directory-flush'
  | 'ledger-register'
  | 'ledger-registered'
  | 'attempt'
  | 'attempted'
  | 'ledger-done'
  | 'ledger-done-written'
  | 'ledger-freed';

export function step(name: Step): void {
  if (steps.hasSubscribers) steps.publish(name);
}
