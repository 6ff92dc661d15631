/**
 * A live interface or an NFLOG group, captured by a tcpdump child that is started again when it dies.
 *
 * Nothing is lost between tcpdump and the batch: its pipe is read only as fast as rows are taken, and what
 * does not fit into the kernel's buffer meanwhile is counted there. Losses are told by `takeLosses`: drops of
 * the kernel and the interface when `sampleDrops` is called, and each time without a child.
 *
 * Packets come up to a second late: the kernel hands over a part of its buffer when that is full or a second
 * old. (tcpdump's immediate mode would wake it for every packet.)
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError, UserError } from '../base/errors.ts';
import type { Batch } from '../capture/batch.ts';
import type { CaptureFault, DecoderCounters } from '../capture/decoder.ts';
import type { CaptureOptions } from '../capture/open.ts';
import { checkDeviceExists, checkDeviceName, isNflog, noSuchInterface } from './device.ts';
import { Gate, Intake, addCounters, noCounters } from './intake.ts';
import type { Source, SourceLoss, SourceState } from './source.ts';
import { advance, noStatistics } from './statistics.ts';
import { StartFailure, TcpdumpProcess } from './tcpdump-process.ts';

/**
 * Bytes of a frame that are captured. Ethernet with two VLAN tags, PPPoE and two MPLS labels is 38, IPv6 40,
 * a TCP header up to its flags 14: that leaves 100 for extension headers.
 */
export const DEFAULT_SNAPLEN = 192;
/**
 * The kernel hands NFLOG messages over in batches, and libpcap's buffer for one is little more than this: with
 * less, batches are cut and messages lost without a count.
 */
export const DEFAULT_NFLOG_SNAPLEN = 262_144;
/** Kernel buffer: some 130,000 packets of the default length, a pause of 0.1 s at a million a second. */
export const DEFAULT_BUFFER_KIB = 32 << 10;
const MIN_SNAPLEN = 64;
const MAX_SNAPLEN = 262_144;
const MIN_BUFFER_KIB = 256;
const MAX_BUFFER_KIB = 2 << 20;
/** Half of what the kernel takes as one argument (MAX_ARG_STRLEN). */
const MAX_FILTER_BYTES = 65_536;

const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 30_000;
/** A child that captured for so long was well: the next delay is the first one again. */
const HEALTHY_MS = 60_000;
/** Time-out of a buffer part (tcpdump asks for 1 s), and of the kernel's own NFLOG queue (1 s). */
const BLOCK_MS = 1200;
const DRAIN_MS = 2500;
const DRAIN_STEP_MS = 50;

export interface LiveOptions extends CaptureOptions {
  /** Bytes captured of each frame. */
  readonly snaplen?: number;
  /** Kernel buffer in KiB. */
  readonly bufferKiB?: number;
  /** A pcap filter expression. */
  readonly filter?: string;
  /** True by default: frames for others are captured too. */
  readonly promiscuous?: boolean;
  /** Told when the child dies and when it is back, one clause each. */
  readonly onNotice?: (message: string) => void;
  /** The program to run instead of `tcpdump`. */
  readonly command?: string;
}

/** A live source: also knows how many packets the kernel dropped. */
export interface LiveSource extends Source {
  /**
   * Asks for the drop counts: to be called at the end of each window. When it resolves (within a second) the
   * losses up to now are in `takeLosses`; of an outage that goes on, the part up to now.
   */
  sampleDrops(): Promise<void>;
  /** Process id of the child; undefined while there is none. */
  readonly pid: number | undefined;
}

/**
 * Starts to capture; resolves when tcpdump listens. It alone reports errors, later deaths are mended.
 *
 * @param name An interface, `any`, or `nflog:N`.
 * @throws {UsageError} for a name or option that cannot be.
 * @throws {UserError} when tcpdump is missing or not permitted, for an interface that is not there or not up,
 * for a filter that it does not understand.
 */
export async function openLive(name: string, options: LiveOptions = {}): Promise<LiveSource> {
  checkDeviceName(name);
  const args = tcpdumpArguments(name, options);
  checkDeviceExists(name);
  const source = new TcpdumpSource(name, options, args);
  await source.open();
  return source;
}

