/** The network changes while packets come: windows before say the old, windows after the new, no record mixes (S3.7). */
import { describe, expect, test } from 'vitest';
import { Batch } from '../../../src/capture/batch.ts';
import { Recorder } from '../../../src/flows/recorder.ts';
import { StatusTracker } from '../../../src/flows/status.ts';
import { Snapshot } from '../../../src/network/snapshot.ts';
import { parseNetwork } from '../../../src/network/yaml.ts';
import type { Subscription, WindowMessage } from '../../../src/service/threads/messages.ts';
import { fill } from '../../flows/support.ts';
import { parseStrict } from '../../reference/strict-parser.ts';
import { feed, linesOf, runOf, subscription, writerOf } from './support.ts';

const T = 1_800_000_000;
const GATEWAY = 'tgw-0e00000000000000e';
const ATTACHMENTS = ['tgw-attach-0e000000000000001', 'tgw-attach-0e000000000000002'] as const;
const VPCS = ['vpc-0e000000000000001', 'vpc-0e000000000000002'] as const;

interface State {
  readonly via: string;
  readonly tag: string;
  readonly group: string;
  readonly primary: string;
  readonly blackhole: boolean;
}

const FIRST: State = {
  via: 'igw-0e000000000000001',
  tag: 'old',
  group: 'blue',
  primary: '10.5.0.5',
  blackhole: false,
};

/** Two VPCs with a transit gateway between. */
function snapshotOf(state: State, version: number, previous?: Snapshot): Snapshot {
  const { via, tag, group, primary, blackhole } = state;
  const vpc = (k: 0 | 1, cidr: string, interfaces: object[], routes: object[]): object => ({
    id: VPCS[k],
    cidrs: [`${cidr}.0.0/16`],
    ...(k === 0
      ? { internetGateway: { id: 'igw-0e000000000000001' }, vpnGateway: { id: 'vgw-0e000000000000001' } }
      : {}),
    subnets: [
      { id: `subnet-0e000000000000a0${k}`, cidrs: [`${cidr}.0.0/24`], interfaces },
      { id: `subnet-0e000000000000b0${k}`, cidrs: [`${cidr}.9.0/24`] },
    ],
    routeTables: [
      { id: `rtb-0e000000000000a0${k}`, main: true, routes: [{ to: '10.0.0.0/8', via: GATEWAY }, ...routes] },
    ],
  });
  const here = {
    id: 'eni-0e000000000000001',
    primary,
    secondary: primary === '10.5.0.5' ? [] : ['10.5.0.5'],
    instance: 'i-0e000000000000001',
    tags: { team: tag },
  };
  const there = { id: 'eni-0e000000000000002', primary: '10.6.0.6' };
  const network = {
    vpcs: [vpc(0, '10.5', [here], [{ to: '0.0.0.0/0', via }]), vpc(1, '10.6', [there], [])],
    autoScalingGroups: [{ name: 'web', instances: ['i-0e000000000000001'], tags: { colour: group } }],
    transitGateways: [
      {
        id: GATEWAY,
        attachments: ATTACHMENTS.map((id, k) => ({
          id,
          vpc: VPCS[k],
          subnets: [`subnet-0e000000000000b0${k}`],
        })),
        routeTables: [
          {
            id: 'tgw-rtb-0e00000000000000e',
            defaultAssociation: true,
            defaultPropagation: true,
            routes: blackhole ? [{ to: '10.6.0.0/24', blackhole: true }] : [],
          },
        ],
      },
    ],
  };
  const parsed = parseNetwork(JSON.stringify(network), 'network.json', {
    account: '123456789012',
    region: 'eu-central-1',
  });
  return Snapshot.build(parsed, { version, scopes: 'all', ...(previous === undefined ? {} : { previous }) });
}

/** Versions by the minute that each begins with. */
type Story = readonly (readonly [minute: number, state: State])[];

const STORY: Story = [
  [0, FIRST],
  [2, { ...FIRST, via: 'vgw-0e000000000000001' }],
  [4, { ...FIRST, via: 'vgw-0e000000000000001', tag: 'new' }],
  [6, { ...FIRST, via: 'vgw-0e000000000000001', tag: 'new', group: 'green' }],
  [
    8,
    {
      ...FIRST,
      via: 'vgw-0e000000000000001',
      tag: 'new',
      group: 'green',
      primary: '10.5.0.7',
      blackhole: true,
    },
  ],
];

function stateAt(minute: number): State {
  return STORY.findLast(([from]) => from <= minute)![1];
}

const FIELDS = [
  'start',
  'interface-id',
  'srcaddr',
  'pkt-srcaddr',
  'pkt-dstaddr',
  'traffic-path',
  'interface-tag',
  'asg-tag',
  'packets',
  'log-status',
];
const FORMAT = FIELDS.map((field) => `\${${field}}`).join(' ');
const TAGS = [
  { resourceType: 'network-interface', tagKeys: ['team'] },
  { resourceType: 'auto-scaling-group', tagKeys: ['colour'] },
];
const TRANSIT_FIELDS = [
  'start',
  'tgw-attachment-id',
  'tgw-pair-attachment-id',
  'flow-direction',
  'packets',
  'log-status',
];

function vpcLog(interval: 60 | 600): Subscription {
  return { ...subscription({ on: 'eni-0e000000000000001', interval, format: FORMAT }), tagFields: TAGS };
}

