/** What the service describes of a network, imported, is the network. */
import {
  EC2Client,
  paginateDescribeInstances,
  paginateDescribeNetworkInterfaces,
  paginateDescribeSubnets,
  paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseNetwork } from '../../src/network/yaml.ts';
import { startWeir, type Weir } from '../../src/index.ts';
import { imported } from './support.ts';

/** More interfaces than a page holds, and each member that the answers show. */
const NETWORK = `
account: "123456789012"
region: eu-central-1
regions:
  - name: eu-central-1
    zones: [{ id: euc1-az1, name: eu-central-1c }, { id: euc1-az2, name: eu-central-1a }]
vpcs:
  - id: vpc-0a1b2c3d4e5f60718
    cidrs: [10.20.0.0/16, 10.30.0.0/16, "2001:db8:20::/48"]
    tags: { Name: "data: centre", empty: "", "0": "007" }
    subnets:
      - id: subnet-0a1b2c3d4e5f60718
        cidrs: [10.20.1.0/24, "2001:db8:20:1::/64"]
        azId: euc1-az1
        interfaces:
          - id: eni-0a1b2c3d4e5f60718
            primary: 10.20.1.10
            secondary: [10.20.1.11, 10.20.1.12]
            ipv6: ["2001:db8:20:1::10", "2001:db8:20:1::9"]
            mac: 02:42:0a:14:01:0a
            instance: i-0a1b2c3d4e5f60718
            tags: { Name: web-1, note: "ünïcode 😀 # not a comment" }
          - { id: eni-0b1b2c3d4e5f60718, kind: nat_gateway, primary: 10.20.1.5 }
          - { id: eni-0c1b2c3d, kind: vpc_endpoint, primary: 10.20.1.77 }
          - { id: eni-0d1b2c3d, kind: network_load_balancer, ipv6: ["2001:db8:20:1::77"] }
      - id: subnet-0b1b2c3d4e5f60718
        cidrs: [10.20.2.0/23]
        azId: euc1-az2
        interfaces: [${Array.from({ length: 300 }, (_, i) => {
          const address = `10.20.${2 + (i >> 8)}.${i & 255}`;
          return `{ id: eni-${String(i).padStart(17, '0')}, primary: ${address} }`;
        })
          .slice(4)
          .join(', ')}]
      - { id: subnet-0c1b2c3d, cidrs: ["2001:db8:20:2::/64"] }
  - id: vpc-0b1b2c3d
    cidrs: [10.20.0.0/16]
instances:
  - { id: i-0a1b2c3d4e5f60718, tags: { Name: web-1, team: shop } }
`;

let weir: Weir;
let client: EC2Client;
beforeAll(async () => {
  weir = await startWeir({ network: NETWORK });
  const { endpoint, region, credentials } = weir;
  client = new EC2Client({ endpoint, region, credentials });
});
afterAll(async () => {
  client.destroy();
  await weir.close();
});

async function pages(paginator: AsyncIterable<object>): Promise<object[]> {
  const all: object[] = [];
  for await (const page of paginator) all.push(page);
  return all;
}

test('DescribeVpcs, DescribeSubnets, DescribeNetworkInterfaces and DescribeInstances', async () => {
  const config = { client, pageSize: 100 };
  const interfaces = await pages(paginateDescribeNetworkInterfaces(config, {}));
  expect(interfaces.length).toBeGreaterThan(2);
  const { network, report } = imported({
    'enis.json': interfaces,
    'instances.json': await pages(paginateDescribeInstances(config, {})),
    'subnets.json': await pages(paginateDescribeSubnets(config, {})),
    'vpcs.json': await pages(paginateDescribeVpcs(config, {})),
  });
  const given = parseNetwork(NETWORK, 'given', { account: '', region: '' });
  expect(network.vpcs).toEqual(given.vpcs);
  expect(network.subnets).toEqual(given.subnets);
  expect(network.interfaces.size).toBe(300);
  expect(network.interfaces).toEqual(given.interfaces);
  expect(network.instances).toEqual(given.instances);
  expect(network.regions.get('eu-central-1')!.zones).toEqual(given.regions.get('eu-central-1')!.zones);
  expect(report.leftOut).toEqual([]);
  expect(report.contradictions).toEqual([]);
});
