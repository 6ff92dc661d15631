/** Keys of objects in every layout, against real ones (facts of delivery, 4.1). */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { objectKey } from '../../src/delivery/keys.ts';
import type { ObjectDeliveryTarget } from '../../src/delivery/keys.ts';
import type { ObjectLayout } from '../../src/delivery/target.ts';

/** As they were found in public. */
const REAL = [
  {
    key: 'AWSLogs/034496339141/vpcflowlogs/us-east-1/2019/06/05/034496339141_vpcflowlogs_us-east-1_fl-093a2bd1f31cac72f_20190605T0835Z_8246457e.log.gz',
    layout: undefined,
  },
  {
    key: 'AWSLogs/123456789012/vpcflowlogs/us-east-1/2020/08/31/123456789012_vpcflowlogs_us-east-1_fl-04af3543c74402594_20200831T1720Z_73d3922a.log.gz',
    layout: { format: 'plain-text', hive: false, perHour: false },
  },
  {
    key: 'AWSLogs/aws-account-id=111111111111/aws-service=vpcflowlogs/aws-region=eu-west-3/year=2022/month=08/day=31/111111111111_vpcflowlogs_eu-west-3_fl-032a163fae170ae52_20220831T1255Z_2ad4bef5.log.parquet',
    layout: { format: 'parquet', hive: true, perHour: false },
  },
] as const;

const FILE =
  /^(\d{12})_vpcflowlogs_([a-z0-9-]+)_(fl-[0-9a-f]+)_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)Z_([0-9a-f]{8})\.log\.(gz|parquet)$/;

function target(
  account: string,
  region: string,
  flowLog: string,
  layout: ObjectLayout | undefined,
  folder = '',
): ObjectDeliveryTarget {
  const to = { type: 's3', bucket: 'b', folder, header: 'version\n', ...(layout && { layout }) } as const;
  return { flowLog, account, region, interval: 60, to };
}

describe('keys', () => {
  test.each(REAL)('$key', ({ key, layout }) => {
    const file = key.slice(key.lastIndexOf('/') + 1);
    const [, account, region, flowLog, year, month, day, hour, minute, hash] = FILE.exec(file)!;
    const slot = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!) / 300_000;
    expect(objectKey(target(account!, region!, flowLog!, layout), slot, hash!)).toBe(key);
  });

  test('the hour is one more level, by its name where the folders are Hive-compatible', () => {
    const key = (hive: boolean): string =>
      objectKey(
        target('111111111111', 'eu-west-3', 'fl-0a', { format: 'plain-text', hive, perHour: true }, 'a/b/'),
        Date.UTC(2022, 0, 2, 3, 55) / 300_000,
        '01234567',
      );
    const file = '111111111111_vpcflowlogs_eu-west-3_fl-0a_20220102T0355Z_01234567.log.gz';
    expect(key(false)).toBe(`a/b/AWSLogs/111111111111/vpcflowlogs/eu-west-3/2022/01/02/03/${file}`);
    expect(key(true)).toBe(
      `a/b/AWSLogs/aws-account-id=111111111111/aws-service=vpcflowlogs/aws-region=eu-west-3/year=2022/month=01/day=02/hour=03/${file}`,
    );
  });

  test('in every layout a key tells what it was made of, and no two objects share one', () => {
    const layouts = fc.record({
      format: fc.constantFrom('plain-text' as const, 'parquet' as const),
      hive: fc.boolean(),
      perHour: fc.boolean(),
    });
    const object = fc.record({
      account: fc.stringMatching(/^[0-9]{12}$/),
      region: fc.constantFrom('us-east-1', 'eu-central-1', 'us-gov-west-1', 'local'),
      flowLog: fc.stringMatching(/^fl-[0-9a-f]{17}$/),
      folder: fc.constantFrom('', 'sub/folder/'),
      layout: layouts,
      slot: fc.integer({ min: 0, max: Date.UTC(2200, 0) / 300_000 }),
      hash: fc.stringMatching(/^[0-9a-f]{8}$/),
    });
    fc.assert(
      fc.property(object, ({ account, region, flowLog, folder, layout, slot, hash }) => {
        const key = objectKey(target(account, region, flowLog, layout, folder), slot, hash);
        expect(key.startsWith(`${folder}AWSLogs/`)).toBe(true);
        const levels = key.slice(folder.length).split('/');
        const at = new Date(slot * 300_000);
        const [year, month, day, hour, minute] = [
          at.getUTCFullYear(),
          at.getUTCMonth() + 1,
          at.getUTCDate(),
          at.getUTCHours(),
          at.getUTCMinutes(),
        ].map((number) => String(number).padStart(2, '0'));
        const names = ['aws-account-id', 'aws-service', 'aws-region', 'year', 'month', 'day', 'hour'];
        const values = [account, 'vpcflowlogs', region, year, month, day, hour];
        const wanted = values.slice(0, layout.perHour ? 7 : 6);
        expect(levels.slice(1, -1)).toEqual(
          wanted.map((value, i) => (layout.hive ? `${names[i]}=${value}` : value)),
        );
        expect(FILE.exec(levels.at(-1)!)!.slice(1)).toEqual([
          account,
          region,
          flowLog,
          year,
          month,
          day,
          hour,
          minute,
          hash,
          layout.format === 'parquet' ? 'parquet' : 'gz',
        ]);
      }),
      { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false },
    );
  });
});
