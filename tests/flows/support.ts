import { formatIPv4, formatIPv6, parseAddress } from '../../src/base/addresses.ts';
import {
  Batch,
  BATCH_ROWS,
  foldAddress,
  META_FRAGMENT_FIRST,
  META_FRAGMENT_LATER,
  META_INCOMING,
  META_IPV6,
  META_MAC,
  META_OUTGOING,
  META_TCP_FLAGS_SHIFT,
  META_TUNNEL,
  META_VERDICT_SHIFT,
} from '../../src/capture/batch.ts';
import { FLOW_BATCH_ROWS, FlowBatch } from '../../src/capture/flow-batch.ts';
import { type Account, account, emptyAccount } from '../../src/flows/accounting.ts';
import type { Point } from '../../src/flows/contexts.ts';
import { Expander } from '../../src/flows/expand.ts';
import type { PointOptions } from '../../src/flows/points.ts';
import { Recorder } from '../../src/flows/recorder.ts';
import type { RecorderOptions } from '../../src/flows/recorder-options.ts';
import { RollUp } from '../../src/flows/rollup.ts';
import {
  type ClosedWindow,
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  type ExpandedWindow,
  FLAGS_VERDICT,
  FLAGS_VERDICT_SHIFT,
  FLAGS_VPC,
  type NetworkVersion,
  KEY_IPV6,
  KEY_PROTOCOL,
  POOL_WORDS,
  ROW_WORDS,
  STATUS_NODATA,
  STATUS_WORDS,
  WORD_ADDRESSES,
  WORD_DESTINATION,
  WORD_EGRESS,
  WORD_FIRST,
  WORD_FLAGS,
  WORD_INGRESS,
  WORD_KEY,
  WORD_LAST,
  WORD_PORTS,
  WORD_SOURCE,
  rowDoubles,
  rowWords,
  LOST_CELLS,
  lostAt,
} from '../../src/flows/rows.ts';
import type { StatusTracker } from '../../src/flows/status.ts';
import { fillFlows, type TestFlow } from './exported.ts';
import type { InterfaceDirectory, InterfaceLookup, SeenBy } from '../../src/network/lookup.ts';

/** A packet as a test writes it. */
export interface TestPacket {
  readonly time: number;
  readonly src: string;
  readonly dst: string;
  readonly protocol?: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly bytes?: number;
  readonly flags?: number;
  readonly verdict?: 0 | 1 | 2;
  readonly fragment?: { readonly id: number; readonly first: boolean };
  readonly ifIndex?: number;
  readonly vlan?: number;
  readonly tunnel?: number;
  readonly direction?: 'in' | 'out';
  readonly macs?: readonly [number, number];
}

/** Writes packets into a batch, as a decoder would. */
export function fill(batch: Batch, packets: readonly TestPacket[]): void {
  batch.clear();
  for (const packet of packets) {
    const i = batch.count++;
    const src = parseAddress(packet.src)!;
    const dst = parseAddress(packet.dst)!;
    const six = src.family === 6;
    batch.time[i] = packet.time;
    batch.nanos[i] = 0;
    batch.src[i] = six ? foldAddress(...src.words) : src.words[3];
    batch.dst[i] = six ? foldAddress(...dst.words) : dst.words[3];
    if (six) {
      batch.src6.set(src.words, 4 * i);
      batch.dst6.set(dst.words, 4 * i);
    }
    batch.ports[i] = ((packet.sport ?? 0) << 16) | (packet.dport ?? 0);
    const fragment = packet.fragment;
    batch.meta[i] =
      (packet.protocol ?? 6) |
      ((packet.flags ?? 0) << META_TCP_FLAGS_SHIFT) |
      (six ? META_IPV6 : 0) |
      ((packet.verdict ?? 0) << META_VERDICT_SHIFT) |
      (fragment === undefined ? 0 : fragment.first ? META_FRAGMENT_FIRST : META_FRAGMENT_LATER) |
      (packet.direction === 'in' ? META_INCOMING : packet.direction === 'out' ? META_OUTGOING : 0) |
      (packet.macs === undefined ? 0 : META_MAC) |
      (packet.tunnel === undefined ? 0 : META_TUNNEL);
    batch.length[i] = packet.bytes ?? 100;
    batch.ifIndex[i] = packet.ifIndex ?? 0;
    batch.vlan[i] = packet.vlan ?? 0;
    batch.tunnel[i] = packet.tunnel ?? 0;
    batch.srcMacHigh[i] = 0;
    batch.dstMacHigh[i] = 0;
    batch.srcMacLow[i] = packet.macs?.[0] ?? 0;
    batch.dstMacLow[i] = packet.macs?.[1] ?? 0;
    if (fragment !== undefined) {
      batch.fragment[i] = fragment.id;
      batch.fragments++;
    }
    if ((packet.verdict ?? 0) !== 0) batch.verdicts++;
    batch.minTime = Math.min(batch.minTime, packet.time);
    batch.maxTime = Math.max(batch.maxTime, packet.time);
  }
}

