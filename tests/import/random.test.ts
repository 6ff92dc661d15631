/** Whatever has the shape of an answer becomes a file that reads, or is refused in words. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { parseNetwork } from '../../src/network/yaml.ts';
import { TERRAFORM_READERS } from '../../src/import/terraform-resources.ts';
import { answer, four, id, junk, mostly, prefix, range, six, some, tagText } from './random-answers.ts';
import { imported } from './support.ts';

const BUDGET = { interruptAfterTimeLimit: 2000, numRuns: 100_000 };

/** Prefixes of the ids of Terraform's resources, where these are not those of VPCs. */
const ID_OF: Readonly<Record<string, string>> = {
  aws_subnet: 'subnet',
  aws_network_interface: 'eni',
  aws_instance: 'i',
  aws_nat_gateway: 'nat',
  aws_route_table: 'rtb',
  aws_default_route_table: 'rtb',
  aws_internet_gateway: 'igw',
  aws_vpn_gateway: 'vgw',
  aws_vpc_endpoint: 'vpce',
  aws_vpc_peering_connection: 'pcx',
  aws_security_group: 'sg',
  aws_network_acl: 'acl',
  aws_default_network_acl: 'acl',
  aws_ec2_managed_prefix_list: 'pl',
  aws_ec2_transit_gateway: 'tgw',
  aws_ec2_transit_gateway_vpc_attachment: 'tgw-attach',
  aws_ec2_transit_gateway_peering_attachment: 'tgw-attach',
  aws_ec2_transit_gateway_route_table: 'tgw-rtb',
};

/** Runs a property until the time is up; returns the share of its inputs that gave VPCs. */
function goodShareOf(values: fc.Arbitrary<unknown>): number {
  let good = 0;
  let all = 0;
  fc.assert(
    fc.property(values, (value) => {
      all++;
      if (sound({ 'x.json': value }) > 0) good++;
    }),
    BUDGET,
  );
  return good / all;
}

/** Imports; what is written must read, by itself and as a snapshot. Returns how many VPCs it has, 0 if refused. */
function sound(files: Record<string, unknown>): number {
  let result;
  try {
    result = imported(files);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toMatch(/^x\.json/);
    return 0;
  }
  const again = parseNetwork(result.yaml, 'again', { account: '000000000000', region: 'other-1' });
  expect(again).toEqual(result.network);
  const scopes = [...again.vpcs.keys()].map((vpcId) => [vpcId]);
  // Answers may say that a NAT gateway's public address is an interface's too: then one of them is left out, and told.
  const { conflicts } = Snapshot.build(again, { version: 1, scopes, overlaps: 'leave-out' });
  for (const { id, reason } of conflicts) {
    expect(id).toMatch(/^nat-/);
    expect(reason).toMatch(/ both hold [\d.:a-f]+ in one scope$/);
  }
  return again.vpcs.size;
}

describe('random answers', () => {
  test('give a file that reads, or a refusal', () => {
    expect(goodShareOf(answer)).toBeGreaterThan(0.1);
  });

  test('any JSON value, and any text', () => {
    // None of them describes a network.
    expect(goodShareOf(fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.string()))).toBe(0);
  });

  test('Terraform states and links', () => {
    const attributes = fc.record(
      {
        arn: mostly(fc.constant('arn:aws:ec2:eu-central-1:111122223333:vpc/x')),
        vpc_id: id('vpc'),
        subnet_id: id('subnet'),
        cidr_block: prefix,
        private_ip: four,
        private_ips: mostly(fc.array(four, { maxLength: 3 })),
        primary_network_interface_id: id('eni'),
        network_interface_ids: mostly(fc.array(id('eni'), { maxLength: 2 })),
        network_interface_id: id('eni'),
        instance_id: id('i'),
        tags: mostly(fc.dictionary(fc.string({ maxLength: 4 }), fc.string({ maxLength: 4 }))),
        route_table_id: id('rtb'),
        gateway_id: mostly(fc.oneof(id('igw'), id('vgw'))),
        route: mostly(fc.array(fc.record({ cidr_block: prefix, gateway_id: id('igw') }), { maxLength: 2 })),
        main_route_table_id: id('rtb'),
        security_group_id: id('sg'),
        security_groups: mostly(fc.array(id('sg'), { maxLength: 2 })),
        cidr_blocks: mostly(fc.array(prefix, { maxLength: 2 })),
        from_port: range,
        to_port: range,
        protocol: mostly(fc.constantFrom('-1', 'tcp', 'icmp', 6)),
        ingress: mostly(
          fc.array(fc.record({ protocol: junk, rule_no: range, cidr_blocks: junk, self: junk }), {
            maxLength: 2,
          }),
        ),
        network_acl_id: id('acl'),
        rule_number: range,
        transit_gateway_id: id('tgw'),
        transit_gateway_attachment_id: id('tgw-attach'),
        transit_gateway_route_table_id: id('tgw-rtb'),
        destination_cidr_block: prefix,
        prefix_list_id: id('pl'),
        subnet_ids: mostly(fc.array(id('subnet'), { maxLength: 2 })),
        association_default_route_table_id: id('tgw-rtb'),
        type: mostly(fc.constantFrom('ingress', 'egress')),
        name: mostly(tagText),
      },
      some,
    );
    const resourceOf = (type: string, prefixOfId = ID_OF[type] ?? 'vpc'): fc.Arbitrary<unknown> =>
      fc.record({
        mode: mostly(fc.constant('managed')),
        type: mostly(fc.constant(type)),
        name: mostly(fc.constant('x')),
        instances: mostly(
          fc.array(
            fc.record({
              index_key: junk,
              attributes: mostly(
                fc.tuple(id(prefixOfId), attributes).map(([own, more]) => ({ id: own, ...more })),
              ),
            }),
            { maxLength: 3 },
          ),
        ),
      });
    const resource = fc.oneof(
      ...['aws_vpc', 'aws_vpc', 'aws_subnet', 'toString', ...Object.keys(TERRAFORM_READERS)].map((type) =>
        resourceOf(type),
      ),
    );
    const home = {
      mode: 'managed',
      type: 'aws_vpc',
      name: 'home',
      instances: [{ attributes: { id: 'vpc-00000000', cidr_block: '10.0.0.0/8' } }],
    };
    const state = fc.record({
      version: fc.constant(4),
      terraform_version: fc.constant('1.9.0'),
      resources: mostly(fc.array(mostly(resource), { maxLength: 8 }).map((list) => [home, ...list])),
    });
    const address = fc.record(
      {
        family: fc.constant('inet'),
        local: mostly(fc.oneof(four, six)),
        prefixlen: mostly(fc.integer({ min: -1, max: 130 })),
        address: mostly(four),
        temporary: mostly(fc.boolean()),
      },
      some,
    );
    const link = fc.record(
      {
        ifname: mostly(fc.constantFrom('eth0', 'eth1', 'lo')),
        flags: mostly(fc.constant(['UP'])),
        link_type: mostly(fc.constant('ether')),
        address: mostly(fc.constant('02:00:00:00:00:01')),
        addr_info: mostly(fc.array(mostly(address), { maxLength: 4 })),
      },
      some,
    );
    const links = fc.array(mostly(link), { minLength: 1, maxLength: 4 });
    expect(goodShareOf(state)).toBeGreaterThan(0.1);
    expect(goodShareOf(links)).toBeGreaterThan(0.02);
  });
});
