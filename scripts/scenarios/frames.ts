/** Frames of the scenarios: an IP packet of synth's encoder inside an Ethernet frame or a netfilter log message. */
import {
  AF_INET,
  AF_INET6_LINUX,
  ETHER_IPV4,
  ETHER_IPV6,
  ETHER_VLAN,
  LINK_RAW,
  NFLOG_INPUT_INDEX,
  NFLOG_PAYLOAD,
  NFLOG_PREFIX,
} from '../../src/capture/constants.ts';
import { FrameEncoder, MAX_HEADER_BYTES } from '../../src/synth/frames.ts';
import type { Hosts } from '../../src/synth/hosts.ts';
import type { Packet } from '../../src/synth/packet.ts';

/** What is around the IP packet: MAC addresses and a VLAN id (0: untagged), or the firewall's log prefix. */
export interface Around {
  readonly fromMac: string;
  readonly toMac: string;
  readonly vlan: number;
  /** NFLOG only. */
  readonly prefix: string;
}

/** A frame: the bytes of its headers, and how long it was on the wire. The payload is zeros, and left out. */
export interface Framed {
  readonly bytes: Uint8Array;
  readonly originalLength: number;
}

/** NFLOG holds whole packets only up to the copy range; here the headers. Its group, and the device. */
const NFLOG_GROUP = 5;
const NFLOG_DEVICE = 2;
const ETHERNET_PADDED = 60;

/** Makes frames of packets between hosts. */
export class Framer {
  readonly #encoder: FrameEncoder;
  readonly #scratch = new DataView(new ArrayBuffer(MAX_HEADER_BYTES));

  constructor(hosts: Hosts) {
    this.#encoder = new FrameEncoder(hosts, LINK_RAW);
  }

  ethernet(packet: Packet, around: Around): Framed {
    const ip = this.#ip(packet);
    const type = packet.ipv6 ? ETHER_IPV6 : ETHER_IPV4;
    const tag = around.vlan === 0 ? [] : [...word16(ETHER_VLAN), ...word16(around.vlan)];
    const head = [...macBytes(around.toMac), ...macBytes(around.fromMac), ...tag, ...word16(type)];
    const length = Math.max(ETHERNET_PADDED, head.length + packet.length);
    return { bytes: Uint8Array.from([...head, ...ip]), originalLength: length };
  }

  /** The payload attribute comes last: where the copy range cuts the packet, the message ends. */
  nflog(packet: Packet, around: Around): Framed {
    const ip = this.#ip(packet);
    const head = [packet.ipv6 ? AF_INET6_LINUX : AF_INET, 0, ...word16(NFLOG_GROUP)];
    const prefix = attribute(NFLOG_PREFIX, [...Buffer.from(around.prefix), 0]);
    const device = attribute(NFLOG_INPUT_INDEX, [0, 0, 0, NFLOG_DEVICE]);
    const bytes = Uint8Array.from([...head, ...device, ...prefix, ...attribute(NFLOG_PAYLOAD, [...ip])]);
    return { bytes, originalLength: bytes.length };
  }

  /** The IP packet's headers. */
  #ip(packet: Packet): Uint8Array {
    this.#encoder.encode(this.#scratch, 0, packet);
    return new Uint8Array(this.#scratch.buffer.slice(0, this.#encoder.headerBytes));
  }
}

/** Netlink's length (which counts itself and the type) and type, in the capture's byte order; padded to 4. */
function attribute(type: number, value: readonly number[]): number[] {
  const size = 4 + value.length;
  const padding = Array.from({ length: (4 - (size % 4)) % 4 }, () => 0);
  return [size & 0xff, size >>> 8, type & 0xff, type >>> 8, ...value, ...padding];
}

function word16(value: number): number[] {
  return [value >>> 8, value & 0xff];
}

function macBytes(mac: string): number[] {
  return mac.split(':').map((byte) => Number.parseInt(byte, 16));
}
