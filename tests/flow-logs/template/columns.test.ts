import { describe, expect, test } from 'vitest';
import { athenaColumns } from '../../../src/flow-logs/template/columns.ts';
import { tableLayout } from '../../../src/flow-logs/template/layout.ts';
import { TRANSIT_GATEWAY_FIELDS, VPC_FIELDS } from '../../../src/records/catalogue.ts';
import { HERE } from '../fakes.ts';
import { DEFAULT_FORMAT, formatOf, OPTIONS, optionsName, WIDE_FORMAT } from './sources.ts';

/** A column list as DDL has it. */
function ddl(columns: ReturnType<typeof athenaColumns>): string {
  return columns.map(({ name, type }) => `${name} ${type}`).join(', ');
}

describe('columns', () => {
  test('of the default format are those of the documented table', () => {
    expect(ddl(athenaColumns(DEFAULT_FORMAT))).toBe(
      'version int, account_id string, interface_id string, srcaddr string, dstaddr string, srcport int, ' +
        'dstport int, protocol bigint, packets bigint, bytes bigint, start bigint, end bigint, action string, ' +
        'log_status string',
    );
  });

  test('of versions 3 to 5 too, in the order of the format', () => {
    const format = formatOf(
      'vpc-id',
      'tcp-flags',
      'pkt-srcaddr',
      'region',
      'pkt-src-aws-service',
      'traffic-path',
      'account-id',
    );
    expect(ddl(athenaColumns(format))).toBe(
      'vpc_id string, tcp_flags int, pkt_srcaddr string, region string, pkt_src_aws_service string, ' +
        'traffic_path int, account_id string',
    );
  });

  test('of Parquet have the width of the file’s', () => {
    const format = formatOf('protocol', 'bytes', 'srcport', 'action');
    expect(ddl(athenaColumns(format))).toBe('protocol bigint, bytes bigint, srcport int, action string');
    expect(ddl(athenaColumns(format, 'parquet'))).toBe(
      'protocol int, bytes bigint, srcport int, action string',
    );
  });

  test('are one for each field of the widest format, no name twice', () => {
    const names = athenaColumns(WIDE_FORMAT).map((it) => it.name);
    expect(names).toHaveLength(WIDE_FORMAT.fields.length);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
  });

  test.each(OPTIONS.map((it) => [optionsName(it), it] as const))(
    'never are partition keys: %s',
    (_, options) => {
      const { keys } = tableLayout(HERE, { bucket: 'b', folder: '' }, options);
      const fields = [...VPC_FIELDS, ...TRANSIT_GATEWAY_FIELDS];
      const columns = new Set(athenaColumns({ fields }).map((it) => it.name));
      expect(keys.filter((it) => columns.has(it.name))).toEqual([]);
    },
  );
});
