import { describe, expect, test } from 'vitest';
import { parseIPv4, parseIPv6 } from '../../src/base/addresses.ts';
import { UsageError } from '../../src/base/errors.ts';
import { formatPrefix } from '../../src/base/prefixes.ts';
import { discoveringNetwork, ownerFromOptions } from '../../src/network/defaults.ts';
import { NO_INTERFACE } from '../../src/network/lookup.ts';
import { Snapshot } from '../../src/network/snapshot.ts';

const owner = ownerFromOptions({});

function discover(snapshot: Snapshot, text: string): number {
  const six = parseIPv6(text);
  return six === undefined ? snapshot.find4(0, parseIPv4(text)!, true) : snapshot.find6(0, ...six, true);
}

describe('the owner that options name', () => {
  test('has defaults', () => {
    expect(owner).toEqual({ account: '123456789012', region: 'eu-central-1' });
  });
  test.each([
    [{ account: '12345678901' }, '--account 12345678901: an account id is 12 digits'],
    [{ account: '12345678901a' }, '--account 12345678901a: an account id is 12 digits'],
    [{ region: 'EU-Central-1' }, '--region EU-Central-1: a region is named like eu-central-1'],
    [{ region: '../x' }, '--region ../x: a region is named like eu-central-1'],
  ])('%j is refused as wrong use', (options, message) => {
    expect(() => ownerFromOptions(options)).toThrow(UsageError);
    expect(() => ownerFromOptions(options)).toThrow(message);
  });
});

describe('the network without --cidr', () => {
  const snapshot = Snapshot.build(discoveringNetwork(owner), { version: 1, scopes: 'all' });
  test.each(['10.1.2.3', '172.31.255.254', '192.168.0.1', 'fd00::1', 'fe80::1:2'])('holds %s', (text) => {
    expect(snapshot.facts(discover(snapshot, text))).toMatchObject({
      accountId: '123456789012',
      region: 'eu-central-1',
      kind: 'interface',
      discovered: true,
    });
  });
  test.each([
    '8.8.8.8',
    '172.32.0.1',
    '192.167.255.255',
    '100.64.0.1',
    '169.254.1.1',
    '2001:db8::1',
    'ff02::1',
    '::1',
  ])('does not hold %s', (text) => {
    expect(discover(snapshot, text)).toBe(NO_INTERFACE);
  });
});

describe('the network of --cidr', () => {
  test('the longest prefix decides the subnet, and its own edges are no hosts', () => {
    const network = discoveringNetwork(owner, ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32']);
    expect([...network.vpcs.values()][0]!.cidrs.map(formatPrefix)).toEqual(['10.0.0.0/8']);
    const [wide, middle, host] = [...network.subnets.keys()];
    const snapshot = Snapshot.build(network, { version: 1, scopes: 'all' });
    const subnetOf = (text: string) => {
      const number = discover(snapshot, text);
      return number === NO_INTERFACE ? undefined : snapshot.facts(number).subnetId;
    };
    expect(subnetOf('10.0.0.1')).toBe(wide);
    expect(subnetOf('10.2.0.0')).toBe(wide);
    expect(subnetOf('10.1.2.4')).toBe(middle);
    expect(subnetOf('10.1.2.3')).toBe(host);
    expect(subnetOf('10.1.0.0')).toBeUndefined();
    expect(subnetOf('10.1.255.255')).toBeUndefined();
    expect(subnetOf('10.255.255.255')).toBeUndefined();
  });
  test('ids depend on owner, prefix and address, not on the other prefixes or the order', () => {
    const one = discoveringNetwork(owner, ['10.0.0.0/8', '2001:db8::/32']);
    const two = discoveringNetwork(owner, ['2001:DB8:0::/32', '192.0.2.0/24', '10.0.0.0/8']);
    expect([...two.vpcs.keys()]).toEqual([...one.vpcs.keys()]);
    for (const id of one.subnets.keys()) expect(two.subnets.has(id)).toBe(true);
    const [a, b] = [one, two].map((network) => Snapshot.build(network, { version: 1, scopes: 'all' }));
    expect(a!.facts(discover(a!, '10.9.9.9')).interfaceId).toBe(
      b!.facts(discover(b!, '10.9.9.9')).interfaceId,
    );
    const other = discoveringNetwork({ account: '210987654321', region: 'eu-central-1' }, ['10.0.0.0/8']);
    expect([...other.vpcs.keys()]).not.toEqual([...one.vpcs.keys()]);
  });
  test('a prefix given twice is one subnet', () => {
    expect(discoveringNetwork(owner, ['10.0.0.0/8', '10.0.0.0/8']).subnets.size).toBe(1);
  });
  test('a bad prefix is wrong use, and the right one is named', () => {
    expect(() => discoveringNetwork(owner, ['10.0.0.1/8'])).toThrow(
      new UsageError('--cidr: "10.0.0.1/8" has host bits set: did you mean 10.0.0.0/8?'),
    );
  });
});
