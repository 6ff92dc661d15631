import { describe, expect, test } from 'vitest';
import {
  TRANSIT_GATEWAY_FIELDS,
  VPC_FIELDS,
  defaultFieldsOf,
  fieldsOf,
  findField,
  parquetColumn,
} from '../../src/records/catalogue.ts';
import type { Field } from '../../src/records/catalogue.ts';

function countBy(fields: readonly Field[], key: (field: Field) => string): Record<string, number> {
  const out: Record<string, number> = {};
  for (const field of fields) out[key(field)] = (out[key(field)] ?? 0) + 1;
  return out;
}

function idsWith(fields: readonly Field[], holds: (field: Field) => boolean): string[] {
  return fields.filter(holds).map((field) => field.id);
}

describe('the VPC catalogue', () => {
  test('has 54 fields by version as documented', () => {
    expect(VPC_FIELDS).toHaveLength(54);
    expect(countBy(VPC_FIELDS, (field) => `v${field.version}`)).toEqual({
      v2: 14,
      v3: 7,
      v4: 4,
      v5: 4,
      v7: 10,
      v8: 1,
      v9: 1,
      v10: 1,
      v11: 12,
    });
  });

  test('is ordered by version, and no id stands twice', () => {
    const versions = VPC_FIELDS.map((field) => field.version);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(VPC_FIELDS.map((field) => field.id)).size).toBe(54);
  });

  test('has the Parquet types as documented', () => {
    expect(idsWith(VPC_FIELDS, (field) => field.type === 'INT_32')).toEqual([
      'version',
      'srcport',
      'dstport',
      'protocol',
      'tcp-flags',
      'traffic-path',
      'encryption-status',
    ]);
    expect(idsWith(VPC_FIELDS, (field) => field.type === 'INT_64')).toEqual([
      'packets',
      'bytes',
      'start',
      'end',
    ]);
  });

  test('fills each field from what it is about', () => {
    expect(countBy(VPC_FIELDS, (field) => field.filling.per)).toEqual({
      format: 1,
      row: 16,
      interface: 11,
      rule: 5,
      task: 10,
      tag: 6,
      'next-hop': 5,
    });
    expect(idsWith(VPC_FIELDS, (field) => field.filling.per === 'rule')).toEqual([
      'pkt-src-aws-service',
      'pkt-dst-aws-service',
      'traffic-path',
      'reject-reason',
      'encryption-status',
    ]);
  });

  test('row fields are filled from the value of their own name', () => {
    const values = VPC_FIELDS.flatMap(({ filling }) => (filling.per === 'row' ? [filling.value] : []));
    expect(values).toEqual(idsWith(VPC_FIELDS, (field) => field.filling.per === 'row'));
    expect(values).toHaveLength(16);
  });
});

describe('the transit gateway catalogue', () => {
  test('has 36 fields by version as documented', () => {
    expect(TRANSIT_GATEWAY_FIELDS).toHaveLength(36);
    expect(countBy(TRANSIT_GATEWAY_FIELDS, (field) => `v${field.version}`)).toEqual({
      v2: 12,
      v3: 2,
      v4: 1,
      v5: 3,
      v6: 18,
    });
    expect(new Set(TRANSIT_GATEWAY_FIELDS.map((field) => field.id)).size).toBe(36);
  });

  test('has the Parquet types as documented', () => {
    expect(idsWith(TRANSIT_GATEWAY_FIELDS, (field) => field.type === 'INT_32')).toEqual([
      'version',
      'srcport',
      'dstport',
      'protocol',
      'tcp-flags',
    ]);
    expect(idsWith(TRANSIT_GATEWAY_FIELDS, (field) => field.type === 'INT_64')).toEqual([
      'packets',
      'bytes',
      'start',
      'end',
      'packets-lost-no-route',
      'packets-lost-blackhole',
      'packets-lost-mtu-exceeded',
      'packets-lost-ttl-expired',
    ]);
  });

  test('has no action and no field that only VPC records know', () => {
    const others = ['action', 'pkt-srcaddr', 'vpc-id', 'encryption-status', 'instance-tag'];
    expect(others.filter((id) => findField('transit-gateway', id) !== undefined)).toEqual([]);
  });
});

test('default formats', () => {
  expect(defaultFieldsOf('vpc').map((field) => field.id)).toEqual(
    'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'.split(
      ' ',
    ),
  );
  expect(
    defaultFieldsOf('transit-gateway')
      .map((field) => field.id)
      .join(' '),
  ).toBe(
    'version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id ' +
      'tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id ' +
      'tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end ' +
      'log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded ' +
      'packets-lost-ttl-expired tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service',
  );
});

test.each(['vpc', 'transit-gateway'] as const)(
  '%s: found by exact id, with a meaning on one line',
  (kind) => {
    for (const field of fieldsOf(kind)) {
      expect(findField(kind, field.id)).toBe(field);
      expect(field.id).toMatch(/^[a-z]+(-[a-z0-9]+)*$/);
      expect(field.meaning).toMatch(/^\S.{3,90}$/);
      expect(field.absent).toMatch(/^(never|(in|for|without|when|outside) .{5,120})$/);
    }
    expect(findField(kind, 'srcAddr')).toBeUndefined();
    expect(findField(kind, 'constructor')).toBeUndefined();
  },
);

test('Parquet columns have underscores', () => {
  expect(parquetColumn('next-hop-az-id')).toBe('next_hop_az_id');
  expect(parquetColumn('srcaddr')).toBe('srcaddr');
});
