/** What tshark says of a capture: a count that shares nothing with this project. */
import { spawnSync } from 'node:child_process';

/** One IP packet, as tshark's fields tell it. */
export interface SharkPacket {
  readonly number: number;
  readonly second: number;
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly length: number;
  /** 0 for later fragments and for what has no ports; ICMP: 0. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly icmp: number;
  readonly flags: number;
  /** Where it was seen: interface and way, as far as the file tells. */
  readonly point: string;
  readonly vlan: number;
}

const TSHARK = 'tshark';

const FIELDS = (
  'frame.number frame.time_epoch frame.interface_id sll.ifindex sll.pkttype nflog.timestamp ieee8021ad.id vlan.id ' +
  'ip.src ip.dst ip.proto ip.len ip.id ip.frag_offset ip.flags.mf ' +
  'ipv6.src ipv6.dst ipv6.plen ipv6.nxt ipv6.opt.jumbo ipv6.fraghdr.nxt ipv6.fraghdr.ident ipv6.fraghdr.offset ' +
  'tcp.srcport tcp.dstport tcp.flags udp.srcport udp.dstport icmp.type icmp.code icmpv6.type icmpv6.code'
).split(' ');

/** True when tshark can be run here. */
export function hasTshark(): boolean {
  return spawnSync(TSHARK, ['--version']).status === 0;
}

/** The IP packets of a capture, in order; fragments joined by their identification. */
export function sharkPackets(path: string): SharkPacket[] {
  const preferences = ['ip.defragment:FALSE', 'ipv6.defragment:FALSE', 'tcp.desegment_tcp_streams:FALSE'];
  const args = ['-n', '-r', path, '-T', 'fields', '-E', 'occurrence=f', '-E', 'separator=|'];
  args.push(...preferences.flatMap((it) => ['-o', it]), ...FIELDS.flatMap((it) => ['-e', it]));
  const run = spawnSync(TSHARK, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, TZ: 'UTC' },
  });
  if (run.status !== 0) throw new Error(`tshark: ${run.stderr}`);
  const firsts = new Map<string, SharkPacket>();
  const out: SharkPacket[] = [];
  for (const line of run.stdout.split('\n')) {
    if (line === '') continue;
    const cells = line.split('|');
    const at = (field: string): string => cells[FIELDS.indexOf(field)] ?? '';
    const packet = at('ip.src') !== '' ? fourOf(at) : at('ipv6.src') !== '' ? sixOf(at) : undefined;
    if (packet === undefined) continue;
    const { id, offset, more, ...rest } = packet;
    if (offset === 0 && more) firsts.set(id, rest);
    const first = offset > 0 ? firsts.get(id) : undefined;
    if (first === undefined) out.push(rest);
    else {
      const { sourcePort, destinationPort, icmp } = first;
      out.push({ ...rest, sourcePort, destinationPort, icmp });
    }
  }
  return out;
}

type At = (field: string) => string;
type Fragmented = SharkPacket & { id: string; offset: number; more: boolean };

function fourOf(at: At): Fragmented {
  const source = at('ip.src');
  const destination = at('ip.dst');
  const protocol = Number(at('ip.proto'));
  const offset = Number(at('ip.frag_offset'));
  return {
    ...frameOf(at),
    source,
    destination,
    protocol,
    length: Number(at('ip.len')),
    ...transportOf(at, protocol, offset > 0),
    id: `${source} ${destination} ${protocol} ${at('ip.id')}`,
    offset,
    more: at('ip.flags.mf') === '1' || at('ip.flags.mf') === 'True',
  };
}

function sixOf(at: At): Fragmented {
  const source = at('ipv6.src');
  const destination = at('ipv6.dst');
  const next = Number(at('ipv6.nxt'));
  const offset = Number(at('ipv6.fraghdr.offset') || 0);
  let protocol = next;
  if (next === 44) protocol = Number(at('ipv6.fraghdr.nxt'));
  // Behind options: whatever tshark found there.
  if (next === 0) protocol = at('icmpv6.type') !== '' ? 58 : at('tcp.srcport') !== '' ? 6 : 17;
  return {
    ...frameOf(at),
    source,
    destination,
    protocol,
    // The option may also be that of a packet that an ICMPv6 error quotes.
    length: 40 + (Number(at('ipv6.plen')) || Number(at('ipv6.opt.jumbo') || 0)),
    ...transportOf(at, protocol, offset > 0),
    id: `${source} ${destination} ${protocol} ${at('ipv6.fraghdr.ident')}`,
    offset,
    more: next === 44 && offset === 0,
  };
}

function frameOf(at: At): Pick<SharkPacket, 'number' | 'second' | 'point' | 'vlan'> {
  // A log message carries its packet's own time.
  const logged = at('nflog.timestamp').replace(/\.\d+/, '');
  const outgoing = at('sll.pkttype') === '4';
  return {
    number: Number(at('frame.number')),
    second: logged === '' ? Math.floor(Number(at('frame.time_epoch'))) : Date.parse(logged) / 1000,
    point: `${at('sll.ifindex') || at('frame.interface_id') || '0'} ${outgoing ? 'out' : ''}`,
    vlan: Number(at('ieee8021ad.id') || at('vlan.id') || 0),
  };
}

function transportOf(
  at: At,
  protocol: number,
  later: boolean,
): Pick<SharkPacket, 'sourcePort' | 'destinationPort' | 'icmp' | 'flags'> {
  const numbers = (a: string, b: string): [number, number] => [Number(at(a) || 0), Number(at(b) || 0)];
  const out = { sourcePort: 0, destinationPort: 0, icmp: 0, flags: 0 };
  if (later) return out;
  if (protocol === 6) {
    [out.sourcePort, out.destinationPort] = numbers('tcp.srcport', 'tcp.dstport');
    out.flags = Number(at('tcp.flags') || 0) & 0xff;
  } else if (protocol === 17) [out.sourcePort, out.destinationPort] = numbers('udp.srcport', 'udp.dstport');
  else if (protocol === 1 || protocol === 58) {
    const [type, code] =
      protocol === 1 ? numbers('icmp.type', 'icmp.code') : numbers('icmpv6.type', 'icmpv6.code');
    out.icmp = type * 256 + code;
  }
  return out;
}
