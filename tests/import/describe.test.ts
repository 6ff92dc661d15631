import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { cidrs, imported, reasons, shown } from './support.ts';
import { INSTANCES, INTERFACES, OTHERS, SUBNETS, VPCS } from './answers.ts';

const ALL = {
  'vpcs.json': VPCS,
  'subnets.json': SUBNETS,
  'enis.json': INTERFACES,
  'instances.json': INSTANCES,
  'others.json': OTHERS,
};

describe('the answers of the describe commands', () => {
  const { network, report, yaml } = imported(ALL);

  test('VPCs with further prefixes, owners, regions and tags', () => {
    expect([...network.vpcs.keys()]).toEqual(['vpc-0aa00000000000001', 'vpc-0bb00000000000002']);
    const vpc = network.vpcs.get('vpc-0aa00000000000001')!;
    expect(cidrs(vpc)).toEqual(['10.0.0.0/16', '10.1.0.0/16', '2a05:d014:abc:de00::/56']);
    expect(vpc).toMatchObject({ accountId: '111122223333', region: 'eu-central-1', awsReserved: false });
    // A value that YAML would read as a number or a word of its own stays text.
    expect(vpc.tags).toEqual({ Name: 'prod: main', 'cost-center': '0042', on: 'yes', empty: '' });
    expect(network.vpcs.get('vpc-0bb00000000000002')!.region).toBe('us-west-2');
  });

  test('subnets: zones, IPv6, an outpost, a local zone; a shared one is its owner’s', () => {
    expect(network.subnets.get('subnet-0a100000000000001')).toMatchObject({
      vpcId: 'vpc-0aa00000000000001',
      azId: 'euc1-az2',
      accountId: '111122223333',
      discover: false,
      placement: undefined,
    });
    expect(cidrs(network.subnets.get('subnet-0a100000000000001'))).toEqual([
      '10.0.1.0/24',
      '2a05:d014:abc:de01::/64',
    ]);
    expect(network.subnets.get('subnet-0a200000000000002')!.placement).toEqual({
      sublocationType: 'outpost',
      sublocationId: 'op-0123456789abcdef0',
    });
    expect(network.subnets.get('subnet-0b100000000000003')!.placement).toEqual({
      sublocationType: 'localzone',
      sublocationId: 'usw2-lax1-az1',
    });
    expect(network.regions.get('eu-central-1')!.zones).toEqual([
      { id: 'euc1-az2', name: 'eu-central-1a' },
      { id: 'euc1-az3', name: 'eu-central-1b' },
    ]);
  });

  test('an instance’s interface: all addresses, MAC, instance', () => {
    expect(shown(network.interfaces.get('eni-0e100000000000001'))).toEqual({
      id: 'eni-0e100000000000001',
      accountId: '111122223333',
      subnetId: 'subnet-0a100000000000001',
      kind: 'interface',
      primary: '10.0.1.10',
      secondary: ['10.0.1.11', '10.0.1.12'],
      ipv6: ['2a05:d014:abc:de01::9', '2a05:d014:abc:de01::8'],
      mac: '2ab cdef0011',
      instanceId: 'i-01000000000000001',
      tags: { Name: 'web-1' },
    });
  });

  test('kinds: load balancers, NAT gateways, endpoints; owners of their own', () => {
    const kinds = Object.fromEntries([...network.interfaces.values()].map((it) => [it.id, it.kind]));
    expect(kinds).toEqual({
      'eni-0e100000000000001': 'interface',
      'eni-0e200000000000002': 'nat_gateway',
      'eni-0e300000000000003': 'network_load_balancer',
      'eni-0e400000000000004': 'interface',
      'eni-0e500000000000005': 'vpc_endpoint',
      'eni-0e600000000000006': 'vpc_endpoint',
      'eni-0e700000000000007': 'interface',
      'eni-0e800000000000008': 'interface',
    });
    expect(network.interfaces.get('eni-0e700000000000007')!.accountId).toBe('444455556666');
    // What is attached to a service's own instance names none.
    expect(network.interfaces.get('eni-0e400000000000004')!.instanceId).toBeUndefined();
  });

  test('instances: Nitro by type, tags without those of the service, owners', () => {
    expect(network.instances.get('i-01000000000000001')).toMatchObject({
      nitro: true,
      accountId: '111122223333',
      tags: { Name: 'web-1' },
    });
    expect(network.instances.get('i-02000000000000002')).toMatchObject({
      nitro: false,
      accountId: '444455556666',
    });
    // Only describe-instances tells of this interface.
    expect(shown(network.interfaces.get('eni-0e800000000000008'))).toMatchObject({
      primary: '10.0.1.80',
      instanceId: 'i-02000000000000002',
      accountId: '444455556666',
    });
  });

  test('the report counts, names what is not taken, and what was left out', () => {
    expect(report.understood).toEqual({
      region: 2,
      VPC: 2,
      subnet: 3,
      interface: 8,
      instance: 2,
      'transit gateway': 2,
      'load balancer': 1,
      'Auto Scaling group': 1,
    });
    expect(report.notTaken).toEqual({ 'elastic address': 1 });
    expect(report.ignored).toEqual({ 'aws: tag': 2, KeyPairs: 1 });
    expect(reasons(report)).toMatchObject({
      'interface eni-0e100000000000001': 'network.yaml has no key for a delegated prefix: 10.0.1.64/28',
      'interface eni-0e900000000000009':
        'lies in subnet-0ff00000000000009, which is not described: add describe-subnets',
      'instance i-03000000000000003': 'is terminated',
      'security group sg-0123456789abcdef0': 'names no VPC that it lies in',
      'network ACL acl-0123456789abcdef0': 'names no VPC that it lies in',
      'security groups of interface eni-0e200000000000002':
        'no such groups of its VPC are described: sg-0123456789abcdef0 (add describe-security-groups)',
    });
    expect(report.leftOut.find(({ what }) => what.endsWith('9'))!.place).toBe(
      'enis.json: NetworkInterfaces[7]',
    );
    expect(report.contradictions).toEqual([]);
    expect(report.inputs[0]).toEqual({ file: 'vpcs.json', content: 'Vpcs' });
  });

  test('comments say where each came from, and what it is for', () => {
    expect(yaml).toContain('      # subnets.json: Subnets[0]\n      - id: subnet-0a100000000000001\n');
    expect(yaml).toContain('# enis.json: NetworkInterfaces[3]: ELB app/front/0123456789abcdef\n');
  });

  test('the order of the inputs does not show', () => {
    const reversed = imported(Object.fromEntries(Object.entries(ALL).toReversed()));
    const body = (text: string): string => text.slice(text.indexOf('\naccount:'));
    expect(body(reversed.yaml)).toBe(body(yaml));
  });
});

