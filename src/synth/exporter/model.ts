import { IP_ICMP, IP_ICMPV6 } from '../../capture/constants.ts';
import { FlowExport } from '../exports/flow.ts';
import type { Hosts } from '../hosts.ts';
import type { TrafficOptions } from '../options.ts';
import { Packet } from '../packet.ts';
import { Random } from '../random.ts';
import type { TrafficTotals } from '../totals.ts';
import { Traffic } from '../traffic.ts';
import type { ExportedDatagram, ExporterOptions } from './datagram.ts';
import { FlowCache, type FlowKey } from './flow-cache.ts';
import { exporterOf, portOf } from './interfaces.ts';
import { SampleWriter } from './samples.ts';
import { type RecordWriter, recordWriterOf } from './writer.ts';

/** A datagram that is not full is sent after so long, in milliseconds. */
const FLUSH_TIME = 1000;
/** Flows that a cache has room for at most, and at least. */
const MOST_FLOWS = 1 << 20;
const LEAST_FLOWS = 1 << 10;
/** A key's word beside hosts and ports: protocol, then these. */
const KIND_IPV6 = 1 << 8;
const KIND_VLAN_SHIFT = 9;

/**
 * The traffic model as exporters report it: packets are sampled, summed up in a flow cache (not for sFlow, which sends
 * the samples themselves) and written into datagrams, in event time. The same options make the same datagrams.
 */
export class ModelExporters {
  readonly #options: ExporterOptions;
  readonly #traffic: Traffic;
  readonly #hosts: Hosts;
  readonly #random: Random;
  readonly #cache: FlowCache;
  readonly #records: readonly RecordWriter[];
  readonly #samples: readonly SampleWriter[];
  readonly #flow = new FlowExport();
  readonly #packet = new Packet();
  readonly #key: FlowKey = { source: 0, destination: 0, ports: 0, kind: 0 };
  readonly #ready: ExportedDatagram[] = [];
  /** Milliseconds since the epoch of the packet that comes next; Infinity: none. */
  #nextPacket: number;
  #now: number;
  /** Packets that were counted or sampled, and their IP bytes. */
  sampledPackets = 0;
  sampledBytes = 0;

