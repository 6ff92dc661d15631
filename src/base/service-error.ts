/**
 * A refusal that a client of the service gets to read: code, text and HTTP status as the service words them.
 * Thrown by whoever finds the fault (identity/, flow-logs/, api/, standins/); turned into the protocol's
 * error envelope in one place. `message` is shown to the client as it stands: no secrets, no internals.
 */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ServiceError';
    this.code = code;
    this.status = status;
  }
}

/** Whether something thrown is a refusal to show to the client. */
export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof ServiceError;
}
