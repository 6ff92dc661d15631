/** A replay into flow logs of every kind that is delivered, and what each must hold: the lines of `record`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateFlowLogsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { startWeir, type Weir } from '../../src/index.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const VPC = 'vpc-020200a0b0c0d0e0f';
const SUBNET = 'subnet-02020000000000000';
const DISCOVERING = 'subnet-02030000000000000';
const INTERFACE = 'eni-0202000000000020a';

const NETWORK = {
  vpcs: [
    {
      id: VPC,
      cidrs: ['10.0.0.0/8', 'fd12:3456:789a::/48'],
      subnets: [
        {
          id: SUBNET,
          cidrs: ['10.20.2.0/24'],
          azId: 'euc1-az2',
          interfaces: [{ id: INTERFACE, primary: '10.20.2.20', secondary: ['10.20.2.21'] }],
        },
        { id: DISCOVERING, cidrs: ['10.128.0.0/9', 'fd12:3456:789a::/48'], discover: true },
      ],
    },
  ],
};

const DEFAULT_FIELDS =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'.split(
    ' ',
  );
const OWN_FIELDS =
  'log-status action flow-direction pkt-srcaddr pkt-dstaddr srcport dstport interface-id tcp-flags packets bytes start end'.split(
    ' ',
  );
/** The highest version among the default format's fields, and among those with the ids behind them. */
const DEFAULT_VERSION = '2';
const EXTENDED_VERSION = '3';

/** One flow log, and where its records lie. */
export interface Case {
  readonly name: string;
  readonly place: { readonly bucket: string; readonly prefix: string } | { readonly group: string };
  readonly fields: readonly string[];
  readonly resource: readonly [type: 'VPC' | 'Subnet' | 'NetworkInterface', id: string];
  readonly traffic: 'ACCEPT' | 'REJECT' | 'ALL';
  readonly interval: 60 | 600;
  /** Sorted. */
  readonly expected: readonly string[];
}

export const BUCKET = 'records';

