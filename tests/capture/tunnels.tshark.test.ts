import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCapture, type Row } from './build.ts';
import { tsharkFields, withoutTshark } from './tshark-fields.ts';
import { ALL_TUNNELS } from './tunnelled.ts';

/** Captures of real tunnels (fixtures/record-tunnels.sh), opened as tshark opens them: field by field. */

const FOLDER = new URL('./fixtures/', import.meta.url).pathname;
const CAPTURES = readdirSync(FOLDER).filter((name) => name.startsWith('tunnels-'));

const FIELDS = [
  'frame.protocols',
  'eth.src',
  'eth.dst',
  'vlan.id',
  'vxlan.vni',
  'geneve.vni',
  'gre.key',
  'erspan.spanid',
  'ip.src',
  'ip.dst',
  'ip.len',
  'ip.id',
  'ip.flags.mf',
  'ip.frag_offset',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.plen',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'udp.srcport',
  'udp.dstport',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'icmpv6.code',
] as const;
type Fields = Readonly<Record<(typeof FIELDS)[number], string>>;

/** Of each field all values, as a packet has it outside and inside of the tunnel, and once more in an ICMP error. */
function readWithTshark(file: string): Fields[] {
  const options = ['-d', 'udp.port==8472,vxlan'];
  return tsharkFields(join(FOLDER, file), { fields: FIELDS, occurrence: 'all', options });
}

const TUNNEL = /^(?:vxlan|geneve|gre|erspan)$/;

/** What lies behind the header of the tunnel. */
function inside({ 'frame.protocols': all }: Fields): readonly string[] {
  const layers = all.split(':');
  return layers.slice(layers.findLastIndex((layer) => TUNNEL.test(layer)) + 1);
}

/** The value of a field in the first header of its protocol behind the tunnel's. */
function valueOf(fields: Fields, name: keyof Fields): string {
  const layers = fields['frame.protocols'].split(':');
  const [protocol] = name.split('.');
  const outside = layers.slice(0, layers.findLastIndex((layer) => TUNNEL.test(layer)) + 1);
  return fields[name].split(',')[outside.filter((layer) => layer === protocol).length] ?? '';
}

type Compared = Omit<Row, 'seconds' | 'nanos' | 'protocol' | 'ifIndex' | 'fragment'> & {
  readonly fragment: number | undefined;
};

function rowOf(fields: Fields): Compared {
  const layers = inside(fields);
  const v6 = layers.find((it) => it === 'ip' || it === 'ipv6') === 'ipv6';
  const later = !v6 && Number(valueOf(fields, 'ip.frag_offset')) > 0;
  const whole = !later && !['1', 'True'].includes(valueOf(fields, 'ip.flags.mf'));
  const transport = later ? 'none' : (layers.find((it) => /^(?:tcp|udp|icmp|icmpv6)$/.test(it)) ?? 'none');
  const number = (name: string): number => Number(name in fields ? valueOf(fields, name as keyof Fields) : 0);
  const icmp = transport.startsWith('icmp')
    ? 256 * number(`${transport}.type`) + number(`${transport}.code`)
    : 0;
  const mac = (name: 'eth.src' | 'eth.dst'): string => valueOf(fields, name).replaceAll(':', '');
  const ids = [fields['vxlan.vni'], fields['geneve.vni'], fields['erspan.spanid'], fields['gre.key']];
  return {
    src: valueOf(fields, v6 ? 'ipv6.src' : 'ip.src'),
    dst: valueOf(fields, v6 ? 'ipv6.dst' : 'ip.dst'),
    length: v6 ? 40 + number('ipv6.plen') : number('ip.len'),
    sport: icmp === 0 ? number(`${transport}.srcport`) || 0 : 0,
    dport: icmp === 0 ? number(`${transport}.dstport`) || 0 : icmp,
    flags: transport === 'tcp' ? number('tcp.flags') & 255 : 0,
    vlan: number('vlan.id'),
    tunnel: Number(ids.find((id) => id !== '') ?? 0),
    macs: `${mac('eth.src')} ${mac('eth.dst')}`,
    fragment: v6 || whole ? undefined : number('ip.id'),
  };
}

function ours({ seconds: _s, nanos: _n, protocol: _p, ifIndex: _i, fragment, ...row }: Row): Compared {
  return { ...row, fragment: fragment?.id };
}

describe('captures of real tunnels', () => {
  test.each(CAPTURES)('%s: every packet is opened, and has a reason where there is none inside', (name) => {
    const { rows, decoder, rejected } = readCapture(readFileSync(join(FOLDER, name)), {
      tunnels: ALL_TUNNELS,
      macs: true,
    });
    expect(decoder.fault).toBeUndefined();
    expect(Object.keys(rejected)).toEqual(['not_ip']); // ARP
    expect(decoder.counters.packets).toBe(rows.length + rejected.not_ip!);
    const ids = new Set(rows.map((row) => row.tunnel));
    expect(ids).toEqual(new Set([IDS[name]]));
    // Pings of both families, a datagram, a download, and pings in fragments.
    const seen = new Set(
      rows.map(({ protocol, dport }) => `${protocol} ${dport === 5353 || dport === 8080 ? dport : ''}`),
    );
    expect([...seen]).toEqual(expect.arrayContaining(['1 ', '58 ', '17 5353', '6 8080', '6 ']));
    expect(rows.some(({ fragment }) => fragment?.part === 'later')).toBe(true);
    expect(new Set(rows.map(({ vlan }) => vlan))).toEqual(new Set([name.includes('geneve-ipv6') ? 77 : 0]));
  });
  test.each(CAPTURES)('%s: closed, all rows are of the outer packets', (name) => {
    const { rows } = readCapture(readFileSync(join(FOLDER, name)));
    const outer = name.includes('ipv6') ? '2001:db8:ff::' : '198.51.100.';
    expect(rows.every(({ src, dst }) => src.startsWith(outer) && dst.startsWith(outer))).toBe(true);
  });
});

/** By capture: the id of its tunnel. */
const IDS: Readonly<Record<string, number>> = {
  'tunnels-vxlan.pcap': 4096,
  'tunnels-vxlan-ipv6.pcap': 16_777_215,
  'tunnels-geneve.pcap': 77,
  'tunnels-geneve-ipv6.pcap': 16_777_215,
  'tunnels-gre.pcap': 4_294_967_295,
  'tunnels-gre-ipv6.pcap': 0,
  'tunnels-erspan-2.pcap': 1023,
  'tunnels-erspan-3.pcap': 5,
};

describe.skipIf(withoutTshark)(
  'the same fields as tshark inside of tunnels (skipped where tshark is missing)',
  () => {
    test.each(CAPTURES)('%s', (name) => {
      const theirs = readWithTshark(name);
      const withIp = theirs.filter((fields) =>
        inside(fields).some((layer) => layer === 'ip' || layer === 'ipv6'),
      );
      const { rows, rejected } = readCapture(readFileSync(join(FOLDER, name)), {
        tunnels: ALL_TUNNELS,
        macs: true,
      });
      expect(rows.map(ours)).toEqual(withIp.map(rowOf));
      expect(rejected.not_ip).toBe(theirs.length - withIp.length);
    });
  },
);
