import { describe, expect, test } from 'vitest';
import { networkActions } from '../../../src/api/actions/network/actions.ts';
import { derivedId } from '../../../src/api/actions/network/outputs.ts';
import { PageTokens } from '../../../src/base/page-token.ts';
import { hashedId } from '../../../src/network/ids.ts';
import { sampleFlowLog } from '../../store/samples.ts';
import { ACCOUNT, Harness, OTHER_ACCOUNT, OTHER_REGION, REGION, type Client } from './harness.ts';

const DECLARED = `
vpcs:
  - id: vpc-0a1b2c3d
    cidrs: [10.20.0.0/16]
    tags: { Name: mine }
    subnets:
      - id: subnet-0a1b2c3d
        cidrs: [10.20.1.0/24]
        azId: secret-az
        interfaces:
          - { id: eni-0a1b2c3d, primary: 10.20.1.10, instance: i-0a1b2c3d }
          - { id: eni-0b1b2c3d, primary: 10.20.1.11, kind: vpc_endpoint }
    internetGateway: { id: igw-0a1b2c3d }
    egressOnlyInternetGateway: { id: eigw-0a1b2c3d }
    vpnGateway: { id: vgw-0a1b2c3d }
    endpoints: [{ id: vpce-0a1b2c3d, type: Interface, service: com.secret.one, interfaces: [eni-0b1b2c3d] }]
    encryptionControl: { id: vpcec-0a1b2c3d, mode: monitor }
prefixLists: [{ id: pl-0a1b2c3d, name: com.amazonaws.eu-central-1.s3, prefixes: [198.51.100.0/24] }]
peeringConnections: [{ id: pcx-0a1b2c3d, requester: { vpc: vpc-0a1b2c3d }, accepter: { vpc: vpc-0b1b2c3d } }]
transitGateways:
  - id: tgw-0a1b2c3d
    attachments: [{ id: tgw-attach-0a1b2c3d, peer: { gateway: tgw-0b1b2c3d } }]
blockPublicAccess: [{ mode: block-ingress, exclusions: [{ id: vpcbpa-exclude-0a1b2c3d, vpc: vpc-0a1b2c3d, mode: allow-egress }] }]
`;
/** Actions on what only the network file declares: the first account and region have it. */
const OF_THE_FILE = new Set([
  'DescribeInstances',
  'DescribeInternetGateways',
  'DescribeEgressOnlyInternetGateways',
  'DescribeVpnGateways',
  'DescribeTransitGatewayPeeringAttachments',
  'DescribeVpcPeeringConnections',
  'DescribeVpcEndpoints',
  'DescribeManagedPrefixLists',
  'GetManagedPrefixListEntries',
  'DescribePrefixLists',
  'DescribeVpcBlockPublicAccessExclusions',
  'DescribeVpcEncryptionControls',
]);
const FLOW_LOG = 'fl-0a1b2c3d4e5f60718';

/** What one account has in one region: an id of every kind. */
interface Ids {
  readonly VpcId: string;
  readonly SubnetId: string;
  readonly NetworkInterfaceId: string;
  readonly TransitGatewayId: string;
  readonly TransitGatewayAttachmentId: string;
  readonly NatGatewayId: string;
  /** What came with the VPC and the transit gateway. */
  readonly RouteTableId: string;
  readonly GroupId: string;
  readonly NetworkAclId: string;
  readonly TransitGatewayRouteTableId: string;
}

async function createAll(client: Client): Promise<Ids> {
  const made = async (action: string, member: string, input: object): Promise<Ids> =>
    (await client.call<Record<string, Ids>>(action, input))[member]!;
  const { VpcId } = await made('CreateVpc', 'Vpc', { CidrBlock: '10.1.0.0/16' });
  const { SubnetId } = await made('CreateSubnet', 'Subnet', { VpcId, CidrBlock: '10.1.1.0/24' });
  const { NetworkInterfaceId } = await made('CreateNetworkInterface', 'NetworkInterface', {
    SubnetId,
    ClientToken: 'same',
  });
  const { TransitGatewayId } = await made('CreateTransitGateway', 'TransitGateway', {});
  const { TransitGatewayAttachmentId } = await made(
    'CreateTransitGatewayVpcAttachment',
    'TransitGatewayVpcAttachment',
    { TransitGatewayId, VpcId, SubnetIds: [SubnetId] },
  );
  const { NatGatewayId } = await made('CreateNatGateway', 'NatGateway', {
    VpcId,
    AvailabilityMode: 'regional',
    ClientToken: 'same',
  });
  const ids = {
    VpcId,
    SubnetId,
    NetworkInterfaceId,
    TransitGatewayId,
    TransitGatewayAttachmentId,
    NatGatewayId,
    RouteTableId: hashedId('routeTable', VpcId),
    GroupId: hashedId('securityGroup', VpcId),
    NetworkAclId: hashedId('networkAcl', VpcId),
    TransitGatewayRouteTableId: hashedId('transitGatewayRouteTable', TransitGatewayId),
  };
  await client.call('CreateTags', { Resources: Object.values(ids), Tags: [{ Key: 'owner', Value: 'me' }] });
  return ids;
}

