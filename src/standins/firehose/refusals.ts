/** What Firehose refuses. The codes are those of the service's model; texts are from answers in public reports, or
 * inferred. */
import { ServiceError } from '../../base/service-error.ts';
import type { StreamName } from '../storage/stream-storage.ts';

export function invalid(text: string): ServiceError {
  return new ServiceError('InvalidArgumentException', text, 400);
}

export function missing({ name, account }: StreamName): ServiceError {
  return new ServiceError(
    'ResourceNotFoundException',
    `Firehose ${name} under account ${account} not found.`,
    400,
  );
}

export function exists({ name, account }: StreamName): ServiceError {
  return new ServiceError(
    'ResourceInUseException',
    `Firehose ${name} under accountId ${account} already exists`,
    400,
  );
}

export function limitExceeded(text: string): ServiceError {
  return new ServiceError('LimitExceededException', text, 400);
}

/** The code and text for records that there is no room for. */
export const FULL = {
  code: 'ServiceUnavailableException',
  text: 'Slow down. The stream holds as much as it may.',
} as const;

export function slowDown(): ServiceError {
  return new ServiceError(FULL.code, FULL.text, 503);
}

/** A fault of the program or of the disk; the cause is in the log. */
export function internalFailure(): ServiceError {
  return new ServiceError('InternalFailure', 'The service cannot complete the request.', 500);
}
