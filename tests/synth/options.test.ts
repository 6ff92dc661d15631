import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import { formatPrefix, parsePrefix } from '../../src/base/prefixes.ts';
import { DEFAULT_START, type TrafficOptions, trafficOptions } from '../../src/synth/options.ts';

function refusal(given: Partial<TrafficOptions>): string {
  try {
    trafficOptions(given);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'accepted';
}

function shares({ udp, icmp, fragments }: TrafficOptions): number[] {
  return [udp, icmp, fragments];
}

describe('trafficOptions', () => {
  test('has defaults', () => {
    const { prefixes, ...rest } = trafficOptions();
    expect(rest).toEqual({
      packets: 100_000,
      flows: 5000,
      seconds: 300,
      seed: 1,
      ipv6: 5,
      udp: 25,
      icmp: 1,
      fragments: 0.5,
      vlans: 0,
      qinq: false,
      hosts: 600,
      start: 1_700_000_400,
    });
    expect(prefixes.map(formatPrefix)).toEqual(['10.0.0.0/8', 'fd12:3456:789a::/48']);
  });

  test('begins at the beginning of a minute, a slot and an interval', () => {
    expect([60, 300, 600].map((seconds) => DEFAULT_START % seconds)).toEqual([0, 0, 0]);
  });

  test('scales flows and hosts with the packets', () => {
    const large = trafficOptions({ packets: 10_000_000 });
    expect([large.flows, large.hosts]).toEqual([500_000, 60_000]);
    const small = trafficOptions({ packets: 1 });
    expect([small.flows, small.hosts]).toEqual([1, 16]);
    expect(trafficOptions({ packets: 1, vlans: 100 }).hosts).toBe(100);
  });

  test('a prefix replaces the default of its family only', () => {
    const four = trafficOptions({ prefixes: [parsePrefix('192.0.2.0/24')] });
    expect(four.prefixes.map(formatPrefix)).toEqual(['192.0.2.0/24', 'fd12:3456:789a::/48']);
    const both = trafficOptions({ prefixes: ['2001:db8::/64', '192.0.2.0/24'].map(parsePrefix) });
    expect(both.prefixes.map(formatPrefix)).toEqual(['2001:db8::/64', '192.0.2.0/24']);
  });

  test('takes no more hosts than a small prefix has room for', () => {
    expect(trafficOptions({ prefixes: [parsePrefix('192.0.2.0/28')] }).hosts).toBe(14);
  });

  test('only families that are used need room', () => {
    const prefixes = ['192.0.2.0/24', '2001:db8::1/128'].map(parsePrefix);
    expect(trafficOptions({ prefixes, ipv6: 0 }).hosts).toBe(254);
    expect(refusal({ prefixes, ipv6: 5 })).toContain('room for one host');
    const tiny4 = [parsePrefix('192.0.2.1/32')];
    expect(trafficOptions({ prefixes: tiny4, ipv6: 100 }).hosts).toBe(600);
  });

  test('defaults of shares give way to shares that are given', () => {
    expect(shares(trafficOptions({ udp: 100 }))).toEqual([100, 0, 0.5]);
    expect(shares(trafficOptions({ icmp: 90 }))).toEqual([10, 90, 0.5]);
    expect(shares(trafficOptions({ icmp: 0, udp: 0 }))).toEqual([0, 0, 0]);
  });

  test.each<[Partial<TrafficOptions>, string]>([
    [{ packets: 0 }, '--packets must be a whole number from 1 to 4000000000, not 0'],
    [{ packets: 1.5 }, '--packets must be a whole number'],
    [{ packets: Number.NaN }, '--packets must be a whole number'],
    [{ packets: 4_000_000_001 }, '--packets must be a whole number'],
    [{ flows: 0 }, '--flows must be a whole number from 1 to 20000000, not 0'],
    [{ flows: 101, packets: 100 }, '--flows 101 need at least as many packets: --packets is 100'],
    [{ seconds: 0 }, '--seconds must be a whole number from 1 to 86400, not 0'],
    [{ seconds: 86_401 }, '--seconds must be'],
    [{ seed: -1 }, '--seed must be a whole number'],
    [{ seed: 2 ** 53 }, '--seed must be a whole number'],
    [{ ipv6: 101 }, '--ipv6 must be a percentage from 0 to 100, not 101'],
    [{ ipv6: Number.NaN }, '--ipv6 must be a percentage'],
    [{ udp: -1 }, '--udp must be a percentage'],
    [{ icmp: 100.1 }, '--icmp must be a percentage'],
    [{ fragments: 1000 }, '--fragments must be a percentage'],
    [{ udp: 60, icmp: 41 }, '--udp 60 and --icmp 41 are over 100 percent together'],
    [{ udp: 3, icmp: 1, fragments: 5 }, '--fragments 5 is over --udp 3 and --icmp 1 together'],
    [{ vlans: 4095 }, '--vlans must be a whole number from 0 to 4094, not 4095'],
    [{ qinq: true }, '--qinq puts a tag around VLAN tags: give --vlans too'],
    [{ hosts: 1 }, '--hosts must be a whole number from 2'],
    [
      { hosts: 7, prefixes: [parsePrefix('192.0.2.0/29')] },
      '--hosts 7 do not fit: the prefixes have room for 6',
    ],
    [
      { prefixes: ['10.0.0.0/8', '10.1.0.0/16'].map(parsePrefix) },
      '--cidr 10.1.0.0/16 and 10.0.0.0/8 overlap',
    ],
    [{ prefixes: [parsePrefix('fd12::/16')], start: -1 }, '--start must be a whole number'],
    [{ start: 2 ** 32 }, '--start must be a whole number'],
  ])('refuses %o', (given, message) => {
    expect(refusal(given)).toContain(message);
  });
});
