/** Transit gateways, groups, load balancers and the rest in answers as the AWS CLI writes them. */
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { imported, reasons } from './support.ts';

const OWNER = '111122223333';
const VPC = 'vpc-0aa00000000000001';
const SUBNET = 'subnet-0a100000000000001';
const GATEWAY = 'tgw-0a000000000000001';
const TABLE = 'tgw-rtb-0a00000000000001a';
const OTHER = 'tgw-rtb-0b00000000000001b';
const ATTACHED = 'tgw-attach-0a000000000000001';
const VPN = 'tgw-attach-0b000000000000002';
const PEER = 'tgw-attach-0c000000000000003';

const eni = (id: string, address: string, more: object): object => ({
  NetworkInterfaceId: id,
  SubnetId: SUBNET,
  VpcId: VPC,
  OwnerId: OWNER,
  AvailabilityZone: 'eu-central-1a',
  PrivateIpAddress: address,
  Groups: [],
  ...more,
});
const BASE = {
  Vpcs: [{ VpcId: VPC, CidrBlock: '10.0.0.0/16', OwnerId: OWNER }],
  Subnets: [
    {
      SubnetId: SUBNET,
      VpcId: VPC,
      CidrBlock: '10.0.1.0/24',
      AvailabilityZone: 'eu-central-1a',
      AvailabilityZoneId: 'euc1-az2',
      OwnerId: OWNER,
    },
  ],
};

interface File {
  vpcs: [Record<string, unknown> & { subnets: [{ interfaces: Record<string, unknown>[] }] }];
  [key: string]: unknown;
}
const fileOf = (yaml: string): File => parse(yaml) as File;

