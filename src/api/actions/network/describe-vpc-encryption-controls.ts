import type { EncryptionControl, EncryptionExclusion } from '../../../network/encryption-control.ts';
import type { HandlerOf, NetworkActionsOptions } from './dependencies.ts';
import { describe } from './describe.ts';
import type { Fields } from './filters.ts';
import { checkIds, find } from './lookup.ts';
import { tagSet } from './outputs.ts';

const FIELDS: Fields<EncryptionControl> = {
  'vpc-encryption-control-id': (it) => it.id,
  'vpc-id': (it) => it.vpcId,
  mode: (it) => it.mode,
  state: () => 'available',
};

/** DescribeVpcEncryptionControls. */
export function describeVpcEncryptionControls(
  options: NetworkActionsOptions,
): HandlerOf<'DescribeVpcEncryptionControls'> {
  return async (context, input) => {
    const { VpcIds: vpcIds } = input;
    checkIds('vpc', 'VpcIds', vpcIds);
    for (const id of vpcIds ?? []) find(options.network.state, context, 'vpc', id);
    const wanted = vpcIds === undefined ? undefined : new Set(vpcIds);
    const { items, NextToken } = await describe(options, context, {
      ...input,
      // A page belongs to the VPCs that its first one was asked for.
      action: `DescribeVpcEncryptionControls ${[...(wanted ?? [])].sort().join(' ')}`.trimEnd(),
      kind: 'encryptionControl',
      ids: input.VpcEncryptionControlIds,
      idsName: 'VpcEncryptionControlIds',
      filters: input.Filters,
      fields: FIELDS,
      only: ({ vpcId }) => wanted === undefined || wanted.has(vpcId),
    });
    return { VpcEncryptionControls: items.map(output), NextToken };
  };
}

function output(it: EncryptionControl) {
  const stateOf = (exclusion: EncryptionExclusion) => ({
    State: it.exclusions.includes(exclusion) ? 'enabled' : 'disabled',
  });
  return {
    VpcId: it.vpcId,
    VpcEncryptionControlId: it.id,
    Mode: it.mode,
    State: 'available',
    ResourceExclusions: {
      InternetGateway: stateOf('internetGateway'),
      EgressOnlyInternetGateway: stateOf('egressOnlyInternetGateway'),
      NatGateway: stateOf('natGateway'),
      VirtualPrivateGateway: stateOf('virtualPrivateGateway'),
      VpcPeering: stateOf('vpcPeering'),
      Lambda: stateOf('lambda'),
      VpcLattice: stateOf('vpcLattice'),
      ElasticFileSystem: stateOf('elasticFileSystem'),
      GlobalAccelerator: stateOf('globalAccelerator'),
      ApiGatewayV2: stateOf('apiGatewayV2'),
    },
    Tags: tagSet(it.tags),
  };
}
