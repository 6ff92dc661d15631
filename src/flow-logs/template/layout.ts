/** Where a flow log's objects lie in its bucket, as partitions of a table: by DestinationOptions. */
import type { Scope } from '../../store/store.ts';
import type { DestinationOptions } from '../model.ts';
import type { AthenaColumn } from './columns.ts';

/** A folder in a bucket; `folder` is empty, or with a slash at its end. */
export interface BucketFolder {
  readonly bucket: string;
  readonly folder: string;
}

/** `s3://bucket/folder/`. */
export function s3Url({ bucket, folder }: BucketFolder): string {
  return `s3://${bucket}/${folder}`;
}

/** How a table is partitioned. Times stand as `%Y`, `%m`, `%d` and `%H`, zero-padded, in UTC. */
export interface TableLayout {
  readonly keys: readonly AthenaColumn[];
  /** Of the table. */
  readonly location: string;
  /** What all partitions' locations begin with. */
  readonly root: string;
  /** What follows: the folder of one partition, with a slash at its end. */
  readonly folder: string;
  /** The keys' values in a PARTITION clause. */
  readonly values: string;
  /** One partition an hour, else one a day. */
  readonly perHour: boolean;
}

/** The service in keys of objects: those of delivery/, which this room does not import. */
const SERVICE = 'vpcflowlogs';

/**
 * Partitions of the documented tables: a date (and an hour) for the default folders; for Hive-compatible ones a key
 * for each folder `key=value`, all strings. The folder is one for all flow logs of the account and region that go to
 * this place in the bucket: those of another format need a sub-folder of their own.
 */
export function tableLayout(
  { account, region }: Scope,
  place: BucketFolder,
  { hiveCompatiblePartitions, perHourPartition: perHour }: DestinationOptions,
): TableLayout {
  const root = `${s3Url(place)}AWSLogs/`;
  if (!hiveCompatiblePartitions) {
    const own = `${root}${account}/${SERVICE}/${region}/`;
    const keys = [{ name: 'date', type: 'date' }];
    if (perHour) keys.push({ name: 'hour', type: 'string' });
    return {
      keys,
      location: own,
      root: own,
      folder: perHour ? '%Y/%m/%d/%H/' : '%Y/%m/%d/',
      values: `\`date\`='%Y-%m-%d'${perHour ? ",`hour`='%H'" : ''}`,
      perHour,
    };
  }
  const folders = [
    ['aws-account-id', account],
    ['aws-service', SERVICE],
    ['aws-region', region],
    ['year', '%Y'],
    ['month', '%m'],
    ['day', '%d'],
    ...(perHour ? [['hour', '%H'] as const] : []),
  ] as const;
  return {
    keys: folders.map(([name]) => ({ name, type: 'string' })),
    location: root,
    root,
    folder: folders.map(([name, value]) => `${name}=${value}/`).join(''),
    values: folders.map(([name, value]) => `\`${name}\`='${value}'`).join(','),
    perHour,
  };
}
