/** `record` of VPCs that overlap, where `scopes` of the network file say which traffic is whose. */
import { expect, test } from 'vitest';
import { captureOfFlows } from './packets.ts';
import { linesOf, temporary, weir } from './run.ts';

const T = 1_700_000_400;
const folder = temporary();

function capture(name: string, packets: number): string {
  const ends = { from: '10.0.0.5', to: '192.0.2.1', ports: [1000, 80] as const };
  return folder.file(
    name,
    captureOfFlows([{ ...ends, packets, bytes: 100 * packets, first: T, last: T + 9 }]),
  );
}

const [one, two] = [capture('one.pcap', 3), capture('two.pcap', 4)];
let made = 0;

/** VPCs of one address range each, in this order, with an interface at 10.0.0.5. */
function network(order: readonly number[], scopes: string): string {
  const vpcs = order.map(
    (n) => `  - id: vpc-0000000${n}
    cidrs: [10.0.0.0/16]
    subnets:
      - id: subnet-0000000${n}
        cidrs: [10.0.0.0/24]
        azId: euc1-az1
        interfaces: [{ id: eni-0000000${n}, primary: 10.0.0.5 }]
`,
  );
  return folder.file(`network-${made++}.yaml`, `vpcs:\n${vpcs.join('')}scopes:\n${scopes}`);
}

function run(file: string): { status: number | null; stderr: string; lines: string[] } {
  const options = ['--interval', '60', '--no-header', '--summary', 'none'];
  const format = ['--format', '${vpc-id} ${interface-id} ${packets} ${log-status}'];
  const { status, stderr, stdout } = weir(['record', one, two, '--network', file, ...options, ...format]);
  return { status, stderr, lines: linesOf(stdout).filter((line) => line.endsWith(' OK')) };
}

test.each([[[1, 2]], [[2, 1]]])('the VPC that no rule names keeps its addresses, declared as %s', (order) => {
  const file = network(order, `  - { source: ${two}, vpcs: [vpc-00000002] }\n`);
  const { status, stderr, lines } = run(file);
  expect(lines.sort()).toEqual(['vpc-00000001 eni-00000001 3 OK', 'vpc-00000002 eni-00000002 4 OK']);
  expect(stderr).toMatch(
    /^weir: subnet-00000002 of vpc-00000002 is seen only where scopes say so: 10\.0\.0\.0\/24 .* overlaps /,
  );
  expect(status).toBe(0);
});

test('what no rule names must not overlap', () => {
  const file = network([1, 2, 3], `  - { source: ${two}, vpcs: [vpc-00000002] }\n`);
  const { status, stderr, lines } = run(file);
  expect({ status, lines }).toEqual({ status: 1, lines: [] });
  expect(stderr).toMatch(
    /eni-00000001 and eni-00000003 both hold 10\.0\.0\.5 in one scope: let the source see/,
  );
});
