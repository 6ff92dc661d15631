/** All that the service describes of a network, as the files that somebody would save; and what it has no actions
 * for, as those of other services answer. */
import type { Network } from '../../src/network/model.ts';
import { Harness, type Client, type ClientOptions } from '../api/network/harness.ts';

/** Actions without input, with the lists of their answers. */
const ACTIONS = [
  'DescribeVpcs',
  'DescribeSubnets',
  'DescribeNetworkInterfaces',
  'DescribeInstances',
  'DescribeRouteTables',
  'DescribeInternetGateways',
  'DescribeEgressOnlyInternetGateways',
  'DescribeVpnGateways',
  'DescribeNatGateways',
  'DescribeVpcEndpoints',
  'DescribeVpcPeeringConnections',
  'DescribeSecurityGroups',
  'DescribeNetworkAcls',
  'DescribeManagedPrefixLists',
  'DescribePrefixLists',
  'DescribeTransitGateways',
  'DescribeTransitGatewayAttachments',
  'DescribeTransitGatewayVpcAttachments',
  'DescribeTransitGatewayPeeringAttachments',
  'DescribeTransitGatewayRouteTables',
  'DescribeVpcEncryptionControls',
  'DescribeVpcBlockPublicAccessOptions',
  'DescribeVpcBlockPublicAccessExclusions',
];
const OF_TABLES: Readonly<Record<string, object>> = {
  SearchTransitGatewayRoutes: { Filters: [{ Name: 'state', Values: ['active', 'blackhole'] }] },
  GetTransitGatewayRouteTableAssociations: {},
  GetTransitGatewayRouteTablePropagations: {},
};

type Files = Record<string, unknown>;

/** Every answer about a network to the callers of some accounts and regions. */
export async function servedFiles(
  network: string | Network,
  callers: readonly ClientOptions[],
): Promise<Files> {
  const harness = await Harness.open(network);
  const files: Files = {};
  for (const [i, caller] of callers.entries()) {
    const found = await answersTo(harness.client(caller));
    for (const [name, answer] of Object.entries(found)) files[`${i}-${name}.json`] = answer;
  }
  return files;
}

async function answersTo(client: Client): Promise<Files> {
  const files: Files = {};
  for (const action of ACTIONS) files[action] = await client.call(action);
  const { TransitGatewayRouteTables } = files['DescribeTransitGatewayRouteTables'] as {
    TransitGatewayRouteTables: { TransitGatewayRouteTableId: string }[];
  };
  for (const { TransitGatewayRouteTableId } of TransitGatewayRouteTables) {
    for (const [action, input] of Object.entries(OF_TABLES)) {
      files[`${TransitGatewayRouteTableId}-${action}`] = await client.call(action, {
        TransitGatewayRouteTableId,
        ...input,
      });
    }
  }
  const { PrefixLists } = files['DescribeManagedPrefixLists'] as { PrefixLists: { PrefixListId: string }[] };
  for (const { PrefixListId } of PrefixLists) {
    files[`${PrefixListId}-entries`] = await client.call('GetManagedPrefixListEntries', { PrefixListId });
  }
  return files;
}

const pairs = (tags: Readonly<Record<string, string>>, [key, value]: [string, string]): object[] =>
  Object.entries(tags).map(([k, v]) => ({ [key]: k, [value]: v }));

/** What elbv2, Auto Scaling and ECS answer of a network. */
export function otherServices({ loadBalancers, autoScalingGroups, ecsTasks }: Network): Files {
  return {
    'elbv2.json': {
      LoadBalancers: [...loadBalancers.values()].map(({ id, type }) => ({
        LoadBalancerArn: id,
        Type: type,
        State: { Code: 'active' },
      })),
    },
    'elbv2-tags.json': {
      TagDescriptions: [...loadBalancers.values()].map(({ id, tags }) => ({
        ResourceArn: id,
        Tags: pairs(tags, ['Key', 'Value']),
      })),
    },
    'autoscaling.json': {
      AutoScalingGroups: [...autoScalingGroups.values()].map(
        ({ name, accountId, region, instanceIds, tags }) => ({
          AutoScalingGroupName: name,
          AutoScalingGroupARN: `arn:aws:autoscaling:${region}:${accountId}:autoScalingGroup:0a1b2c3d:autoScalingGroupName/${name}`,
          Instances: instanceIds.map((InstanceId) => ({ InstanceId, LifecycleState: 'InService' })),
          Tags: pairs(tags, ['Key', 'Value']),
        }),
      ),
    },
    'ecs.json': {
      tasks: [...ecsTasks.values()].map((it) => ({
        taskArn: it.id,
        clusterArn: it.clusterArn,
        taskDefinitionArn: it.taskDefinitionArn,
        containerInstanceArn: it.containerInstanceArn,
        group: it.serviceName === undefined ? 'family:web' : `service:${it.serviceName}`,
        lastStatus: 'RUNNING',
        attachments: [
          {
            id: '00000000-0000-4000-8000-000000000000',
            type: 'ElasticNetworkInterface',
            status: 'ATTACHED',
            details: [{ name: 'networkInterfaceId', value: it.interfaceId }],
          },
        ],
        containers: it.containerIds.map((runtimeId) => ({ name: 'web', runtimeId })),
        tags: pairs(it.tags, ['key', 'value']),
      })),
      failures: [],
    },
  };
}