/** Interfaces 1, 2, … hold the addresses of a list; a MAC or a binding is given by hand. */
export class TestNetwork implements InterfaceLookup, InterfaceDirectory {
  readonly #byAddress: Map<string, number>;
  version = 1;
  factsVersion = 1;
  /** Numbers by scope; all of them in scope 0 unless a test says otherwise. */
  readonly scopes: Int32Array[];
  readonly declaredCount: number;
  readonly macs = new Map<number, number>();
  readonly bound = new Map<string, number>();
  reserved = false;

  constructor(addresses: readonly string[]) {
    this.#byAddress = new Map(addresses.map((address, k) => [address, k + 1]));
    this.declaredCount = addresses.length;
    this.scopes = [Int32Array.from(addresses, (_, k) => k + 1)];
  }

  get scopeCount(): number {
    return this.scopes.length;
  }

  scopeInterfaces(scope: number): Int32Array {
    return this.scopes[scope]!;
  }

  has(number: number): boolean {
    return number >= 1 && number <= this.declaredCount;
  }

  get needsLink(): boolean {
    return this.macs.size + this.bound.size + this.scopeByIndex.size > 0;
  }

  find4(_scope: number, address: number): number {
    return this.#byAddress.get(formatIPv4(address)) ?? 0;
  }

  find6(_scope: number, a: number, b: number, c: number, d: number): number {
    return this.#byAddress.get(formatIPv6(a, b, c, d)) ?? 0;
  }

  findMac(_scope: number, _high: number, low: number): number {
    return this.macs.get(low) ?? 0;
  }

  /** By `source ifIndex vlan`, with the exporter's address and a tunnel's id behind it where there is one; an ifIndex
   * of `*` stands for every one. */
  findBound({ source, exporter }: SeenBy, ifIndex: number, vlan: number, tunnel: number): number {
    const more = `${exporter === '' ? '' : ` ${exporter}`}${tunnel < 0 ? '' : ` tunnel ${tunnel}`}`;
    const named = this.bound.get(`${source} ${ifIndex} ${vlan}${more}`);
    return named ?? this.bound.get(`${source} * ${vlan}${more}`) ?? 0;
  }

  /** Scopes by ifIndex. */
  readonly scopeByIndex = new Map<number, number>();

  scopeOf(_seen: SeenBy, ifIndex: number, _vlan: number, _tunnel: number, scope: number): number {
    return this.scopeByIndex.get(ifIndex) ?? scope;
  }

  scopesOf(_seen: SeenBy, scope: number): number[] {
    return [scope, ...this.scopeByIndex.values()];
  }

  /** Numbers that forward, and the addresses that they serve. */
  readonly served = new Map<number, ReadonlySet<string>>();

  serves4(number: number, address: number): boolean {
    return this.served.get(number)?.has(formatIPv4(address)) ?? false;
  }

  serves6(number: number, a: number, b: number, c: number, d: number): boolean {
    return this.served.get(number)?.has(formatIPv6(a, b, c, d)) ?? false;
  }

  isReservedVpc(): boolean {
    return this.reserved;
  }

  isReserved4(_number: number, address: number): 'dns' | 'router' | undefined {
    const text = formatIPv4(address);
    return text === '10.0.0.2' ? 'dns' : text === '10.0.0.1' ? 'router' : undefined;
  }

  facts(): never {
    throw new Error('not asked in these tests');
  }

  compare(a: number, b: number): number {
    return a - b;
  }

