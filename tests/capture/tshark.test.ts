import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readCapture } from './build.ts';
import type { Row } from './build.ts';
import { CAPTURES, PACKETS } from './fixtures.ts';
import { tsharkFields, withoutTshark } from './tshark-fields.ts';

/** Every fixture as tshark reads it: an independent decoder, field by field. */

const FIELDS = [
  'frame.time_epoch',
  'ip.src',
  'ip.dst',
  'ip.len',
  'ip.proto',
  'ipv6.src',
  'ipv6.dst',
  'ipv6.plen',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.flags',
  'udp.srcport',
  'udp.dstport',
  'sctp.srcport',
  'sctp.dstport',
  'icmp.type',
  'icmp.code',
  'icmpv6.type',
  'icmpv6.code',
  'ieee8021ad.id',
  'vlan.id',
  'ip.id',
  'ip.flags.mf',
  'ip.frag_offset',
  'ipv6.fraghdr.ident',
  'ipv6.fraghdr.offset',
  'ipv6.fraghdr.more',
  'sll.ifindex',
  'nflog.ifindex_indev',
  'nflog.ifindex_outdev',
] as const;
type Field = (typeof FIELDS)[number];

const folder = mkdtempSync(joinPath(tmpdir(), 'weir-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** One record for each packet that tshark finds IP in. */
function readWithTshark(capture: Uint8Array): Readonly<Record<Field, string>>[] {
  const file = joinPath(folder, 'capture');
  writeFileSync(file, capture);
  const options = ['-Y', 'ip or ipv6', '-o', 'tcp.relative_sequence_numbers:FALSE'];
  return tsharkFields(file, { fields: FIELDS, occurrence: 'first', options });
}

/** Flags are printed as True, 1 or 0 by different versions. */
function flag(value: string): boolean {
  return value === '1' || value === 'True';
}

/** What tshark says, in the words of a row. The protocol is compared for IPv4 only, and time without
 * NFLOG's own. */
function rowOf(fields: Readonly<Record<Field, string>>) {
  const number = (...names: Field[]) =>
    Number(names.map((name) => fields[name]).find((value) => value !== '') ?? 0);
  const v6 = fields['ip.src'] === '';
  const later = number('ip.frag_offset', 'ipv6.fraghdr.offset') > 0;
  const first = !later && (flag(fields['ip.flags.mf']) || flag(fields['ipv6.fraghdr.more']));
  const type = fields['icmp.type'] + fields['icmpv6.type'];
  return {
    time: fields['frame.time_epoch'],
    src: fields['ip.src'] || fields['ipv6.src'],
    dst: fields['ip.dst'] || fields['ipv6.dst'],
    length: v6 ? 40 + number('ipv6.plen') : number('ip.len'),
    protocol: v6 ? 0 : number('ip.proto'),
    sport: number('tcp.srcport', 'udp.srcport', 'sctp.srcport'),
    dport:
      number('tcp.dstport', 'udp.dstport', 'sctp.dstport') +
      (type === '' ? 0 : Number(type) * 256 + number('icmp.code', 'icmpv6.code')),
    flags: number('tcp.flags') & 255,
    vlan: number('ieee8021ad.id', 'vlan.id'),
    fragment:
      first || later
        ? { part: first ? 'first' : 'later', id: number('ipv6.fraghdr.ident', 'ip.id') }
        : undefined,
    index: number('sll.ifindex', 'nflog.ifindex_indev', 'nflog.ifindex_outdev'),
  };
}

function ours(row: Row, hasIndex: boolean): ReturnType<typeof rowOf> {
  return {
    time: `${row.seconds}.${String(row.nanos).padStart(9, '0')}`,
    src: row.src,
    dst: row.dst,
    length: row.length,
    protocol: row.src.includes(':') ? 0 : row.protocol,
    sport: row.sport,
    dport: row.dport,
    flags: row.flags,
    vlan: row.vlan,
    fragment: row.fragment,
    index: hasIndex ? row.ifIndex : 0,
  };
}

describe.skipIf(withoutTshark)('the same fields as tshark (skipped where tshark is missing)', () => {
  test.each(Object.entries(CAPTURES))('%s', (name, capture) => {
    const nflog = name.includes('NFLOG');
    const ng = name.startsWith('pcapng');
    const theirs = readWithTshark(capture).map(rowOf);
    const rows = readCapture(capture).rows.map((row) => ours(row, name.includes('v2') || nflog));
    expect(rows).toHaveLength(theirs.length);
    // tshark has no time for simple packets, and keeps a message's own time in another field.
    const untimed = rows.map((row, i) => theirs[i]!.time === '' || row.time.startsWith('165'));
    const comparable = (row: ReturnType<typeof rowOf>, i: number) => ({
      ...row,
      time: untimed[i] ? '' : row.time,
      // tshark prints flags only of a TCP header that is wholly captured.
      flags: name === 'pcap, snapped' ? 0 : row.flags,
      index: ng ? 0 : row.index,
      i,
    });
    expect(untimed.filter(Boolean).length).toBe(nflog || ng ? PACKETS.length + (ng ? 1 : 0) : 0);
    expect(rows.map(comparable)).toEqual(theirs.map(comparable));
  });
});
