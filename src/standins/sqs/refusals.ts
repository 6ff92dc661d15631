/** What SQS refuses: the code of the Query protocol and the shape of the JSON protocol, by the service's model; texts
 * from answers in public reports, or inferred. */
import { ServiceError } from '../../base/service-error.ts';

/** Shapes of the JSON protocol whose code in the Query protocol is another one. */
const SHAPES: Readonly<Record<string, string>> = {
  'AWS.SimpleQueueService.NonExistentQueue': 'QueueDoesNotExist',
  QueueAlreadyExists: 'QueueNameExists',
  'AWS.SimpleQueueService.PurgeQueueInProgress': 'PurgeQueueInProgress',
  'AWS.SimpleQueueService.MessageNotInflight': 'MessageNotInflight',
  'AWS.SimpleQueueService.UnsupportedOperation': 'UnsupportedOperation',
  'AWS.SimpleQueueService.BatchEntryIdsNotDistinct': 'BatchEntryIdsNotDistinct',
  'AWS.SimpleQueueService.EmptyBatchRequest': 'EmptyBatchRequest',
  'AWS.SimpleQueueService.TooManyEntriesInBatchRequest': 'TooManyEntriesInBatchRequest',
  'AWS.SimpleQueueService.InvalidBatchEntryId': 'InvalidBatchEntryId',
  'AWS.SimpleQueueService.BatchRequestTooLong': 'BatchRequestTooLong',
};

/** The shape that the JSON protocol has for a code. */
export function shapeOf(code: string): string {
  return Object.hasOwn(SHAPES, code) ? SHAPES[code]! : code;
}

export function noSuchQueue(): ServiceError {
  return new ServiceError(
    'AWS.SimpleQueueService.NonExistentQueue',
    'The specified queue does not exist.',
    400,
  );
}

export function queueExists(attribute: string): ServiceError {
  const text = `A queue already exists with the same name and a different value for attribute ${attribute}`;
  return new ServiceError('QueueAlreadyExists', text, 400);
}

export function invalidAddress(): ServiceError {
  return new ServiceError('InvalidAddress', 'The QueueUrl is not valid for this endpoint.', 404);
}

export function missingParameter(name: string): ServiceError {
  return new ServiceError('MissingParameter', `The request must contain the parameter ${name}.`, 400);
}

export function invalidValue(name: string, value: string, reason: string): ServiceError {
  const shown = value.length > 128 ? `${value.slice(0, 128)}…` : value;
  const text = `Value ${shown} for parameter ${name} is invalid. Reason: ${reason}`;
  return new ServiceError('InvalidParameterValue', text, 400);
}

export function invalidRequest(reason: string): ServiceError {
  return new ServiceError(
    'InvalidParameterValue',
    `One or more parameters are invalid. Reason: ${reason}`,
    400,
  );
}

export function unknownAttribute(name: string): ServiceError {
  return new ServiceError('InvalidAttributeName', `Unknown Attribute ${name.slice(0, 128)}.`, 400);
}

export function invalidAttribute(name: string, because = ''): ServiceError {
  const text = `Invalid value for the parameter ${name}.${because === '' ? '' : ` ${because}`}`;
  return new ServiceError('InvalidAttributeValue', text, 400);
}

export function badReceipt(): ServiceError {
  return new ServiceError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.', 404);
}

export function notInFlight(): ServiceError {
  return new ServiceError(
    'AWS.SimpleQueueService.MessageNotInflight',
    'The message is not in flight: it can be received already.',
    400,
  );
}

export function goneMessage(receipt: string): ServiceError {
  return invalidValue(
    'ReceiptHandle',
    receipt,
    'Message does not exist or is not available for visibility timeout change.',
  );
}

export function purgedLately(queue: string): ServiceError {
  return new ServiceError(
    'AWS.SimpleQueueService.PurgeQueueInProgress',
    `Only one PurgeQueue operation on ${queue} is allowed every 60 seconds.`,
    403,
  );
}

export function overLimit(text: string): ServiceError {
  return new ServiceError('OverLimit', text, 403);
}

export function badContents(): ServiceError {
  return new ServiceError(
    'InvalidMessageContents',
    'The message contains characters outside the allowed set.',
    400,
  );
}

export function emptyBatch(): ServiceError {
  const text = 'There should be at least one entry in the request.';
  return new ServiceError('AWS.SimpleQueueService.EmptyBatchRequest', text, 400);
}

export function tooManyEntries(count: number): ServiceError {
  const text = `Maximum number of entries per request are 10. You have sent ${count}.`;
  return new ServiceError('AWS.SimpleQueueService.TooManyEntriesInBatchRequest', text, 400);
}

export function badEntryId(): ServiceError {
  const text =
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.';
  return new ServiceError('AWS.SimpleQueueService.InvalidBatchEntryId', text, 400);
}

export function entryIdTwice(id: string): ServiceError {
  return new ServiceError('AWS.SimpleQueueService.BatchEntryIdsNotDistinct', `Id ${id} repeated.`, 400);
}

export function batchTooLong(most: number): ServiceError {
  const text = `Batch requests cannot be longer than ${most} bytes.`;
  return new ServiceError('AWS.SimpleQueueService.BatchRequestTooLong', text, 400);
}

export function notOffered(text: string): ServiceError {
  return new ServiceError('AWS.SimpleQueueService.UnsupportedOperation', text, 400);
}

/** An operation that is not offered here, or that is none. */
export function unknownAction(): ServiceError {
  return new ServiceError('InvalidAction', 'The action or operation requested is not offered.', 400);
}

/** A body that is none of the protocol's, or a member of another type. */
export function malformed(text: string): ServiceError {
  return new ServiceError('SerializationException', text, 400);
}

/** A fault of the program or of the disk; the cause is in the log. */
export function internalError(): ServiceError {
  return new ServiceError('InternalFailure', 'The service cannot complete the request.', 500);
}
