/** Exporters and captures side by side in the loop of live sources, to records. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { discoveringNetwork } from '../../../src/network/defaults.ts';
import { Snapshot } from '../../../src/network/snapshot.ts';
import { parseNetwork } from '../../../src/network/yaml.ts';
import { parseLogFormat } from '../../../src/records/formats.ts';
import type { Output } from '../../../src/service/record/output.ts';
import { RecordSession, type RecordSummary } from '../../../src/service/record/session.ts';
import { verdictOnlyOf } from '../../../src/service/recording/verdict-only.ts';
import { ANY_EXPORTER } from '../../../src/sources/flow-source.ts';
import { formatOf } from '../../record/run.ts';
import { FakeFirewall, FakeFlows } from './fake-flows.ts';

const OWNER = { account: '123456789012', region: 'eu-central-1' };
const FIELDS = 'flow-direction pkt-srcaddr pkt-dstaddr srcport dstport packets bytes action log-status';

interface Run {
  readonly lines: string[];
  readonly summary: RecordSummary;
  /** Before its end. */
  readonly progress: RecordSession['progress'];
}

/** Records until `during` is over. */
async function recordWhile(
  sources: readonly FakeFirewall[],
  flows: readonly FakeFlows[],
  during: () => Promise<void>,
  network = discoveringNetwork(OWNER, ['10.0.0.0/8']),
  fields = FIELDS,
): Promise<Run> {
  const format = parseLogFormat(formatOf(fields), { kind: 'vpc' });
  if (!format.ok) throw new Error(format.message);
  const pieces: Uint8Array[] = [];
  const output: Output = {
    write: (piece) => {
      if ('bytes' in piece) pieces.push(piece.bytes);
      return Promise.resolve();
    },
    end: () => Promise.resolve(),
  };
  const session = new RecordSession({
    sources,
    flows,
    snapshot: Snapshot.build(network, { version: 1, scopes: 'all' }),
    format: format.format,
    interval: 60,
    traffic: 'ALL',
    output,
    form: 'text',
    header: false,
    workers: 0,
    maxFlows: 4096,
    verdictOnly: () => verdictOnlyOf(sources, flows.length > 0),
  });
  const ran = session.run();
  await during();
  const { progress } = session;
  session.stop();
  const summary = await ran;
  return { lines: Buffer.concat(pieces).toString().split('\n').slice(0, -1).sort(), summary, progress };
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

const CONNECTION = { src: '10.0.0.1', dst: '192.0.2.80', sport: 4000, dport: 22 };

describe('exporters and a firewall that logs', () => {
  test('the firewall’s packets set verdicts only, of the answer too; the exporter counts', async () => {
    const [firewall, routers] = [new FakeFirewall('nflog:5'), new FakeFlows('routers')];
    const { lines, summary, progress } = await recordWhile([firewall], [routers], async () => {
      const time = now();
      const [src, dst] = [CONNECTION.dst, CONNECTION.src];
      firewall.push({ ...CONNECTION, time, verdict: 2 });
      routers.push(
        { ...CONNECTION, time, packets: 3, bytes: 180, exporter: 1 },
        { src, dst, sport: 22, dport: 4000, time, packets: 2, bytes: 80, exporter: 1 },
        { ...CONNECTION, dport: 443, time, packets: 9, bytes: 900, exporter: 1 },
      );
      await sleep(300);
    });
    expect(lines).toEqual([
      'egress 10.0.0.1 192.0.2.80 4000 22 3 180 REJECT OK',
      'egress 10.0.0.1 192.0.2.80 4000 443 9 900 ACCEPT OK',
      'ingress 192.0.2.80 10.0.0.1 22 4000 2 80 REJECT OK',
    ]);
    expect(summary.recorder.verdictOnlyPackets).toBe(1);
    expect(summary.account.recordedPackets).toBe(14);
    // Packets that its flows stand for, and the one that was logged.
    expect(progress).toMatchObject({ exported: 3, packets: 15 });
  });

  test('neither starves beside one that never rests', async () => {
    const [firewall, routers] = [new FakeFirewall('nflog:5'), new FakeFlows('routers')];
    const time = now();
    for (let k = 0; k < 3000; k++) {
      routers.push({ ...CONNECTION, dport: 443, time, packets: 1, bytes: 100, exporter: 1 });
    }
    for (let k = 0; k < 50; k++) firewall.push({ ...CONNECTION, sport: k + 1, time, verdict: 2 });
    const { summary } = await recordWhile([firewall], [routers], () => Promise.resolve());
    expect(summary.decoders[0]!.packets).toBe(50);
    expect(summary.exports[0]!.counters.packets).toBe(3000);
    // What only the firewall saw is recorded from its log.
    expect(summary.account.recordedPackets).toBe(3050);
  });
});

describe('losses', () => {
  const network = parseNetwork(
    `vpcs:
  - id: vpc-00000001
    cidrs: [10.0.0.0/16]
    subnets:
      - id: subnet-00000001
        cidrs: [10.0.0.0/24]
        interfaces:
          - { id: eni-00000001, primary: 10.0.0.1 }
          - { id: eni-00000002, primary: 10.0.0.2 }
          - { id: eni-00000003, primary: 10.0.0.3 }
`,
    'network.yaml',
    OWNER,
  );
  const skipped = ({ lines }: Run): string[] =>
    lines.filter((line) => line.endsWith('SKIPDATA')).map((line) => line.split(' ')[0]!);

  async function lossOf(exporter: number): Promise<Run> {
    const routers = new FakeFlows('routers');
    const flow = { dst: '192.0.2.80', sport: 1, dport: 2, packets: 1, bytes: 100 };
    return recordWhile(
      [],
      [routers],
      async () => {
        const time = now();
        routers.push(
          { ...flow, src: '10.0.0.1', time, exporter: 1 },
          { ...flow, src: '10.0.0.2', time, exporter: 2 },
        );
        await sleep(200);
        routers.losses.push({ from: time, to: time, exporter, count: 7, reason: 'sequence_gap' });
        await sleep(1300);
      },
      network,
      'interface-id log-status',
    );
  }

  test('of one exporter concern who had traffic from it', async () => {
    const run = await lossOf(1);
    expect(skipped(run)).toEqual(['eni-00000001']);
    const [source] = run.summary.exports;
    expect(source!.exporters).toEqual([
      { address: '192.0.2.1', rows: 1, lost: { sequence_gap: 7 } },
      { address: '192.0.2.2', rows: 1, lost: {} },
    ]);
  });

  test('of nobody knows whom concern all that the source saw', async () => {
    expect(skipped(await lossOf(ANY_EXPORTER))).toEqual(['eni-00000001', 'eni-00000002']);
  });

  test('of an exporter without a flow concern nobody', async () => {
    expect(skipped(await lossOf(9))).toEqual([]);
  });
});
