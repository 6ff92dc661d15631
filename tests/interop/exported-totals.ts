/** Runs of `weir record`, as sums of packets and bytes for each direction and 5-tuple. */
import {
  allOutcomes,
  formatOf,
  linesOf,
  record,
  start,
  type Summary,
  summaryOf,
  until,
} from '../record/run.ts';

/** Every address is an interface: each packet is recorded at both its ends. */
const EVERYTHING = ['--cidr', '0.0.0.0/0,::/0', '--interval', '60'];
const FIELDS =
  'flow-direction pkt-srcaddr pkt-dstaddr srcport dstport protocol packets bytes start end action log-status';

export interface Totals {
  /** `direction source destination sport dport protocol` to packets and bytes. */
  readonly sums: ReadonlyMap<string, readonly [packets: number, bytes: number]>;
  /** The earliest start and the latest end, in Unix seconds. */
  readonly start: number;
  readonly end: number;
  readonly summary: Summary & Exports;
}

interface Exports {
  readonly exports?: readonly {
    readonly datagrams: number;
    readonly lost: Readonly<Record<string, number>>;
    readonly decoded: Readonly<Record<string, number>>;
  }[];
}

/** Of a capture file. */
export function totalsOf(capture: string): Totals {
  const { lines, summary } = record([capture, ...EVERYTHING, '--format', formatOf(FIELDS)]);
  return totalled(lines, summary);
}

/** The sums whose keys pass. */
export function only(
  { sums }: Totals,
  passes: (key: string) => boolean,
): Map<string, readonly [number, number]> {
  return new Map([...sums].filter(([key]) => passes(key)));
}

/** Records what exporters send while `send` runs: its port on 127.0.0.1 is told. It is ended as by Ctrl-C. */
export async function totalsOfExports(
  flag: string,
  more: readonly string[],
  send: (port: number) => Promise<void>,
): Promise<Totals> {
  const form = ['--format', formatOf(FIELDS), '--no-header', '--summary', 'json'];
  const running = start(['record', flag, '127.0.0.1:0'].concat(more, EVERYTHING, form));
  const port = (): string | undefined => / on 127\.0\.0\.1:(\d+)\b/.exec(running.stderr())?.[1];
  await until('it listens', () => port() !== undefined || running.child.exitCode !== null);
  if (running.child.exitCode !== null) throw new Error(running.stderr());
  await send(Number(port()));
  running.child.kill('SIGINT');
  const { status, stdout, stderr } = await running.ended;
  if (status !== 0) throw new Error(`record ended with ${status}: ${stderr}`);
  return totalled(linesOf(stdout), summaryOf(stderr));
}

function totalled(lines: readonly string[], summary: Summary): Totals {
  const { packets, bytes } = allOutcomes(summary);
  if (!summary.identity || packets !== summary.in.packets || bytes !== summary.in.bytes)
    throw new Error(`the identity does not hold: ${JSON.stringify(summary)}`);
  const sums = new Map<string, [number, number]>();
  let [first, last] = [Infinity, 0];
  for (const line of lines) {
    const cells = line.split(' ');
    const [count, octets, from, to, action, status] = cells.splice(6);
    if (action !== 'ACCEPT' || status !== 'OK')
      throw new Error(`neither a loss nor a refusal was sent: ${line}`);
    const key = cells.join(' ');
    const sum = sums.get(key) ?? [0, 0];
    sums.set(key, [sum[0] + Number(count), sum[1] + Number(octets)]);
    first = Math.min(first, Number(from));
    last = Math.max(last, Number(to));
  }
  return { sums, start: first, end: last, summary };
}
