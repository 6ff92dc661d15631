/**
 * samples/: a network that Terraform 1 made with its AWS provider 5 at an emulator of the API: terraform.tfstate,
 * `terraform show -json`, and what the AWS CLI then described.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Network } from '../../src/network/model.ts';
import { cidrs, imported, reasons, shown } from './support.ts';

const FOLDER = new URL('./samples/', import.meta.url).pathname;
const files = Object.fromEntries(
  readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]),
);
const { 'terraform.tfstate': state = '', 'show.json': shownState = '', ...answers } = files;

const fromState = imported({ 'terraform.tfstate': state });
const fromShow = imported({ 'show.json': shownState });

function facts({ regions, vpcs, subnets, interfaces, instances }: Network): unknown {
  return [regions, vpcs, subnets, interfaces, instances];
}

/** By the tag Name. */
function named<T extends { readonly tags: Readonly<Record<string, string>> }>(
  list: ReadonlyMap<string, T>,
  name: string,
): T {
  return [...list.values()].find(({ tags }) => tags['Name'] === name)!;
}

describe('Terraform state', () => {
  test('both forms give the same network', () => {
    expect(facts(fromShow.network)).toEqual(facts(fromState.network));
    expect(fromState.report.inputs).toEqual([
      { file: 'terraform.tfstate', content: 'Terraform state, 20 resources' },
    ]);
  });

  test('VPCs with associations, count and for_each, a module, default tags', () => {
    const { network, yaml } = fromState;
    expect(cidrs(named(network.vpcs, 'main'))).toEqual([
      '10.40.0.0/16',
      '2400:6500:aeca::/56',
      '10.41.0.0/16',
    ]);
    expect(cidrs(named(network.subnets, 'app-0'))).toEqual(['10.40.0.0/24']);
    expect(named(network.subnets, 'app-1')).toMatchObject({
      azId: 'euc1-az2',
      accountId: '123456789012',
      tags: { Name: 'app-1', managed: 'terraform' },
    });
    expect([...network.vpcs.values()].flatMap(cidrs)).toContain('172.20.0.0/16');
    expect(yaml).toContain('# terraform.tfstate: aws_subnet.app[1]\n');
    expect(yaml).toContain('# terraform.tfstate: aws_network_interface.web["a"]: web a\n');
    expect(yaml).toContain('# terraform.tfstate: module.partner.aws_vpc.this\n');
  });

  test('interfaces of resources of their own, and of instances', () => {
    const { network } = fromState;
    expect(shown(named(network.interfaces, 'web-b'))).toMatchObject({
      secondary: [expect.stringMatching(/^10\.40\.0\.20/)],
      mac: expect.any(String),
    });
    const old = [...network.instances.values()].find(({ tags }) => tags['Name'] === undefined)!;
    expect(old.nitro).toBe(false);
    expect(named(network.instances, 'web').nitro).toBe(true);
    const first = [...network.interfaces.values()].find(({ instanceId }) => instanceId === old.id);
    expect(shown(first)).toMatchObject({ primary: '10.40.1.44', kind: 'interface' });
  });

  test('the report: what is not taken, other providers, data sources', () => {
    expect(fromState.report.notTaken).toEqual({ 'elastic address': 1 });
    expect(fromState.report.understood).toMatchObject({
      'internet gateway': 1,
      'route table': 1,
      'security group': 1,
    });
    expect(fromState.report.ignored).toEqual({
      'Terraform data source': 1,
      'resource of another provider': 1,
    });
    // The emulator gives the NAT gateway an address that its subnet does not have.
    expect(Object.values(reasons(fromState.report)).join('\n')).toContain('is outside of subnet-');
  });

  test('the AWS CLI describes the same subnets, and interfaces with the same addresses', () => {
    const { network } = imported(answers);
    for (const [id, subnet] of fromState.network.subnets) {
      expect(network.subnets.get(id)).toEqual(subnet);
    }
    expect(fromState.network.interfaces.size).toBe(4);
    for (const [id, it] of fromState.network.interfaces) {
      const { primary4, secondary4, subnetId, tags } = network.interfaces.get(id)!;
      expect({ primary4, secondary4, subnetId, tags }).toEqual({
        primary4: it.primary4,
        secondary4: it.secondary4,
        subnetId: it.subnetId,
        tags: it.tags,
      });
    }
    expect(network.instances).toEqual(fromState.network.instances);
  });

  test('attachments, endpoints, deposed instances, a plan', () => {
    const vpc = {
      id: 'vpc-0a1b2c3d',
      cidr_block: '10.0.0.0/16',
      arn: 'arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0a1b2c3d',
    };
    const subnet = { id: 'subnet-0a1b2c3d', vpc_id: vpc.id, cidr_block: '10.0.1.0/24' };
    const eni = {
      id: 'eni-0a1b2c3d',
      subnet_id: subnet.id,
      private_ip: '10.0.1.9',
      private_ip_list: ['10.0.1.9', '10.0.1.7'],
      private_ips: ['10.0.1.7', '10.0.1.9'],
    };
    const managed = (type: string, ...attributes: object[]): object => ({
      mode: 'managed',
      type,
      name: 'x',
      provider: 'provider["registry.terraform.io/hashicorp/aws"]',
      instances: attributes.map((it) => ({ schema_version: 1, attributes: it })),
    });
    const resources = [
      managed('aws_vpc', vpc),
      managed('aws_subnet', subnet),
      managed('aws_network_interface', eni),
      managed('aws_network_interface_attachment', {
        network_interface_id: eni.id,
        instance_id: 'i-0a1b2c3d',
      }),
      managed('aws_vpc_endpoint', { id: 'vpce-1', network_interface_ids: ['eni-0000000e', eni.id] }),
      {
        ...managed('aws_subnet'),
        instances: [{ deposed: 'abcd', attributes: { ...subnet, id: 'subnet-0000000d' } }],
      },
      managed('aws_vpc_ipv4_cidr_block_association', { vpc_id: 'vpc-0000000f', cidr_block: '10.9.0.0/16' }),
    ];
    const { network, report } = imported({
      's.json': { version: 4, terraform_version: '1.9.0', lineage: 'x', resources },
    });
    expect(network.vpcs.get(vpc.id)).toMatchObject({ accountId: '111122223333', region: 'eu-west-1' });
    expect(shown(network.interfaces.get(eni.id))).toMatchObject({
      primary: '10.0.1.9',
      secondary: ['10.0.1.7'],
      instanceId: 'i-0a1b2c3d',
    });
    expect(reasons(report)).toEqual({
      'interface eni-0000000e':
        'the state tells no address of an interface of an endpoint: add describe-network-interfaces',
      aws_subnet: 'is deposed',
      'prefix 10.9.0.0/16': 'its VPC vpc-0000000f is not described',
      'VPC endpoint vpce-1': 'names no VPC that it lies in',
    });
    const root_module = {
      resources: [{ address: 'aws_vpc.x', mode: 'managed', type: 'aws_vpc', name: 'x', values: vpc }],
    };
    const plan = {
      format_version: '1.2',
      planned_values: {},
      prior_state: { format_version: '1.0', values: { root_module } },
    };
    expect(imported({ 'plan.json': plan }).network.vpcs.size).toBe(1);
  });
});
