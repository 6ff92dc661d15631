import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';

/** DescribeVpcBlockPublicAccessOptions: off where the network file says nothing. */
export function describeVpcBlockPublicAccessOptions({
  network,
}: NetworkActionsOptions): HandlerOf<'DescribeVpcBlockPublicAccessOptions'> {
  return (context) => {
    const block = network.state.publicAccessBlock(context);
    return {
      VpcBlockPublicAccessOptions: {
        AwsAccountId: context.account,
        AwsRegion: context.region,
        State: block === undefined ? 'default-state' : 'update-complete',
        InternetGatewayBlockMode: block?.mode ?? 'off',
        ManagedBy: 'account',
        ExclusionsAllowed: 'allowed',
      },
    };
  };
}