  discovered4(): number {
    return -1;
  }
}

/** A line as the tests compare it. */
export interface TestLine {
  readonly interface: number;
  readonly side: 'egress' | 'ingress';
  readonly flow: string;
  readonly packets: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
  readonly flags: number;
  readonly verdict: number;
  /** Packets lost by reason, where there are any. */
  readonly lost?: readonly number[];
}

/** The lines of an expanded window in order; status lines as text. */
export function linesOf(expanded: ExpandedWindow): (TestLine | string)[] {
  const { window, order, lines } = expanded;
  return Array.from(order.subarray(0, lines), (entry) =>
    entry < 0 ? statusLine(window, ~entry) : rowLine(window, entry),
  );
}

function statusLine(window: ClosedWindow, i: number): string {
  const [number, status, start, end] = window.status.subarray(i * STATUS_WORDS, (i + 1) * STATUS_WORDS);
  return `${status === STATUS_NODATA ? 'NODATA' : 'SKIPDATA'} ${number} ${start} ${end}`;
}

function rowLine(window: ClosedWindow, entry: number): TestLine {
  const words = rowWords(window.rows);
  const row = entry >> 1;
  const base = row * ROW_WORDS;
  const doubles = rowDoubles(window.rows);
  const key = words[base + WORD_KEY]!;
  const ports = words[base + WORD_PORTS]! >>> 0;
  const flags = words[base + WORD_FLAGS]!;
  const egress = (entry & 1) === 0;
  const protocol = key & KEY_PROTOCOL;
  const lost = lostAt(window.lost, row);
  const icmp = protocol === 1 || protocol === 58;
  let [src, dst] = [formatIPv4(words[base + WORD_SOURCE]!), formatIPv4(words[base + WORD_DESTINATION]!)];
  if ((key & KEY_IPV6) !== 0) {
    const pool = new Int32Array(window.addresses);
    const at = words[base + WORD_ADDRESSES]! * POOL_WORDS;
    const [a, b, c, d, e, f, g, h] = pool.subarray(at, at + POOL_WORDS) as unknown as number[];
    src = formatIPv6(a!, b!, c!, d!);
    dst = formatIPv6(e!, f!, g!, h!);
  }
  return {
    interface: words[base + (egress ? WORD_EGRESS : WORD_INGRESS)]!,
    side: egress ? 'egress' : 'ingress',
    flow: `${src} ${dst} ${icmp ? 0 : ports >>> 16} ${icmp ? 0 : ports & 0xffff} ${protocol}`,
    packets: doubles[(row * ROW_WORDS) / 2 + DOUBLE_PACKETS]!,
    bytes: doubles[(row * ROW_WORDS) / 2 + DOUBLE_BYTES]!,
    first: words[base + WORD_FIRST]! >>> 0,
    last: words[base + WORD_LAST]! >>> 0,
    flags: flags & FLAGS_VPC,
    verdict: (flags & FLAGS_VERDICT) >>> FLAGS_VERDICT_SHIFT || 1,
    ...(lost >= 0 && { lost: [...window.lost.subarray(lost + 1, lost + LOST_CELLS)] }),
  };
}

export interface Recorded {
  /** Lines window by window, in order. */
  readonly windows: {
    readonly start: number;
    readonly late: boolean;
    readonly lines: (TestLine | string)[];
  }[];
  readonly account: Account;
  readonly recorder: Recorder;
}

export interface RunOptions {
  readonly interval?: 60 | 600;
  readonly trackers?: readonly StatusTracker[];
  readonly live?: boolean;
  readonly tableRows?: number;
  readonly tables?: number;
  readonly discoverDestinations?: boolean;
  readonly graceSeconds?: number;
  readonly onClosed?: (upTo: number) => void;
  /** Tables never come back. */
  readonly keepTables?: boolean;
  /** Called with each window before anything else. */
  readonly onWindow?: (window: ClosedWindow) => void;
}

/** A recorder whose windows are expanded at once, as one thread would. */
export class TestRun {
  readonly recorder: Recorder;
  readonly windows: Recorded['windows'] = [];
  readonly account = emptyAccount();
  readonly #batch = new Batch();
  readonly #flowBatch = new FlowBatch();
  readonly #expander: Expander;
  readonly #rollUp: RollUp | undefined;
  readonly #keepTables: boolean;
  #returned: number[] = [];