describe('transit gateways', () => {
  const files = {
    'base.json': {
      ...BASE,
      NetworkInterfaces: [
        eni('eni-0000000a', '10.0.1.9', {
          InterfaceType: 'transit_gateway',
          Description: `Network Interface for Transit Gateway Attachment ${ATTACHED}`,
          RequesterManaged: true,
        }),
      ],
    },
    'tgw.json': {
      TransitGateways: [
        {
          TransitGatewayId: GATEWAY,
          TransitGatewayArn: `arn:aws:ec2:eu-central-1:${OWNER}:transit-gateway/${GATEWAY}`,
          State: 'available',
          OwnerId: OWNER,
          Description: 'core',
          CreationTime: '2025-01-02T03:04:05.000Z',
          Options: {
            AmazonSideAsn: 64513,
            TransitGatewayCidrBlocks: ['10.255.0.0/24'],
            AutoAcceptSharedAttachments: 'enable',
            DefaultRouteTableAssociation: 'enable',
            AssociationDefaultRouteTableId: TABLE,
            DefaultRouteTablePropagation: 'enable',
            PropagationDefaultRouteTableId: TABLE,
            VpnEcmpSupport: 'enable',
            DnsSupport: 'enable',
            MulticastSupport: 'disable',
          },
          Tags: [{ Key: 'Name', Value: 'core' }],
        },
        { TransitGatewayId: 'tgw-0f000000000000001', State: 'deleted', OwnerId: OWNER },
      ],
    },
    'attachments.json': {
      TransitGatewayAttachments: [
        {
          TransitGatewayAttachmentId: ATTACHED,
          TransitGatewayId: GATEWAY,
          ResourceType: 'vpc',
          ResourceId: VPC,
          State: 'available',
          Association: { TransitGatewayRouteTableId: OTHER, State: 'associated' },
        },
        {
          TransitGatewayAttachmentId: VPN,
          TransitGatewayId: GATEWAY,
          ResourceType: 'vpn',
          ResourceId: 'vpn-0a000000000000001',
          State: 'available',
          Association: { TransitGatewayRouteTableId: TABLE, State: 'associated' },
        },
        {
          TransitGatewayAttachmentId: PEER,
          TransitGatewayId: GATEWAY,
          ResourceType: 'peering',
          ResourceId: 'tgw-0b000000000000002',
          ResourceOwnerId: '444455556666',
          State: 'available',
        },
        {
          TransitGatewayAttachmentId: 'tgw-attach-0d000000000000004',
          TransitGatewayId: GATEWAY,
          ResourceType: 'connect',
          ResourceId: VPN,
          State: 'available',
        },
      ],
    },
    'peerings.json': {
      TransitGatewayPeeringAttachments: [
        {
          TransitGatewayAttachmentId: PEER,
          RequesterTgwInfo: {
            TransitGatewayId: 'tgw-0b000000000000002',
            OwnerId: '444455556666',
            Region: 'us-east-1',
          },
          AccepterTgwInfo: { TransitGatewayId: GATEWAY, OwnerId: OWNER, Region: 'eu-central-1' },
          State: 'available',
        },
      ],
    },
    'tables.json': {
      TransitGatewayRouteTables: [
        {
          TransitGatewayRouteTableId: TABLE,
          TransitGatewayId: GATEWAY,
          State: 'available',
          DefaultAssociationRouteTable: true,
          DefaultPropagationRouteTable: true,
        },
        {
          TransitGatewayRouteTableId: OTHER,
          TransitGatewayId: GATEWAY,
          State: 'available',
          DefaultAssociationRouteTable: false,
          DefaultPropagationRouteTable: false,
        },
      ],
    },
    [`${OTHER}.json`]: {
      Routes: [
        {
          DestinationCidrBlock: '10.0.0.0/16',
          TransitGatewayAttachments: [
            { ResourceId: VPC, TransitGatewayAttachmentId: ATTACHED, ResourceType: 'vpc' },
          ],
          Type: 'propagated',
          State: 'active',
        },
        {
          DestinationCidrBlock: '10.40.0.0/16',
          TransitGatewayAttachments: [{ TransitGatewayAttachmentId: PEER, ResourceType: 'peering' }],
          Type: 'static',
          State: 'active',
        },
        { DestinationCidrBlock: '10.99.0.0/16', Type: 'static', State: 'blackhole' },
        {
          DestinationCidrBlock: '172.16.0.0/12',
          TransitGatewayAttachments: [{ TransitGatewayAttachmentId: VPN, ResourceType: 'vpn' }],
          Type: 'propagated',
          State: 'active',
        },
      ],
      AdditionalRoutesAvailable: false,
    },
    'unnamed.json': {
      Routes: [{ DestinationCidrBlock: '10.98.0.0/16', Type: 'static', State: 'blackhole' }],
    },
  };
  const { yaml, report } = imported(files);

  test('attachments, tables, routes; what the default table has is not written', () => {
    expect(fileOf(yaml)['transitGateways']).toEqual([
      {
        id: GATEWAY,
        description: 'core',
        asn: 64513,
        cidrs: ['10.255.0.0/24'],
        tags: { Name: 'core' },
        attachments: [
          { id: ATTACHED, vpc: VPC, subnets: [SUBNET], interfaces: ['eni-0000000a'] },
          { id: VPN, vpn: 'vpn-0a000000000000001' },
          {
            id: PEER,
            peer: { gateway: 'tgw-0b000000000000002', account: '444455556666', region: 'us-east-1' },
          },
        ],
        routeTables: [
          // Of the default table no answer says what it learns: what another table does, it may too.
          { id: TABLE, defaultAssociation: true, defaultPropagation: true, propagations: [ATTACHED] },
          {
            id: OTHER,
            associations: [ATTACHED],
            propagations: [ATTACHED],
            routes: [
              { to: '10.40.0.0/16', via: PEER },
              { to: '10.99.0.0/16', blackhole: true },
              { to: '172.16.0.0/12', via: VPN, propagated: true },
            ],
          },
        ],
      },
    ]);
  });

  test('what network.yaml cannot hold is named', () => {
    expect(reasons(report)).toEqual({
      'transit gateway tgw-0f000000000000001': 'is deleted',
      'transit gateway attachment tgw-attach-0d000000000000004':
        'network.yaml has no attachment of the type connect',
      'route of transit gateway route table':
        'the answer does not name it: name its file after it, tgw-rtb-….json',
      [`association of ${PEER}`]:
        'is associated with no route table: network.yaml has it associated with the default one',
    });
    expect(report.ignored).toEqual({ 'option of a transit gateway': 1 });
    expect(report.understood).toMatchObject({
      'transit gateway': 1,
      'transit gateway attachment': 3,
      'transit gateway route table': 2,
    });
  });

  test('an answer that does not name its table is the only table’s', () => {
    const { 'unnamed.json': unnamed, 'tgw.json': gateway } = files;
    const routes = imported({ 'base.json': BASE, gateway, unnamed }).yaml;
    const [only] = fileOf(routes)['transitGateways'] as [{ routeTables: unknown }];
    expect(only.routeTables).toEqual([
      {
        id: TABLE,
        defaultAssociation: true,
        defaultPropagation: true,
        routes: [{ to: '10.98.0.0/16', blackhole: true }],
      },
    ]);
  });

  test('a route of a VPC to a transit gateway is there with its attachment alone', () => {
    const routes = [
      {
        DestinationCidrBlock: '10.0.0.0/8',
        TransitGatewayId: GATEWAY,
        Origin: 'CreateRoute',
        State: 'active',
      },
      { DestinationCidrBlock: '0.0.0.0/0', TransitGatewayId: 'tgw-0f000000000000009', Origin: 'CreateRoute' },
    ];
    const table = { RouteTableId: 'rtb-0000000a', VpcId: VPC, Associations: [], Routes: routes };
    const all = imported({ ...files, 'rtb.json': { RouteTables: [table] } });
    expect(fileOf(all.yaml).vpcs[0]['routeTables']).toEqual([
      { id: 'rtb-0000000a', routes: [{ to: '10.0.0.0/8', via: GATEWAY }] },
    ]);
    expect(reasons(all.report)['routes of route table rtb-0000000a']).toMatch(
      /^tgw-0f000000000000009 is not there.*\(that of 0\.0\.0\.0\/0\)$/,
    );
  });
});