/** Every action with the ids of someone else; undefined where it takes none. */
function attempts(of: Ids): Record<string, object | undefined> {
  const all = [...Object.values(of), 'i-0a1b2c3d', FLOW_LOG] as string[];
  return {
    CreateTags: { Resources: all, Tags: [{ Key: 'a' }] },
    DeleteTags: { Resources: all },
    DescribeTags: undefined,
    CreateVpc: undefined,
    DescribeVpcs: { VpcIds: [of.VpcId] },
    DeleteVpc: { VpcId: of.VpcId },
    DescribeVpcAttribute: { VpcId: of.VpcId, Attribute: 'enableDnsSupport' },
    CreateSubnet: { VpcId: of.VpcId, CidrBlock: '10.1.2.0/24' },
    DescribeSubnets: { SubnetIds: [of.SubnetId] },
    DeleteSubnet: { SubnetId: of.SubnetId },
    CreateNetworkInterface: { SubnetId: of.SubnetId },
    DescribeNetworkInterfaces: { NetworkInterfaceIds: [of.NetworkInterfaceId] },
    DeleteNetworkInterface: { NetworkInterfaceId: of.NetworkInterfaceId },
    DescribeNetworkInterfaceAttribute: {
      NetworkInterfaceId: of.NetworkInterfaceId,
      Attribute: 'description',
    },
    CreateTransitGateway: undefined,
    DescribeTransitGateways: { TransitGatewayIds: [of.TransitGatewayId] },
    DeleteTransitGateway: { TransitGatewayId: of.TransitGatewayId },
    CreateTransitGatewayVpcAttachment: {
      TransitGatewayId: of.TransitGatewayId,
      VpcId: of.VpcId,
      SubnetIds: [of.SubnetId],
    },
    DescribeTransitGatewayVpcAttachments: { TransitGatewayAttachmentIds: [of.TransitGatewayAttachmentId] },
    DescribeTransitGatewayAttachments: { TransitGatewayAttachmentIds: [of.TransitGatewayAttachmentId] },
    DeleteTransitGatewayVpcAttachment: { TransitGatewayAttachmentId: of.TransitGatewayAttachmentId },
    CreateNatGateway: { VpcId: of.VpcId, AvailabilityMode: 'regional' },
    DescribeNatGateways: { NatGatewayIds: [of.NatGatewayId] },
    DeleteNatGateway: { NatGatewayId: of.NatGatewayId },
    DescribeInstances: { InstanceIds: ['i-0a1b2c3d'] },
    DescribeRouteTables: { RouteTableIds: [of.RouteTableId] },
    DescribeInternetGateways: { InternetGatewayIds: ['igw-0a1b2c3d'] },
    DescribeEgressOnlyInternetGateways: { EgressOnlyInternetGatewayIds: ['eigw-0a1b2c3d'] },
    DescribeVpnGateways: { VpnGatewayIds: ['vgw-0a1b2c3d'] },
    DescribeTransitGatewayPeeringAttachments: { TransitGatewayAttachmentIds: ['tgw-attach-0a1b2c3d'] },
    DescribeTransitGatewayRouteTables: { TransitGatewayRouteTableIds: [of.TransitGatewayRouteTableId] },
    GetTransitGatewayRouteTableAssociations: { TransitGatewayRouteTableId: of.TransitGatewayRouteTableId },
    GetTransitGatewayRouteTablePropagations: { TransitGatewayRouteTableId: of.TransitGatewayRouteTableId },
    SearchTransitGatewayRoutes: {
      TransitGatewayRouteTableId: of.TransitGatewayRouteTableId,
      Filters: [{ Name: 'type', Values: ['static'] }],
    },
    DescribeVpcPeeringConnections: { VpcPeeringConnectionIds: ['pcx-0a1b2c3d'] },
    DescribeVpcEndpoints: { VpcEndpointIds: ['vpce-0a1b2c3d'] },
    DescribeSecurityGroups: { GroupIds: [of.GroupId] },
    DescribeSecurityGroupRules: { SecurityGroupRuleIds: [ruleId(of.GroupId)] },
    DescribeNetworkAcls: { NetworkAclIds: [of.NetworkAclId] },
    DescribeManagedPrefixLists: { PrefixListIds: ['pl-0a1b2c3d'] },
    GetManagedPrefixListEntries: { PrefixListId: 'pl-0a1b2c3d' },
    DescribePrefixLists: { PrefixListIds: ['pl-0a1b2c3d'] },
    DescribeVpcBlockPublicAccessOptions: undefined,
    DescribeVpcBlockPublicAccessExclusions: { ExclusionIds: ['vpcbpa-exclude-0a1b2c3d'] },
    DescribeVpcEncryptionControls: { VpcEncryptionControlIds: ['vpcec-0a1b2c3d'] },
    DescribeRegions: undefined,
    DescribeAvailabilityZones: undefined,
    DescribeAccountAttributes: undefined,
  };
}

