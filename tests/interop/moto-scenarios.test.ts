/**
 * The scenarios that the vendor documents, and the captures of examples/, delivered to moto server in every form:
 * boto3 reads back exactly the lines that `weir record` makes of them.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  CreateFlowLogsCommand,
  type CreateFlowLogsCommandInput,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startWeir } from '../../src/index.ts';
import { defaultFieldsOf, type FormatKind } from '../../src/records/catalogue.ts';
import { readScenario, scenarioNames } from '../../src/service/fixture/scenario.ts';
import {
  type Contents,
  Destinations,
  flowsAmong,
  type Place,
  REGION,
  weirOutput,
  whenDelivered,
} from './destinations.ts';
import { type Moto, startMoto } from './moto-server.ts';
import { lack, leftOut, pathOf, pypiPython } from './programs.ts';
import { shifted, shiftOf } from './shifted.ts';

const EXAMPLES = new URL('../../examples/', import.meta.url).pathname;
/** Real log groups take no events that are older than 14 days. */
const AGO_SECONDS = 2 * 3600;
/** Services that are at work at a time. */
const LANES = 2;

interface Subject {
  readonly name: string;
  readonly captures: readonly string[];
  readonly network: string;
  readonly ipRanges: string | undefined;
  readonly kind: FormatKind;
  readonly format: string | undefined;
  readonly tagFields: Readonly<Record<string, readonly string[]>>;
  readonly interval: 60 | 600;
}

/** What a service can be asked for: losses are of live sources, and another owner's flow log is the API's to test. */
function subjects(): Subject[] {
  const scenarios = scenarioNames()
    .map((name) => readScenario(name))
    .filter(({ losses, owner }) => losses.length === 0 && owner === undefined);
  const folders = readdirSync(EXAMPLES, { withFileTypes: true }).filter((it) => it.isDirectory());
  const recorded = folders.flatMap(({ name }): Subject[] => {
    if (name === 'scenarios') return [];
    const files = readdirSync(join(EXAMPLES, name)).map((file) => join(EXAMPLES, name, file));
    const captures = files.filter((file) => file.endsWith('.pcap'));
    const network = files.find((file) => file.endsWith('network.yaml'));
    if (captures.length === 0 || network === undefined) return [];
    const common = { kind: 'vpc', format: undefined, ipRanges: undefined, tagFields: {} } as const;
    return [{ name: `example-${name}`, captures, network, interval: 60, ...common }];
  });
  return [...scenarios, ...recorded];
}

/** The four flow logs of a subject: layouts go around. */
function placesOf({ name }: Subject, k: number): readonly Place[] {
  return [
    { bucket: name, prefix: 'text/', form: 'text' },
    { bucket: name, prefix: 'parquet/', form: 'parquet' },
    { group: `/weir/${name}` },
    { bucket: name, prefix: `stream-${k}/`, form: 'messages' },
  ];
}

/** Captures as of some hours ago, in a folder of their own. */
function recent(captures: readonly string[], folder: string): string[] {
  const files = captures.map((path) => {
    const bytes = readFileSync(path);
    return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  });
  const seconds = shiftOf(files, AGO_SECONDS);
  return files.map((bytes, k) => {
    const path = join(folder, basename(captures[k]!).replace(/\.gz$/, ''));
    writeFileSync(path, shifted(bytes, seconds));
    return path;
  });
}

async function deliver(
  subject: Subject,
  k: number,
  root: string,
  destinations: Destinations,
): Promise<readonly string[]> {
  const folder = join(root, subject.name);
  mkdirSync(folder);
  const captures = recent(subject.captures, folder);
  const { account = '123456789012', region = REGION } = parse(readFileSync(subject.network, 'utf8')) as {
    account?: string;
    region?: string;
  };
  const weir = await startWeir({
    network: subject.network,
    config: {
      ...destinations.config(folder),
      account,
      region,
      ...(subject.ipRanges === undefined ? {} : { ipRanges: subject.ipRanges }),
    },
  });
  const ec2 = new EC2Client({ endpoint: weir.url, region: weir.region, credentials: weir.credentials });
  try {
    const resources = await resourcesOf(subject, ec2, account);
    for (const wish of wishesOf(subject, k, account, region)) await create(ec2, subject, resources, wish);
    const [expected] = await Promise.all([
      recorded(subject, captures, { resources, account, region }),
      weir.replay(captures),
    ]);
    await whenDelivered(weir, 4 * flowsAmong(expected, fieldsOf(subject)));
    return expected;
  } finally {
    ec2.destroy();
    await weir.close();
  }
}

/** The account's VPCs, or the transit gateways of the network. */
async function resourcesOf({ kind, network }: Subject, ec2: EC2Client, account: string): Promise<string[]> {
  if (kind === 'vpc') {
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
    return Vpcs.filter(({ OwnerId }) => OwnerId === account).map(({ VpcId }) => VpcId!);
  }
  const { transitGateways } = parse(readFileSync(network, 'utf8')) as { transitGateways: { id: string }[] };
  return transitGateways.map(({ id }) => id);
}

