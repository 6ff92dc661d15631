/** The live recording on its thread, over a veth pair, against a writing side of the test's own. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test, type TestContext } from 'vitest';
import type { Network } from '../../../src/network/model.ts';
import { parseNetwork } from '../../../src/network/yaml.ts';
import { Live, type LiveConfig } from '../../../src/service/recording/live.ts';
import { missingForLive } from '../../sources/namespace.ts';
import { FakeWriting, linesOf } from './fake-writing.ts';
import { until, Wire } from './wire.ts';

const missing = missingForLive();
const VPC = 'vpc-00000001';
const NETWORK = `vpcs:
  - id: ${VPC}
    cidrs: [10.99.0.0/16]
    subnets:
      - id: subnet-00000001
        cidrs: [10.99.0.0/24]
        discover: true
        interfaces:
          - { id: eni-00000002, primary: 10.99.0.2 }
`;
const PATIENCE = 40_000;

/** A veth pair, and a live recording that has not begun: each test has its own, so that they wait side by side. */
interface Stage {
  readonly wire: Wire;
  readonly writing: FakeWriting;
  readonly live: Live;
  /** What it logged so far. */
  readonly logged: readonly string[];
  readonly source: (name?: string, device?: string) => LiveConfig;
  /** Begins, and waits until a source captures. */
  readonly begin: (...sources: LiveConfig[]) => Promise<void>;
  /** Takes another network, and gives what tells of it. */
  readonly takes: (text: string) => () => void;
}

function networkOf(text: string): Network {
  return parseNetwork(text, 'network.yaml', { account: '123456789012', region: 'eu-central-1' });
}

function stageFor({ onTestFinished }: TestContext): Stage {
  const wire = new Wire();
  const writing = new FakeWriting();
  const logged: string[] = [];
  let network = networkOf(NETWORK);
  let changed: (() => void) | undefined;
  let number = 0;
  let generation = 6;
  const live = new Live({
    network: {
      network: () => network,
      services: () => undefined,
      onChange: (listener) => {
        changed = listener;
        return () => (changed = undefined);
      },
    },
    writing,
    log: (_, message) => logged.push(message),
    nextNumber: () => ++number,
    nextGeneration: () => Promise.resolve(++generation),
    graceSeconds: 2,
    maxFlows: 1 << 14,
  });
  onTestFinished(async () => {
    await live.stop(0);
    wire.remove();
  });
  return {
    wire,
    writing,
    live,
    logged,
    source: (name = 'lan', device = wire.name) => ({
      type: 'live',
      name,
      vpcs: undefined,
      tunnels: undefined,
      interface: device,
      filter: 'udp port 53',
      promiscuous: true,
      snaplen: undefined,
      bufferKiB: undefined,
    }),
    async begin(...sources) {
      await live.start(sources);
      await until('capture', () => live.current?.stats?.sources.some((it) => it.healthy) === true);
    },
    takes(text) {
      network = networkOf(text);
      return () => changed!();
    },
  };
}

