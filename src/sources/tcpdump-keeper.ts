/**
 * Keeps a tcpdump child running: starts it again when it dies, and knows what was lost: drops of the kernel and the
 * interface when asked, and each time without a child. What a child writes goes into an intake of its own, which the
 * owner reads.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../base/errors.ts';
import { noSuchInterface } from './device.ts';
import { Gate } from './intake.ts';
import type { SourceLoss } from './source.ts';
import { advance, noStatistics } from './statistics.ts';
import { type ChildIntake, StartFailure, TcpdumpProcess } from './tcpdump-process.ts';

const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 30_000;
/** A child that captured for so long was well: the next delay is the first one again. */
const HEALTHY_MS = 60_000;
/** The kernel hands a part of its buffer over at the second turn of a timer of 1 s (which tcpdump asks for) that finds
 * it the same: within 2 s. */
const BLOCK_MS = 2200;
/** Time-out of the kernel's own NFLOG queue (1 s). */
const NFLOG_MS = 1200;
const DRAIN_MS = 3000;
const DRAIN_STEP_MS = 50;

/** Where the bytes of one child go, and come out of again. */
export interface KeptIntake extends ChildIntake {
  /** Everything that came has been read. */
  readonly idle: boolean;
  /** Drops everything. */
  discard(): void;
}

export interface KeeperOptions<I extends KeptIntake> {
  /** What it captures on, for messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** An intake for the next child. */
  readonly intake: () => I;
  /** False: its counts do not tell what the kernel still queues (NFLOG). */
  readonly countsTell: boolean;
  readonly notice: (message: string) => void;
  /** Called when there is a child again, or will not be one. */
  readonly changed?: () => void;
}

export class TcpdumpKeeper<I extends KeptIntake> {
  /** Time of the last packet, in Unix seconds, which the owner sets; of the start before the first. */
  lastPacket = 0;
  /** Opens when there is a child again, or will not be one. */
  readonly change = new Gate();
  readonly #options: KeeperOptions<I>;
  #args: readonly string[];
  /** The child whose packets are read; undefined between its death and the next one's start. */
  #process: TcpdumpProcess<I> | undefined;
  /** The child that does not listen yet. */
  #starting: TcpdumpProcess<I> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #startedAt = 0;
  #stopping = false;
  #pastRead = 0;
  #reported = noStatistics();
  #sampledAt = 0;
  /** Since when packets are missing for want of a child. */
  #gapFrom: number | undefined;
  #losses: SourceLoss[] = [];

  constructor(options: KeeperOptions<I>) {
    this.#options = options;
    this.#args = options.args;
  }

  /** The first start, which alone reports errors. */
  async open(): Promise<void> {
    const { name } = this.#options;
    try {
      await this.#start();
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error;
      if (!/(drop|change).*(privileges|uid|gid|root|user)|find user|initgroups/i.test(error.message))
        throw refusal(name, error);
      // Debian's tcpdump becomes the user tcpdump when root starts it. Where that is not possible (a container
      // without CAP_SETUID) it must stay who it is.
      this.#args = ['-Z', 'root', ...this.#args];
      await this.#start().catch((again: unknown) => {
        throw again instanceof StartFailure ? refusal(name, again) : again;
      });
    }
    this.lastPacket = now();
  }

  async #start(): Promise<void> {
    const child = new TcpdumpProcess(this.#options.command, this.#args, this.#options.intake());
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
    this.#changed();
    if (this.#stopping) void this.#drain(child);
  }

  #changed(): void {
    this.change.open();
    this.#options.changed?.();
  }

  /** What the present child writes; undefined while there is none. */
  get intake(): I | undefined {
    return this.#process?.intake;
  }

  /** It was stopped, and there is no child any more. */
  get over(): boolean {
    return this.#stopping && this.#process === undefined && this.#starting === undefined;
  }

  /** The child is dead (or as good as dead), and all its packets are out: the next one is started. */
  bury(): void {
    const child = this.#process;
    if (child === undefined) return;
    child.kill();
    this.#settleDrops(child);
    this.#pastRead += child.read;
    this.#process = undefined;
    if (this.#stopping) return;
    this.#gapFrom = this.lastPacket;
    if (Date.now() - this.#startedAt >= HEALTHY_MS) this.#failures = 0;
    this.#startLater(child.lastWords());
  }

  #startLater(reason: string): void {
    const { name, notice } = this.#options;
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.#failures, LAST_DELAY_MS);
    this.#failures++;
    notice(`tcpdump on ${name} ended (${reason}); it is started again in ${delay / 1000} s`);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#start().then(
        () => notice(`tcpdump on ${name} captures again`),
        (error: unknown) => {
          if (this.#stopping) this.#changed();
          else this.#startLater(error instanceof StartFailure ? error.message : String(error));
        },
      );
    }, delay);
  }

  /** Asks for the drop counts; when it resolves, losses up to now can be taken. */
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

  #settleDrops(child: TcpdumpProcess<I>): void {
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
    if (this.#starting === undefined) this.#changed();
    else this.#starting.kill();
    if (this.#process !== undefined) void this.#drain(this.#process);
  }

  /**
   * Ends the child when it has written every packet that the kernel had for it when asked: on SIGINT it
   * leaves what is in the kernel's buffer. The counts tell when; failing that, time does.
   */
  async #drain(child: TcpdumpProcess<I>): Promise<void> {
    const begun = performance.now();
    const { countsTell } = this.#options;
    const block = countsTell ? BLOCK_MS : NFLOG_MS;
    let told = await child.askStatistics();
    const { received, kernelDrops } = child.statistics;
    const wanted = (received - kernelDrops) >>> 0;
    // What was told before says nothing of what came since.
    const known = told && countsTell;
    for (;;) {
      const waited = performance.now() - begun;
      if (known && told && ((child.statistics.captured - wanted) | 0) >= 0) break;
      if (waited >= DRAIN_MS || (waited >= block && child.intake.idle)) break;
      await sleep(DRAIN_STEP_MS);
      told = await child.askStatistics();
    }
    child.interrupt();
  }

  async close(): Promise<void> {
    this.stop();
    const children = [this.#process, this.#starting].filter((child) => child !== undefined);
    for (const child of children) {
      child.kill();
      child.intake.discard();
    }
    await Promise.all(children.map((child) => child.closed));
    this.#changed();
  }

  /** Bytes of capture that all children wrote. */
  get read(): number {
    return this.#pastRead + (this.#process?.read ?? 0);
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