/** The first rule of a security group. */
function ruleId(groupId: string): string {
  return derivedId('sgr', groupId, 'false', '0');
}

/** Everything that the Describe actions show. */
async function shown(client: Client): Promise<string> {
  const answers: object[] = [await client.whoAmI()];
  for (const action of [
    'DescribeVpcs',
    'DescribeSubnets',
    'DescribeNetworkInterfaces',
    'DescribeTransitGateways',
    'DescribeTransitGatewayVpcAttachments',
    'DescribeTransitGatewayAttachments',
    'DescribeNatGateways',
    'DescribeInstances',
    'DescribeRouteTables',
    'DescribeInternetGateways',
    'DescribeEgressOnlyInternetGateways',
    'DescribeVpnGateways',
    'DescribeTransitGatewayPeeringAttachments',
    'DescribeTransitGatewayRouteTables',
    'DescribeVpcPeeringConnections',
    'DescribeVpcEndpoints',
    'DescribeSecurityGroups',
    'DescribeSecurityGroupRules',
    'DescribeNetworkAcls',
    'DescribeManagedPrefixLists',
    'DescribePrefixLists',
    'DescribeVpcBlockPublicAccessOptions',
    'DescribeVpcBlockPublicAccessExclusions',
    'DescribeVpcEncryptionControls',
    'DescribeTags',
    'DescribeRegions',
    'DescribeAvailabilityZones',
    'DescribeAccountAttributes',
  ]) {
    answers.push(await client.call(action));
  }
  return JSON.stringify(answers);
}

describe('two accounts and two regions', () => {
  test('no action shows or changes anything of another', async () => {
    const harness = await Harness.open(DECLARED);
    await harness.store.transaction((on) => on.flowLogs.insert([sampleFlowLog(FLOW_LOG)]));
    await harness.client().call('CreateTags', { Resources: [FLOW_LOG], Tags: [{ Key: 'secret' }] });
    const scopes = [
      { account: ACCOUNT, region: REGION },
      { account: ACCOUNT, region: OTHER_REGION },
      { account: OTHER_ACCOUNT, region: REGION },
      { account: OTHER_ACCOUNT, region: OTHER_REGION },
    ];
    const owned: { client: Client; ids: Ids; before: string }[] = [];
    for (const scope of scopes) {
      const client = harness.client(scope);
      owned.push({ client, ids: await createAll(client), before: '' });
    }
    for (const one of owned) one.before = await shown(one.client);
    const all = Object.keys(
      networkActions({ network: harness.registry, pages: new PageTokens(Buffer.alloc(32)) }),
    );

    for (const [i, one] of owned.entries()) {
      for (const [j, other] of owned.entries()) {
        if (i === j) continue;
        for (const id of Object.values(other.ids) as string[]) expect(one.before).not.toContain(id);
        const asked = attempts(other.ids);
        expect(Object.keys(asked).sort()).toEqual(all.toSorted());
        for (const [action, input] of Object.entries(asked)) {
          if (input === undefined) continue;
          if (i === 0 && OF_THE_FILE.has(action)) continue;
          const { code } = await one.client.refusal(action, input);
          expect(`${action}: ${code}`).toMatch(/NotFound$/);
        }
      }
    }
    // Only one of them has what the network file declares.
    const declared = [
      /vpc-0a1b2c3d"/,
      /subnet-0a1b2c3d"/,
      /eni-0a1b2c3d"/,
      /i-0a1b2c3d"/,
      /secret-az/,
      /"igw-0a1b2c3d"/,
      /"eigw-0a1b2c3d"/,
      /"vgw-0a1b2c3d"/,
      /"vpce-0a1b2c3d"/,
      /com\.secret\.one/,
      /"vpcec-0a1b2c3d"/,
      /"pl-0a1b2c3d"/,
      /198\.51\.100/,
      /"pcx-0a1b2c3d"/,
      /"tgw-0a1b2c3d"/,
      /"tgw-attach-0a1b2c3d"/,
      /block-ingress/,
      /"vpcbpa-exclude-0a1b2c3d"/,
      /"secret"/,
      /mine/,
    ];
    for (const pattern of declared) {
      expect(owned.map((one) => pattern.test(one.before))).toEqual([true, false, false, false]);
    }
    for (const one of owned) expect(await shown(one.client)).toBe(one.before);
    expect(harness.faults).toEqual([]);
  });
});
