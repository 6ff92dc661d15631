import type { TunnelKind } from '../../src/capture/tunnels.ts';
import {
  type Bytes,
  ethernet,
  icmp,
  ipv4,
  ipv6,
  type IPv4Fields,
  type IPv6Fields,
  join,
  tcp,
  u16,
  u32,
  udp,
} from './build.ts';

/** Packets in tunnels of every kind, built byte by byte. */

export const ALL_TUNNELS: ReadonlySet<TunnelKind> = new Set(['vxlan', 'geneve', 'gre', 'erspan']);

const OUTER4 = { src: '198.51.100.1', dst: '198.51.100.2' };
const OUTER6 = { src: '2001:db8:ff::1', dst: '2001:db8:ff::2' };
export const GRE = 47;

/** The inner station addresses are others than those of `ethernet`. */
export function innerFrame(type: number, payload: Bytes): Uint8Array {
  return join('06 00 00 00 00 02', '06 00 00 00 00 01', u16(type), payload);
}

/** An Ethernet frame over IPv4 with a packet of a tunnel protocol. */
export function over4(protocol: number, payload: Bytes, fields: IPv4Fields = {}): Uint8Array {
  return ethernet(0x0800, ipv4(payload, { ...OUTER4, protocol, ...fields }));
}

export function over6(next: number, payload: Bytes, fields: IPv6Fields = {}): Uint8Array {
  return ethernet(0x86dd, ipv6(payload, { ...OUTER6, next, ...fields }));
}

export function vxlan(id: number, frame: Bytes, port = 4789, flags = 0x08): Uint8Array {
  return udp(50_000, port, join([flags, 0, 0, 0], u32(id * 256), frame));
}

export function geneve(
  id: number,
  payload: Bytes,
  type = 0x6558,
  options: Bytes = [],
  first = 0,
): Uint8Array {
  const length = join(options).length / 4;
  return udp(50_001, 6081, join([first | length, 0], u16(type), u32(id * 256), options, payload));
}

export interface GreFields {
  readonly key?: number;
  readonly sequence?: number;
  readonly checksum?: number;
  readonly flags?: number;
}

export function gre(type: number, payload: Bytes, fields: GreFields = {}): Uint8Array {
  const { key, sequence, checksum, flags = 0 } = fields;
  return join(
    u16(
      flags |
        (checksum === undefined ? 0 : 0x8000) |
        (key === undefined ? 0 : 0x2000) |
        (sequence === undefined ? 0 : 0x1000),
    ),
    u16(type),
    checksum === undefined ? [] : [...u16(checksum), 0, 0],
    key === undefined ? [] : u32(key),
    sequence === undefined ? [] : u32(sequence),
    payload,
  );
}

export function erspan1(frame: Bytes): Uint8Array {
  return gre(0x88be, frame);
}

export function erspan2(session: number, frame: Bytes, version = 1): Uint8Array {
  return gre(0x88be, join(u16((version << 12) | 99), u16(0x1800 | session), u32(0x0000_1234), frame), {
    sequence: 7,
  });
}

/** `type`: of the frame, 0 Ethernet, 2 IP; with the platform specific subheader or without. */
export function erspan3(session: number, payload: Bytes, type = 0, subheader = false): Uint8Array {
  const flags = (type << 10) | (subheader ? 1 : 0);
  const platform = subheader ? '3f 00 00 00 00 00 00 00' : '';
  const header = join(u16((2 << 12) | 99), u16(session), u32(0xabcdef), u16(5), u16(flags), platform);
  return gre(0x22eb, join(header, payload), { sequence: 8 });
}

export const INNER4 = ipv4(tcp(49152, 443, 0x12, 'de ad'), { src: '10.1.0.5', dst: '10.1.0.6' });
export const INNER6 = ipv6(udp(5353, 53, 'ab cd ef'), { next: 17, src: 'fd00::5', dst: 'fd00::6' });

export interface Tunnelled {
  readonly kind: TunnelKind;
  readonly frame: Uint8Array;
  readonly id: number;
  readonly inner: Uint8Array;
  /** The VLAN id of the inner frame; undefined where a packet without Ethernet is inside. */
  readonly vlan: number | undefined;
}

const frame4 = innerFrame(0x0800, INNER4);
const tagged6 = innerFrame(0x8100, join(u16(77), u16(0x86dd), INNER6));
const options = '01 02 80 01 aa bb cc dd';

