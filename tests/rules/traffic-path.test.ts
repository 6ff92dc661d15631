import { describe, expect, test } from 'vitest';
import { Rules } from '../../src/rules/rules.ts';
import { NETWORK } from './a-network.ts';
import { lineOf, snapshotOf } from './networks.ts';

const network = snapshotOf(NETWORK);
const rules = new Rules(network);
const path = (at: string, flow: string, out = true): number =>
  rules.trafficPath(lineOf(network, { at, flow, out }));

describe('traffic-path (record format 1.3)', () => {
  test.each([
    ['10.1.2.10', 1, 'a resource of the VPC'],
    ['10.1.3.10', 1, 'a middlebox in the VPC'],
    ['8.8.8.8', 1, 'a NAT gateway'],
    ['192.168.8.1', 1, 'a regional NAT gateway'],
    ['10.4.1.10', 1, 'a transit gateway'],
    ['192.168.1.1', 1, 'an interface'],
    ['192.168.2.1', 1, 'an instance'],
    ['192.168.3.1', 1, 'a gateway load balancer endpoint'],
    ['192.168.4.1', 1, 'a local gateway'],
    ['192.168.6.1', 1, 'a core network'],
    ['172.20.0.1', 3, 'a virtual private gateway'],
    ['10.2.1.10', 4, 'a peer in the region'],
    ['10.3.1.10', 5, 'a peer in another region'],
    ['192.168.5.1', 6, 'a carrier gateway'],
    ['52.95.130.1', 7, 'a gateway endpoint'],
    ['192.168.7.1', 0, 'a black hole'],
  ])('to %s: %i, %s', (to, code) => {
    expect(path('eni-1', `10.1.1.10:34210 > ${to}:80`)).toBe(code);
  });
  test('to the internet: 8, over either gateway', () => {
    expect(path('eni-4', '10.1.3.10 > 8.8.8.8')).toBe(8);
    expect(path('eni-10', '10.1.3.5:1024 > 8.8.8.8:53')).toBe(8);
    expect(path('eni-4', '2001:db8:1:3::10 > 2001:db8:9::1')).toBe(8);
    expect(path('eni-1', '2001:db8:1:1::10 > 2001:db8:9::1')).toBe(8);
  });
  test('from a local zone: 6; an outpost is no such zone', () => {
    expect(path('eni-5', '10.1.4.10 > 8.8.8.8')).toBe(6);
    expect(path('eni-5', '2001:db8:1:4::10 > 2001:db8:9::1')).toBe(6);
    expect(path('eni-5', '10.1.4.10 > 10.1.1.10')).toBe(1);
    expect(path('eni-5', '10.1.4.10 > 52.95.130.1')).toBe(7);
    expect(path('eni-6', '10.1.5.10 > 8.8.8.8')).toBe(8);
  });
  test('a regional NAT gateway sends to the internet and into its VPC', () => {
    expect(path('nat-2', '203.0.113.6:1024 > 8.8.8.8:53')).toBe(8);
    expect(path('nat-2', '8.8.8.8:53 > 10.1.1.10:40000')).toBe(1);
  });
  test('none of ingress, and none where no route is', () => {
    expect(path('eni-1', '10.1.2.10 > 10.1.1.10', false)).toBe(0);
    expect(path('eni-21', '10.2.1.10 > 8.8.8.8')).toBe(0);
  });
  test('an attachment has no route table of a subnet', () => {
    expect(path('tgw-attach-1', '10.1.1.10 > 8.8.8.8')).toBe(0);
  });
});
