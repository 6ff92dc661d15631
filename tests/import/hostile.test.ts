/** Inputs that nobody's tools write: they cost no more than their size, and are refused in words. */
import { expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { imported, reasons } from './support.ts';

const VPC = 'vpc-0000000a';
const BASE = {
  Vpcs: [{ VpcId: VPC, CidrBlock: '10.0.0.0/8', OwnerId: '111122223333' }],
  Subnets: [
    { SubnetId: 'subnet-0000000a', VpcId: VPC, CidrBlock: '10.0.0.0/9', AvailabilityZone: 'eu-west-1a' },
  ],
};
const many = <T>(count: number, one: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => one(i));
const hex = (n: number): string => n.toString(16).padStart(8, '0');

test('tens of thousands of parts of one resource', () => {
  const N = 6_000;
  const began = performance.now();
  const { network, report } = imported({
    'base.json': BASE,
    'x.json': {
      NetworkInterfaces: [
        ...many(N, (i) => ({
          NetworkInterfaceId: `eni-${hex(i)}`,
          SubnetId: 'subnet-0000000a',
          OwnerId: '111122223333',
          PrivateIpAddress: `10.1.${i >> 8}.${i & 255}`,
          AvailabilityZone: 'eu-west-1a',
          Description: 'ELB app/x/0123456789abcdef',
        })),
        {
          NetworkInterfaceId: 'eni-ffffffff',
          SubnetId: 'subnet-0000000a',
          PrivateIpAddress: '10.2.0.1',
          Groups: many(N, (i) => ({ GroupId: `sg-${hex(i)}` })),
        },
      ],
      Reservations: [
        {
          OwnerId: '111122223333',
          Instances: many(N, (i) => ({
            InstanceId: `i-${hex(i)}`,
            Tags: [{ Key: 'aws:autoscaling:groupName', Value: 'web' }],
          })),
        },
      ],
      SecurityGroups: [
        {
          GroupId: 'sg-00000000',
          GroupName: 'web',
          VpcId: VPC,
          IpPermissions: many(N, (i) => ({
            IpProtocol: 'tcp',
            FromPort: i,
            ToPort: i,
            IpRanges: [{ CidrIp: '10.0.0.0/8' }],
          })),
        },
      ],
      TransitGateways: [
        {
          TransitGatewayId: 'tgw-0000000a',
          Options: { AssociationDefaultRouteTableId: 'tgw-rtb-0000000a' },
        },
      ],
      Routes: many(N, (i) => ({ DestinationCidrBlock: `10.${i >> 8}.${i & 255}.0/24`, State: 'blackhole' })),
    },
  });
  expect([...network.loadBalancers.values()][0]!.interfaceIds).toHaveLength(N);
  expect([...network.autoScalingGroups.values()][0]!.instanceIds).toHaveLength(N);
  expect([...network.transitGatewayRouteTables.values()][0]!.routes).toHaveLength(N);
  expect(network.securityGroups.get('sg-00000000')!.ingress).toHaveLength(N);
  expect(network.interfaces.get('eni-ffffffff')!.securityGroupIds).toEqual(['sg-00000000']);
  expect(reasons(report)['security groups of interface eni-ffffffff']!.length).toBeLessThan(1000);
  // A few seconds beside other tests: what grows with the square of N would take minutes.
  expect(performance.now() - began).toBeLessThan(20_000);
}, 30_000);

test('what leads to itself', () => {
  const self = { TransitGatewayId: 'tgw-0000000a', OwnerId: '111122223333', Region: 'eu-west-1' };
  const { report, network } = imported({
    'x.json': {
      ...BASE,
      TransitGateways: [{ TransitGatewayId: 'tgw-0000000a' }],
      TransitGatewayPeeringAttachments: [
        { TransitGatewayAttachmentId: 'tgw-attach-0000000a', RequesterTgwInfo: self, AccepterTgwInfo: self },
      ],
      SecurityGroups: ['a', 'b'].map((name, i) => ({
        GroupId: `sg-0000000${name}`,
        GroupName: name,
        VpcId: VPC,
        IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: `sg-0000000${'ba'[i]}` }] }],
      })),
      VpcPeeringConnections: [
        {
          VpcPeeringConnectionId: 'pcx-0000000a',
          RequesterVpcInfo: { VpcId: VPC },
          AccepterVpcInfo: { VpcId: VPC },
        },
      ],
    },
  });
  // Groups may name each other.
  const rules = ['sg-0000000a', 'sg-0000000b'].map((id) => network.securityGroups.get(id)!.ingress.length);
  expect(rules).toEqual([1, 1]);
  expect(reasons(report)['transit gateway attachment tgw-attach-0000000a']).toMatch(/itself/);
  expect(network.transitGatewayAttachments.size).toBe(0);
});

test('YAML that holds itself', () => {
  let said: unknown;
  try {
    imported({ 'x.yaml': 'Vpcs: &all\n- VpcId: vpc-0000000a\n  more: *all\n' });
  } catch (error) {
    said = error;
  }
  expect(said).toBeInstanceOf(UserError);
  expect((said as UserError).message).toMatch(/^x\.yaml/);
});

test('members of other types are passed over with their places, the rest stays', () => {
  const { report, network } = imported({
    'x.json': {
      ...BASE,
      SecurityGroups: [
        { GroupId: 'sg-0000000a', GroupName: 7, VpcId: VPC },
        {
          GroupId: 'sg-0000000b',
          GroupName: 'b',
          VpcId: VPC,
          IpPermissions: [
            { IpProtocol: 'tcp', FromPort: '443', IpRanges: [{ CidrIp: '10.0.0.300/8' }, null, 5] },
            { IpProtocol: {}, IpRanges: [{ CidrIp: '10.0.0.0/8' }] },
          ],
        },
      ],
      NetworkAcls: 'none',
      tasks: [null, [], { taskArn: 'task', attachments: {} }],
      VpcBlockPublicAccessOptions: [1],
      Routes: [{}, 'x'],
    },
  });
  expect(network.securityGroups.get('sg-0000000b')!.ingress).toEqual([]);
  const said = report.leftOut.map(({ what, place, reason }) => `${what} (${place}): ${reason}`);
  for (const part of [
    'security group sg-0000000a (x.json: SecurityGroups[0])',
    'value (x.json: SecurityGroups[1].IpPermissions[0].FromPort): is no number',
    'value (x.json: SecurityGroups[1].IpPermissions[0].IpRanges[2]): is no mapping',
    'ingress of security group sg-0000000b (x.json: SecurityGroups[1])',
    'NetworkAcls (x.json: NetworkAcls): is no list',
    'ECS task (x.json: tasks[0]): has no taskArn',
    'route of a transit gateway (x.json: Routes[0]): has no DestinationCidrBlock',
  ]) {
    expect(said.some((it) => it.startsWith(part))).toBe(true);
  }
});