describe('forms of input', () => {
  const facts = (files: Record<string, unknown>): unknown => {
    const { network } = imported(files);
    return [network.vpcs, network.subnets, network.interfaces, network.instances];
  };
  const separate = facts(ALL);
  const values = Object.values(ALL);

  test.each<[string, Record<string, unknown>]>([
    ['merged in one value', { 'all.json': Object.assign({}, ...values) as unknown }],
    ['one behind the other', { 'all.json': values.map((it) => JSON.stringify(it, null, 1)).join('\n') }],
    ['a list of answers, as boto3 pages', { 'all.json': values }],
    [
      'in a mapping of one’s own',
      {
        'all.json': {
          one: { vpcs: VPCS, subnets: SUBNETS },
          two: [INTERFACES, INSTANCES, { SecurityGroups: [] }],
        },
      },
    ],
    [
      'with --query',
      {
        'v.json': VPCS.Vpcs,
        's.json': SUBNETS.Subnets,
        'e.json': INTERFACES.NetworkInterfaces,
        'i.json': INSTANCES.Reservations,
      },
    ],
    ['with a byte order mark', { ...ALL, 'vpcs.json': `\ufeff${JSON.stringify(VPCS)}` }],
  ])('%s', (_name, files) => {
    expect(facts(files)).toEqual(separate);
  });

  test('--output yaml', () => {
    const yaml = "Vpcs:\n- CidrBlock: 10.9.0.0/16\n  OwnerId: '111122223333'\n  VpcId: vpc-0a1b2c3d\n";
    expect(imported({ 'vpcs.yaml': yaml }).network.vpcs.get('vpc-0a1b2c3d')!.accountId).toBe('111122223333');
  });

  test('pages: pieces add up, and a missing last page is told', () => {
    const [first, second] = VPCS.Vpcs;
    const pages = [{ Vpcs: [first], NextToken: 'more' }, { Vpcs: [second] }];
    const whole = imported({ 'pages.json': pages });
    expect(whole.network.vpcs.size).toBe(2);
    expect(whole.report.notes.filter((note) => note.includes('NextToken'))).toEqual([]);
    const { report } = imported({ 'pages.json': pages.slice(0, 1) });
    expect(report.notes).toContain(
      'Vpcs are not all there: pages.json[0] has a NextToken, and no last page follows',
    );
  });

  test('without describe-vpcs, VPCs have the prefixes of their subnets', () => {
    const { network, report } = imported({ 'subnets.json': SUBNETS });
    expect(cidrs(network.vpcs.get('vpc-0aa00000000000001'))).toEqual([
      '10.0.1.0/24',
      '10.0.2.0/24',
      '2a05:d014:abc:de01::/64',
    ]);
    expect(report.notes.join('\n')).toContain('vpc-0aa00000000000001 is not described');
  });

  test('the caller’s account, an organization’s accounts, zones', () => {
    const { network } = imported({
      'who.json': { UserId: 'AIDA', Account: '777788889999', Arn: 'arn:aws:iam::777788889999:user/x' },
      'accounts.json': { Accounts: [{ Id: '111122223333', Name: 'production', Status: 'ACTIVE' }] },
      'zones.json': {
        AvailabilityZones: [{ ZoneName: 'eu-central-1b', ZoneId: 'euc1-az3', RegionName: 'eu-central-1' }],
      },
      'vpcs.json': VPCS,
      'subnets.json': SUBNETS,
    });
    expect([...network.accounts.values()]).toEqual(
      [{ id: '111122223333', name: 'production' }, { id: '444455556666' }, { id: '777788889999' }]
        .map((it) => ({ name: undefined, ...it }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
    // A subnet's zone that no zone list has is declared beside those that it has.
    expect(network.regions.get('eu-central-1')!.zones.map(({ id }) => id)).toEqual(['euc1-az2', 'euc1-az3']);
  });

  test('--discover, --account and --region', () => {
    const { network } = imported(
      {
        'v.json': { Vpcs: [{ VpcId: 'vpc-0a1b2c3d', CidrBlock: '10.0.0.0/8' }] },
        's.json': {
          Subnets: [{ SubnetId: 'subnet-0a1b2c3d', VpcId: 'vpc-0a1b2c3d', CidrBlock: '10.0.0.0/9' }],
        },
      },
      { discover: true, account: '999900001111', region: 'home-1' },
    );
    expect([...network.subnets.values()].map(({ discover }) => discover)).toEqual([true]);
    expect(network.vpcs.get('vpc-0a1b2c3d')).toMatchObject({ accountId: '999900001111', region: 'home-1' });
  });
});

describe('what does not fit', () => {
  const vpc = { VpcId: 'vpc-0a1b2c3d', CidrBlock: '10.0.0.0/16', OwnerId: '111122223333' };
  const subnet = { SubnetId: 'subnet-0a1b2c3d', VpcId: 'vpc-0a1b2c3d', CidrBlock: '10.0.1.0/24' };
  const eni = {
    NetworkInterfaceId: 'eni-0a1b2c3d',
    SubnetId: 'subnet-0a1b2c3d',
    PrivateIpAddress: '10.0.1.5',
  };

  test('an id twice: the same is one, other content is told and the first kept', () => {
    const other = { ...vpc, CidrBlock: '10.5.0.0/16' };
    const { network, report } = imported({ 'a.json': { Vpcs: [vpc, vpc] }, 'b.json': { Vpcs: [other] } });
    expect(cidrs(network.vpcs.get('vpc-0a1b2c3d'))).toEqual(['10.0.0.0/16']);
    expect(report.contradictions).toEqual([
      {
        what: 'VPC vpc-0a1b2c3d',
        place: 'b.json: Vpcs[0]',
        reason: 'says other things than a.json: Vpcs[0]: what came first is kept',
      },
    ]);
  });

  test('ids, addresses, owners, zones and prefixes that are none are left out, the rest stays', () => {
    const { network, report } = imported({
      'x.json': {
        Vpcs: [
          { ...vpc, OwnerId: 'amazon' },
          { VpcId: 'vpc-../../etc', CidrBlock: '10.7.0.0/16' },
          { CidrBlock: '10.8.0.0/16' },
        ],
        Subnets: [
          { ...subnet, AvailabilityZoneId: 'Zone\nOne' },
          { SubnetId: 'subnet-0000000b', VpcId: 'vpc-0a1b2c3d', CidrBlock: '10.0.1.0/24' },
          { SubnetId: 'subnet-0000000c', VpcId: 'vpc-0a1b2c3d', CidrBlock: '192.168.0.0/24' },
        ],
        NetworkInterfaces: [
          { ...eni, MacAddress: 'ff:ff:ff:ff:ff:ff' },
          { ...eni, NetworkInterfaceId: 'eni-0000000b' },
          {
            ...eni,
            NetworkInterfaceId: 'eni-0000000c',
            PrivateIpAddress: '10.0.1.300',
            SubnetId: 'subnet-0a1b2c3d',
          },
          { ...eni, NetworkInterfaceId: 'eni-0000000d', PrivateIpAddress: 7 },
          {
            ...eni,
            NetworkInterfaceId: 'eni-0000000e',
            PrivateIpAddress: '10.0.1.6',
            TagSet: [
              { Key: 'k'.repeat(128), Value: 'v' },
              { Key: 'good', Value: 'v' },
            ],
          },
        ],
      },
    });
    expect([...network.vpcs.keys()]).toEqual(['vpc-0a1b2c3d']);
    expect([...network.subnets.keys()]).toEqual(['subnet-0a1b2c3d']);
    expect(network.subnets.get('subnet-0a1b2c3d')!.azId).toBeUndefined();
    expect([...network.interfaces.keys()]).toEqual(['eni-0a1b2c3d', 'eni-0000000e'].sort());
    expect(network.interfaces.get('eni-0000000e')!.tags).toEqual({ good: 'v' });
    expect(network.interfaces.get('eni-0a1b2c3d')!.mac).toBeUndefined();
    const said = report.leftOut.map(({ what, reason }) => `${what}: ${reason}`).join('\n');
    for (const part of [
      'owner of vpc-0a1b2c3d: "amazon" is no account id',
      'VPC vpc-../../etc: id: "vpc-../../etc" is no id of this kind',
      'VPC: has no VpcId',
      'azId of subnet subnet-0a1b2c3d: azId: "Zone\nOne" is no Availability Zone id',
      '10.0.1.0/24 is a prefix of subnet-0a1b2c3d already',
      'subnet subnet-0000000c',
      'mac of interface eni-0a1b2c3d',
      '10.0.1.5 is an address of eni-0a1b2c3d already',
      'primary of interface eni-0000000c',
      'interface eni-0000000c: eni-0000000c can never be seen',
      'value: is no text',
      'tags of interface eni-0000000e: ',
    ]) {
      expect(said).toContain(part);
    }
  });

  test('what lies in something that is left out goes with it, and is counted', () => {
    const { report } = imported({
      'x.json': {
        Vpcs: [vpc, { VpcId: 'VPC-1', CidrBlock: '10.9.0.0/16' }],
        Subnets: [{ ...subnet, VpcId: 'VPC-1', CidrBlock: '10.9.1.0/24' }],
        NetworkInterfaces: [{ ...eni, PrivateIpAddress: '10.9.1.5' }],
      },
    });
    expect(reasons(report)['VPC VPC-1']).toMatch(/\(with it 1 subnet and 1 interface\)$/);
  });

  test('VPCs that no source may see together are told', () => {
    const { report } = imported({
      'x.json': {
        Vpcs: [vpc, { ...vpc, VpcId: 'vpc-0000000b' }],
        Subnets: [subnet, { SubnetId: 'subnet-0000000b', VpcId: 'vpc-0000000b', CidrBlock: '10.0.1.128/25' }],
      },
    });
    expect(report.notes.find((note) => note.includes('overlap'))).toBe(
      'vpc-0000000b and vpc-0a1b2c3d overlap in 10.0.1.128/25: let each source see one of them (vpcs in weir.yaml, --vpc)',
    );
  });

  test('a description cannot break out of its comment', () => {
    const Description = 'x\nvpcs: []\r\u2028\u0085\u001b[31m# y';
    const { yaml, network } = imported({
      'x.json': { Vpcs: [vpc], Subnets: [subnet], NetworkInterfaces: [{ ...eni, Description }] },
    });
    expect(yaml).toContain('# x.json: NetworkInterfaces[0]: x vpcs: [] [31m# y\n');
    expect(network.interfaces.size).toBe(1);
  });

  test.each<[string, string, RegExp]>([
    ['nothing', ' \n', /^in\.json: is empty/],
    [
      'a slip',
      '{\n "Vpcs": [\n  {"VpcId": "v"\n "CidrBlock": ""}]}',
      /^in\.json:4:2: this is no JSON: Expected/,
    ],
    ['a cut file', '{"Vpcs": [{"VpcId"', /^in\.json:1:\d+: this is no JSON: /],
    ['trailing text', '{"Vpcs": []}\nhello', /^in\.json:2:1: this is no JSON: a value begins/],
    ['deep nesting', '['.repeat(100_000), /^in\.json:1:129: nested deeper than 128 levels/],
    ['deep YAML', `a: ${'['.repeat(60_000)}`, /^in\.json/],
    ['--output text', 'VPCS\t10.0.0.0/16\tdopt-1\n', /^in\.json/],
    ['nothing of a network', '{"Buckets": [{"Name": "x"}]}', /^in\.json: nothing here describes a VPC/],
    [
      'an old state',
      '{"version": 3, "terraform_version": "0.11.0"}',
      /^in\.json: Terraform state of version 3/,
    ],
  ])('refused: %s', (_name, text, message) => {
    let said: unknown;
    try {
      imported({ 'in.json': text });
    } catch (error) {
      said = error;
    }
    expect(said).toBeInstanceOf(UserError);
    expect((said as UserError).message).toMatch(message);
  });

  test('a refusal does not repeat the input: state files hold secrets', () => {
    expect(() => imported({ 'x.json': '{"password": "hunter2" oops}' })).toThrow(/^(?!.*hunter2).*$/s);
  });
});
