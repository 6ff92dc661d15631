/**
 * The API while packets are captured, and the capture while the API is asked: `weir serve` on one end of a pair of
 * interfaces in a namespace of its own. Ratios within one run, in turns: DescribeFlowLogs against the same without packets, losses
 * with requests against those without; then the highest rate without any loss. As root, on Linux.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openClient } from '../src/cli/service-options.ts';
import { openWire, type Wire } from '../tests/service/delivery/wire.ts';
import { SignedClient, textsOf } from '../tests/service/signed-client.ts';
import { startWeir } from '../tests/service/weir-process.ts';
import { machine, median } from './measure.ts';

/** Frames of UDP, from a ring that the kernel reads: `rate` a second in ticks of a millisecond or so. */
const SENDER = `
import mmap, signal, socket, struct, sys, time
rate, flows = int(sys.argv[1]), 4096
SOL_PACKET, PACKET_TX_RING, SIZE, DATA = 263, 13, 256, 32
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.setsockopt(SOL_PACKET, PACKET_TX_RING, struct.pack('IIII', 4096, flows * SIZE // 4096, SIZE, flows))
s.bind(('out0', 0))
ring = mmap.mmap(s.fileno(), flows * SIZE)
frame_head = b'\\x02\\0\\0\\0\\0\\x02' + b'\\x02\\0\\0\\0\\0\\x01' + b'\\x08\\0'
for n in range(flows):
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 86, 0, 0, 64, 17, 0, bytes([10, 9, n >> 8, n & 255]), bytes([10, 8, 0, 1 + n % 200]))
    frame = frame_head + ip + struct.pack('>HHHH', 1024 + n, 443, 66, 0) + b'\\0' * 58
    ring[n * SIZE + 8:n * SIZE + 12] = struct.pack('I', len(frame))
    ring[n * SIZE + DATA:n * SIZE + DATA + len(frame)] = frame
going = True
def stop(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, stop)
sent, at, begun, ready = 0, 0, time.time(), struct.pack('Q', 1)
while going:
    due = int((time.time() - begun) * rate) - sent
    if due < 1 or (due < 64 and rate > 64000):
        time.sleep(0.0005)
        continue
    for _ in range(min(due, 1024)):
        ring[at * SIZE:at * SIZE + 8] = ready
        at = (at + 1) % flows
        sent += 1
    s.send(b'')
print(sent, time.time() - begun, flush=True)
`;

interface Phase {
  readonly rate: number;
  readonly asked: boolean;
  readonly milliseconds: readonly number[];
  readonly sent: number;
  readonly seconds: number;
  readonly captured: number;
  readonly lost: number;
}

/** Runs the bench; see docs/benchmarks.md. */
export async function benchServe(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: 'string', default: '100000' },
      seconds: { type: 'string', default: '6' },
      rounds: { type: 'string', default: '3' },
      'flow-logs': { type: 'string', default: '1000' },
      step: { type: 'string', default: '50000' },
      most: { type: 'string', default: '1000000' },
    },
  });
  if (process.getuid?.() !== 0) throw new Error('this bench captures: run it as root');
  const root = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  const wire = openWire(root);
  try {
    writeFileSync(
      join(root, 'weir.yaml'),
      'sources: [{ name: lan, type: live, interface: any, snaplen: 96, buffer: 65536 }]\n',
    );
    const directory = join(root, 'data');
    const weir = await startWeir(directory, {
      config: join(root, 'weir.yaml'),
      environment: wire.environment,
    });
    const client = new SignedClient({ ...weir, connections: 1 });
    try {
      await makeFlowLogs(client, Number(values['flow-logs']));
      const bench = new ServeBench(client, directory, wire, Number(values.seconds));
      const rate = Number(values.rate);
      const phases: Phase[] = [];
      const ratios: number[] = [];
      for (let round = 0; round < Number(values.rounds); round++) {
        const idle = await bench.phase(0, true);
        const alone = await bench.phase(rate, false);
        const both = await bench.phase(rate, true);
        phases.push(idle, alone, both);
        ratios.push(median(both.milliseconds) / median(idle.milliseconds));
      }
      process.stdout.write(table(phases));
      process.stdout.write(
        `\nDescribeFlowLogs at ${shown(rate)} packets/s takes ${median(ratios).toFixed(2)} times as long as idle ` +
          `(median of ${ratios.map((it) => it.toFixed(2)).join(', ')}).\n`,
      );
      const whole = phases.find(({ lost }) => lost > 0) === undefined;
      let best = whole ? phases.at(-1) : undefined;
      let why = `${shown(Number(values.most))} are as many as were tried`;
      for (let next = rate + Number(values.step); best !== undefined && next <= Number(values.most);) {
        const phase = await bench.phase(next, true);
        const fell = phase.sent / phase.seconds < 0.9 * next;
        if (phase.lost > 0) why = `${shown(phase.lost)} of ${shown(phase.sent)} were lost at ${shown(next)}`;
        else if (fell) why = `the sender made only ${shown(phase.sent / phase.seconds)} of ${shown(next)}`;
        if (phase.lost > 0 || fell) break;
        best = phase;
        next += Number(values.step);
      }
      if (!whole) why = `some were lost at ${shown(rate)}`;
      const found = best === undefined ? 'none' : `${shown(best.sent / best.seconds)} packets/s`;
      process.stdout.write(`Highest rate without a loss, while it is asked: ${found} (${why}).\n`);
    } finally {
      client.close();
      await weir.stop();
    }
  } finally {
    wire.close();
    rmSync(root, { recursive: true, force: true });
  }
}

