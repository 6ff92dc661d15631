import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { formatPrefix } from '../../src/base/prefixes.ts';
import { hashedId } from '../../src/network/ids.ts';
import { destinationText } from '../../src/network/route-table.ts';
import {
  associatedWith,
  propagatingTo,
  type GatewayParts,
} from '../../src/network/transit-gateway-route-table.ts';
import { routesOf } from '../../src/network/transit-gateway-route-table.ts';
import { networkFaults, parseNetwork } from '../../src/network/yaml.ts';

const owner = { account: '123456789012', region: 'eu-central-1' };
const page = readFileSync(new URL('../../docs/network.md', import.meta.url), 'utf8');
const EXAMPLE = [...page.matchAll(/```yaml\n(.*?)```/gs)][1]![1]!;

function faultsOf(text: string): string[] {
  try {
    parseNetwork(text, 'n.yaml', owner);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.split('\n');
  }
}

describe('the second example of docs/network.md', () => {
  const network = parseNetwork(EXAMPLE, 'network.yaml', owner);
  const vpcId = 'vpc-0a1b2c3d4e5f60718';

  test('route tables have the routes that nobody writes, before their own', () => {
    const routes = network.routeTables.get('rtb-0b1b2c3d4e5f60718')!.routes;
    expect(routes.map((it) => [destinationText(it.destination), it.target?.kind, it.origin])).toEqual([
      ['10.20.0.0/16', 'local', 'table'],
      ['2001:db8:20::/56', 'local', 'table'],
      ['pl-0a1b2c3d4e5f60718', 'vpcEndpoint', 'created'],
      ['0.0.0.0/0', 'internetGateway', 'created'],
      ['::/0', 'egressOnlyInternetGateway', 'created'],
      ['10.30.0.0/16', 'peeringConnection', 'created'],
      ['10.0.0.0/8', 'transitGateway', 'created'],
      ['pl-0b1b2c3d4e5f60718', 'interface', 'created'],
      ['192.0.2.0/24', undefined, 'created'],
    ]);
    expect(network.routeTables.get('rtb-0a1b2c3d4e5f60718')).toMatchObject({ main: true, propagating: true });
  });
  test('a peering connection knows its sides', () => {
    const { requester, accepter, accountId } = network.peeringConnections.get('pcx-0a1b2c3d4e5f60718')!;
    expect(accountId).toBe('123456789012');
    expect(requester).toMatchObject({ vpcId, accountId: '123456789012', region: 'eu-central-1' });
    expect(requester.cidrs.map(formatPrefix)).toEqual(['10.20.0.0/16', '2001:db8:20::/56']);
    expect(accepter).toMatchObject({ accountId: '210987654321', region: 'eu-west-1' });
  });
  test('an ECS task says all that its fields print', () => {
    expect([...network.ecsTasks.values()]).toEqual([
      {
        id: 'arn:aws:ecs:eu-central-1:123456789012:task/shop/0123456789abcdef0123456789abcdef',
        origin: 'file',
        accountId: '123456789012',
        tags: {},
        region: 'eu-central-1',
        interfaceId: 'eni-00000000000000002',
        taskId: '0123456789abcdef0123456789abcdef',
        clusterArn: 'arn:aws:ecs:eu-central-1:123456789012:cluster/shop',
        clusterName: 'shop',
        serviceName: 'web',
        taskDefinitionArn: 'arn:aws:ecs:eu-central-1:123456789012:task-definition/web:7',
        containerInstanceArn:
          'arn:aws:ecs:eu-central-1:123456789012:container-instance/shop/fedcba9876543210fedcba9876543210',
        containerInstanceId: 'fedcba9876543210fedcba9876543210',
        containerIds: ['0a1b2c3d4e5f', '5f4e3d2c1b0a'],
      },
    ]);
  });
  test('a transit gateway table learns what VPCs propagate; a static route hides it', () => {
    const table = network.transitGatewayRouteTables.get('tgw-rtb-0a1b2c3d4e5f60718')!;
    const parts: GatewayParts = {
      tables: [...network.transitGatewayRouteTables.values()],
      attachments: [...network.transitGatewayAttachments.values()],
    };
    expect(associatedWith(table, parts).map((it) => it.type)).toEqual([
      'vpc',
      'peering',
      'vpn',
      'direct-connect-gateway',
    ]);
    expect(propagatingTo(table, parts).map((it) => it.type)).toEqual(['vpc']);
    const show = (one: typeof table): string[] =>
      routesOf(one, parts, (id) => network.vpcs.get(id)).map(
        (it) => `${formatPrefix(it.destination)} ${it.type} ${it.attachmentIds.length}`,
      );
    expect(show(table)).toEqual([
      '10.40.0.0/16 static 1',
      '10.99.0.0/16 static 0',
      '172.16.0.0/12 propagated 2',
      '10.20.0.0/16 propagated 1',
      '2001:db8:20::/56 propagated 1',
    ]);
    const fixed = { ...table.routes[0]!, destination: network.vpcs.get(vpcId)!.cidrs[0]!, attachmentIds: [] };
    expect(show({ ...table, routes: [fixed] })).toEqual([
      '10.20.0.0/16 static 0',
      '2001:db8:20::/56 propagated 1',
    ]);
  });
  test('says the same as JSON', () => {
    const again = parseNetwork(EXAMPLE, 'n.yaml', owner);
    expect(again).toEqual(network);
    expect(faultsOf(EXAMPLE)).toEqual([]);
  });
});