describe('groups, ACLs and lists', () => {
  const { yaml, report } = imported({
    'base.json': {
      ...BASE,
      NetworkInterfaces: [
        eni('eni-0000000a', '10.0.1.9', { Groups: [{ GroupId: 'sg-0000000a', GroupName: 'web' }] }),
        eni('eni-0000000b', '10.0.1.10', { Groups: [{ GroupId: 'sg-0000000d', GroupName: 'default' }] }),
        eni('eni-0000000c', '10.0.1.11', { Groups: [] }),
      ],
    },
    'groups.json': {
      SecurityGroups: [
        {
          GroupId: 'sg-0000000a',
          GroupName: 'web',
          Description: 'the front',
          OwnerId: OWNER,
          VpcId: VPC,
          SecurityGroupArn: `arn:aws:ec2:eu-central-1:${OWNER}:security-group/sg-0000000a`,
          IpPermissions: [
            {
              IpProtocol: 'tcp',
              FromPort: 443,
              ToPort: 443,
              UserIdGroupPairs: [{ UserId: OWNER, GroupId: 'sg-0000000d' }],
              IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'everyone' }, { CidrIp: '10.0.0.0/8' }],
              Ipv6Ranges: [{ CidrIpv6: '::/0' }],
              PrefixListIds: [{ PrefixListId: 'pl-0000000a' }, { PrefixListId: 'pl-0000000f' }],
            },
            {
              IpProtocol: 'icmp',
              FromPort: 3,
              ToPort: 4,
              IpRanges: [{ CidrIp: '10.0.0.0/8' }],
            },
          ],
          IpPermissionsEgress: [],
        },
        {
          GroupId: 'sg-0000000d',
          GroupName: 'default',
          Description: 'default VPC security group',
          OwnerId: OWNER,
          VpcId: VPC,
          IpPermissions: [
            { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-0000000d', UserId: OWNER }] },
          ],
          IpPermissionsEgress: [
            { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
          ],
        },
      ],
    },
    'acls.json': {
      NetworkAcls: [
        {
          NetworkAclId: 'acl-0000000a',
          VpcId: VPC,
          OwnerId: OWNER,
          IsDefault: false,
          Associations: [{ NetworkAclId: 'acl-0000000a', SubnetId: SUBNET }],
          Entries: [
            {
              RuleNumber: 100,
              Egress: false,
              RuleAction: 'allow',
              Protocol: '6',
              CidrBlock: '0.0.0.0/0',
              PortRange: { From: 443, To: 443 },
            },
            {
              RuleNumber: 110,
              Egress: false,
              RuleAction: 'deny',
              Protocol: '1',
              CidrBlock: '0.0.0.0/0',
              IcmpTypeCode: { Type: 8, Code: -1 },
            },
            {
              RuleNumber: 32_767,
              Egress: false,
              RuleAction: 'deny',
              Protocol: '-1',
              CidrBlock: '0.0.0.0/0',
            },
            { RuleNumber: 100, Egress: true, RuleAction: 'allow', Protocol: '-1', Ipv6CidrBlock: '::/0' },
          ],
        },
      ],
    },
    'lists.json': {
      PrefixLists: [
        {
          PrefixListId: 'pl-0000000a',
          AddressFamily: 'IPv4',
          State: 'create-complete',
          PrefixListArn: `arn:aws:ec2:eu-central-1:${OWNER}:prefix-list/pl-0000000a`,
          PrefixListName: 'partners',
          MaxEntries: 10,
          Version: 3,
          OwnerId: OWNER,
        },
      ],
    },
    'pl-0000000a.json': {
      Entries: [{ Cidr: '192.0.2.0/25', Description: 'one' }, { Cidr: '192.0.2.128/25' }],
    },
  });
  const { vpcs, prefixLists } = fileOf(yaml);

  test('a rule for each other side; none at all outwards is written', () => {
    expect(vpcs[0]['securityGroups']).toEqual([
      {
        id: 'sg-0000000a',
        name: 'web',
        description: 'the front',
        ingress: [
          { protocol: 'tcp', ports: 443, from: 'sg-0000000d' },
          { protocol: 'tcp', ports: 443, from: '0.0.0.0/0', description: 'everyone' },
          { protocol: 'tcp', ports: 443, from: '10.0.0.0/8' },
          { protocol: 'tcp', ports: 443, from: '::/0' },
          { protocol: 'tcp', ports: 443, from: 'pl-0000000a' },
          { protocol: 'icmp', icmp: '3/4', from: '10.0.0.0/8' },
        ],
        egress: [],
      },
      {
        id: 'sg-0000000d',
        name: 'default',
        description: 'default VPC security group',
        ingress: [{ protocol: 'all', from: 'sg-0000000d' }],
      },
    ]);
    expect(report.leftOut).toEqual([
      {
        what: 'ingress of security group sg-0000000a',
        place: 'groups.json: SecurityGroups[0]',
        reason: 'pl-0000000f is not there: declare it, or correct the id (that of pl-0000000f)',
      },
    ]);
  });

  test('groups of interfaces: their own, the default one without a word, none', () => {
    const [web, other, none] = vpcs[0].subnets[0].interfaces;
    expect(web!['securityGroups']).toEqual(['sg-0000000a']);
    expect(other).not.toHaveProperty('securityGroups');
    expect(none!['securityGroups']).toEqual([]);
  });

  test('entries without those behind all numbers; lists with theirs', () => {
    expect(vpcs[0]['networkAcls']).toEqual([
      {
        id: 'acl-0000000a',
        subnets: [SUBNET],
        inbound: [
          { number: 100, action: 'allow', protocol: 'tcp', ports: 443, cidr: '0.0.0.0/0' },
          { number: 110, action: 'deny', protocol: 'icmp', icmp: 8, cidr: '0.0.0.0/0' },
        ],
        outbound: [{ number: 100, action: 'allow', protocol: 'all', cidr: '::/0' }],
      },
    ]);
    expect(prefixLists).toEqual([
      { id: 'pl-0000000a', name: 'partners', prefixes: ['192.0.2.0/25', '192.0.2.128/25'] },
    ]);
  });
});