/** As many as asked for, over as many VPCs as that takes. */
async function makeFlowLogs(client: SignedClient, count: number): Promise<void> {
  const body = await client.ask('DescribeVpcs');
  const vpcs = textsOf(body, 'vpcId').slice(0, 1);
  for (let made = 0; made < count; made++) {
    if (made > 0 && made % 250 === 0) {
      vpcs.push(textsOf(await client.ask('CreateVpc', { CidrBlock: '172.31.0.0/16' }), 'vpcId')[0]!);
    }
    const answer = await client.ask('CreateFlowLogs', {
      'ResourceId.1': vpcs.at(-1)!,
      ResourceType: 'VPC',
      TrafficType: made === 0 ? 'ALL' : 'REJECT',
      LogGroupName: `bench-${made}`,
      DeliverLogsPermissionArn: 'arn:aws:iam::123456789012:role/flow-logs',
    });
    if (!answer.includes('<flowLogIdSet><item>')) throw new Error(`no flow log was made: ${answer}`);
  }
}

class ServeBench {
  readonly #client: SignedClient;
  readonly #directory: string;
  readonly #wire: Wire;
  readonly #seconds: number;

  constructor(client: SignedClient, directory: string, wire: Wire, seconds: number) {
    this.#client = client;
    this.#directory = directory;
    this.#wire = wire;
    this.#seconds = seconds;
  }

  /** Packets at a rate (0: none) and, if it is to be asked, DescribeFlowLogs one after another. */
  async phase(rate: number, asked: boolean): Promise<Phase> {
    const before = await this.#counts();
    const sender = rate === 0 ? undefined : this.#wire.python(SENDER, String(rate));
    const end = performance.now() + 1000 * this.#seconds;
    const milliseconds: number[] = [];
    while (performance.now() < end) {
      if (asked) {
        const began = performance.now();
        await this.#client.ask('DescribeFlowLogs', { MaxResults: '1000' });
        milliseconds.push(performance.now() - began);
      }
      await sleep(asked ? 20 : 200);
    }
    await sender?.stop();
    const [sent = 0, seconds = this.#seconds] = (sender?.said() ?? '').split(' ').filter(Boolean).map(Number);
    const after = await this.#settled(before.captured + sent);
    const [captured, dropped] = [after.captured - before.captured, after.lost - before.lost];
    const lost = Math.max(dropped, sent - captured);
    const phase = { rate, asked, milliseconds, sent, seconds, captured, lost };
    process.stderr.write(`${row(phase)}\n`);
    return phase;
  }

  /** Counts come every second, and drops at each window's end: waits until all that was sent is there, for a while. */
  async #settled(captured: number): Promise<{ captured: number; lost: number }> {
    for (let tries = 0; ; tries++) {
      const counts = await this.#counts();
      if (counts.captured >= captured || tries === 20) return counts;
      await sleep(500);
    }
  }

  async #counts(): Promise<{ captured: number; lost: number }> {
    const [source] = (await openClient({ data: this.#directory }).status()).sources;
    if (source === undefined) return { captured: 0, lost: 0 };
    return {
      captured: source.packets,
      lost: Object.values(source.lost).reduce((sum, packets) => sum + packets, 0),
    };
  }
}

function table(phases: readonly Phase[]): string {
  return [
    machine(),
    '',
    '| packets/s | asked | DescribeFlowLogs of 1,000: median ms | 95% | packets sent | lost |',
    '|---:|---|---:|---:|---:|---:|',
  ]
    .concat(phases.map(row), '')
    .join('\n');
}

function row({ rate, asked, milliseconds, sent, lost }: Phase): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (part: number): string =>
    asked ? sorted[Math.floor(part * (sorted.length - 1))]!.toFixed(1) : '-';
  return `| ${shown(rate)} | ${asked ? 'yes' : 'no'} | ${at(0.5)} | ${at(0.95)} | ${shown(sent)} | ${shown(lost)} |`;
}

function shown(figure: number): string {
  return Math.round(figure).toLocaleString('en');
}