function transitLog(): Subscription {
  const format = TRANSIT_FIELDS.map((field) => `\${${field}}`).join(' ');
  return { ...subscription({ on: GATEWAY, format }), resourceType: 'TransitGateway' };
}

/** Ten minutes of packets, every five seconds to the world and to the other VPC, through a live recording. */
function run(subscriptions: readonly Subscription[]): Map<string, string[]> {
  let latest = snapshotOf(FIRST, 1);
  const { writer } = writerOf(latest, subscriptions, 'live');
  const run = runOf(writer);
  const messages: WindowMessage[] = [];
  const at = (end: number): number => 1000 * (end + 2);
  const recorder: Recorder = new Recorder({
    lookup: latest,
    live: true,
    tableRows: 1 << 10,
    tables: 8,
    discoverDestinations: false,
    trackers: [60, 600].map((seconds) => new StatusTracker(seconds, 0, () => true, Number.POSITIVE_INFINITY)),
    onWindow: (window) => messages.push({ kind: 'window', window, closedAt: at(window.start + 60) }),
    onInterval: (start, _seconds, status, version) =>
      messages.push({ kind: 'interval', start, status, at: version, closedAt: at(start + 600) }),
    onClosed: (upTo) => messages.push({ kind: 'closed', upTo }),
  });
  const point = recorder.addPoint({ source: 'test', scope: 0, live: true, role: 'count' }, T);
  const batch = new Batch();
  for (let second = 0; second < 604; second++) {
    // A version comes in the middle of the minute before it takes effect.
    const coming = STORY.find(([minute]) => minute > 0 && 60 * minute - 25 === second);
    if (coming !== undefined) {
      latest = snapshotOf(coming[1], latest.version + 1, latest);
      writer.addVersion(latest.version, latest.handle());
      recorder.setNetwork(latest, T + 60 * coming[0]);
    }
    recorder.advance(T + second);
    if (second % 5 === 0 && second < 600) {
      const packet = { time: T + second, src: '10.5.0.5', sport: 4000, dport: 443, bytes: 100 };
      fill(batch, [
        { ...packet, dst: '203.0.113.9' },
        { ...packet, dst: '10.6.0.6' },
      ]);
      recorder.add(batch, 0, batch.count, point);
    }
    feed(run, messages.splice(0));
    for (const table of run.released.splice(0)) recorder.release(table);
  }
  recorder.finish();
  feed(run, [...messages.splice(0), { kind: 'end' }]);
  return new Map(subscriptions.map(({ flowLog }) => [flowLog, linesOf(run.commits, flowLog)]));
}

/** What a line to the world says in a minute: its path, tags and own address. */
function said({ via, tag, group, primary }: State): string {
  return `${via.startsWith('igw') ? 8 : 3} ${tag} ${group} ${primary}`;
}

const SAID = ['traffic-path', 'interface-tag', 'asg-tag', 'srcaddr'];

function worldly(lines: readonly string[]): { minute: number; packets: number; says: string }[] {
  return lines
    .map((line) => parseStrict(line, FIELDS))
    .filter((record) => record.get('pkt-dstaddr') === '203.0.113.9')
    .map((record) => ({
      minute: (Number(record.get('start')) - T) / 60,
      packets: Number(record.get('packets')),
      says: SAID.map((field) => record.get(field)).join(' '),
    }))
    .toSorted((a, b) => a.minute - b.minute);
}

describe('a route, a tag, a group and an address change under traffic', () => {
  test('every minute says what held in it', () => {
    const log = vpcLog(60);
    const lines = worldly(run([log]).get(log.flowLog)!);
    expect(lines).toEqual(
      Array.from({ length: 10 }, (_, minute) => ({ minute, packets: 12, says: said(stateAt(minute)) })),
    );
  });

  test('an interval has a part for each state', () => {
    const log = vpcLog(600);
    const lines = worldly(run([log]).get(log.flowLog)!);
    expect(lines).toEqual(STORY.map(([minute, state]) => ({ minute, packets: 24, says: said(state) })));
  });

  test('beside others of other formats and lengths', () => {
    const logs = [vpcLog(60), vpcLog(600), transitLog(), subscription({ on: VPCS[0], interval: 60 })];
    const together = run(logs);
    for (const log of logs.slice(0, 3)) {
      expect(together.get(log.flowLog)).toEqual(run([log]).get(log.flowLog));
    }
  });

  test('a transit gateway’s route ends what crosses it, with that minute', () => {
    const log = transitLog();
    const records = run([log])
      .get(log.flowLog)!
      .map((line) => parseStrict(line, TRANSIT_FIELDS, 'transit-gateway'));
    const legs = records.map((record) => {
      const minute = (Number(record.get('start')) - T) / 60;
      return `${minute} ${record.get('tgw-attachment-id')} ${record.get('flow-direction')} ${record.get('packets')}`;
    });
    const through = Array.from({ length: 8 }, (_, minute) => [
      `${minute} ${ATTACHMENTS[0]} ingress 12`,
      `${minute} ${ATTACHMENTS[1]} egress 12`,
    ]).flat();
    expect(legs.filter((leg) => Number(leg.split(' ')[0]) < 8).toSorted()).toEqual(through.toSorted());
    expect(legs.filter((leg) => Number(leg.split(' ')[0]) >= 8 && leg.includes('egress'))).toEqual([]);
  });
});
