import { describe, expect, test } from 'vitest';
import { parseIPv4 } from '../../src/base/addresses.ts';
import { messageOf, UserError } from '../../src/base/errors.ts';
import { createNetwork } from '../../src/network/model.ts';
import { anInterface, aSubnet, aVpc, idOf, networkOf } from './builders.ts';

const EMPTY = { accounts: [], regions: [], vpcs: [], subnets: [], interfaces: [], instances: [] };

describe('a network', () => {
  test('holds its parts by id, in their order, and nothing of them changes', () => {
    const network = networkOf({
      vpcs: [aVpc(2, ['10.0.0.0/8']), aVpc(1, ['10.0.0.0/8'])],
      interfaces: [anInterface(1, { primary4: parseIPv4('10.0.0.4')! })],
    });
    expect([...network.vpcs.keys()]).toEqual([idOf('vpc', 2), idOf('vpc', 1)]);
    const it = network.interfaces.get(idOf('eni', 1))!;
    expect(Object.isFrozen(network)).toBe(true);
    expect(() => Object.assign(it, { primary4: 1 })).toThrow(TypeError);
  });
  test('may be of nothing', () => {
    expect(createNetwork(EMPTY).vpcs.size).toBe(0);
  });
  test('needs what its parts name', () => {
    expect(() => createNetwork({ ...EMPTY, subnets: [aSubnet(1, 1, ['10.0.0.0/8'])] })).toThrow(
      new UserError(`${idOf('vpc', 1)} is not there: ${idOf('subnet', 1)} needs a VPC to lie in`),
    );
    expect(() => createNetwork({ ...EMPTY, interfaces: [anInterface(1, { primary4: 1 })] })).toThrow(
      new UserError(`${idOf('subnet', 1)} is not there: ${idOf('eni', 1)} needs a subnet to lie in`),
    );
  });
  test('names all its faults, up to twenty', () => {
    const interfaces = Array.from({ length: 30 }, (_, i) => anInterface(i, {}));
    let message = '';
    try {
      networkOf({ interfaces });
    } catch (error) {
      message = messageOf(error);
    }
    const lines = message.split('\n');
    expect(lines).toHaveLength(20);
    expect(lines[19]).toMatch(/^eni-00000000000000013 can never be seen/);
  });
  test('one id is one resource, of whatever kind', () => {
    const two = { ...aSubnet(1, 1, ['10.0.0.0/9']), id: idOf('vpc', 1) };
    expect(() => networkOf({ subnets: [two] })).toThrow(`${idOf('vpc', 1)} is there already`);
  });
  test('the same address in two VPCs is two hosts (S2.1)', () => {
    const primary4 = parseIPv4('10.0.0.4')!;
    const network = networkOf({
      vpcs: [aVpc(1, ['10.0.0.0/8']), aVpc(2, ['10.0.0.0/8'])],
      subnets: [aSubnet(1, 1, ['10.0.0.0/8']), aSubnet(2, 2, ['10.0.0.0/8'])],
      interfaces: [anInterface(1, { primary4 }), anInterface(2, { primary4, subnetId: idOf('subnet', 2) })],
    });
    expect(network.interfaces.size).toBe(2);
  });
});
