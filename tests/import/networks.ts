/** Random networks that keep the rules, as the data of network.yaml: every kind, each part there or not. */
import * as fc from 'fast-check';
import { ACCOUNT, OTHER_ACCOUNT, REGION } from '../api/network/harness.ts';

type Data = Record<string, unknown>;

const hex = (n: number): string => n.toString(16).padStart(8, '0');
const tags = fc.option(
  fc.dictionary(fc.constantFrom('Name', 'team', 'ünï 😀'), fc.string({ unit: 'grapheme', maxLength: 8 }), {
    minKeys: 1,
    maxKeys: 2,
  }),
  { nil: undefined },
);
const maybe = <T>(it: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(it, { nil: undefined });
const account = maybe(fc.constant(OTHER_ACCOUNT));
const description = maybe(fc.constantFrom('all of it', 'é: # - x'));

/** Keys that have a value. */
const present = (data: Data): Data =>
  Object.fromEntries(Object.entries(data).filter(([, it]) => it !== undefined));

const protocol = fc.oneof(
  fc.constant({ protocol: 'all' }),
  fc.record({ protocol: fc.constantFrom('tcp', 'udp'), ports: fc.constantFrom(443, '1024-65535', '0-10') }),
  fc.record({ protocol: fc.constantFrom('icmp', 'icmpv6'), icmp: fc.constantFrom(8, '3/4', 0) }),
  fc.constantFrom({ protocol: 'tcp' }, { protocol: 'icmp' }, { protocol: 50 }, { protocol: 0 }),
);

const peers = fc.constantFrom('0.0.0.0/0', '::/0', '10.0.0.0/8', 'sg-00000001', 'sg-00000002', 'pl-00000001');
const rules = (direction: string): fc.Arbitrary<Data[]> =>
  fc.array(
    fc
      .tuple(protocol, peers, description)
      .map(([one, peer, text]) => present({ ...one, [direction]: peer, description: text })),
    { maxLength: 4 },
  );
const entries = fc.uniqueArray(
  fc
    .tuple(
      fc.integer({ min: 1, max: 32_766 }),
      protocol,
      fc.constantFrom('allow', 'deny'),
      fc.constantFrom('0.0.0.0/0', '2001:db8::/32'),
    )
    .map(([number, one, action, cidr]) => ({ number, action, ...one, cidr })),
  { maxLength: 3, selector: ({ number }) => number },
);

const flags = fc.record({
  igw: fc.boolean(),
  eigw: fc.boolean(),
  vgw: fc.boolean(),
  nat: fc.constantFrom('none', 'zonal', 'regional', 'private'),
  peering: fc.boolean(),
  attached: fc.boolean(),
  gatewayEndpoint: fc.boolean(),
  interfaceEndpoint: fc.boolean(),
  balancer: fc.constantFrom('none', 'net', 'app', 'classic'),
  task: fc.boolean(),
  mainTable: fc.boolean(),
  defaultAcl: fc.boolean(),
  defaultGroup: fc.boolean(),
  fixedGroups: fc.constantFrom<'none' | 'one' | 'empty' | undefined>('one', 'empty', undefined),
  associating: fc.boolean(),
  propagating: fc.boolean(),
  ownTable: fc.boolean(),
  alone: fc.boolean(),
  control: fc.constantFrom('none', 'monitor', 'enforce'),
  block: fc.constantFrom('none', 'off', 'block-ingress'),
  excluded: fc.constantFrom('none', 'vpc', 'subnet'),
  group: fc.boolean(),
});

export const networks: fc.Arbitrary<Data> = fc
  .record({
    has: flags,
    vpcTags: tags,
    moreTags: tags,
    owner: account,
    groupRules: fc.tuple(rules('from'), maybe(rules('to')), rules('from'), maybe(rules('to'))),
    acl: fc.tuple(entries, entries),
    defaults: fc.tuple(entries, entries),
    text: description,
  })
  .map(({ has, vpcTags, moreTags, owner, groupRules, acl, defaults, text }) => {
    const zonal = has.nat === 'zonal' || has.nat === 'private';
    const eni = (n: number, more: Data = {}): Data =>
      present({ id: `eni-${hex(n)}`, primary: `10.0.1.${10 + n}`, ...more });
    const groups =
      has.fixedGroups === undefined
        ? {}
        : { securityGroups: has.fixedGroups === 'one' ? ['sg-00000001'] : [] };
    const interfaces = [
      eni(1, { instance: 'i-00000001', tags: moreTags, ...groups, secondary: ['10.0.1.200'] }),
      ...(zonal ? [eni(2, { kind: 'nat_gateway' })] : []),
      ...(has.interfaceEndpoint ? [eni(3, { kind: 'vpc_endpoint' })] : []),
      ...(has.attached ? [eni(4, { kind: 'transit_gateway' })] : []),
      ...(has.balancer === 'none'
        ? []
        : [eni(5, { kind: has.balancer === 'net' ? 'network_load_balancer' : 'interface', account: owner })]),
      ...(has.task ? [eni(6)] : []),
    ];
    const via = [
      ...(has.igw ? ['igw-00000001'] : []),
      ...(has.vgw ? ['vgw-00000001'] : []),
      ...(has.nat === 'none' ? [] : ['nat-00000001']),
      ...(has.peering ? ['pcx-00000001'] : []),
      ...(has.attached ? ['tgw-00000001'] : []),
      ...(has.eigw ? ['eigw-00000001'] : []),
      'eni-00000001',
      'i-00000001',
      'lgw-00000001',
      'cagw-00000001',
    ];
    const routes: Data[] = [
      ...via.map((target, i) => ({ to: `172.${16 + i}.0.0/16`, via: target })),
      { to: '192.0.2.0/24', blackhole: true, via: 'nat-0000000f' },
      { to: 'pl-00000001', via: 'eni-00000001' },
      ...(has.vgw ? [{ to: '10.99.0.0/16', via: 'vgw-00000001', propagated: true }] : []),
    ];
    const vpc = present({
      id: 'vpc-00000001',
      cidrs: ['10.0.0.0/16', '2001:db8::/56'],
      tags: vpcTags,
      account: owner,
      subnets: [
        { id: 'subnet-00000001', cidrs: ['10.0.1.0/24'], azId: 'euc1-az1', interfaces },
        present({ id: 'subnet-00000002', cidrs: ['10.0.2.0/24', '2001:db8:0:1::/64'], tags: moreTags }),
      ],
      internetGateway: has.igw ? present({ id: 'igw-00000001', tags: moreTags }) : undefined,
      egressOnlyInternetGateway: has.eigw ? { id: 'eigw-00000001' } : undefined,
      vpnGateway: has.vgw ? { id: 'vgw-00000001', asn: 64_999 } : undefined,
      natGateways:
        has.nat === 'none'
          ? undefined
          : [
              zonal
                ? present({
                    id: 'nat-00000001',
                    interface: 'eni-00000002',
                    connectivity: has.nat === 'private' ? 'private' : undefined,
                    addresses:
                      has.nat === 'private' ? undefined : [{ public: '203.0.113.5', private: '10.0.1.12' }],
                  })
                : {
                    id: 'nat-00000001',
                    regional: true,
                    addresses: [{ public: '203.0.113.6', azId: 'euc1-az1' }],
                  },
            ],
      routeTables: [
        ...(has.mainTable ? [{ id: 'rtb-00000001', main: true, propagating: has.vgw, routes }] : []),
        present({ id: 'rtb-00000002', subnets: ['subnet-00000002'], tags: moreTags }),
        ...(has.igw ? [{ id: 'rtb-00000003', gateways: ['igw-00000001'] }] : []),
      ],
      endpoints: [
        ...(has.gatewayEndpoint
          ? [
              {
                id: 'vpce-00000001',
                type: 'Gateway',
                service: `com.amazonaws.${REGION}.s3`,
                prefixList: 'pl-00000002',
                routeTables: ['rtb-00000002'],
              },
            ]
          : []),
        ...(has.interfaceEndpoint
          ? [
              {
                id: 'vpce-00000002',
                type: 'Interface',
                service: `com.amazonaws.${REGION}.logs`,
                interfaces: ['eni-00000003'],
                privateDns: true,
              },
            ]
          : []),
      ],
      securityGroups: [
        present({
          id: 'sg-00000001',
          name: 'web',
          description: text,
          ingress: groupRules[0],
          egress: groupRules[1],
          tags: moreTags,
        }),
        present({
          id: 'sg-00000002',
          name: has.defaultGroup ? 'default' : 'other',
          ingress: groupRules[2],
          egress: groupRules[3],
        }),
      ],
      networkAcls: [
        { id: 'acl-00000001', subnets: ['subnet-00000001'], inbound: acl[0], outbound: acl[1] },
        ...(has.defaultAcl
          ? [{ id: 'acl-00000002', default: true, inbound: defaults[0], outbound: defaults[1] }]
          : []),
      ],
      encryptionControl:
        has.control === 'none'
          ? undefined
          : present({
              id: 'vpcec-00000001',
              mode: has.control,
              exclusions: has.control === 'enforce' ? ['internetGateway', 'apiGatewayV2'] : undefined,
            }),
    });
    const attachments = [
      ...(has.attached
        ? [
            present({
              id: 'tgw-attach-00000001',
              vpc: 'vpc-00000001',
              subnets: ['subnet-00000001'],
              interfaces: ['eni-00000004'],
              applianceMode: has.alone,
              tags: moreTags,
            }),
          ]
        : []),
      {
        id: 'tgw-attach-00000002',
        peer: { gateway: 'tgw-0000000f', account: OTHER_ACCOUNT, region: 'us-east-1' },
      },
      { id: 'tgw-attach-00000003', vpn: 'vpn-00000001' },
      { id: 'tgw-attach-00000004', directConnectGateway: '0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f' },
    ];
    const learning = has.attached ? ['tgw-attach-00000001'] : [];
    const place = has.balancer === 'classic' ? 'shop' : `${has.balancer}/shop/50dc6c495c0c9188`;
    return present({
      account: ACCOUNT,
      region: REGION,
      vpcs: [vpc, { id: 'vpc-00000002', cidrs: ['10.5.0.0/16'] }],
      instances: [
        present({ id: 'i-00000001', tags: moreTags }),
        { id: 'i-00000002', account: OTHER_ACCOUNT },
      ],
      prefixLists: [
        present({
          id: 'pl-00000001',
          name: 'partners',
          prefixes: ['192.0.2.0/25', '192.0.2.128/25'],
          tags: vpcTags,
        }),
        { id: 'pl-00000002', name: `com.amazonaws.${REGION}.s3`, prefixes: ['198.51.100.0/24'] },
        { id: 'pl-00000003', name: 'empty' },
      ],
      transitGateways: [
        present({
          id: 'tgw-00000001',
          description: text,
          asn: 64_513,
          cidrs: ['10.255.0.0/24'],
          defaultRouteTableAssociation: has.associating,
          defaultRouteTablePropagation: has.propagating,
          attachments,
          routeTables: has.ownTable
            ? [
                {
                  id: 'tgw-rtb-00000001',
                  associations: [...learning, 'tgw-attach-00000003'],
                  propagations: [...(has.alone ? learning : []), 'tgw-attach-00000003'],
                  routes: [
                    { to: '10.40.0.0/16', via: 'tgw-attach-00000002' },
                    {
                      to: '2001:db8:40::/48',
                      via: ['tgw-attach-00000003', 'tgw-attach-00000004'],
                      propagated: true,
                    },
                    { to: '10.99.0.0/16', blackhole: true },
                  ],
                },
                ...(has.associating && has.propagating
                  ? [{ id: 'tgw-rtb-00000002', defaultAssociation: true, defaultPropagation: true }]
                  : []),
              ]
            : undefined,
        }),
      ],
      peeringConnections: has.peering
        ? [
            {
              id: 'pcx-00000001',
              requester: { vpc: 'vpc-00000001' },
              accepter: {
                vpc: 'vpc-0000000e',
                account: OTHER_ACCOUNT,
                region: 'eu-west-1',
                cidrs: ['10.30.0.0/16'],
              },
            },
          ]
        : undefined,
      loadBalancers:
        has.balancer === 'none'
          ? undefined
          : [
              present({
                arn: `arn:aws:elasticloadbalancing:${REGION}:${owner ?? ACCOUNT}:loadbalancer/${place}`,
                interfaces: ['eni-00000005'],
                tags: vpcTags,
              }),
            ],
      autoScalingGroups: has.group
        ? [present({ name: 'web', instances: ['i-00000001'], tags: vpcTags })]
        : undefined,
      ecsTasks: has.task
        ? [
            present({
              arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:task/shop/0123456789abcdef0123456789abcdef`,
              interface: 'eni-00000006',
              service: has.alone ? 'web' : undefined,
              containers: ['0a1b2c3d4e5f', '5f4e3d2c1b0a'],
              tags: vpcTags,
            }),
          ]
        : undefined,
      blockPublicAccess:
        has.block === 'none'
          ? undefined
          : [
              {
                mode: has.block,
                exclusions:
                  has.excluded === 'none'
                    ? []
                    : [
                        present({
                          id: 'vpcbpa-exclude-00000001',
                          [has.excluded]: `${has.excluded}-00000001`,
                          mode: 'allow-egress',
                          tags: moreTags,
                        }),
                      ],
              },
            ],
    });
  });
