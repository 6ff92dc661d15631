import { callerIdentity } from '../../../identity/caller.ts';
import type { ActionTable } from '../../actions.ts';

/** GetCallerIdentity (STS): whose key signed the request. */
export const getCallerIdentity: NonNullable<ActionTable['sts']['GetCallerIdentity']> = ({ caller }) => {
  const { account, arn, userId } = callerIdentity(caller);
  return { Account: account, Arn: arn, UserId: userId };
};
