import type { NewFlowLog, Scope } from '../../src/store/store.ts';

export const HERE: Scope = { account: '123456789012', region: 'eu-central-1' };
export const OTHER_REGION: Scope = { account: '123456789012', region: 'us-east-1' };
export const OTHER_ACCOUNT: Scope = { account: '210987654321', region: 'eu-central-1' };

/** A flow log with every optional member absent, but for what is given. */
export function sampleFlowLog(id: string, given: Partial<NewFlowLog> = {}): NewFlowLog {
  return {
    ...HERE,
    id,
    createdAt: 1_790_000_000_123,
    resourceId: 'vpc-0123456789abcdef0',
    resourceType: 'VPC',
    logDestinationType: 's3',
    logFormat: '${version} ${srcaddr}',
    maxAggregationInterval: 600,
    deliverLogsStatus: 'SUCCESS',
    clientToken: `token-${id}`,
    configurationDigest: `digest-${id}`,
    ...given,
  };
}
