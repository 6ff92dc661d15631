/** Exit codes of the command line (docs/design.md): 0 done, 1 failed, 2 wrong use. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/**
 * An error that is the user's to mend: what, where and what to do, in one message. Everything else that is
 * thrown is a fault of the program and keeps its stack.
 */
export class UserError extends Error {
  readonly exitCode: number;

  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UserError';
    this.exitCode = options.exitCode ?? EXIT_FAILED;
  }
}

/** Wrong use of a command: exit code 2. */
export class UsageError extends UserError {
  constructor(message: string) {
    super(message, { exitCode: EXIT_USAGE });
    this.name = 'UsageError';
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
