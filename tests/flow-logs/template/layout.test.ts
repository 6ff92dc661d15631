import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { objectKey } from '../../../src/delivery/keys.ts';
import type { DestinationOptions } from '../../../src/flow-logs/model.ts';
import { tableLayout } from '../../../src/flow-logs/template/layout.ts';
import { HERE } from '../fakes.ts';
import { FLOW_LOG, OPTIONS, optionsName } from './sources.ts';

const BUDGET_MS = 300;

/** `%Y` and the like of a moment in UTC. */
function timed(text: string, at: Date): string {
  const [year, month, day, hour] = at.toISOString().split(/[-T:]/) as [string, string, string, string];
  return text.replaceAll('%Y', year).replaceAll('%m', month).replaceAll('%d', day).replaceAll('%H', hour);
}

/** The folder that an object of a slot is delivered to. */
function folderOf(options: DestinationOptions, folder: string, slot: number): string {
  const { fileFormat: format, hiveCompatiblePartitions: hive, perHourPartition: perHour } = options;
  const to = {
    type: 's3',
    bucket: 'records',
    folder,
    header: '',
    layout: { format, hive, perHour },
  } as const;
  const key = objectKey({ flowLog: FLOW_LOG, ...HERE, interval: 60, to }, slot, '00000000');
  return `s3://records/${key.slice(0, key.lastIndexOf('/') + 1)}`;
}

describe.each(OPTIONS.map((it) => [optionsName(it), it] as const))('%s', (_, options) => {
  test('the partition of a moment is the folder that its objects are delivered to', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4_000_000, max: 7_000_000 }),
        fc.constantFrom('', 'a/', "it's/", 'x=1/y/'),
        (slot, folder) => {
          const layout = tableLayout(HERE, { bucket: 'records', folder }, options);
          const at = new Date(slot * 300_000);
          expect(layout.root + timed(layout.folder, at)).toBe(folderOf(options, folder, slot));
          expect(layout.root.startsWith(layout.location)).toBe(true);
        },
      ),
      { interruptAfterTimeLimit: BUDGET_MS },
    );
  });

  test('a PARTITION clause has a value for each key, in order', () => {
    const layout = tableLayout(HERE, { bucket: 'records', folder: '' }, options);
    const values = timed(layout.values, new Date('2026-03-04T05:06:07Z'));
    const pairs = [...values.matchAll(/`([^`]+)`='([^']*)'(?:,|$)/g)];
    expect(pairs.map((it) => it[0]).join('')).toBe(values);
    expect(pairs.map((it) => it[1])).toEqual(layout.keys.map((it) => it.name));
    const hour = options.perHourPartition ? ['05'] : [];
    expect(pairs.map((it) => it[2])).toEqual(
      options.hiveCompatiblePartitions
        ? [HERE.account, 'vpcflowlogs', HERE.region, '2026', '03', '04', ...hour]
        : ['2026-03-04', ...hour],
    );
  });
});

test('locations and keys are those of the documented tables', () => {
  const place = { bucket: 'b', folder: 'prefix/' };
  const [text, , hive, hiveByHour] = OPTIONS.map((it) => tableLayout(HERE, place, it));
  expect(text).toMatchObject({
    location: 's3://b/prefix/AWSLogs/123456789012/vpcflowlogs/eu-central-1/',
    keys: [{ name: 'date', type: 'date' }],
  });
  expect(hive!.location).toBe('s3://b/prefix/AWSLogs/');
  expect(hiveByHour!.keys).toEqual(
    ['aws-account-id', 'aws-service', 'aws-region', 'year', 'month', 'day', 'hour'].map((name) => ({
      name,
      type: 'string',
    })),
  );
});
