/** Captures of flows: so many packets and bytes from one end to the other, between two times. */
import {
  ethernet,
  icmp,
  ipv4,
  ipv6,
  join,
  type Packet,
  pad4,
  pcap,
  tcp,
  text,
  udp,
  word16,
} from '../capture/build.ts';

export interface FlowOfPackets {
  readonly from: string;
  readonly to: string;
  /** 6 without. */
  readonly protocol?: number;
  /** ICMP: type and code. */
  readonly ports: readonly [number, number];
  readonly packets: number;
  readonly bytes: number;
  /** Unix seconds of the first and the last packet. */
  readonly first: number;
  readonly last: number;
  /** TCP flags of the first and of the last packet; all others are ACKs. */
  readonly opens?: number;
  readonly closes?: number;
  /** Ethernet: last byte of the source's and the destination's MAC address, 02:00:00:00:00:xx. */
  readonly macs?: readonly [number, number];
  /** What the firewall writes before the packet. */
  readonly prefix?: string;
}

export const FIN = 1;
export const SYN = 2;
export const ACK = 16;
const LINKS = { raw: 101, ethernet: 1, nflog: 239 };

/** A pcap of the flows' packets by time: raw IP, Ethernet where there are MACs, NFLOG where there are prefixes. */
export function captureOfFlows(flows: readonly FlowOfPackets[]): Uint8Array {
  const link = flows.some(({ prefix }) => prefix !== undefined)
    ? 'nflog'
    : flows.some(({ macs }) => macs !== undefined)
      ? 'ethernet'
      : 'raw';
  const timed = flows.flatMap((flow) =>
    Array.from({ length: flow.packets }, (_, i) => ({
      time: timeOf(flow, i),
      packet: packetOf(flow, i, link),
    })),
  );
  timed.sort((a, b) => a.time - b.time);
  return pcap(
    timed.map(({ packet }) => packet),
    { linkType: LINKS[link] },
  );
}

function timeOf({ first, last, packets }: FlowOfPackets, i: number): number {
  return packets === 1 ? first : first + ((last - first) * i) / (packets - 1);
}

function packetOf(flow: FlowOfPackets, i: number, link: keyof typeof LINKS): Packet {
  const { packets, bytes, from, to, protocol = 6 } = flow;
  const length = Math.floor(bytes / packets) + (i < bytes % packets ? 1 : 0);
  const head = transportOf(flow, i);
  const six = from.includes(':');
  const ip = six
    ? ipv6(head, { src: from, dst: to, next: protocol, payloadLength: length - 40 })
    : ipv4(head, { src: from, dst: to, protocol, totalLength: length });
  const data =
    link === 'raw' ? ip : link === 'ethernet' ? framed(ip, six, flow.macs!) : logged(ip, six, flow.prefix);
  const time = timeOf(flow, i);
  return {
    data,
    seconds: Math.floor(time),
    fraction: Math.floor((time % 1) * 1e6),
    original: data.length - ip.length + Math.max(length, ip.length),
  };
}

function transportOf(flow: FlowOfPackets, i: number): Uint8Array {
  const { protocol = 6, ports, opens = ACK, closes = ACK, packets } = flow;
  if (protocol === 1 || protocol === 58) return icmp(...ports);
  if (protocol === 17) return udp(...ports);
  return tcp(...ports, i === 0 ? opens : i === packets - 1 ? closes : ACK);
}

function framed(ip: Uint8Array, six: boolean, macs: readonly [number, number]): Uint8Array {
  const frame = ethernet(six ? 0x86dd : 0x0800, ip);
  frame.set([2, 0, 0, 0, 0, macs[1], 2, 0, 0, 0, 0, macs[0]]);
  return frame;
}

/** An NFLOG message (link type 239): family, version, group, then prefix (10) and payload (9). */
function logged(ip: Uint8Array, six: boolean, prefix = ''): Uint8Array {
  return join([six ? 10 : 2, 0, 0, 5], attribute(10, [...text(prefix), 0]), attribute(9, ip));
}

function attribute(type: number, value: Uint8Array | readonly number[]): Uint8Array {
  return pad4(join(word16(4 + value.length, true), word16(type, true), value));
}