/** Each by name, with what is inside. */
export const TUNNELLED: Readonly<Record<string, Tunnelled>> = {
  'VXLAN over IPv4': {
    kind: 'vxlan',
    frame: over4(17, vxlan(0xfedcba, frame4)),
    id: 0xfedcba,
    inner: INNER4,
    vlan: 0,
  },
  'VXLAN over IPv6, the port of Linux, a tagged frame': {
    kind: 'vxlan',
    frame: over6(17, vxlan(5, tagged6, 8472)),
    id: 5,
    inner: INNER6,
    vlan: 77,
  },
  'VXLAN with a group policy, behind IPv4 options and an outer tag': {
    kind: 'vxlan',
    frame: ethernet(
      0x8100,
      join(
        u16(30),
        u16(0x0800),
        ipv4(vxlan(9, frame4, 4789, 0x88), { ...OUTER4, protocol: 17, options: '01 01 01 00' }),
      ),
    ),
    id: 9,
    inner: INNER4,
    vlan: 0,
  },
  'Geneve over IPv4': { kind: 'geneve', frame: over4(17, geneve(1, frame4)), id: 1, inner: INNER4, vlan: 0 },
  'Geneve over IPv6, with options': {
    kind: 'geneve',
    frame: over6(17, geneve(0xffffff, tagged6, 0x6558, options)),
    id: 0xffffff,
    inner: INNER6,
    vlan: 77,
  },
  'Geneve with a packet': {
    kind: 'geneve',
    frame: over4(17, geneve(3, INNER6, 0x86dd, options)),
    id: 3,
    inner: INNER6,
    vlan: undefined,
  },
  'GRE with a packet, without a key': {
    kind: 'gre',
    frame: over4(GRE, gre(0x0800, INNER4)),
    id: 0,
    inner: INNER4,
    vlan: undefined,
  },
  'GRE with checksum, key and sequence number': {
    kind: 'gre',
    frame: over6(GRE, gre(0x86dd, INNER6, { key: 0xfffffffe, sequence: 3, checksum: 0x1234 })),
    id: 0xfffffffe,
    inner: INNER6,
    vlan: undefined,
  },
  'GRE with a frame': {
    kind: 'gre',
    frame: over4(GRE, gre(0x6558, tagged6, { key: 42 })),
    id: 42,
    inner: INNER6,
    vlan: 77,
  },
  'GRE with MPLS': {
    kind: 'gre',
    frame: over4(GRE, gre(0x8847, join('00 01 01 40', INNER4), { sequence: 0 })),
    id: 0,
    inner: INNER4,
    vlan: undefined,
  },
  'ERSPAN type I': { kind: 'erspan', frame: over4(GRE, erspan1(frame4)), id: 0, inner: INNER4, vlan: 0 },
  'ERSPAN type II': {
    kind: 'erspan',
    frame: over4(GRE, erspan2(1023, tagged6)),
    id: 1023,
    inner: INNER6,
    vlan: 77,
  },
  'ERSPAN type III': {
    kind: 'erspan',
    frame: over6(GRE, erspan3(12, frame4)),
    id: 12,
    inner: INNER4,
    vlan: 0,
  },
  'ERSPAN type III with a subheader': {
    kind: 'erspan',
    frame: over4(GRE, erspan3(13, tagged6, 0, true)),
    id: 13,
    inner: INNER6,
    vlan: 77,
  },
  'ERSPAN type III with a packet': {
    kind: 'erspan',
    frame: over4(GRE, erspan3(14, INNER4, 2)),
    id: 14,
    inner: INNER4,
    vlan: undefined,
  },
};

/** More of what may be inside: fragments, ICMP, offloaded segments. */
export const INNER_PACKETS: readonly Uint8Array[] = [
  INNER4,
  INNER6,
  ipv4(icmp(3, 1), { protocol: 1 }),
  ipv4(udp(111, 222, '00 '.repeat(16)), { protocol: 17, more: true, id: 77 }),
  ipv4('00 '.repeat(24), { protocol: 17, offset: 24, id: 77 }),
  ipv4(tcp(22, 50000, 24), { options: '94 04 00 00', totalLength: 0 }),
  ipv6(join('11 00 00 01 00 00 30 39', udp(1000, 2000, '00 '.repeat(8))), { next: 44 }),
];
