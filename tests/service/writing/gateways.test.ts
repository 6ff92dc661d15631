/** Whose lines those at attachments and regional NAT gateways are, and what is counted. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Snapshot } from '../../../src/network/snapshot.ts';
import { parseNetwork } from '../../../src/network/yaml.ts';
import type { Subscription } from '../../../src/service/threads/messages.ts';
import { captureOf } from '../../reference/made.ts';
import {
  ACCOUNT,
  crossing,
  GATEWAY,
  HERE,
  NAT,
  networkOf,
  OTHER,
  THERE,
  translated,
  VPC,
} from '../gateways/world.ts';
import { chunksOf, feed, linesOf, messagesOf, type Run, runOf, subscription, writerOf } from './support.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-gateway-lines-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function snapshotOf(seen: Parameters<typeof networkOf>[0] = {}): Snapshot {
  const owner = { account: ACCOUNT, region: 'eu-central-1' };
  const network = parseNetwork(JSON.stringify(networkOf(seen)), 'network.json', owner);
  return Snapshot.build(network, { version: 1, scopes: 'all' });
}

const TYPES = {
  tgw: 'TransitGateway',
  'tgw-attach': 'TransitGatewayAttachment',
  nat: 'RegionalNatGateway',
} as const;

function on(id: string, more: Partial<Parameters<typeof subscription>[0]> = {}): Subscription {
  const kind = id.startsWith('tgw-attach') ? 'tgw-attach' : id.startsWith('tgw') ? 'tgw' : 'nat';
  const format =
    kind === 'nat' ? '${resource-id} ${flow-direction}' : '${tgw-attachment-id} ${flow-direction}';
  return { ...subscription({ on: id, format, ...more }), resourceType: TYPES[kind] };
}

async function recorded(
  name: string,
  packets: Parameters<typeof captureOf>[0],
  snapshot: Snapshot,
  subscriptions: readonly Subscription[],
): Promise<Run> {
  const path = join(folder, name);
  writeFileSync(path, captureOf(packets));
  const { writer } = writerOf(snapshot, subscriptions);
  return feed(runOf(writer), await messagesOf(path, snapshot));
}

describe('transit gateway flow logs', () => {
  test('are of the owner of the gateway, or of the attachment, and of nobody else', async () => {
    const own = on(GATEWAY);
    const here = on(HERE);
    const there = on(THERE, { account: OTHER });
    const wrong = [
      on(GATEWAY, { account: OTHER }),
      on(HERE, { account: OTHER }),
      on(THERE),
      on(GATEWAY, { region: 'us-east-1' }),
    ];
    const { commits, writer } = await recorded('own.pcap', crossing(5), snapshotOf(), [
      own,
      here,
      there,
      ...wrong,
    ]);
    const lines = (id: string): string[] => [`${id} egress`, `${id} ingress`];
    expect(linesOf(commits, own.flowLog)).toEqual(expect.arrayContaining([...lines(HERE), ...lines(THERE)]));
    expect(linesOf(commits, own.flowLog)).toHaveLength(4);
    expect(linesOf(commits, here.flowLog).toSorted()).toEqual(lines(HERE));
    expect(linesOf(commits, there.flowLog).toSorted()).toEqual(lines(THERE));
    for (const { flowLog } of wrong) expect(linesOf(commits, flowLog)).toEqual([]);
    expect(writer.counters.account).toMatchObject({ derivedLines: 4, derivedPackets: 6, recordedPackets: 3 });
  });

  test('leave what is seen at interfaces unsubscribed; what is seen at a bound attachment is theirs', async () => {
    const derived = await recorded('derived.pcap', crossing(5), snapshotOf(), [on(GATEWAY)]);
    // Both ends of both directions.
    expect(derived.writer.counters.unsubscribed).toEqual({ rows: 4, packets: 6, bytes: 1240 });
    const tap = join(folder, 'bound.pcap');
    const log = on(GATEWAY);
    const bound = await recorded('bound.pcap', crossing(5), snapshotOf({ here: tap }), [log]);
    // The host's side of each direction; the attachment's is selected.
    expect(bound.writer.counters.unsubscribed).toEqual({ rows: 2, packets: 3, bytes: 620 });
    expect(linesOf(bound.commits, log.flowLog)).toHaveLength(4);
    const nobody = await recorded('bound.pcap', crossing(5), snapshotOf({ here: tap }), []);
    expect(nobody.writer.counters.unsubscribed).toEqual({ rows: 4, packets: 6, bytes: 1240 });
    expect(nobody.writer.counters.account.derivedLines).toBe(0);
  });

  test('events stand in the gateway’s stream', async () => {
    const log = on(GATEWAY, { to: 'cloud-watch-logs' });
    const { commits } = await recorded('events.pcap', [...crossing(5), ...crossing(65)], snapshotOf(), [log]);
    const chunks = chunksOf(commits, log.flowLog);
    const streams = chunks.flatMap(({ body }) => (body.form === 'events' ? body.streams : []));
    expect(streams).toEqual([1, 2].map(() => ({ name: `${GATEWAY}-all`, from: 0, to: 4 })));
    expect(new Set(chunks.flatMap(({ interfaces }) => interfaces))).toEqual(new Set([HERE, THERE]));
  });
});

describe('regional NAT gateway flow logs', () => {
  test('are of its owner; those on its VPC have its lines too', async () => {
    const own = on(NAT);
    const vpc = subscription({ on: VPC, format: '${resource-id} ${flow-direction}' });
    const wrong = on(NAT, { account: OTHER });
    const path = join(folder, 'nat.pcap');
    const { commits } = await recorded('nat.pcap', translated(5), snapshotOf({ nat: path }), [
      own,
      vpc,
      wrong,
    ]);
    const four = ['egress', 'egress', 'ingress', 'ingress'].map((way) => `${NAT} ${way}`);
    const ofNat = (id: string): string[] =>
      linesOf(commits, id).filter((it) => / [ei]n?gress$/.test(it) && it.startsWith('nat-'));
    expect(ofNat(own.flowLog).toSorted()).toEqual(four);
    expect(ofNat(vpc.flowLog).toSorted()).toEqual(four);
    expect(linesOf(commits, wrong.flowLog)).toEqual([]);
  });
});
