/** Flow logs on transit gateways, attachments and regional NAT gateways: made over the API, replayed, read back. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startWeir, type Weir } from '../../../src/index.ts';
import { eventsOf, recordsOf } from '../library/flow-logs.ts';
import {
  ACCOUNT,
  captureOf,
  clientsOf,
  crossing,
  described,
  fieldsOf,
  GATEWAY,
  HERE,
  HOST,
  intoBucket,
  intoGroup,
  keysOf,
  NAT,
  networkOf,
  streamsOf,
  SUBNET,
  T,
  THERE,
  translated,
  VPC,
} from './world.ts';

const TRANSIT = [
  'tgw-attachment-id',
  'tgw-pair-attachment-id',
  'flow-direction',
  'srcaddr',
  'packets',
  'bytes',
];

let folder: string;
let weir: Weir | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-gateways-'));
});
afterEach(async () => {
  await weir?.close();
  rmSync(folder, { recursive: true });
});

async function start(network: Record<string, unknown>): Promise<Weir> {
  weir = await startWeir({ network });
  return weir;
}

/** The numbers of a metric without labels. */
async function metric(at: Weir, name: string): Promise<number> {
  const text = await (await fetch(`${at.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)![1]);
}

describe('transit gateways', () => {
  test('legs by the routes, where nothing sees the attachments', async () => {
    const at = await start(networkOf());
    const clients = clientsOf(at);
    const whole = await intoBucket(clients, 'whole', { ResourceType: 'TransitGateway', on: GATEWAY });
    await intoGroup(clients, 'whole', { ResourceType: 'TransitGateway', on: GATEWAY });
    await intoGroup(clients, 'here', { ResourceType: 'TransitGatewayAttachment', on: HERE });
    const vpc = { ResourceType: 'VPC', on: VPC, TrafficType: 'ALL', interval: 60 } as const;
    await intoBucket(clients, 'vpc', vpc);
    expect(await described(clients, whole)).toMatchObject({
      DeliverLogsStatus: 'SUCCESS',
      MaxAggregationInterval: 60,
    });
    expect(await described(clients, whole)).not.toHaveProperty('TrafficType');
    await at.replay(captureOf([...crossing(5), ...crossing(65)]));

    const legs = [
      `${HERE} ${THERE} egress 10.2.0.20 2 560`,
      `${HERE} ${THERE} ingress 10.1.0.10 1 60`,
      `${THERE} ${HERE} egress 10.1.0.10 1 60`,
      `${THERE} ${HERE} ingress 10.2.0.20 2 560`,
    ];
    const twice = legs.flatMap((leg) => [leg, leg]);
    expect(fieldsOf(await recordsOf(at, 'whole'), TRANSIT, 'transit-gateway')).toEqual(twice);
    expect(fieldsOf(await eventsOf(at, 'whole'), TRANSIT, 'transit-gateway')).toEqual(twice);
    expect(fieldsOf(await eventsOf(at, 'here'), TRANSIT, 'transit-gateway')).toEqual(twice.slice(0, 4));
    // One stream a gateway, whatever the attachment; the bucket's layout is that of VPC flow logs.
    expect(await streamsOf(clients, 'whole')).toEqual([`${GATEWAY}-all`]);
    expect(await streamsOf(clients, 'here')).toEqual([`${GATEWAY}-all`]);
    const prefix = `AWSLogs/${ACCOUNT}/vpcflowlogs/eu-central-1/2026/11/21/${ACCOUNT}_vpcflowlogs_eu-central-1_${whole}_`;
    expect(await keysOf(clients, 'whole')).toEqual([expect.stringContaining(prefix)]);
    // Derived lines are no packets that came in.
    expect(fieldsOf(await recordsOf(at, 'vpc'), ['interface-id', 'packets'], 'vpc')).toEqual([
      `${HOST} 1`,
      `${HOST} 1`,
      `${HOST} 2`,
      `${HOST} 2`,
    ]);
    await expect.poll(() => metric(at, 'weir_derived_rows_total'), { timeout: 5_000 }).toBe(8);
    expect(await metric(at, 'weir_derived_packets_total')).toBe(12);
    expect(await metric(at, 'weir_flows_total')).toBe(4);
    const amounts = at.status().flowLogs.find(({ flowLog }) => flowLog === whole)!.amounts!;
    expect(amounts.selected).toEqual({ rows: 8, packets: 12, bytes: 2480 });
    expect(amounts.delivered).toEqual(amounts.selected);
  });

  test('an attachment that a source is bound to: what was seen there, and NODATA where nothing was', async () => {
    const tap = join(folder, 'tap.pcap');
    const at = await start(networkOf({ here: tap }));
    const clients = clientsOf(at);
    await intoBucket(clients, 'whole', { ResourceType: 'TransitGateway', on: GATEWAY });
    await intoBucket(clients, 'vpc', { ResourceType: 'VPC', on: VPC, TrafficType: 'ALL', interval: 60 });
    writeFileSync(tap, captureOf([...crossing(5), ...crossing(185)]));
    await at.replay(tap);
    const lines = await recordsOf(at, 'whole');
    // What goes on at the other attachment, which nothing sees, follows from the routes.
    const fields = ['tgw-attachment-id', 'flow-direction', 'packets', 'start', 'log-status'];
    const minutes = [5, 185].flatMap((second) => [
      `${HERE} egress 2 ${T + second + 1} OK`,
      `${HERE} ingress 1 ${T + second} OK`,
      `${THERE} egress 1 ${T + second} OK`,
      `${THERE} ingress 2 ${T + second + 1} OK`,
    ]);
    // That it was silent nobody knows.
    const silent = [60, 120].map((second) => `${HERE} - - ${T + second} NODATA`);
    expect(fieldsOf(lines, fields, 'transit-gateway')).toEqual([...minutes, ...silent].toSorted());
    await expect.poll(() => metric(at, 'weir_derived_rows_total'), { timeout: 5_000 }).toBe(4);
    const vpc = await recordsOf(at, 'vpc');
    expect(vpc.filter((line) => line.includes('tgw-'))).toEqual([]);
  });

  test('one that is made between two replays has the second', async () => {
    const at = await start(networkOf());
    const clients = clientsOf(at);
    await intoBucket(clients, 'first', { ResourceType: 'TransitGateway', on: GATEWAY });
    await at.replay(captureOf(crossing(5)));
    await intoBucket(clients, 'second', {
      ResourceType: 'TransitGatewayAttachment',
      on: HERE,
      LogFormat: '${tgw-attachment-id} ${start}',
    });
    await at.replay(captureOf(crossing(605)));
    expect(await recordsOf(at, 'first')).toHaveLength(8);
    expect(await recordsOf(at, 'second')).toEqual([`${HERE} ${T + 605}`, `${HERE} ${T + 606}`]);
  });
});

const NAT_FIELDS = ['resource-id', 'interface-id', 'srcaddr', 'dstaddr', 'flow-direction', 'log-status'];
const NAT_FORMAT = NAT_FIELDS.map((field) => `\${${field}}`).join(' ');

describe('regional NAT gateways', () => {
  const four = [
    `${NAT} - 10.1.0.10 203.0.113.5 ingress OK`,
    `${NAT} - 198.51.100.7 203.0.113.5 egress OK`,
    `${NAT} - 203.0.113.5 10.1.0.10 egress OK`,
    `${NAT} - 203.0.113.5 198.51.100.7 ingress OK`,
  ];

  test('four legs, in flow logs on it and on its VPC, of 60 and of 600 s', async () => {
    const capture = join(folder, 'nat.pcap');
    const at = await start(networkOf({ nat: capture }));
    const clients = clientsOf(at);
    const wish = { TrafficType: 'ALL', LogFormat: NAT_FORMAT } as const;
    const own = { ...wish, ResourceType: 'RegionalNatGateway', on: NAT } as const;
    const id = await intoBucket(clients, 'own', { ...own, interval: 600 });
    await intoGroup(clients, 'own', { ...own, interval: 60 });
    await intoBucket(clients, 'rejected', { ...own, TrafficType: 'REJECT', interval: 60 });
    await intoBucket(clients, 'vpc', { ...wish, ResourceType: 'VPC', on: VPC, interval: 60 });
    await intoBucket(clients, 'subnet', { ...wish, ResourceType: 'Subnet', on: SUBNET, interval: 60 });
    expect((await described(clients, id)).DeliverLogsStatus).toBe('SUCCESS');
    writeFileSync(capture, captureOf([...translated(5), ...translated(65)]));
    await at.replay(capture);

    const flows = (lines: readonly string[]): string[] =>
      fieldsOf(lines, NAT_FIELDS, 'vpc', NAT_FIELDS).filter((line) => line.endsWith(' OK'));
    expect(flows(await recordsOf(at, 'own'))).toEqual(four);
    expect(flows(await eventsOf(at, 'own'))).toEqual(four.flatMap((line) => [line, line]).toSorted());
    expect(flows(await recordsOf(at, 'rejected'))).toEqual([]);
    const all = flows(await recordsOf(at, 'vpc'));
    expect(all.filter((line) => line.startsWith(NAT))).toEqual(
      four.flatMap((line) => [line, line]).toSorted(),
    );
    expect(flows(await recordsOf(at, 'subnet')).filter((line) => line.startsWith(NAT))).toEqual([]);
    expect(await streamsOf(clients, 'own')).toEqual([`${NAT}-all`]);
  });
});