/** The child's arguments. The filter is one argument, after everything that could be an option. */
export function tcpdumpArguments(name: string, options: LiveOptions): string[] {
  const snaplen = options.snaplen ?? (isNflog(name) ? DEFAULT_NFLOG_SNAPLEN : DEFAULT_SNAPLEN);
  const buffer = options.bufferKiB ?? DEFAULT_BUFFER_KIB;
  checkRange('the snapshot length', snaplen, MIN_SNAPLEN, MAX_SNAPLEN, 'bytes');
  checkRange('the buffer', buffer, MIN_BUFFER_KIB, MAX_BUFFER_KIB, 'KiB');
  const filter = options.filter?.trim() ?? '';
  if (Buffer.byteLength(filter) > MAX_FILTER_BYTES || filter.includes('\0'))
    throw new UsageError(`the filter is longer than ${MAX_FILTER_BYTES} bytes, or holds a NUL`);
  // -U: each packet is written when it is captured, not when 4 KB have come together.
  const args = ['-i', name, '-n', '-U', '-w', '-', '-s', String(snaplen), '-B', String(buffer)];
  if (options.promiscuous === false) args.push('-p');
  if (filter !== '') args.push('--', filter);
  return args;
}

function checkRange(what: string, value: number, min: number, max: number, unit: string): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new UsageError(`${what} must be a whole number from ${min} to ${max} ${unit}, not ${value}`);
}

class TcpdumpSource implements LiveSource {
  readonly name: string;
  readonly live = true;
  readonly fault: CaptureFault | undefined = undefined;
  readonly #options: LiveOptions;
  #args: readonly string[];
  /** The child whose packets are read; undefined between its death and the next one's start. */
  #process: TcpdumpProcess | undefined;
  /** The child that does not listen yet. */
  #starting: TcpdumpProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #startedAt = 0;
  #stopping = false;
  #ended = false;
  /** Opens when there is a child again, or will not be one. */
  readonly #change = new Gate();
  #past = noCounters();
  #pastRead = 0;
  #reported = noStatistics();
  #sampledAt = 0;
  /** Time of the last packet, in Unix seconds; of the start before the first. */
  #lastPacket = 0;
  /** Since when packets are missing for want of a child. */
  #gapFrom: number | undefined;
  #losses: SourceLoss[] = [];

  constructor(name: string, options: LiveOptions, args: readonly string[]) {
    this.name = name;
    this.#options = options;
    this.#args = args;
  }

