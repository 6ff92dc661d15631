/**
 * Datagrams from UDP sockets: one on the caller's thread, or one on each of several threads, which the kernel spreads
 * exporters over by address and port. Their rings are read here in order of arrival, so that any spread is right.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError, messageOf } from '../../base/errors.ts';
import { type ListenAddress, cannotListen, formatListen } from './address.ts';
import type { BoundAddress } from './options.ts';
import { SocketDrops } from './socket-drops.ts';
import type { Datagram, Reception, ReceptionLoss } from './reception.ts';
import { OwnReceiver, type Receiver, ThreadReceiver } from './receivers.ts';
import { type RingMemory, RingReader, ringMemory } from './ring.ts';
import { type Bound, type SocketSetup, bindSocket } from './socket-receiver.ts';

/** The ring of one receiver: 0.2 s of 100,000 full datagrams a second. With half of it, a window's first flows, each of
 * them new, cost losses from a million records a second on. */
const RING_BYTES = 32 << 20;
const FIRST_DELAY_MS = 500;
const LAST_DELAY_MS = 30_000;
/** One that received for so long was well: the next delay is the first one again. */
const HEALTHY_MS = 60_000;
/** A receiver is found dead at most so long after it died, in seconds. */
const FOUND_DEAD = 1;

type MakeReceiver = (setup: SocketSetup, ring: RingMemory, wake: () => void) => Receiver;

const onOwnThread: MakeReceiver = (setup, ring, wake) => new OwnReceiver(setup, ring, wake);
const onThread: MakeReceiver = (setup, ring, wake) => new ThreadReceiver(setup, ring, wake);

export interface SocketReceptionOptions {
  readonly listen: ListenAddress;
  /** Threads; 0: the caller's. */
  readonly receivers: number;
  readonly receiveBuffer: number;
  readonly notice: (message: string) => void;
  /** Bytes of each ring, a power of two. */
  readonly ringBytes?: number;
  /** What receives; by default as `receivers` says. */
  readonly make?: MakeReceiver;
}

/** One place for a receiver: its ring stays when the receiver is begun again. */
interface Slot {
  readonly memory: RingMemory;
  readonly reader: RingReader;
  receiver: Receiver | undefined;
  failures: number;
  startedAt: number;
  /** Unix seconds since when it is dead. */
  deadSince: number | undefined;
}

export class SocketReception implements Reception {
  address: BoundAddress = { host: '', port: 0 };
  over = false;
  wake = (): void => {};
  readonly #options: SocketReceptionOptions;
  readonly #slots: readonly Slot[];
  readonly #drops = new SocketDrops();
  #current: Slot | undefined;
  #stopping = false;
  readonly #stop = new AbortController();
  /** Since when datagrams are looked at that found no room. */
  #overflowsFrom = now();
  #restarts: [from: number, to: number][] = [];

