/** Captures made of a few facts, for tests of the rules. */

/** One packet of a made-up capture: raw IPv4, an Ethernet frame when it has a VLAN (0: untagged), or a log message when
 * it has a prefix. */
export interface Made {
  readonly at: number;
  readonly from?: string;
  readonly to?: string;
  readonly protocol?: number;
  readonly ports?: readonly [number, number];
  readonly flags?: number;
  readonly length?: number;
  readonly fragment?: { readonly id: number; readonly offset: number; readonly more: boolean };
  readonly prefix?: string;
  readonly vlan?: number;
  /** Last bytes of the MAC addresses 02:00:00:00:00:… of the frame. */
  readonly macs?: readonly [source: number, destination: number];
}

function octets(address: string): number[] {
  return address.split('.').map(Number);
}

function packetOf(made: Made): Buffer {
  const {
    from = '10.0.0.1',
    to = '10.0.0.2',
    protocol = 6,
    ports = [1000, 80],
    flags = 16,
    length = 100,
  } = made;
  const bytes = Buffer.alloc(40);
  bytes[0] = 0x45;
  bytes.writeUInt16BE(length, 2);
  bytes.writeUInt16BE(made.fragment?.id ?? 0, 4);
  bytes.writeUInt16BE(((made.fragment?.offset ?? 0) >> 3) | (made.fragment?.more ? 0x2000 : 0), 6);
  bytes[9] = protocol;
  bytes.set([...octets(from), ...octets(to)], 12);
  if (protocol === 1) bytes.set(ports, 20);
  else {
    bytes.writeUInt16BE(ports[0], 20);
    bytes.writeUInt16BE(ports[1], 22);
  }
  bytes[33] = flags;
  if (made.vlan !== undefined) return Buffer.concat([ethernet(made.vlan, made.macs ?? [0, 0]), bytes]);
  if (made.prefix === undefined) return bytes;
  const prefix = Buffer.alloc(4 + 8);
  prefix.writeUInt16LE(prefix.length, 0);
  prefix.writeUInt16LE(10, 2);
  prefix.write(made.prefix, 4, 'latin1');
  const payload = Buffer.alloc(4);
  payload.writeUInt16LE(4 + bytes.length, 0);
  payload.writeUInt16LE(9, 2);
  return Buffer.concat([Buffer.from([2, 0, 0, 5]), prefix, payload, bytes]);
}

function ethernet(vlan: number, [source, destination]: readonly [number, number]): Buffer {
  const mac = (last: number): number[] => [2, 0, 0, 0, 0, last];
  const tag = vlan === 0 ? [] : [0x81, 0x00, vlan >> 8, vlan & 0xff];
  return Buffer.from([...mac(destination), ...mac(source), ...tag, 0x08, 0x00]);
}

/** A capture file of the packets: raw IPv4, Ethernet when one of them has a VLAN, NFLOG when one has a prefix. */
export function captureOf(packets: readonly Made[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(0x00040002, 4);
  const frames = packets.some(({ vlan }) => vlan !== undefined);
  const log = packets.some(({ prefix }) => prefix !== undefined);
  header.writeUInt32LE(frames ? 1 : log ? 239 : 101, 20);
  const records = packets.map((made) => {
    const bytes = packetOf(made);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(made.at), 0);
    record.writeUInt32LE(Math.round((made.at % 1) * 1e6), 4);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([header, ...records]);
}