describe('what the service makes by itself', () => {
  test('with a VPC: a main table, a default group and a default ACL', () => {
    const network = parseNetwork(
      'vpcs: [{ id: vpc-0a1b2c3d, cidrs: [10.0.0.0/16, "2001:db8::/56"] }]',
      'n.yaml',
      owner,
    );
    const tables = [...network.routeTables.values()];
    expect(tables).toMatchObject([
      { id: hashedId('routeTable', 'vpc-0a1b2c3d'), main: true, implied: true, vpcId: 'vpc-0a1b2c3d' },
    ]);
    expect(tables[0]!.routes.map((it) => it.target)).toEqual([{ kind: 'local' }, { kind: 'local' }]);
    const [group] = network.securityGroups.values();
    expect(group).toMatchObject({ name: 'default', implied: true });
    expect(group!.ingress.map((it) => it.peer)).toEqual([{ kind: 'securityGroup', id: group!.id }]);
    expect(group!.egress).toHaveLength(2);
    const [acl] = network.networkAcls.values();
    expect(acl!.entries.map((it) => `${it.number} ${it.egress} ${formatPrefix(it.prefix)}`)).toEqual([
      '100 false 0.0.0.0/0',
      '100 true 0.0.0.0/0',
      '101 false ::/0',
      '101 true ::/0',
    ]);
  });
  test('but not where the file declares its own', () => {
    const text = `vpcs:
  - id: vpc-0a1b2c3d
    cidrs: [10.0.0.0/16]
    routeTables: [{ id: rtb-0a1b2c3d, main: true, routes: [{ to: 10.0.0.0/16, via: igw-0a1b2c3d }] }]
    internetGateway: { id: igw-0a1b2c3d }
    securityGroups: [{ id: sg-0a1b2c3d, name: default }]
    networkAcls: [{ id: acl-0a1b2c3d, default: true }]
transitGateways:
  - { id: tgw-0a1b2c3d, defaultRouteTableAssociation: false, defaultRouteTablePropagation: false }
  - { id: tgw-0b1b2c3d, routeTables: [{ id: tgw-rtb-0b1b2c3d, defaultAssociation: true }] }
`;
    const network = parseNetwork(text, 'n.yaml', owner);
    expect([...network.routeTables.keys()]).toEqual(['rtb-0a1b2c3d']);
    // Where a prefix of the VPC leads elsewhere, there is no local route beside it.
    expect(network.routeTables.get('rtb-0a1b2c3d')!.routes).toHaveLength(1);
    expect([...network.securityGroups.keys()]).toEqual(['sg-0a1b2c3d']);
    expect([...network.networkAcls.keys()]).toEqual(['acl-0a1b2c3d']);
    // The second has no default for propagation of its own: that is made.
    expect([...network.transitGatewayRouteTables.values()]).toMatchObject([
      { id: 'tgw-rtb-0b1b2c3d', defaultAssociation: true, defaultPropagation: false },
      { id: hashedId('transitGatewayRouteTable', 'tgw-0b1b2c3d'), defaultAssociation: false, implied: true },
    ]);
  });
});

