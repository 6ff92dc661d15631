import { messageOf } from '../../base/errors.ts';

export type Level = 'info' | 'warn' | 'error';

/** One JSON object a line on standard error. Never a secret: callers pass ids. */
export function log(level: Level, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
}

/** A fault of the program, with its stack. */
export function logFault(error: unknown, fields: Readonly<Record<string, unknown>> = {}): void {
  const stack = error instanceof Error ? error.stack : undefined;
  log('error', messageOf(error), { ...fields, stack });
}
