import { describe, expect, test } from 'vitest';
import { Rules } from '../../src/rules/rules.ts';
import { NETWORK } from './a-network.ts';
import { id, lineOf, nameOf, snapshotOf, type LineText } from './networks.ts';

const network = snapshotOf(NETWORK);
const rules = new Rules(network);
const hop = (line: LineText): string => nameOf(network, rules.nextHop(lineOf(network, line)));
const named = (short: string): string => (short === '-' ? '-' : id(short));

describe('egress goes to', () => {
  test.each([
    ['10.1.2.10', 'eni-3', 'who holds the address in the VPC'],
    ['10.1.2.99', '-', 'nobody that is known'],
    ['10.1.3.10', 'eni-7', 'a middlebox on the way, not the end'],
    ['8.8.8.8', 'eni-10', "a NAT gateway's interface"],
    ['192.168.8.1', 'nat-2', 'a regional NAT gateway'],
    ['10.4.1.10', 'eni-11', "the attachment's interface in the sender's zone"],
    ['192.168.1.1', 'eni-7', 'an interface'],
    ['192.168.2.1', 'eni-2', "an instance's first interface"],
    ['192.168.3.1', 'eni-13', 'the endpoint in the zone'],
    ['10.2.1.10', 'eni-21', 'the holder at the other end of a peering connection'],
    ['10.2.1.99', '-', 'a peer that is not known'],
    ['10.3.1.10', '-', 'another region'],
    ['172.20.0.1', '-', 'a virtual private gateway'],
    ['52.95.130.1', '-', 'a gateway endpoint'],
    ['192.168.4.1', '-', 'a local gateway'],
    ['192.168.7.1', '-', 'a black hole'],
    ['10.1.1.7', 'eni-15', 'a load balancer'],
  ])('to %s: %s, %s', (to, expected) => {
    expect(hop({ at: 'eni-1', flow: `10.1.1.10:34210 > ${to}:80`, out: true })).toBe(named(expected));
  });
  test('the interfaces of the zone of the sender', () => {
    expect(hop({ at: 'eni-3', flow: '10.1.2.10 > 10.4.1.10', out: true })).toBe(named('eni-12'));
    expect(hop({ at: 'eni-3', flow: '10.1.2.10 > 192.168.3.1', out: true })).toBe(named('eni-14'));
  });
  test('an internet gateway, which has no interface', () => {
    expect(hop({ at: 'eni-4', flow: '10.1.3.10 > 8.8.8.8', out: true })).toBe('-');
    expect(hop({ at: 'nat-2', flow: '203.0.113.6 > 8.8.8.8', out: true })).toBe('-');
  });
  test('the other side of the row, where it is in the VPC that the route leads to', () => {
    const words = [0, 0, 0, (10 << 24) | (1 << 16) | (200 << 8) | 9] as const;
    const discovered = network.rediscover(id('vpc-1'), false, words);
    expect(hop({ at: 'eni-1', flow: '10.1.1.10 > 10.1.200.9', out: true })).toBe('-');
    expect(hop({ at: 'eni-1', flow: '10.1.1.10 > 10.1.200.9', out: true, other: discovered })).toBe(
      network.facts(discovered).interfaceId,
    );
    // In another VPC, and not where the route leads: the VPC's own holder counts.
    expect(hop({ at: 'eni-1', flow: '10.1.1.10 > 10.1.2.10', out: true, other: 'eni-21' })).toBe(
      named('eni-3'),
    );
    expect(hop({ at: 'eni-1', flow: '10.1.1.10 > 10.3.1.10', out: true, other: 'eni-31' })).toBe('-');
  });
  test('never the recording interface itself', () => {
    expect(hop({ at: 'eni-2', flow: '10.1.1.20 > 192.168.2.1', out: true })).toBe('-');
    expect(hop({ at: 'eni-1', flow: '10.1.1.10 > 10.1.1.10', out: true, other: 'eni-1' })).toBe('-');
  });
  test('out of a NAT gateway into the VPC: the host', () => {
    expect(hop({ at: 'nat-2', flow: '8.8.8.8 > 10.1.1.10', out: true })).toBe(named('eni-1'));
    expect(hop({ at: 'eni-10', flow: '8.8.8.8 > 10.1.2.10', out: true })).toBe(named('eni-3'));
  });
});

describe('ingress comes from', () => {
  test.each([
    ['10.1.2.10', 'eni-3', 'who holds the address'],
    ['10.1.3.10', 'eni-7', 'the middlebox that the way back goes by'],
    ['8.8.8.8', 'eni-10', 'the NAT gateway that answers go by'],
    ['192.168.8.1', 'nat-2', 'a regional one'],
    ['192.168.1.1', 'eni-7', 'an interface'],
    ['192.168.2.1', 'eni-2', 'an instance'],
    ['192.168.3.1', 'eni-13', 'an endpoint of a gateway load balancer'],
    ['10.2.1.10', 'eni-21', 'a peer in the region'],
    ['10.3.1.10', '-', 'another region'],
    ['10.4.1.10', '-', 'a transit gateway: documented as none'],
    ['10.1.1.5', '-', 'its interface'],
    ['10.1.1.7', '-', 'a network load balancer: documented as none'],
    ['172.20.0.1', '-', 'a virtual private gateway'],
    ['52.95.130.1', '-', 'a gateway endpoint'],
    ['192.168.7.1', '-', 'nowhere'],
  ])('from %s: %s, %s', (from, expected) => {
    expect(hop({ at: 'eni-1', flow: `${from}:80 > 10.1.1.10:34210` })).toBe(named(expected));
  });
  test('an internet gateway, which has no interface', () => {
    expect(hop({ at: 'eni-4', flow: '8.8.8.8 > 10.1.3.10' })).toBe('-');
  });
  test('the host, at the middlebox itself', () => {
    expect(hop({ at: 'eni-7', flow: '10.1.1.10 > 10.1.3.10', other: 'eni-1' })).toBe(named('eni-1'));
    expect(hop({ at: 'eni-2', flow: '10.1.6.10 > 10.1.1.10' })).toBe(named('eni-7'));
    expect(hop({ at: 'eni-2', flow: '192.168.2.1 > 8.8.8.8' })).toBe('-');
  });
  test('a NAT gateway from the host', () => {
    expect(hop({ at: 'nat-2', flow: '10.1.1.10 > 8.8.8.8' })).toBe(named('eni-1'));
    expect(hop({ at: 'nat-2', flow: '8.8.8.8 > 203.0.113.6' })).toBe('-');
  });
});
