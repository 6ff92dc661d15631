import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { summaryOf } from '../../src/network/summary.ts';
import { parseNetwork } from '../../src/network/yaml.ts';
import { networkOf } from './builders.ts';

const owner = { account: '123456789012', region: 'eu-central-1' };
const page = readFileSync(new URL('../../docs/network.md', import.meta.url), 'utf8');

test('all kinds are counted, without what the service makes by itself', () => {
  const example = [...page.matchAll(/```yaml\n(.*?)```/gs)][1]![1]!;
  const says = summaryOf(parseNetwork(example, 'n.yaml', owner)).map(({ count, noun }) => `${count} ${noun}`);
  expect(says).toEqual([
    '1 VPC',
    '2 subnet',
    '7 interface',
    '2 prefix list',
    '3 route table',
    '1 internet gateway',
    '1 egress-only internet gateway',
    '1 virtual private gateway',
    '2 NAT gateway',
    '1 transit gateway',
    '4 transit gateway attachment',
    '1 transit gateway route table',
    '1 peering connection',
    '2 endpoint',
    '1 security group',
    '1 network ACL',
    '1 encryption control',
    '1 Block Public Access exclusion',
    '1 instance',
    '1 load balancer',
    '1 Auto Scaling group',
    '1 ECS task',
    '1 Block Public Access option',
  ]);
});

test('of a small network, only what everyone has', () => {
  expect(summaryOf(networkOf({}))).toEqual([
    { count: 1, noun: 'VPC' },
    { count: 1, noun: 'subnet' },
    { count: 0, noun: 'interface' },
  ]);
});
