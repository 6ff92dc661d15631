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
import { UsageError, UserError } from '../base/errors.ts';
import type { Batch } from '../capture/batch.ts';
import type { CaptureFault, DecoderCounters } from '../capture/decoder.ts';
import type { CaptureOptions } from '../capture/open.ts';
import { checkDeviceExists, checkDeviceName, isNflog } from './device.ts';
import { Intake, addCounters, noCounters } from './intake.ts';
import type { Source, SourceLoss, SourceState } from './source.ts';
import { TcpdumpKeeper } from './tcpdump-keeper.ts';

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
  readonly #keeper: TcpdumpKeeper<Intake>;
  #ended = false;
  readonly #past = noCounters();

  constructor(name: string, options: LiveOptions, args: readonly string[]) {
    this.name = name;
    this.#keeper = new TcpdumpKeeper({
      name,
      command: options.command ?? 'tcpdump',
      args,
      intake: () => new Intake(name, options),
      countsTell: !isNflog(name),
      notice: options.onNotice ?? (() => {}),
    });
  }

  /** The first start. */
  open(): Promise<void> {
    return this.#keeper.open();
  }

  next(batch: Batch): SourceState {
    batch.clear();
    if (this.#ended) return 'end';
    const { intake } = this.#keeper;
    if (intake === undefined) return this.#wait();
    const state = this.#fill(intake, batch);
    if (state === 'rows') {
      const last = batch.count - 1;
      this.#keeper.lastPacket = batch.time[last]! + batch.nanos[last]! / 1e9;
    }
    if (state !== 'end') return state;
    // The child is dead and all its packets are out.
    addCounters(this.#past, intake.counters);
    this.#keeper.bury();
    return this.#wait();
  }

  #fill(intake: Intake, batch: Batch): SourceState {
    try {
      return intake.fill(batch);
    } catch (error) {
      // It ended before it wrote a header, or something else than tcpdump writes: as good as dead.
      if (error instanceof UserError) return 'end';
      throw error;
    }
  }

  #wait(): SourceState {
    if (this.#keeper.over) {
      this.#ended = true;
      return 'end';
    }
    this.#keeper.change.shut();
    return 'wait';
  }

  async ready(): Promise<void> {
    while (!this.#ended) {
      const { intake } = this.#keeper;
      if (intake !== undefined) return intake.ready();
      if (this.#keeper.over) return;
      await this.#keeper.change.passed;
    }
  }

  sampleDrops(): Promise<void> {
    return this.#keeper.sampleDrops();
  }

  takeLosses(): SourceLoss[] {
    return this.#keeper.takeLosses();
  }

  stop(): void {
    this.#keeper.stop();
  }

  close(): Promise<void> {
    this.#ended = true;
    return this.#keeper.close();
  }

  get counters(): DecoderCounters {
    const sum = noCounters();
    addCounters(sum, this.#past);
    const { intake } = this.#keeper;
    if (intake !== undefined) addCounters(sum, intake.counters);
    return sum;
  }

  get reportsVerdicts(): boolean {
    return isNflog(this.name);
  }

  get progress(): { read: number; total: undefined } {
    return { read: this.#keeper.read, total: undefined };
  }

  get pid(): number | undefined {
    return this.#keeper.pid;
  }
}
