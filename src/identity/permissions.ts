import { ServiceError } from '../base/service-error.ts';
import type { Caller } from './caller.ts';
import { callerIdentity } from './caller.ts';

/** Actions that change nothing: what a read-only key may call. */
const READING = /^(?:Describe|Get|Filter|List|Search)[A-Z]/;

/** The part of UnauthorizedOperation's text that stands in every recorded answer. */
const NOT_AUTHORIZED = 'You are not authorized to perform this operation.';

/** Whether a caller may call an action at all. */
export function isAllowed(caller: Pick<Caller, 'readOnly'>, action: string): boolean {
  return !caller.readOnly || READING.test(action);
}

/**
 * Lets a caller call an action, or refuses as its service does. When this comes is the caller's to keep (S8.2).
 * @throws {ServiceError} UnauthorizedOperation of EC2 and AccessDenied of others, both 403; AccessDeniedException
 * of CloudWatch Logs and Firehose, 400
 */
export function authorize(caller: Caller, action: string): void {
  if (isAllowed(caller, action)) return;
  const { arn, userId } = callerIdentity(caller);
  const operation = `${caller.service}:${action}`;
  if (caller.service === 'logs' || caller.service === 'firehose') {
    const text = `User: ${arn} is not authorized to perform: ${operation}`;
    throw new ServiceError('AccessDeniedException', text, 400);
  }
  if (caller.service !== 'ec2') {
    throw new ServiceError('AccessDenied', `User: ${arn} is not authorized to perform: ${operation}`, 403);
  }
  // EC2 appends an encoded account of the decision; decoded, it is documented to have these members
  // (DecodeAuthorizationMessage of STS). Here it is encoded, not enciphered: it says nothing the caller does
  // not know.
  const decision = {
    allowed: false,
    explicitDeny: false,
    matchedStatements: { items: [] },
    failures: { items: [] },
    context: {
      principal: { id: userId, arn },
      action: operation,
      resource: '*',
      conditions: { items: [] },
    },
  };
  const encoded = Buffer.from(JSON.stringify(decision)).toString('base64url');
  throw new ServiceError(
    'UnauthorizedOperation',
    `${NOT_AUTHORIZED} Encoded authorization failure message: ${encoded}`,
    403,
  );
}