const BASE = `vpcs:
  - id: vpc-0a1b2c3d
    cidrs: [10.0.0.0/16]
    subnets:
      - id: subnet-0a1b2c3d
        cidrs: [10.0.1.0/24]
        azId: euc1-az1
        interfaces: [{ id: eni-0a1b2c3d, primary: 10.0.1.4 }, { id: eni-0b1b2c3d, primary: 10.0.1.5, kind: nat_gateway }]
      - { id: subnet-0b1b2c3d, cidrs: [10.0.2.0/24], azId: euc1-az1 }
  - id: vpc-0b1b2c3d
    cidrs: [10.1.0.0/16]
    subnets:
      - { id: subnet-0c1b2c3d, cidrs: [10.1.1.0/24], interfaces: [{ id: eni-0c1b2c3d, primary: 10.1.1.4 }] }
`;
/** In the second VPC. */
const inVpc = (rest: string): string => `${BASE}    ${rest}\n`;
const atTop = (rest: string): string => `${BASE}${rest}\n`;
const routes = (rest: string): string => inVpc(`routeTables: [{ id: rtb-0a1b2c3d, routes: [${rest}] }]`);
const attachment = (rest: string): string =>
  atTop(`transitGateways: [{ id: tgw-0a1b2c3d, attachments: [${rest}] }]`);
const group = (rest: string): string =>
  inVpc(`securityGroups: [{ id: sg-0a1b2c3d, name: web, ingress: [${rest}] }]`);
const acl = (rest: string): string => inVpc(`networkAcls: [{ id: acl-0a1b2c3d, inbound: [${rest}] }]`);
const LB = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer';
const TASK = 'arn:aws:ecs:eu-central-1:123456789012:task/shop/0123456789abcdef0123456789abcdef';

/** A text with § before the place of its fault, as the text without, and the place as line:column. */
function marked(text: string): { text: string; place: string } {
  const lines = text.slice(0, text.indexOf('§')).split('\n');
  return { text: text.replace('§', ''), place: `${lines.length}:${lines.at(-1)!.length + 1}` };
}

