/** What CloudWatch Logs refuses. The codes are those of the service's model; the texts follow its style and are
 * inferred: they were checked against no recorded answer yet. */
import { ServiceError } from '../../base/service-error.ts';

export function invalid(text: string): ServiceError {
  return new ServiceError('InvalidParameterException', text, 400);
}

export const GROUP_MISSING = 'The specified log group does not exist.';
export const STREAM_MISSING = 'The specified log stream does not exist.';
export const BAD_TOKEN = 'The specified nextToken is invalid.';

export function missing(text: typeof GROUP_MISSING | typeof STREAM_MISSING): ServiceError {
  return new ServiceError('ResourceNotFoundException', text, 400);
}

export function exists(what: 'group' | 'stream'): ServiceError {
  return new ServiceError('ResourceAlreadyExistsException', `The specified log ${what} already exists`, 400);
}

export function limitExceeded(): ServiceError {
  return new ServiceError('LimitExceededException', 'Resource limit exceeded.', 400);
}

/** A fault of the program or of the disk; the cause is in the log. */
export function unavailable(): ServiceError {
  return new ServiceError('ServiceUnavailableException', 'The service cannot complete the request.', 500);
}