function wishesOf(
  { name }: Subject,
  k: number,
  account: string,
  region: string,
): readonly Partial<CreateFlowLogsCommandInput>[] {
  const options = { HiveCompatiblePartitions: k % 2 === 1, PerHourPartition: k % 4 > 1 };
  const LogDestinationType = 's3' as const;
  return [
    {
      LogDestinationType,
      LogDestination: `arn:aws:s3:::${name}/text/`,
      DestinationOptions: { FileFormat: 'plain-text', ...options },
    },
    {
      LogDestinationType,
      LogDestination: `arn:aws:s3:::${name}/parquet/`,
      DestinationOptions: { FileFormat: 'parquet', ...options },
    },
    { LogGroupName: `/weir/${name}`, DeliverLogsPermissionArn: `arn:aws:iam::${account}:role/flow-logs` },
    {
      LogDestinationType: 'kinesis-data-firehose',
      LogDestination: `arn:aws:firehose:${region}:${account}:deliverystream/stream-${k}`,
    },
  ];
}

const TAGGED = {
  'network-interface': 'network-interface',
  instance: 'instance',
  'auto-scaling-group': 'auto-scaling-group',
} as const;

async function create(
  ec2: EC2Client,
  { name, kind, interval, format, tagFields }: Subject,
  resources: readonly string[],
  wish: Partial<CreateFlowLogsCommandInput>,
): Promise<void> {
  const tags = Object.entries(tagFields).map(([type, keys]) => ({
    ResourceType: TAGGED[type as keyof typeof TAGGED],
    TagKeys: [...keys],
  }));
  const made = await ec2.send(
    new CreateFlowLogsCommand({
      ResourceType: kind === 'vpc' ? 'VPC' : 'TransitGateway',
      ResourceIds: [...resources],
      ...(kind === 'vpc' ? { TrafficType: 'ALL' as const } : {}),
      MaxAggregationInterval: interval,
      ...(format === undefined ? {} : { LogFormat: format }),
      ...(tags.length === 0 ? {} : { TagFieldSpecifications: tags }),
      ...wish,
    }),
  );
  if (made.Unsuccessful!.length > 0) throw new Error(`${name}: ${JSON.stringify(made.Unsuccessful)}`);
}

function fieldsOf({ kind, format }: Subject): readonly string[] {
  return format?.split(' ').map((token) => token.slice(2, -1)) ?? defaultFieldsOf(kind).map(({ id }) => id);
}

interface Owned {
  readonly resources: readonly string[];
  readonly account: string;
  readonly region: string;
}

async function recorded(
  subject: Subject,
  captures: readonly string[],
  { resources, account, region }: Owned,
): Promise<string[]> {
  const { kind, network, interval, format, ipRanges, tagFields } = subject;
  const tags = Object.entries(tagFields).flatMap(([type, keys]) => [
    '--tag-field',
    `${type}=${keys.join(',')}`,
  ]);
  const command = ['record', ...captures, '--network', network, '--kind', kind];
  const how = ['--interval', String(interval), '--no-header', '--summary', 'none'];
  const text = await weirOutput([
    ...command,
    ...how,
    '--account',
    account,
    '--region',
    region,
    ...(kind === 'vpc' ? ['--vpc', resources.join(',')] : []),
    ...(format === undefined ? [] : ['--format', format]),
    ...(ipRanges === undefined ? [] : ['--ip-ranges', ipRanges]),
    ...tags,
  ]);
  return text.trimEnd().split('\n').toSorted();
}

const python = await pypiPython();
describe.skipIf(leftOut(python))(`moto server of PyPI${lack(python)}`, () => {
  const all = subjects();
  const delivered = new Map<string, readonly string[] | Error>();
  let root: string;
  let moto: Moto;
  let found: readonly (readonly Contents[])[];

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'weir-moto-scenarios-'));
    moto = await startMoto(pathOf(python), REGION);
    const destinations = new Destinations(pathOf(python), moto);
    await destinations.make(
      all.map(({ name }) => name),
      all.map(({ name }, k) => ({ name: `stream-${k}`, bucket: name, prefix: `stream-${k}/` })),
    );
    const waiting = all.map((subject, k) => ({ subject, k }));
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { subject, k } = next;
        // What fails is told by its own test.
        const outcome = await deliver(subject, k, root, destinations).catch(
          (error: unknown) => error as Error,
        );
        delivered.set(subject.name, outcome);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const done = all.filter(({ name }) => !(delivered.get(name) instanceof Error));
    const places = done.map((subject) => placesOf(subject, all.indexOf(subject)));
    const contents = await destinations.read(places.flat());
    found = all.map((subject) => {
      const k = done.indexOf(subject);
      return k < 0 ? [] : contents.slice(4 * k, 4 * k + 4);
    });
  });
  afterAll(async () => {
    await moto?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  test('there are the scenarios and the examples', () => {
    expect(all.filter(({ name }) => !name.startsWith('example-')).length).toBeGreaterThanOrEqual(24);
    expect(all.filter(({ name }) => name.startsWith('example-')).length).toBeGreaterThanOrEqual(8);
    expect(all.filter(({ kind }) => kind === 'transit-gateway').length).toBeGreaterThanOrEqual(2);
  });

  test.each(all.map((subject, k) => [subject.name, k] as const))('%s', (name, k) => {
    const outcome = delivered.get(name)!;
    if (outcome instanceof Error) throw outcome;
    expect(outcome.length).toBeGreaterThan(0);
    const [text, parquet, group, stream] = found[k]!.map(({ lines }) => lines.toSorted());
    expect({ text, parquet, group, stream }).toEqual({
      text: outcome,
      parquet: outcome,
      group: outcome,
      stream: outcome,
    });
  });
});
