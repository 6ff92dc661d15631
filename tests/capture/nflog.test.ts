import { describe, expect, test } from 'vitest';
import { VERDICT_ACCEPT, VERDICT_REJECT } from '../../src/capture/batch.ts';
import type { CaptureOptions } from '../../src/capture/open.ts';
import {
  decodeFrame,
  ethernet,
  ipv4,
  ipv6,
  join,
  pad4,
  pcap,
  readCapture,
  tcp,
  text,
  u32,
  udp,
  word16,
} from './build.ts';
import type { Bytes } from './build.ts';

const NFLOG = 239;
const PACKET = ipv4(tcp(1000, 80, 2));
const PACKET6 = ipv6(udp(1000, 53), { next: 17 });
const ROW = { src: '10.0.0.1', dst: '192.0.2.7', sport: 1000, dport: 80, flags: 2, length: 40 };

function attribute(type: number, value: Bytes, little = true): Uint8Array {
  const bytes = join(value);
  return pad4(join(word16(bytes.length + 4, little), word16(type, little), bytes));
}

function message(attributes: Uint8Array[], family = 2): Uint8Array {
  return join([family, 0, 0, 5], ...attributes);
}

const header = attribute(1, '08 00 03 00');
const payload = attribute(9, PACKET);
const prefix = (value: string) => attribute(10, [...text(value), 0]);

function decode(attributes: Uint8Array[], options: CaptureOptions = {}, family = 2) {
  return decodeFrame(message(attributes, family), NFLOG, options);
}