  /** The first start. */
  async open(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error;
      if (!/(drop|change).*(privileges|uid|gid|root|user)|find user|initgroups/i.test(error.message))
        throw refusal(this.name, error);
      // Debian's tcpdump becomes the user tcpdump when root starts it. Where that is not possible (a container
      // without CAP_SETUID) it must stay who it is.
      this.#args = ['-Z', 'root', ...this.#args];
      await this.#start().catch((again: unknown) => {
        throw again instanceof StartFailure ? refusal(this.name, again) : again;
      });
    }
    this.#lastPacket = now();
  }

  async #start(): Promise<void> {
    const intake = new Intake(this.name, this.#options);
    const child = new TcpdumpProcess(this.#options.command ?? 'tcpdump', this.#args, intake);
    this.#starting = child;
    try {
      await child.listening;
    } catch (error) {
      await child.closed;
      throw error;
    } finally {
      this.#starting = undefined;
    }
    this.#process = child;
    this.#startedAt = Date.now();
    this.#reported = noStatistics();
    this.#sampledAt = now();
    this.#settleGap();
    this.#gapFrom = undefined;
    this.#change.open();
    if (this.#stopping) void this.#drain(child);
  }

  next(batch: Batch): SourceState {
    batch.clear();
    if (this.#ended) return 'end';
    const child = this.#process;
    if (child === undefined) return this.#wait();
    const state = this.#fill(child, batch);
    if (state === 'rows') {
      const last = batch.count - 1;
      this.#lastPacket = batch.time[last]! + batch.nanos[last]! / 1e9;
    }
    if (state !== 'end') return state;
    this.#bury(child);
    return this.#wait();
  }

  #fill(child: TcpdumpProcess, batch: Batch): SourceState {
    try {
      return child.intake.fill(batch);
    } catch (error) {
      // It ended before it wrote a header, or something else than tcpdump writes: as good as dead.
      if (error instanceof UserError) return 'end';
      throw error;
    }
  }

  #wait(): SourceState {
    if (this.#stopping && this.#process === undefined && this.#starting === undefined) {
      this.#ended = true;
      return 'end';
    }
    this.#change.shut();
    return 'wait';
  }

  /** The child is dead and all its packets are out. */
  #bury(child: TcpdumpProcess): void {
    child.kill();
    this.#settleDrops(child);
    addCounters(this.#past, child.intake.counters);
    this.#pastRead += child.read;
    this.#process = undefined;
    if (this.#stopping) return;
    this.#gapFrom = this.#lastPacket;
    if (Date.now() - this.#startedAt >= HEALTHY_MS) this.#failures = 0;
    this.#startLater(child.lastWords());
  }

  #startLater(reason: string): void {
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.#failures, LAST_DELAY_MS);
    this.#failures++;
    this.#notice(`tcpdump on ${this.name} ended (${reason}); it is started again in ${delay / 1000} s`);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#start().then(
        () => this.#notice(`tcpdump on ${this.name} captures again`),
        (error: unknown) => {
          if (this.#stopping) this.#change.open();
          else this.#startLater(error instanceof StartFailure ? error.message : String(error));
        },
      );
    }, delay);
  }

  #notice(message: string): void {
    this.#options.onNotice?.(message);
  }

  async ready(): Promise<void> {
    while (!this.#ended) {
      if (this.#process !== undefined) return this.#process.intake.ready();
      if (this.#stopping && this.#starting === undefined) return;
      await this.#change.passed;
    }
  }

  async sampleDrops(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return this.#settleGap();
    await child.askStatistics();
    if (child === this.#process) this.#settleDrops(child);
  }

  #settleGap(): void {
    if (this.#gapFrom === undefined) return;
    const to = Math.max(now(), this.#gapFrom);
    this.#losses.push({ from: this.#gapFrom, to, packets: -1, reason: 'restart' });
    this.#gapFrom = to;
  }

  #settleDrops(child: TcpdumpProcess): void {
    const { kernelDrops, interfaceDrops } = child.statistics;
    const from = this.#sampledAt;
    const to = now();
    const kernel = advance(this.#reported.kernelDrops, kernelDrops);
    const device = advance(this.#reported.interfaceDrops, interfaceDrops);
    if (kernel > 0) this.#losses.push({ from, to, packets: kernel, reason: 'kernel_drop' });
    if (device > 0) this.#losses.push({ from, to, packets: device, reason: 'interface_drop' });
    this.#reported = { ...child.statistics };
    this.#sampledAt = to;
  }

  takeLosses(): SourceLoss[] {
    return this.#losses.splice(0);
  }

  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#settleGap();
    if (this.#starting === undefined) this.#change.open();
    else this.#starting.kill();
    if (this.#process !== undefined) void this.#drain(this.#process);
  }

  /**
   * Ends the child when it has written every packet that the kernel had for it when asked: on SIGINT it
   * leaves what is in the kernel's buffer. The counts tell when; failing that, time does.
   */
  async #drain(child: TcpdumpProcess): Promise<void> {
    const begun = performance.now();
    await child.askStatistics();
    const { received, kernelDrops } = child.statistics;
    const wanted = (received - kernelDrops) >>> 0;
    for (;;) {
      const waited = performance.now() - begun;
      // NFLOG's counts do not tell what the kernel still queues.
      if (!isNflog(this.name) && ((child.statistics.captured - wanted) | 0) >= 0) break;
      if (waited >= DRAIN_MS || (waited >= BLOCK_MS && child.intake.idle)) break;
      await sleep(DRAIN_STEP_MS);
      await child.askStatistics();
    }
    child.interrupt();
  }

  async close(): Promise<void> {
    this.stop();
    this.#ended = true;
    const children = [this.#process, this.#starting].filter((child) => child !== undefined);
    for (const child of children) {
      child.kill();
      child.intake.discard();
    }
    await Promise.all(children.map((child) => child.closed));
    this.#change.open();
  }

  get counters(): DecoderCounters {
    const sum = noCounters();
    addCounters(sum, this.#past);
    if (this.#process !== undefined) addCounters(sum, this.#process.intake.counters);
    return sum;
  }

  get reportsVerdicts(): boolean {
    return isNflog(this.name);
  }

  get progress(): { read: number; total: undefined } {
    return { read: this.#pastRead + (this.#process?.read ?? 0), total: undefined };
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }
}

/** Why the first start failed, and what to do about it. */
function refusal(name: string, failure: StartFailure): UserError {
  const said = failure.message;
  const options = { cause: failure };
  if (failure.code === 'ENOENT')
    return new UserError(
      'tcpdump is missing, which live interfaces are captured with; apt-get install tcpdump',
      options,
    );
  if (failure.code === 'EACCES' || /permi(ssion|tted)/i.test(said))
    return new UserError(
      `capturing on ${name} is not permitted: run as root, or give tcpdump the capabilities for it ` +
        `(setcap cap_net_raw,cap_net_admin+ep "$(command -v tcpdump)"); tcpdump says: ${said}`,
      options,
    );
  if (/no such device/i.test(said)) return noSuchInterface(name);
  if (/not up|went down|network is down/i.test(said))
    return new UserError(`interface ${name} is not up: ip link set ${name} up`, options);
  if (/filter|syntax error|expression/i.test(said))
    return new UserError(`the filter cannot be used: ${said} (its language: man pcap-filter)`, options);
  return new UserError(`tcpdump cannot capture on ${name}: ${said}`, options);
}

function now(): number {
  return Date.now() / 1000;
}