describe
  .skipIf(missing !== undefined)
  .concurrent(`the live recording${missing === undefined ? '' : ` (needs ${missing})`}`, () => {
    const packetsOf = (lines: readonly string[]): number =>
      lines.filter((line) => line.endsWith(' OK')).reduce((sum, line) => sum + Number(line.split(' ')[7]), 0);

    test(
      'what is open is closed and committed at the end, and nothing is missing',
      async (context) => {
        const { wire, writing, live, logged, source, begin } = stageFor(context);
        wire.make();
        await begin(source());
        wire.send(
          '10.99.0.7',
          '10.99.0.2',
          Array.from({ length: 50 }, (_, n) => 5000 + n),
        );
        await live.stop(8_000);
        const [written] = writing.written;
        expect(written).toMatchObject({ producer: 'live-7', mode: 'live', ended: true });
        const lines = linesOf(written!);
        // Egress of the discovered sender, ingress of the declared receiver.
        expect(packetsOf(lines)).toBe(100);
        expect(lines.filter((line) => line.startsWith('eni-00000002 ingress 10.99.0.7')).length).toBe(50);
        expect(live.past[0]).toMatchObject({ discovered: 1 });
        expect(live.past[0]!.sources[0]).toMatchObject({ name: 'lan', packets: 50, lost: {}, restarts: 0 });
        expect(logged.filter((it) => /fail|not end/.test(it))).toEqual([]);
      },
      PATIENCE,
    );

    test(
      'a flush sends what is open, once',
      async (context) => {
        const { wire, writing, live, source, begin } = stageFor(context);
        wire.make();
        await begin(source());
        wire.send('10.99.0.7', '10.99.0.2', [1, 2, 3]);
        await until('packets', () => live.current?.stats?.recorder.rows === 3);
        await live.current!.flush();
        expect(writing.written[0]!.flushes).toBe(1);
        expect(packetsOf(linesOf(writing.written[0]!))).toBe(6);
        wire.send('10.99.0.7', '10.99.0.2', [4]);
        await live.stop(8_000);
        expect(packetsOf(linesOf(writing.written[0]!))).toBe(8);
      },
      PATIENCE,
    );

    test(
      'tcpdump is killed: it captures again, and the time between is SKIPDATA',
      async (context) => {
        const { wire, writing, live, logged, source, begin } = stageFor(context);
        wire.make();
        await begin(source());
        wire.send('10.99.0.7', '10.99.0.2', [1]);
        await until('packets', () => live.current?.stats?.recorder.rows === 1);
        const pids = pidsOf(`tcpdump\0-i\0${wire.name}\0`);
        expect(pids.length).toBe(1);
        for (const pid of pids) process.kill(pid, 'SIGKILL');
        await until('the death', () => logged.some((it) => /ended \(.*\); it is started again/.test(it)));
        await until('the next', () => logged.some((it) => it.endsWith('captures again')));
        wire.send('10.99.0.7', '10.99.0.2', [2]);
        await live.stop(8_000);
        const lines = linesOf(writing.written[0]!);
        expect(packetsOf(lines)).toBe(4);
        expect(lines.some((line) => line.startsWith('eni-00000002 ') && line.endsWith(' SKIPDATA'))).toBe(
          true,
        );
        expect(live.past[0]!.sources[0]!.restarts).toBeGreaterThan(0);
      },
      PATIENCE,
    );

    test(
      'a source that cannot start is unhealthy, the others record, and it is tried until it can',
      async (context) => {
        const { wire, writing, live, logged, source, begin } = stageFor(context);
        wire.make();
        const later = new Wire();
        try {
          await begin(source(), source('later', later.name));
          const stats = (): { healthy: boolean; fault?: string } | undefined =>
            live.current?.stats?.sources[1];
          expect(stats()).toMatchObject({ healthy: false, fault: expect.stringContaining(later.name) });
          wire.send('10.99.0.7', '10.99.0.2', [1]);
          later.make();
          await until('its start', () => stats()?.healthy === true);
          later.send('10.99.0.8', '10.99.0.2', [2]);
          await live.stop(8_000);
          expect(packetsOf(linesOf(writing.written[0]!))).toBe(4);
          // Not again at each try: only another reason is told, as when a try comes while the device is made.
          const reasons = logged.filter((it) => it.startsWith('later does not capture'));
          expect(reasons.length).toBeGreaterThan(0);
          expect(reasons.filter((it, i) => it === reasons[i - 1])).toEqual([]);
          expect(logged).toContain('later captures now');
        } finally {
          later.remove();
        }
      },
      PATIENCE,
    );

    test(
      'what was missing since the last run is SKIPDATA, also of what had been discovered',
      async (context) => {
        const { wire, writing, live, source, begin } = stageFor(context);
        wire.make();
        const now = Math.floor(Date.now() / 1000);
        writing.gap = {
          declared: ['eni-00000002', 'eni-000000ff'],
          discovered: [{ vpcId: VPC, six: false, words: [0, 0, 0, (10 << 24) | (99 << 16) | 9] }],
          from60: now - (now % 60) - 300,
          from600: now - (now % 600) - 600,
        };
        await begin(source());
        await live.stop(8_000);
        const lines = linesOf(writing.written[0]!).filter((line) => line.endsWith(' SKIPDATA'));
        expect(lines.length).toBe(2);
        expect(lines.filter((line) => line.startsWith('eni-00000002 ')).length).toBe(1);
      },
      PATIENCE,
    );

    test(
      'a thread that dies is begun again, as a producer of its own',
      async (context) => {
        const { wire, writing, live, logged, source, begin } = stageFor(context);
        wire.make();
        await begin(source());
        await live.current!.kill();
        await until('the next', () => live.current?.producer === 'live-8');
        expect(live.past.length).toBe(1);
        await until('capture', () => live.current?.stats?.sources[0]?.healthy === true);
        wire.send('10.99.0.7', '10.99.0.2', [1]);
        await live.stop(8_000);
        expect(packetsOf(linesOf(writing.written[1]!))).toBe(2);
        expect(logged).toContain('the live recording failed; it is begun again');
      },
      PATIENCE,
    );

    test(
      'other sources: the recording ends and another begins; without any, none',
      async (context) => {
        const { wire, writing, live, source, begin } = stageFor(context);
        wire.make();
        await begin(source());
        wire.send('10.99.0.7', '10.99.0.2', [1]);
        await live.replace([source('other')], 8_000);
        await until('capture', () => live.current?.stats?.sources[0]?.name === 'other');
        await until('capture', () => live.current?.stats?.sources[0]?.healthy === true);
        wire.send('10.99.0.7', '10.99.0.2', [2]);
        await live.replace([], 8_000);
        expect(live.current).toBeUndefined();
        expect(writing.written.map((it) => [it.producer, it.ended, packetsOf(linesOf(it))])).toEqual([
          ['live-7', true, 2],
          ['live-8', true, 2],
        ]);
      },
      PATIENCE,
    );

    test(
      'a writing side that hangs costs the deadline and no more',
      // By itself: it measures time.
      { concurrent: false, timeout: PATIENCE },
      async (context) => {
        const { wire, writing, live, logged, source, begin } = stageFor(context);
        wire.make();
        await begin(source());
        writing.hangs = true;
        const begun = performance.now();
        await live.stop(3_000);
        expect(performance.now() - begun).toBeLessThan(4_500);
        expect(logged).toContain('the live recording did not end in time: its open windows are lost');
      },
    );

    test(
      'changes of the network are gathered into one version, which waits for the next window',
      async (context) => {
        const { wire, writing, live, source, begin, takes } = stageFor(context);
        wire.make();
        await begin(source());
        wire.send('10.99.0.7', '10.99.0.2', [1]);
        await until('packets', () => live.current?.stats?.recorder.rows === 1);
        const changed = takes(NETWORK.replaceAll('eni-00000002', 'eni-00000003'));
        const window = Math.floor(Date.now() / 60_000);
        for (let i = 0; i < 20; i++) changed();
        await until('a version', () => writing.written[0]!.versions.length > 1);
        await new Promise((resolve) => setTimeout(resolve, 600));
        expect(writing.written[0]!.versions).toEqual([1, 2]);
        wire.send('10.99.0.7', '10.99.0.2', [2]);
        await live.stop(8_000);
        if (Math.floor(Date.now() / 60_000) !== window) return; // the minute turned under it
        const lines = linesOf(writing.written[0]!);
        expect(lines.filter((line) => line.startsWith('eni-00000002 ingress')).length).toBe(2);
        expect(lines.join('\n')).not.toContain('eni-00000003');
      },
      PATIENCE,
    );

    test('without live sources, a producer begins and ends, so that slots of earlier ones are complete', async (context) => {
      const { writing, live } = stageFor(context);
      await live.start([]);
      await until('its end', () => writing.written[0]?.ended === true);
      expect(writing.written[0]).toMatchObject({ producer: 'live-7', mode: 'live', windows: [] });
      expect(live.current).toBeUndefined();
    });
  });

/** Processes whose command line begins so. */
function pidsOf(command: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(command);
      } catch {
        return false; // it has ended meanwhile
      }
    })
    .map(Number);
}