  constructor(network: TestNetwork, options: RunOptions = {}) {
    this.#expander = new Expander(network);
    this.#keepTables = options.keepTables ?? false;
    this.#rollUp = options.interval === 600 ? new RollUp(600, 1 << 16) : undefined;
    const recorder: RecorderOptions = {
      lookup: network,
      live: options.live ?? false,
      tableRows: options.tableRows ?? 1 << 14,
      tables: options.tables ?? 4,
      discoverDestinations: options.discoverDestinations ?? true,
      trackers: options.trackers ?? [],
      onWindow: (window) => {
        options.onWindow?.(window);
        this.#onWindow(window);
      },
      onInterval: (start, _seconds, status, at) => this.#takeInterval(start, status, at),
      ...(options.onClosed !== undefined && { onClosed: options.onClosed }),
      ...(options.graceSeconds !== undefined && { graceSeconds: options.graceSeconds }),
    };
    this.recorder = new Recorder(recorder);
  }

  point(options: Partial<PointOptions> = {}, now = 0): Point {
    return this.recorder.addPoint({ source: 'test', scope: 0, live: false, role: 'count', ...options }, now);
  }

  /** Adds packets in batches of `rows`. */
  add(packets: readonly TestPacket[], point: Point, rows = BATCH_ROWS): void {
    for (let from = 0; from < packets.length; from += rows) {
      fill(this.#batch, packets.slice(from, from + rows));
      let i = 0;
      while (i < this.#batch.count) {
        i = this.recorder.add(this.#batch, i, this.#batch.count, point);
        this.#giveBack();
      }
    }
  }

  /** Adds exported flows of one exporter in batches of `rows`. */
  addFlows(flows: readonly TestFlow[], point: Point, rows = FLOW_BATCH_ROWS): void {
    for (let from = 0; from < flows.length; from += rows) {
      fillFlows(this.#flowBatch, flows.slice(from, from + rows));
      let i = 0;
      while (i < this.#flowBatch.count) {
        const done = this.recorder.addFlows(this.#flowBatch, i, this.#flowBatch.count, point);
        // As sessions do when every table is full and none is being written.
        if (done === i && this.#returned.length === 0) this.recorder.flushOpen();
        this.#giveBack();
        i = done;
      }
    }
  }

  advance(now: number): void {
    this.recorder.advance(now);
    this.#giveBack();
  }

  finish(): this {
    this.recorder.finish();
    this.#giveBack();
    return this;
  }

  get lines(): (TestLine | string)[] {
    return this.windows.flatMap((window) => window.lines);
  }

  get flows(): TestLine[] {
    return this.lines.filter((line) => typeof line !== 'string');
  }

  get statuses(): string[] {
    return this.lines.filter((line) => typeof line === 'string');
  }

  /** The recorder's tables come back after `add` returns, never from inside it. */
  #giveBack(): void {
    for (const table of this.#returned.splice(0)) this.recorder.release(table);
  }

  #onWindow(window: ClosedWindow): void {
    account(window, this.account);
    if (this.#rollUp === undefined || window.late) {
      this.windows.push({
        start: window.start,
        late: window.late,
        lines: linesOf(this.#expander.expand(window)),
      });
    } else {
      for (let row = this.#rollUp.add(window, 0); row < window.count; row = this.#rollUp.add(window, row)) {
        this.#pushInterval(this.#rollUp.takeEarly());
      }
    }
    if (!this.#keepTables) this.#returned.push(window.table);
  }

  #takeInterval(start: number, status: Int32Array, at: NetworkVersion): void {
    if (this.#rollUp === undefined) return;
    for (const taken of this.#rollUp.end(start, status, at)) this.#pushInterval(taken);
  }

  #pushInterval(taken: ClosedWindow): void {
    const { start } = taken;
    this.windows.push({ start, late: false, lines: linesOf(this.#expander.expand(taken)) });
  }
}

/** Records packets of one file. */
export function recordAll(
  network: TestNetwork,
  packets: readonly TestPacket[],
  options: RunOptions & { rows?: number } = {},
): TestRun {
  const run = new TestRun(network, options);
  run.add(packets, run.point(), options.rows);
  return run.finish();
}