describe('faults have a place and a remedy', () => {
  test('the network that they are put into has none', () => expect(faultsOf(BASE)).toEqual([]));
  test.each([
    // route tables
    [
      routes('{ to: §10.0.0.1/8, via: local }'),
      'to: "10.0.0.1/8" has host bits set: did you mean 10.0.0.0/8?',
    ],
    [routes('{ to: §all, via: local }'), 'to: "all" is no destination: write a prefix like'],
    [routes('§{ to: 10.0.0.0/8 }'), 'routes: a route leads somewhere: add "via", or blackhole: true'],
    [routes('{ to: 0.0.0.0/0, via: §sg-0a1b2c3d }'), 'via: "sg-0a1b2c3d" is nothing that a route leads to'],
    [routes('{ to: 0.0.0.0/0, via: §igw-0a1b2c3d }'), 'igw-0a1b2c3d is not there: declare it'],
    [routes('{ to: §pl-0a1b2c3d, via: local }'), 'pl-0a1b2c3d is not there'],
    [
      routes('{ to: 0.0.0.0/0, via: §eni-0a1b2c3d }'),
      'eni-0a1b2c3d lies in vpc-0a1b2c3d, not in vpc-0b1b2c3d',
    ],
    [routes('{ to: 0.0.0.0/0, via: §i-0a1b2c3d }'), 'i-0a1b2c3d has no interface in vpc-0b1b2c3d'],
    [
      routes('{ to: 192.0.2.0/24, via: eni-0c1b2c3d }, { to: §192.0.2.0/24, blackhole: true }'),
      'rtb-0a1b2c3d has a route to 192.0.2.0/24 already: take one out',
    ],
    [
      routes('{ to: 192.0.2.0/24, via: §eni-0c1b2c3d, propagated: true }'),
      'a propagated route leads to a virtual private gateway (vgw)',
    ],
    [routes('{ to: 0.0.0.0/0, via: local, §viaa: x }'), 'unknown key "viaa" in routes: did you mean via?'],
    [
      `${routes('{ to: 0.0.0.0/0, via: §tgw-0a1b2c3d }')}transitGateways: [{ id: tgw-0a1b2c3d }]\n`,
      'vpc-0b1b2c3d is not attached to tgw-0a1b2c3d: add an attachment to it',
    ],
    [
      `${routes('{ to: 0.0.0.0/0, via: §pcx-0a1b2c3d }')}peeringConnections: [{ id: pcx-0a1b2c3d, requester: { vpc: vpc-0a1b2c3d }, accepter: { vpc: vpc-0c1b2c3d } }]\n`,
      'vpc-0b1b2c3d is neither side of pcx-0a1b2c3d',
    ],
    [
      inVpc('routeTables: [{ id: rtb-0a1b2c3d, main: true }, { id: rtb-0b1b2c3d, main: §true }]'),
      'rtb-0a1b2c3d is the main table of its VPC already',
    ],
    [
      inVpc(
        'routeTables: [{ id: rtb-0a1b2c3d, subnets: [subnet-0c1b2c3d] }, { id: rtb-0b1b2c3d, subnets: [§subnet-0c1b2c3d] }]',
      ),
      'subnet-0c1b2c3d is associated with rtb-0a1b2c3d already: it has one route table',
    ],
    [
      inVpc('routeTables: [{ id: rtb-0a1b2c3d, subnets: [§subnet-0a1b2c3d] }]'),
      'subnet-0a1b2c3d lies in vpc-0a1b2c3d, not in vpc-0b1b2c3d',
    ],
    [
      inVpc('routeTables: [{ id: rtb-0a1b2c3d, gateways: [§tgw-0a1b2c3d] }]'),
      'gateways: "tgw-0a1b2c3d" is no gateway',
    ],
    [
      inVpc('internetGateway: { id: §eigw-0a1b2c3d }'),
      'id: "eigw-0a1b2c3d" is no id of this kind: write igw-',
    ],
    [inVpc('vpnGateway: { id: vgw-0a1b2c3d, asn: §0 }'), 'asn: "0" is too small: 1 is the least'],
    // NAT gateways
    [inVpc('natGateways: [§{ id: nat-0a1b2c3d }]'), 'nat-0a1b2c3d needs its interface: add "interface"'],
    [
      inVpc('natGateways: [{ id: nat-0a1b2c3d, interface: §eni-0c1b2c3d }]'),
      'eni-0c1b2c3d is of kind interface: write kind: nat_gateway there',
    ],
    [
      inVpc('natGateways: [{ id: nat-0a1b2c3d, interface: §eni-0b1b2c3d }]'),
      'eni-0b1b2c3d lies in vpc-0a1b2c3d, not in vpc-0b1b2c3d',
    ],
    [
      inVpc('natGateways: [{ id: nat-0a1b2c3d, regional: true, connectivity: §private }]'),
      'nat-0a1b2c3d is regional: only zonal NAT gateways are private',
    ],
    // endpoints
    [
      inVpc(
        'endpoints: [{ id: vpce-0a1b2c3d, type: Gateway, service: s, interfaces: §[eni-0c1b2c3d] }]',
      ).replace('eni-0c1b2c3d, primary: 10.1.1.4', 'eni-0c1b2c3d, kind: vpc_endpoint, primary: 10.1.1.4'),
      'vpce-0a1b2c3d is a gateway endpoint: it has route tables, no interfaces',
    ],
    [
      inVpc('endpoints: [{ id: vpce-0a1b2c3d, type: Interface, service: §../s }]'),
      'service: "../s" is no service name: write one like com.amazonaws.eu-central-1.s3',
    ],
    // security groups and network ACLs
    [group('{ protocol: §tpc, from: 10.0.0.0/8 }'), 'protocol: "tpc" is no protocol: write all, tcp, udp'],
    [
      group('{ protocol: tcp, ports: §"9-1", from: 10.0.0.0/8 }'),
      'ports: "9-1" is no port: write one like 443',
    ],
    [group('{ protocol: all, ports: §80, from: 10.0.0.0/8 }'), 'ports: only tcp and udp have ports'],
    [group('{ protocol: tcp, icmp: §8, from: 10.0.0.0/8 }'), 'icmp: only icmp and icmpv6 have types'],
    [group('{ protocol: tcp, from: §sg-0b1b2c3d }'), 'sg-0b1b2c3d is not there'],
    [group('{ protocol: tcp, from: §everyone }'), 'from: "everyone" is no other side of a rule'],
    [
      inVpc('securityGroups: [{ id: sg-0a1b2c3d, name: a }, { id: sg-0b1b2c3d, name: §a }]'),
      'sg-0a1b2c3d has this name in its VPC already',
    ],
    [
      inVpc('securityGroups: [{ id: sg-0a1b2c3d, name: a }]').replace(
        'eni-0a1b2c3d, primary: 10.0.1.4',
        'eni-0a1b2c3d, primary: 10.0.1.4, securityGroups: [§sg-0a1b2c3d]',
      ),
      'sg-0a1b2c3d lies in vpc-0b1b2c3d, not in vpc-0a1b2c3d',
    ],
    [
      acl('{ number: §32767, action: deny, protocol: all, cidr: 0.0.0.0/0 }'),
      'number: "32767" is too large: 32766 is the most',
    ],
    [
      acl(
        '{ number: 1, action: deny, protocol: all, cidr: 10.0.0.0/8 }, { number: §1, action: allow, protocol: all, cidr: 0.0.0.0/0 }',
      ),
      '1 is the number of another entry already',
    ],
    [
      inVpc(
        'networkAcls: [{ id: acl-0a1b2c3d, subnets: [subnet-0c1b2c3d] }, { id: acl-0b1b2c3d, subnets: [§subnet-0c1b2c3d] }]',
      ),
      'subnet-0c1b2c3d is associated with acl-0a1b2c3d already: it has one network ACL',
    ],
    [
      inVpc('encryptionControl: { id: vpcec-0a1b2c3d, mode: monitor, exclusions: §[lambda] }'),
      'exclusions: exclusions are from what is enforced',
    ],
    // transit gateways
    [attachment('§{ id: tgw-attach-0a1b2c3d }'), 'this: an attachment is of one thing: write one of "vpc"'],
    [
      attachment('{ id: tgw-attach-0a1b2c3d, vpn: vpn-0a1b2c3d, subnets: §[subnet-0a1b2c3d] }'),
      'subnets: only the attachment of a VPC has subnets: take them out',
    ],
    [attachment('{ id: tgw-attach-0a1b2c3d, vpc: §vpc-0c1b2c3d }'), 'vpc-0c1b2c3d is not there'],
    [
      attachment(
        '{ id: tgw-attach-0a1b2c3d, vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d, §subnet-0b1b2c3d] }',
      ),
      'subnet-0b1b2c3d and subnet-0a1b2c3d are both in euc1-az1',
    ],
    [
      attachment('{ id: tgw-attach-0a1b2c3d, peer: { gateway: §tgw-0a1b2c3d } }'),
      'tgw-0a1b2c3d is attached to itself: name the other one',
    ],
    [
      atTop(
        'transitGateways: [{ id: tgw-0a1b2c3d, attachments: [{ id: tgw-attach-0a1b2c3d, vpn: vpn-0a1b2c3d }] }, { id: tgw-0b1b2c3d, routeTables: [{ id: tgw-rtb-0a1b2c3d, associations: [§tgw-attach-0a1b2c3d] }] }]',
      ),
      'tgw-attach-0a1b2c3d is attached to tgw-0a1b2c3d, not to tgw-0b1b2c3d',
    ],
    [
      atTop(
        'transitGateways: [{ id: tgw-0a1b2c3d, routeTables: [{ id: tgw-rtb-0a1b2c3d, routes: [§{ to: 10.0.0.0/8 }] }] }]',
      ),
      'routes: a route leads to attachments or nowhere: write one of "via" and blackhole: true',
    ],
    [
      atTop(
        'transitGateways: [{ id: tgw-0a1b2c3d, defaultRouteTableAssociation: false, routeTables: [{ id: tgw-rtb-0a1b2c3d, defaultAssociation: §true }] }]',
      ),
      'tgw-0a1b2c3d has defaultRouteTableAssociation: false, and no such table',
    ],
    // peering, prefix lists, owners
    [
      atTop(
        'peeringConnections: [{ id: pcx-0a1b2c3d, requester: { vpc: §vpc-0c1b2c3d }, accepter: { vpc: vpc-0d1b2c3d } }]',
      ),
      'neither side of pcx-0a1b2c3d is in this file',
    ],
    [
      atTop(
        'peeringConnections: [{ id: pcx-0a1b2c3d, requester: { vpc: vpc-0a1b2c3d }, accepter: { vpc: vpc-0b1b2c3d, region: §x-1 } }]',
      ),
      'vpc-0b1b2c3d is in eu-central-1: take the region out',
    ],
    [
      atTop('prefixLists: [{ id: pl-0a1b2c3d, name: a, prefixes: [10.0.0.0/8, §"2001:db8::/32"] }]'),
      'pl-0a1b2c3d is a list of IPv4 prefixes',
    ],
    [
      atTop(`loadBalancers: [{ arn: §"${LB}/app/shop" }]`),
      `arn: "${LB.slice(0, 60)}…" is no ARN of a load balancer`,
    ],
    [
      atTop(
        `loadBalancers: [{ arn: "${LB}/app/shop/50dc6c495c0c9188", interfaces: [eni-0a1b2c3d, §eni-0c1b2c3d] }]`,
      ),
      'eni-0c1b2c3d lies in vpc-0b1b2c3d, the first interface in vpc-0a1b2c3d',
    ],
    [
      atTop(`loadBalancers: [{ arn: "${LB}/app/shop/50dc6c495c0c9188", interfaces: [eni-0a1b2c3d] }]
ecsTasks: [{ arn: "${TASK}", interface: §eni-0a1b2c3d }]`),
      `eni-0a1b2c3d is the interface of ${LB}/app/shop/50dc6c495c0c9188 already`,
    ],
    [atTop(`ecsTasks: [{ arn: "${TASK}", interface: §eni-0d1b2c3d }]`), 'eni-0d1b2c3d is not there'],
    [
      atTop(
        `ecsTasks: [{ arn: §"${TASK.replace('aws', 'aws-of-no-partition-there-is')}", interface: eni-0a1b2c3d }]`,
      ),
      `arn: "${TASK.replace('aws', 'aws-of-no-partition-there-is').slice(0, 60)}…" is no ARN of a task`,
    ],
    [
      atTop(
        `ecsTasks: [{ arn: "${TASK}", interface: eni-0a1b2c3d, taskDefinition: §"arn:aws:ecs:us-east-1:123456789012:task-definition/web:7" }]`,
      ),
      'it is of another account or region than the task (arn:aws:ecs:eu-central-1:123456789012)',
    ],
    [
      atTop('autoScalingGroups: [{ name: a, instances: [§i-0a1b2c3d] }]'),
      'i-0a1b2c3d is not there: an interface names it, or it is under "instances"',
    ],
    [
      atTop(
        'autoScalingGroups: [{ name: a, instances: [i-0a1b2c3d] }, { name: b, instances: [§i-0a1b2c3d] }]\ninstances: [{ id: i-0a1b2c3d }]',
      ),
      'i-0a1b2c3d is in the group a already',
    ],
    // Block Public Access
    [
      atTop('blockPublicAccess: [{ mode: off }, §{ mode: block-ingress }]').replace(
        'mode: off',
        'mode: "off"',
      ),
      'account 123456789012 has its blockPublicAccess of eu-central-1 already',
    ],
    [
      atTop(
        'blockPublicAccess: [{ mode: block-ingress, exclusions: [§{ id: vpcbpa-exclude-0a1b2c3d, mode: allow-egress }] }]',
      ),
      'this: an exclusion is of a VPC or of a subnet: write one of "vpc" and "subnet"',
    ],
    // owners and ids of all kinds
    [
      atTop(
        'accounts: [{ id: "123456789012" }]\nprefixLists: [{ id: pl-0a1b2c3d, name: a, account: §"111111111111" }]',
      ),
      'account 111111111111 is not under "accounts": add it there, or name another',
    ],
    [
      atTop('prefixLists: [{ id: pl-0a1b2c3d, name: a }, { id: §pl-0a1b2c3d, name: b }]'),
      'pl-0a1b2c3d is there already',
    ],
  ])('%j', (source, message) => {
    const { text, place } = marked(source);
    const faults = faultsOf(text);
    expect(faults).toHaveLength(1);
    expect(faults[0]!.slice(0, message.length + place.length + 9)).toBe(`n.yaml:${place}: ${message}`);
  });
});

test('data of any shape is refused or read, never a fault of the program', { timeout: 20_000 }, () => {
  const names = [...EXAMPLE.matchAll(/([A-Za-z0-9]+):/g)].map((match) => match[1]!);
  const values = [...EXAMPLE.matchAll(/[a-z]+-[a-z-]*[0-9a-f]{17}|[0-9.]+\/[0-9]+|[a-z_]+/g)].map(
    (it) => it[0],
  );
  const leaf = fc.oneof(
    fc.constantFrom(...values),
    fc.constantFrom(null, true, 0, -1, 'default'),
    fc.string({ maxLength: 5 }),
  );
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 6, depthSize: 'medium' },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('node'), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(node, (data) => {
      expect(networkFaults(data, owner)).toBeInstanceOf(Array);
    }),
    { numRuns: 20_000, interruptAfterTimeLimit: 3000 },
  );
});

test('any part of the example taken out leaves faults with places, never a fault of the program', () => {
  const lines = EXAMPLE.split('\n');
  for (let i = 0; i < lines.length; i++) {
    for (const fault of faultsOf(lines.toSpliced(i, 1).join('\n'))) expect(fault).toMatch(/^n\.yaml:/);
  }
});