describe('NFLOG', () => {
  test('a packet with nothing said about it', () => {
    const row = decode([header, payload]);
    expect(row).toMatchObject({ ...ROW, ifIndex: 0 });
    expect(row).not.toHaveProperty('verdict');
    expect(row).not.toHaveProperty('direction');
  });
  test('the prefix is the verdict', () => {
    expect(decode([prefix('fw ACCEPT in: '), payload])).toMatchObject({ ...ROW, verdict: VERDICT_ACCEPT });
    expect(decode([prefix('fw REJECT in: '), payload])).toMatchObject({ ...ROW, verdict: VERDICT_REJECT });
    expect(decode([prefix('accept? REJECT, then ACCEPT'), payload])).toMatchObject({
      verdict: VERDICT_REJECT,
    });
    expect(decode([prefix('accept'), payload])).not.toHaveProperty('verdict');
    expect(decode([payload, prefix('ACCEPT')])).toMatchObject({ verdict: VERDICT_ACCEPT });
  });
  test('patterns of the caller', () => {
    const options = { acceptPrefix: /^ok/, rejectPrefix: /^drop/ };
    expect(decode([prefix('ok '), payload], options)).toMatchObject({ verdict: VERDICT_ACCEPT });
    expect(decode([prefix('drop '), payload], options)).toMatchObject({ verdict: VERDICT_REJECT });
    expect(decode([prefix('REJECT'), payload], options)).not.toHaveProperty('verdict');
  });
  test('devices: the input one wins, and tells the direction', () => {
    const input = attribute(4, u32(7));
    const output = attribute(5, u32(9));
    expect(decode([input, payload])).toMatchObject({ ifIndex: 7, direction: 'in' });
    expect(decode([output, payload])).toMatchObject({ ifIndex: 9, direction: 'out' });
    expect(decode([output, input, payload])).toMatchObject({ ifIndex: 7, direction: 'in' });
  });
  test("the message's own time overrides the record's", () => {
    const at = attribute(3, join(u32(0), u32(1_600_000_000), u32(0), u32(999_999)));
    expect(decode([at, payload])).toMatchObject({ seconds: 1_600_000_000, nanos: 999_999_000 });
    for (const bad of [
      join(u32(1), u32(1_600_000_000), u32(0), u32(0)),
      join(u32(0), u32(1_600_000_000), u32(0), u32(1_000_000)),
      u32(0),
    ])
      expect(decode([attribute(3, bad), payload])).toMatchObject({ seconds: 1_700_000_000, nanos: 0 });
  });
  test('MACs: of the link header where there is one, else of the sender', () => {
    const sender = attribute(8, '00 06 00 00 02 00 00 00 00 01 00 00');
    const link = attribute(16, ethernet(0x0800, []));
    expect(decode([sender, payload], { macs: true })).toMatchObject({ macs: '020000000001 000000000000' });
    for (const both of [
      [sender, link],
      [link, sender],
    ])
      expect(decode([...both, payload], { macs: true })).toMatchObject({ macs: '02000000000a 02000000000b' });
    expect(decode([sender, link, payload])).not.toHaveProperty('macs');
  });
  test('families: IPv6, and tables that log any protocol', () => {
    expect(decode([attribute(9, PACKET6)], {}, 10)).toMatchObject({ dport: 53, protocol: 17 });
    expect(decode([attribute(1, '08 00 00 00'), payload], {}, 7)).toMatchObject(ROW);
    expect(decode([attribute(1, '86 dd 00 00'), attribute(9, PACKET6)], {}, 5)).toMatchObject({ dport: 53 });
    expect(decode([attribute(1, '08 06 00 00'), payload], {}, 7)).toBe('not_ip');
    expect(decode([payload], {}, 3)).toBe('not_ip');
  });
  test('attributes in the byte order of a capture from a big-endian machine', () => {
    const big = message([
      attribute(10, text('REJECT'), false),
      attribute(5, u32(9), false),
      attribute(9, PACKET, false),
    ]);
    const { rows } = readCapture(pcap([big], { linkType: NFLOG, little: false }));
    expect(rows).toMatchObject([{ ...ROW, verdict: VERDICT_REJECT, ifIndex: 9, direction: 'out' }]);
  });
  test('flag bits of a type, and attributes that are not known, do not matter', () => {
    expect(decode([attribute(0x4009, PACKET)])).toMatchObject(ROW);
    expect(decode([attribute(20, u32(1)), attribute(200, 'aa'), payload])).toMatchObject(ROW);
  });
  test('cut and malformed messages', () => {
    const whole = message([prefix('ACCEPT'), payload]);
    for (let captured = 0; captured < 4 + 12 + 4; captured++)
      expect(decodeFrame(whole.subarray(0, captured), NFLOG, {}, whole.length)).toBe('link_truncated');
    expect(decodeFrame(whole.subarray(0, 20 + 22), NFLOG, {}, whole.length)).toMatchObject({
      sport: 1000,
      dport: 0,
      length: 40,
    });
    expect(decodeFrame(whole.subarray(0, 20 + 19), NFLOG, {}, whole.length)).toBe('ip_truncated');
    expect(decode([join('03 00 0a 00'), payload])).toBe('link_malformed');
    expect(decode([join('00 00 00 00'), payload])).toBe('link_malformed');
    expect(decode([join('ff ff 0a 00'), payload])).toBe('link_truncated');
    expect(decode(Array.from({ length: 100 }, () => attribute(2, u32(0))))).toBe('link_malformed');
    // Trouble behind the payload does not take it back.
    expect(decode([payload, join('02 00 00 00')])).toMatchObject(ROW);
  });
  test('bytes behind the payload are no part of it', () => {
    const short = attribute(9, ipv4(udp(7, 9), { protocol: 17 }).subarray(0, 20));
    expect(decode([short, attribute(2, u32(0xffffffff))])).toMatchObject({ sport: 0, dport: 0, length: 28 });
  });
  test('a capture of this link type reports verdicts, others do not', () => {
    expect(readCapture(pcap([], { linkType: NFLOG })).decoder.reportsVerdicts).toBe(true);
    expect(readCapture(pcap([], { linkType: 1 })).decoder.reportsVerdicts).toBe(false);
  });
});
