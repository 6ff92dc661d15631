/** From exported flows to transit gateway records: what the gateway lost, and why. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  DROP_BLACKHOLE,
  DROP_MTU_EXCEEDED,
  DROP_NO_ROUTE,
  DROP_TTL_EXPIRED,
  FlowBatch,
} from '../../src/capture/flow-batch.ts';
import { Expander } from '../../src/flows/expand.ts';
import { FLOW_GRACE_SECONDS, Recorder } from '../../src/flows/recorder.ts';
import { transitFacts } from '../../src/flows/transit-facts.ts';
import { transitWindow } from '../../src/flows/transit.ts';
import { defaultLogFormat } from '../../src/records/formats.ts';
import { createTextWriter } from '../../src/records/text.ts';
import { Rules } from '../../src/rules/rules.ts';
import { fillFlows, type TestFlow } from '../flows/exported.ts';
import { parseStrict } from '../reference/strict-parser.ts';
import { snapshotOf } from '../rules/networks.ts';

const T = 1_700_000_400;
const NETWORK = new URL('../../examples/scenarios/transit-gateway-records/network.yaml', import.meta.url);
const FORMAT = defaultLogFormat('transit-gateway');
const IDS = FORMAT.fields.map(({ id }) => id);

function recordsOf(flows: readonly TestFlow[]): string[] {
  const snapshot = snapshotOf(readFileSync(NETWORK, 'utf8'));
  const rules = new Rules(snapshot);
  const writer = createTextWriter(FORMAT, snapshot, { rules });
  const expander = new Expander(snapshot);
  let text = '';
  const recorder = new Recorder({
    lookup: snapshot,
    live: false,
    tableRows: 1 << 10,
    tables: 4,
    discoverDestinations: false,
    trackers: [],
    onWindow: (window) => {
      const crossing = transitWindow(window, transitFacts(snapshot, rules));
      if (crossing === undefined) return;
      const expanded = expander.expand(crossing);
      text += Buffer.from(writer.write(expanded, 0, expanded.lines)).toString('latin1');
    },
    onInterval: () => {},
  });
  const point = recorder.addPoint({
    source: 'routers',
    exporter: '192.0.2.1',
    scope: 0,
    live: false,
    role: 'count',
    graceSeconds: FLOW_GRACE_SECONDS,
  });
  const batch = new FlowBatch();
  fillFlows(batch, flows);
  expect(recorder.addFlows(batch, 0, batch.count, point)).toBe(flows.length);
  recorder.finish();
  return text.trimEnd().split('\n');
}

test('packets-lost-…: of the flow they belong to, at either attachment; 0 elsewhere', () => {
  const flow: TestFlow = { time: T + 5, src: '10.1.0.10', dst: '10.2.0.20', dport: 80, packets: 100 };
  const records = recordsOf([
    { time: T, src: '10.1.0.10', dst: '192.0.2.99', packets: 9, reason: DROP_NO_ROUTE },
    { ...flow, sport: 1 },
    { ...flow, sport: 2 },
    { ...flow, sport: 2, packets: 1, reason: DROP_NO_ROUTE },
    { ...flow, sport: 2, packets: 20, reason: DROP_BLACKHOLE },
    { ...flow, sport: 2, packets: 300, reason: DROP_MTU_EXCEEDED },
    { ...flow, sport: 2, packets: 4000, reason: DROP_TTL_EXPIRED },
  ]);
  const shown = records.map((line) => {
    parseStrict(line, IDS, 'transit-gateway');
    const fields = new Map(line.split(' ').map((value, k) => [IDS[k]!, value]));
    return [
      'tgw-attachment-id',
      'flow-direction',
      'srcport',
      'packets',
      'packets-lost-no-route',
      'packets-lost-blackhole',
      'packets-lost-mtu-exceeded',
      'packets-lost-ttl-expired',
    ]
      .map((id) => fields.get(id))
      .join(' ');
  });
  const [one, two] = ['tgw-attach-0a000000000000001', 'tgw-attach-0b000000000000001'];
  expect(shown.toSorted()).toEqual([
    `${one} ingress 1 100 0 0 0 0`,
    `${one} ingress 2 4421 1 20 300 4000`,
    `${two} egress 1 100 0 0 0 0`,
    `${two} egress 2 4421 1 20 300 4000`,
  ]);
});