export interface Delivered {
  readonly weir: Weir;
  readonly cases: readonly Case[];
  /** Unix seconds around every record. */
  readonly from: number;
  readonly to: number;
  /** For programs of other languages: the key and region, and nothing of this machine's own settings. */
  readonly environment: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

/** What each flow log must hold, by its name. */
export function expectedOf(cases: readonly Case[]): Record<string, readonly string[]> {
  return Object.fromEntries(cases.map((it) => [it.name, it.expected]));
}

/** What was read of each flow log, in the order of the cases, in a form to compare with expectedOf. */
export function foundIn(
  cases: readonly Case[],
  lines: readonly (readonly string[])[],
): Record<string, readonly string[]> {
  return Object.fromEntries(cases.map((it, k) => [it.name, lines[k]?.toSorted() ?? []]));
}

/** Starts a service, creates a flow log for every case, and replays. */
export async function deliver(): Promise<Delivered> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-delivered-'));
  const network = join(folder, 'network.json');
  writeFileSync(network, JSON.stringify(NETWORK));
  const captures = [join(ROOT, 'examples/scan/scan.pcap'), generated(folder)];
  const weir = await startWeir({ network: NETWORK });
  const clients = { region: weir.region, endpoint: weir.url, credentials: weir.credentials };
  const s3 = new S3Client({ ...clients, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const ec2 = new EC2Client(clients);
  const cases = casesOf(captures, network);
  for (const it of cases) await createFlowLog(ec2, weir, it);
  await weir.replay(captures);
  const times = cases.flatMap(({ expected, fields }) =>
    expected.map((line) => Number(line.split(' ')[fields.indexOf('start')])),
  );
  return {
    weir,
    cases,
    from: Math.min(...times) - 3600,
    to: Math.max(...times) + 3600,
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      LANG: 'C.UTF-8',
      AWS_ACCESS_KEY_ID: weir.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: weir.credentials.secretAccessKey,
      AWS_DEFAULT_REGION: weir.region,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      AWS_PAGER: '',
    },
    close: async () => {
      ec2.destroy();
      s3.destroy();
      await weir.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** 25 minutes of traffic right after the scan, over several slots and intervals. */
function generated(folder: string): string {
  const path = join(folder, 'generated.pcap');
  const options = { packets: 12_000, flows: 600, seconds: 1500, seed: 7, hosts: 60, start: 1_795_229_000 };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  weirCommand(['generate', ...args, '-o', path]);
  return path;
}

function weirCommand(args: readonly string[]): string {
  const options = { encoding: 'utf8' as const, maxBuffer: 256 << 20, stdio: 'pipe' as const };
  return execFileSync(join(ROOT, 'weir'), args, options);
}

function casesOf(captures: readonly string[], network: string): Case[] {
  const cases: Case[] = [];
  for (const interval of [60, 600] as const) {
    for (const [format, fields] of [
      ['default', DEFAULT_FIELDS],
      ['own', OWN_FIELDS],
    ] as const) {
      for (const traffic of ['ACCEPT', 'REJECT', 'ALL'] as const) {
        const lines = recorded(captures, network, { interval, fields, traffic });
        // The firewall refused nothing among the discovered interfaces.
        for (const resource of [
          ['VPC', VPC],
          ['Subnet', traffic === 'REJECT' ? SUBNET : DISCOVERING],
          ['NetworkInterface', INTERFACE],
        ] as const) {
          for (const kind of ['s3', 'logs'] as const) {
            const name = `${kind}-${resource[0]}-${traffic}-${interval}-${format}`;
            const place = kind === 's3' ? { bucket: BUCKET, prefix: `${name}/` } : { group: `/weir/${name}` };
            const expected = lines
              .filter((it) => it.ids.includes(resource[1]))
              .map((it) => it.line)
              .toSorted();
            cases.push({ name, place, fields, resource, traffic, interval, expected });
          }
        }
      }
    }
  }
  return cases;
}

/** What `weir record` makes of the captures, with the ids that each line is of. */
function recorded(
  captures: readonly string[],
  network: string,
  { interval, fields, traffic }: Pick<Case, 'interval' | 'fields' | 'traffic'>,
): { readonly line: string; readonly ids: readonly string[] }[] {
  // A field stands in a format once: ids that the format has already are found where they are.
  const behind = ['vpc-id', 'subnet-id', 'interface-id'].filter((field) => !fields.includes(field));
  const format = [...fields, ...behind].map((field) => `\${${field}}`).join(' ');
  const command = ['record', ...captures, '--network', network, '--no-header', '--summary', 'none'];
  const how = ['--interval', String(interval), '--traffic-type', traffic, '--format', format];
  const text = weirCommand(command.concat(how));
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const values = line.split(' ');
      const own = values.slice(0, fields.length);
      const version = fields.indexOf('version');
      if (version >= 0 && own[version] === EXTENDED_VERSION) own[version] = DEFAULT_VERSION;
      return { line: own.join(' '), ids: values };
    });
}

async function createFlowLog(ec2: EC2Client, weir: Weir, it: Case): Promise<void> {
  const logs = 'group' in it.place;
  const made = await ec2.send(
    new CreateFlowLogsCommand({
      ResourceType: it.resource[0],
      ResourceIds: [it.resource[1]],
      TrafficType: it.traffic,
      MaxAggregationInterval: it.interval,
      ...(it.fields === DEFAULT_FIELDS
        ? {}
        : { LogFormat: it.fields.map((field) => `\${${field}}`).join(' ') }),
      ...('group' in it.place
        ? {
            LogGroupName: it.place.group,
            DeliverLogsPermissionArn: `arn:aws:iam::${weir.account}:role/flow-logs`,
          }
        : { LogDestination: `arn:aws:s3:::${it.place.bucket}/${it.place.prefix}` }),
      LogDestinationType: logs ? 'cloud-watch-logs' : 's3',
    }),
  );
  if (made.Unsuccessful!.length > 0) throw new Error(`${it.name}: ${JSON.stringify(made.Unsuccessful)}`);
}

/** The lines of a file of `aws s3 sync`, or of any other gzip object. */
export function linesOf(path: string): string[] {
  return execFileSync('gzip', ['-dc', path], { encoding: 'utf8', maxBuffer: 256 << 20 })
    .trimEnd()
    .split('\n')
    .slice(1);
}