describe('services', () => {
  const balancer = `arn:aws:elasticloadbalancing:eu-central-1:${OWNER}:loadbalancer`;
  const taskArn = `arn:aws:ecs:eu-central-1:${OWNER}:task/shop/0123456789abcdef0123456789abcdef`;
  const { yaml, network, report } = imported({
    'base.json': {
      ...BASE,
      NetworkInterfaces: [
        eni('eni-0000000a', '10.0.1.9', {
          InterfaceType: 'network_load_balancer',
          Description: 'ELB net/shop/50dc6c495c0c9188',
        }),
        eni('eni-0000000b', '10.0.1.10', { Description: 'ELB app/front/0123456789abcdef' }),
        eni('eni-0000000c', '10.0.1.11', { Description: 'ELB old', RequesterId: 'amazon-elb' }),
        eni('eni-0000000d', '10.0.1.12', { Description: 'ELB mine' }),
      ],
      Reservations: [
        {
          OwnerId: OWNER,
          Instances: [
            {
              InstanceId: 'i-0000000a',
              InstanceType: 'm7i.large',
              Placement: { AvailabilityZone: 'eu-central-1a' },
              Tags: [{ Key: 'aws:autoscaling:groupName', Value: 'web' }],
            },
          ],
        },
      ],
    },
    'elbv2.json': {
      LoadBalancers: [
        {
          LoadBalancerArn: `${balancer}/net/shop/50dc6c495c0c9188`,
          Type: 'network',
          State: { Code: 'active' },
        },
      ],
    },
    'asg.json': {
      AutoScalingGroups: [
        {
          AutoScalingGroupName: 'web',
          AutoScalingGroupARN: `arn:aws:autoscaling:eu-central-1:${OWNER}:autoScalingGroup:8f2c:autoScalingGroupName/web`,
          Instances: [
            { InstanceId: 'i-0000000a', LifecycleState: 'InService' },
            { InstanceId: 'i-0000000f', LifecycleState: 'Terminating' },
          ],
          Tags: [{ ResourceId: 'web', Key: 'team', Value: 'shop', PropagateAtLaunch: true }],
        },
      ],
    },
    'tasks.json': {
      tasks: [
        {
          taskArn,
          clusterArn: `arn:aws:ecs:eu-central-1:${OWNER}:cluster/shop`,
          taskDefinitionArn: `arn:aws:ecs:eu-central-1:${OWNER}:task-definition/web:7`,
          group: 'service:web',
          lastStatus: 'RUNNING',
          launchType: 'FARGATE',
          attachments: [
            {
              id: '7c1e0e2e-0000-4000-8000-000000000000',
              type: 'ElasticNetworkInterface',
              status: 'ATTACHED',
              details: [
                { name: 'subnetId', value: SUBNET },
                { name: 'networkInterfaceId', value: 'eni-0000000e' },
                { name: 'macAddress', value: '02:ab:cd:ef:00:01' },
                { name: 'privateIPv4Address', value: '10.0.1.50' },
              ],
            },
          ],
          containers: [{ name: 'web', runtimeId: '0123456789abcdef-1' }],
          tags: [{ key: 'team', value: 'shop' }],
        },
        { taskArn: taskArn.replace('/0', '/1'), clusterArn: 'x', lastStatus: 'RUNNING', attachments: [] },
      ],
      failures: [],
    },
    'control.json': {
      VpcEncryptionControls: [
        {
          VpcId: VPC,
          VpcEncryptionControlId: 'vpcec-0000000a',
          Mode: 'enforce',
          State: 'available',
          ResourceExclusions: { InternetGateway: { State: 'enabled' }, Lambda: { State: 'disabled' } },
        },
      ],
    },
    'bpa.json': {
      VpcBlockPublicAccessOptions: {
        AwsAccountId: OWNER,
        AwsRegion: 'eu-central-1',
        State: 'update-complete',
        InternetGatewayBlockMode: 'block-ingress',
      },
    },
    'bpa-exclusions.json': {
      VpcBlockPublicAccessExclusions: [
        {
          ExclusionId: 'vpcbpa-exclude-0000000a',
          InternetGatewayExclusionMode: 'allow-egress',
          ResourceArn: `arn:aws:ec2:eu-central-1:${OWNER}:subnet/${SUBNET}`,
          State: 'create-complete',
        },
      ],
    },
  });

  test('load balancers by what their interfaces are described as; only the service describes them so', () => {
    const owners = Object.fromEntries(
      [...network.loadBalancers.values()].map(({ id, interfaceIds }) => [id, interfaceIds]),
    );
    expect(owners).toEqual({
      [`${balancer}/net/shop/50dc6c495c0c9188`]: ['eni-0000000a'],
      [`${balancer}/app/front/0123456789abcdef`]: ['eni-0000000b'],
      [`${balancer}/old`]: ['eni-0000000c'],
    });
  });

  test('groups with their tags and those instances that are there; tasks with their interfaces', () => {
    const file = fileOf(yaml);
    expect(file['autoScalingGroups']).toEqual([
      { name: 'web', instances: ['i-0000000a'], tags: { team: 'shop' } },
    ]);
    expect(file['ecsTasks']).toEqual([
      {
        arn: taskArn,
        interface: 'eni-0000000e',
        service: 'web',
        taskDefinition: `arn:aws:ecs:eu-central-1:${OWNER}:task-definition/web:7`,
        containers: ['0123456789abcdef-1'],
        tags: { team: 'shop' },
      },
    ]);
    expect(file.vpcs[0].subnets[0].interfaces.at(-1)).toEqual({
      id: 'eni-0000000e',
      primary: '10.0.1.50',
      mac: '02:ab:cd:ef:00:01',
    });
  });

  test('controls and blocks; the report names the rest', () => {
    const file = fileOf(yaml);
    expect(file.vpcs[0]['encryptionControl']).toEqual({
      id: 'vpcec-0000000a',
      mode: 'enforce',
      exclusions: ['internetGateway'],
    });
    expect(file['blockPublicAccess']).toEqual([
      {
        mode: 'block-ingress',
        exclusions: [{ id: 'vpcbpa-exclude-0000000a', mode: 'allow-egress', subnet: SUBNET }],
      },
    ]);
    expect(Object.keys(reasons(report))).toEqual([
      `ECS task ${taskArn.replace('/0', '/1')}`,
      'instances of Auto Scaling group web',
    ]);
  });
});

test('a fault of what a VPC has one of is its own, not the VPC’s', () => {
  const { report, network } = imported({
    'x.json': {
      ...BASE,
      InternetGateways: [{ InternetGatewayId: 'igw-XYZ', Attachments: [{ VpcId: VPC }] }],
      VpnGateways: [
        {
          VpnGatewayId: 'vgw-0000000a',
          AmazonSideAsn: -7,
          VpcAttachments: [{ VpcId: VPC, State: 'attached' }],
        },
      ],
      VpcEncryptionControls: [{ VpcId: VPC, VpcEncryptionControlId: 'vpcec-0000000a', Mode: 'off' }],
    },
  });
  expect(report.leftOut.map(({ what, place }) => `${what} (${place})`)).toEqual([
    'internet gateway igw-XYZ (x.json: InternetGateways[0])',
    'asn of virtual private gateway vgw-0000000a (x.json: VpnGateways[0])',
    'encryption control vpcec-0000000a (x.json: VpcEncryptionControls[0])',
  ]);
  expect([...network.vpnGateways.keys()]).toEqual(['vgw-0000000a']);
  expect(network.vpcs.size).toBe(1);
});