  /** UsageError as planConversations. */
  constructor(traffic: TrafficOptions, options: ExporterOptions) {
    this.#options = options;
    this.#traffic = new Traffic(traffic);
    this.#hosts = this.#traffic.hosts;
    this.#random = new Random(traffic.seed, 4);
    const start = traffic.start * 1000;
    const sflow = options.kind === 'sflow';
    this.#cache = new FlowCache(
      sflow ? 1 : capacityFor(traffic.flows),
      options.activeTimeout,
      options.inactiveTimeout,
    );
    const exporters = Array.from({ length: options.exporters }, (_, exporter) => exporter);
    this.#records = sflow ? [] : exporters.map((exporter) => recordWriterOf(options, exporter, start));
    this.#samples = sflow
      ? exporters.map((exporter) => new SampleWriter(options, exporter, start, this.#hosts))
      : [];
    this.#now = start;
    this.#nextPacket = this.#take();
  }

  /** Exact sums over the packets of the model so far; those that were sampled are beside them. */
  get totals(): TrafficTotals {
    return this.#traffic.totals;
  }

  /** Flows that had to be reported before their time: the cache was full. */
  get crowded(): number {
    return this.#cache.crowded;
  }

  /** When there is something to do next, in milliseconds since the epoch; Infinity: all is sent. */
  get nextTime(): number {
    if (this.#ready.length > 0) return this.#now;
    if (this.#nextPacket === Infinity)
      return this.#cache.size > 0 || this.#oldest() < Infinity ? this.#now : Infinity;
    return Math.min(this.#nextPacket, this.#cache.nextDue, this.#oldest() + FLUSH_TIME);
  }

  /** The next datagram that is exported by `until`; undefined when there is none yet, or (nextTime: Infinity) ever. */
  next(until: number): ExportedDatagram | undefined {
    while (this.#ready.length === 0) {
      const time = this.nextTime;
      if (time > until || time === Infinity) return undefined;
      this.#now = Math.max(this.#now, time);
      const row = this.#nextPacket === Infinity ? this.#cache.longestSilent : this.#cache.due(this.#now);
      if (row >= 0) this.#report(row);
      else if (this.#nextPacket <= this.#now) this.#count();
      else this.#flush();
    }
    return this.#ready.shift();
  }

  /** No more packets: the flows that are still open are reported, as an exporter does that is stopped, and follow by
   * next(). So it is at the end of the model, too. */
  stop(): void {
    this.#nextPacket = Infinity;
  }

  #oldest(): number {
    let oldest = Infinity;
    for (const writer of this.#records) oldest = Math.min(oldest, writer.since);
    for (const writer of this.#samples) oldest = Math.min(oldest, writer.since);
    return oldest;
  }

  #flush(): void {
    const ended = this.#nextPacket === Infinity;
    for (const writer of [...this.#records, ...this.#samples])
      if (ended || writer.since + FLUSH_TIME <= this.#now) this.#emit(writer.end(this.#now));
  }

  #emit(datagram: ExportedDatagram | undefined): void {
    if (datagram !== undefined) this.#ready.push(datagram);
  }

  /** Makes the next packet; returns its time. */
  #take(): number {
    const packet = this.#packet;
    if (!this.#traffic.next(packet)) return Infinity;
    return packet.seconds * 1000 + Math.floor(packet.micros / 1000);
  }

  #count(): void {
    const packet = this.#packet;
    const { sampling, exporters } = this.#options;
    const sampler = this.#samples[exporterOf(packet.source, packet.destination, exporters)];
    sampler?.pass(packet);
    if (sampling === 1 || this.#random.below(sampling) === 0) {
      this.sampledPackets++;
      this.sampledBytes += packet.length;
      if (sampler === undefined) this.#sum(packet);
      else this.#emit(sampler.add(packet, this.#now));
    }
    this.#nextPacket = this.#take();
  }

  #sum(packet: Packet): void {
    if (this.#cache.full) {
      this.#cache.crowded++;
      this.#report(this.#cache.longestSilent);
    }
    const key = this.#key;
    key.source = packet.source;
    key.destination = packet.destination;
    key.kind = packet.protocol | (packet.ipv6 ? KIND_IPV6 : 0) | (packet.vlan << KIND_VLAN_SHIFT);
    key.ports = portsOf(packet);
    this.#cache.add(key, packet.tcpFlags, packet.length, this.#now);
  }

  #report(row: number): void {
    const cache = this.#cache;
    const flow = this.#flow;
    const kind = cache.kind[row]!;
    flow.ipv6 = (kind & KIND_IPV6) !== 0;
    flow.protocol = kind & 0xff;
    flow.vlan = kind >> KIND_VLAN_SHIFT;
    const source = cache.source[row]!;
    const destination = cache.destination[row]!;
    setAddress(flow.source, this.#hosts, source, flow.ipv6);
    setAddress(flow.destination, this.#hosts, destination, flow.ipv6);
    flow.sourcePort = cache.ports[row]! >>> 16;
    flow.destinationPort = cache.ports[row]! & 0xffff;
    flow.tcpFlags = cache.tcpFlags[row]!;
    flow.packets = cache.packets[row]!;
    flow.bytes = cache.octets[row]!;
    flow.start = cache.first[row]!;
    flow.end = cache.last[row]!;
    flow.ingress = portOf(source);
    flow.egress = portOf(destination);
    cache.remove(row);
    const exporter = exporterOf(source, destination, this.#options.exporters);
    this.#emit(this.#records[exporter]!.add(flow, this.#now));
  }
}

/** Sets an address of a host. */
export function setAddress(words: Int32Array, hosts: Hosts, host: number, ipv6: boolean): void {
  for (let i = 0; i < 3; i++) words[i] = ipv6 ? hosts.ipv6[4 * host + i]! : 0;
  words[3] = ipv6 ? hosts.ipv6[4 * host + 3]! : hosts.ipv4[host]!;
}

/** As exporters report them: ICMP type and code in the destination port; no ports in later fragments. */
function portsOf(packet: Packet): number {
  if (packet.fragment && packet.fragmentOffset > 0) return 0;
  if (packet.protocol === IP_ICMP || packet.protocol === IP_ICMPV6) return packet.icmpType << 8;
  return (packet.sourcePort << 16) | packet.destinationPort;
}

function capacityFor(flows: number): number {
  let capacity = LEAST_FLOWS;
  while (capacity < flows && capacity < MOST_FLOWS) capacity *= 2;
  return capacity;
}