  constructor(options: SocketReceptionOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: Math.max(1, options.receivers) }, () => {
      const memory = ringMemory(options.ringBytes ?? RING_BYTES);
      const reader = new RingReader(memory);
      return { memory, reader, receiver: undefined, failures: 0, startedAt: 0, deadSince: undefined };
    });
  }

  /** Binds all sockets; the port of the first is that of the others. */
  async open(): Promise<void> {
    const { listen, receiveBuffer, notice } = this.#options;
    this.address = { host: listen.host ?? '::', port: listen.port };
    try {
      if (this.#slots.length > 1) await this.#checkFree();
      let bound: Bound | undefined;
      for (const slot of this.#slots) {
        bound = await this.#start(slot);
        this.address = { host: bound.host, port: bound.port, receiveBuffer: bound.granted };
      }
      if (bound !== undefined && bound.granted < receiveBuffer)
        notice(
          `the receive buffer of ${formatListen(bound.host, bound.port)} is ${bound.granted} bytes, less than the ` +
            `${receiveBuffer} asked for, and will lose bursts: sysctl -w net.core.rmem_max=${receiveBuffer}`,
        );
    } catch (error) {
      await this.close();
      if (error instanceof UserError) throw error;
      throw cannotListen(formatListen(this.address.host, this.address.port), 'UDP', error);
    }
    await this.#drops.begin(this.address.port);
  }

  /** Sockets that share an address are bound beside one of another program, and part its datagrams: one that is
   * alone is not. */
  async #checkFree(): Promise<void> {
    if (this.address.port === 0) return;
    const alone = await bindSocket({ ...this.#setup(), shared: false });
    await new Promise<void>((resolve) => alone.close(resolve));
  }

  #setup(): SocketSetup {
    const { listen, receiveBuffer } = this.#options;
    const shared = this.#slots.length > 1;
    return { host: listen.host, family: listen.family, port: this.address.port, shared, receiveBuffer };
  }

  async #start(slot: Slot): Promise<Bound> {
    const { receivers, make = receivers === 0 ? onOwnThread : onThread } = this.#options;
    const receiver = make(this.#setup(), slot.memory, () => this.wake());
    slot.receiver = receiver;
    const bound = await receiver.start().catch(async (error: unknown) => {
      slot.receiver = undefined;
      receiver.kill();
      await receiver.over;
      throw error;
    });
    slot.startedAt = Date.now();
    void receiver.over.then((reason) => this.#died(slot, reason));
    return bound;
  }

  #died(slot: Slot, reason: string): void {
    slot.receiver = undefined;
    if (this.#stopping) {
      this.over = this.#slots.every((other) => other.receiver === undefined);
      if (this.over) this.wake();
      return;
    }
    slot.deadSince ??= now() - FOUND_DEAD;
    if (Date.now() - slot.startedAt >= HEALTHY_MS) slot.failures = 0;
    void this.#startAgain(slot, reason);
  }

  async #startAgain(slot: Slot, reason: string): Promise<void> {
    const { notice } = this.#options;
    const where = formatListen(this.address.host, this.address.port);
    for (let why = reason; ;) {
      const delay = Math.min(FIRST_DELAY_MS * 2 ** slot.failures, LAST_DELAY_MS);
      slot.failures++;
      notice(`a receiver of ${where} ended (${why}); it is started again in ${delay / 1000} s`);
      try {
        await sleep(delay, undefined, { signal: this.#stop.signal });
        await this.#start(slot);
        break;
      } catch (error) {
        if (this.#stopping) break;
        why = messageOf(error);
      }
    }
    this.#settleRestart(slot);
    slot.deadSince = undefined;
    if (this.#stopping) {
      slot.receiver?.kill();
      this.#died(slot, '');
      return;
    }
    await this.#drops.begin(this.address.port);
    notice(`a receiver of ${where} receives again`);
  }

  #settleRestart(slot: Slot): void {
    if (slot.deadSince === undefined) return;
    const to = now();
    this.#restarts.push([slot.deadSince, to]);
    slot.deadSince = to;
  }

  peek(): Datagram | undefined {
    let oldest: Slot | undefined;
    for (const slot of this.#slots) {
      if (!slot.reader.peek()) continue;
      if (oldest === undefined || slot.reader.micros < oldest.reader.micros) oldest = slot;
    }
    this.#current = oldest;
    return oldest?.reader;
  }

  drop(): void {
    this.#current!.reader.drop();
  }

  get healthy(): boolean {
    return this.#slots.every((slot) => slot.deadSince === undefined);
  }

  wait(): boolean {
    return !this.over && this.#slots.every((slot) => slot.reader.wait());
  }

  async sampleDrops(): Promise<void> {
    await this.#drops.sample();
    for (const slot of this.#slots) this.#settleRestart(slot);
  }

  takeLosses(report: ReceptionLoss): void {
    this.#drops.take(report);
    for (const [from, to] of this.#restarts.splice(0)) report(from, to, -1, 'restart');
    let overflowed = 0;
    for (const slot of this.#slots) overflowed += slot.reader.takeOverflowed();
    const to = now();
    if (overflowed > 0) report(this.#overflowsFrom, to, overflowed, 'queue_full');
    this.#overflowsFrom = to;
  }

  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#stop.abort();
    this.over = this.#slots.every((slot) => slot.receiver === undefined);
    if (this.over) this.wake();
    // The kernel's counts go with the sockets.
    void this.#drops.sample().then(() => {
      for (const slot of this.#slots) slot.receiver?.stop();
    });
  }

  async close(): Promise<void> {
    this.#stopping = true;
    this.#stop.abort();
    const receivers = this.#slots.flatMap((slot) => slot.receiver ?? []);
    for (const receiver of receivers) receiver.kill();
    await Promise.all(receivers.map((receiver) => receiver.over));
    this.over = true;
    this.wake();
  }
}

function now(): number {
  return Date.now() / 1000;
}
