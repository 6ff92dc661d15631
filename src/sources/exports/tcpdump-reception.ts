/**
 * Datagrams from a tcpdump child, for rates at which one system call for each datagram is too many: the kernel hands
 * packets over in a shared ring, tcpdump writes them to a pipe, and they are found there where they lie.
 *
 * A socket is bound to the port too, so that the sender gets no ICMP error, but is not read from: its buffer is as small
 * as can be, and once it is full the kernel drops what comes before copying it.
 */
import { networkInterfaces } from 'node:os';
import { UsageError } from '../../base/errors.ts';
import { parseAddress } from '../../base/addresses.ts';
import { TcpdumpKeeper } from '../tcpdump-keeper.ts';
import { type ListenAddress, cannotListen, formatListen } from './address.ts';
import { PcapDatagrams, SNAPLEN } from './pcap-datagrams.ts';
import type { Datagram, Reception, ReceptionLoss } from './reception.ts';
import { IdleSocket } from './idle-socket.ts';

/** What a socket that is not read from may hold; the kernel raises it to its least. */
const IDLE_BUFFER = 1;
const KIB = 1024;
const MICROS = 1_000_000;

export interface TcpdumpReceptionOptions {
  readonly listen: ListenAddress;
  readonly receiveBuffer: number;
  readonly command: string | undefined;
  readonly notice: (message: string) => void;
}

export class TcpdumpReception implements Reception {
  address = { host: '', port: 0 };
  wake = (): void => {};
  over = false;
  readonly #options: TcpdumpReceptionOptions;
  readonly #socket = new IdleSocket();
  #keeper: TcpdumpKeeper<PcapDatagrams> | undefined;
  /** Fragments of children that are dead, and those that were told. */
  #pastFragments = 0;
  #toldFragments = 0;
  #fragmentsFrom = Date.now() / 1000;
  #stopping = false;

  constructor(options: TcpdumpReceptionOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { listen, receiveBuffer, command, notice } = this.#options;
    const { host, family } = listen;
    const device = host === undefined ? undefined : deviceOf(host);
    if (host === undefined || device === undefined)
      throw new UsageError(
        'the receiver tcpdump captures on one interface: name an address of this machine to listen on, not all of ' +
          'them and none of another (ip address shows them)',
      );
    const { port } = await this.#socket
      .open({ ...listen, shared: false, receiveBuffer: IDLE_BUFFER })
      .catch((error: unknown) => {
        throw cannotListen(formatListen(host, listen.port), 'UDP', error);
      });
    this.address = { host, port };
    const keeper = new TcpdumpKeeper({
      name: device,
      command: command ?? 'tcpdump',
      args: captureArguments(device, family, host, port, Math.ceil(receiveBuffer / KIB)),
      intake: () => new PcapDatagrams(() => this.wake()),
      countsTell: true,
      notice,
      changed: () => this.wake(),
    });
    try {
      await keeper.open();
    } catch (error) {
      await this.#socket.close();
      throw error;
    }
    this.#keeper = keeper;
  }

  peek(): Datagram | undefined {
    const keeper = this.#keeper!;
    const { intake } = keeper;
    if (intake?.peek() === true) return intake;
    if (intake?.over === true) {
      this.#pastFragments += intake.fragments;
      keeper.bury();
    }
    if (this.#stopping && keeper.over) this.over = true;
    return undefined;
  }

  drop(): void {
    const { intake } = this.#keeper!;
    this.#keeper!.lastPacket = intake!.micros / MICROS;
    intake!.drop();
  }

  wait(): boolean {
    return !this.over && this.peek() === undefined && !this.over;
  }

  get healthy(): boolean {
    return this.over || this.#keeper?.intake !== undefined;
  }

  async sampleDrops(): Promise<void> {
    await this.#keeper!.sampleDrops();
  }

  takeLosses(report: ReceptionLoss): void {
    for (const { from, to, packets, reason } of this.#keeper!.takeLosses())
      report(from, to, packets, reason === 'restart' ? 'restart' : 'kernel_drop');
    const to = Date.now() / 1000;
    const fragments = this.#pastFragments + (this.#keeper!.intake?.fragments ?? 0) - this.#toldFragments;
    if (fragments > 0) {
      if (this.#toldFragments === 0)
        this.#options.notice(
          `datagrams for ${formatListen(this.address.host, this.address.port)} come in fragments, which the receiver ` +
            'tcpdump cannot put together: make the exporter send smaller ones, or use the receiver socket',
        );
      this.#toldFragments += fragments;
      report(this.#fragmentsFrom, to, fragments, 'fragment');
    }
    this.#fragmentsFrom = to;
  }

  stop(): void {
    this.#stopping = true;
    this.#keeper?.stop();
    this.wake();
  }

  async close(): Promise<void> {
    this.#stopping = true;
    await this.#keeper?.close();
    await this.#socket.close();
    this.over = true;
    this.wake();
  }
}

/** Arguments of a capture of the datagrams for one address and port, and of the first fragments of such. */
function captureArguments(
  device: string,
  family: 4 | 6,
  host: string,
  port: number,
  bufferKiB: number,
): string[] {
  const buffer = String(Math.max(bufferKiB, 256));
  // IPv6 fragments have a header of their own before UDP's: offset 0 at 42, the destination port at 50.
  const fragment = `(ip6[6] = 44 and ip6[40] = 17 and ip6[42:2] & 0xfff8 = 0 and ip6[50:2] = ${port})`;
  const datagram = `udp dst port ${port}`;
  const what = family === 4 ? datagram : `(${datagram} or ${fragment})`;
  // Not `inbound` in the filter: libpcap judges the first packets itself, and then it lets none pass.
  const filter = `dst host ${host} and ${what}`;
  const capture = ['-i', device, '-n', '-p', '-Q', 'in', '-U'];
  return [...capture, '-s', String(SNAPLEN), '-B', buffer, '-w', '-', '--', filter];
}

/** The interface that has an address; undefined without one. */
function deviceOf(host: string): string | undefined {
  const wanted = parseAddress(host);
  for (const [name, addresses] of Object.entries(networkInterfaces()))
    for (const { address } of addresses ?? []) {
      const own = parseAddress(address);
      if (own?.family === wanted?.family && own?.words.every((word, i) => word === wanted!.words[i]))
        return name.split(':')[0];
    }
  // All of 127.0.0.0/8 is the loopback interface's, named or not.
  return wanted?.family === 4 && wanted.words[3] >>> 24 === 127 ? 'lo' : undefined;
}
