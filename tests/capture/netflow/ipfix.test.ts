import { describe, expect, test } from 'vitest';
import { NetflowDecoder } from '../../../src/capture/netflow/decoder.ts';
import { FlowBatch } from '../../../src/capture/flow-batch.ts';
import { IpfixStream } from '../../../src/capture/netflow/stream.ts';
import { Collector, NOW, bytesOf, ipfix, rowsOf, set, template, u16, u32, u64, u8 } from './support.ts';

const SECONDS = NOW / 1000;
const FIELDS = [
  [8, 4],
  [12, 4],
  [4, 1],
  [7, 2],
  [11, 2],
  [1, 8],
  [2, 8],
] as const;
const KEY = '0a000001 c0000207 06 c000 01bb';
const RECORD = KEY + u64(400) + u64(4);
const ROW = {
  src: '10.0.0.1',
  dst: '192.0.2.7',
  sport: 49152,
  dport: 443,
  protocol: 6,
  packets: 4,
  bytes: 400,
  sampling: 1,
  start: SECONDS,
  end: SECONDS,
};

/** A field of an enterprise. */
function enterpriseField(number: number, element: number, length: number): string {
  return u16(0x8000 | element) + u16(length) + u32(number);
}

/** NTP timestamp of milliseconds since the epoch. */
function ntp(millis: number): string {
  const seconds = Math.floor(millis / 1000);
  return u32(seconds + 2_208_988_800) + u32(Math.ceil(((millis % 1000) * 2 ** 32) / 1000));
}

describe('IPFIX', () => {
  test('a template and its data', () => {
    const collector = new Collector();
    expect(collector.push(ipfix({}, set(2, template(256, ...FIELDS)), set(256, RECORD, RECORD)))).toEqual([
      ROW,
      ROW,
    ]);
    expect(collector.decoder.counters.rejections()).toEqual({});
    expect(collector.decoder.counters.noted()).toEqual({ time_unknown: 2 });
    collector.checkCounters();
  });
  test('every encoding of times gives the same flow', () => {
    const start = NOW - 9250;
    const end = NOW - 1750;
    const encodings: [string, readonly (readonly [number, number])[], string][] = [
      [
        'seconds',
        [
          [150, 4],
          [151, 4],
        ],
        u32(SECONDS - 10) + u32(SECONDS - 2),
      ],
      [
        'milliseconds',
        [
          [152, 8],
          [153, 8],
        ],
        u64(start) + u64(end),
      ],
      [
        'microseconds',
        [
          [154, 8],
          [155, 8],
        ],
        ntp(start) + ntp(end),
      ],
      [
        'nanoseconds',
        [
          [156, 8],
          [157, 8],
        ],
        ntp(start) + ntp(end),
      ],
      [
        'delta microseconds',
        [
          [158, 4],
          [159, 4],
        ],
        u32(9_250_000) + u32(1_750_000),
      ],
      [
        'sysUpTime',
        [
          [22, 4],
          [21, 4],
          [160, 8],
        ],
        u32(50_750) + u32(58_250) + u64(NOW - 60_000),
      ],
      [
        'start and duration',
        [
          [152, 8],
          [161, 4],
        ],
        u64(start) + u32(7500),
      ],
      [
        'end and duration',
        [
          [153, 8],
          [162, 4],
        ],
        u64(end) + u32(7_500_000),
      ],
      [
        'the finest of several',
        [
          [150, 4],
          [151, 4],
          [152, 8],
          [153, 8],
        ],
        u32(1) + u32(2) + u64(start) + u64(end),
      ],
    ];
    for (const [name, fields, bytes] of encodings) {
      const collector = new Collector();
      const rows = collector.push(
        ipfix({}, set(2, template(256, ...FIELDS, ...fields)), set(256, RECORD + bytes)),
      );
      expect({ name, rows }).toEqual({ name, rows: [{ ...ROW, start: SECONDS - 10, end: SECONDS - 2 }] });
      expect(collector.decoder.counters.noted()).toEqual({});
    }
  });
  test('fractions are kept in nanoseconds, and an NTP era that begins in 2036 is read', () => {
    const batch = new FlowBatch();
    const decoder = new NetflowDecoder(
      { batch, flush: (full) => full.clear() },
      { settings: () => ({ samplingRate: 1 }) },
    );
    const later = 2_100_000_000_250;
    const message = ipfix(
      { seconds: 2_100_000_001 },
      set(2, template(256, ...FIELDS, [154, 8], [155, 8])),
      set(256, RECORD + ntp(later - 1000) + ntp(later)),
    );
    decoder.datagram(message, 0, message.length, 'a', (later + 1000) * 1000);
    expect([batch.start[0], batch.time[0], batch.nanos[0]]).toEqual([
      2_099_999_999, 2_100_000_000, 250_000_000,
    ]);
  });
  test('reduced sizes', () => {
    const fields = [
      [8, 4],
      [12, 4],
      [4, 1],
      [7, 2],
      [11, 2],
      [1, 3],
      [2, 1],
      [10, 2],
      [6, 2],
    ] as const;
    const rows = new Collector().push(
      ipfix({}, set(2, template(256, ...fields)), set(256, KEY + '012345' + u8(9) + u16(7) + u16(0x0102))),
    );
    expect(rows).toEqual([{ ...ROW, bytes: 0x012345, packets: 9, ingress: 7, flags: 2 }]);
  });
  test('variable lengths, short and long, between the fields', () => {
    const fields = [[82, 65_535], ...FIELDS, [371, 65_535]] as const;
    const name = u8(4) + '65746830';
    const long = 'ff' + u16(300) + '61'.repeat(300);
    const collector = new Collector();
    const rows = collector.push(
      ipfix(
        {},
        set(2, template(256, ...fields)),
        set(256, name + RECORD + u8(0), u8(0) + RECORD + long, name + RECORD + u8(1) + '00', '000000'),
      ),
    );
    expect(rows).toEqual([ROW, ROW, ROW]);
    expect(collector.decoder.counters.rejections()).toEqual({});
  });
  test('a variable length beyond its set costs the rest of the set', () => {
    const fields = [...FIELDS, [371, 65_535]] as const;
    const collector = new Collector();
    const rows = collector.push(
      ipfix(
        {},
        set(2, template(256, ...fields)),
        set(256, RECORD + u8(0), RECORD + u8(200) + '61'),
        set(256, RECORD + u8(0)),
      ),
    );
    expect(rows).toEqual([ROW, ROW]);
    expect(collector.decoder.counters.rejections()).toEqual({ record_malformed: 1 });
    collector.checkCounters();
  });
  test('a number of variable length is read at the length that it has', () => {
    const fields = [
      [8, 4],
      [12, 4],
      [4, 1],
      [7, 2],
      [11, 2],
      [1, 65_535],
      [2, 65_535],
    ] as const;
    const rows = new Collector().push(
      ipfix({}, set(2, template(256, ...fields)), set(256, KEY + u8(2) + u16(400) + u8(1) + u8(4))),
    );
    expect(rows).toEqual([ROW]);
  });
  test('elements of enterprises are passed over', () => {
    const fields =
      u16(256) +
      u16(FIELDS.length + 2) +
      enterpriseField(9, 1, 4) +
      template(256, ...FIELDS).slice(8) +
      enterpriseField(35_632, 2, 65_535);
    const rows = new Collector().push(
      ipfix({}, set(2, fields), set(256, 'ffffffff' + RECORD + u8(2) + 'abcd')),
    );
    expect(rows).toEqual([ROW]);
  });
  test('biflows: a row for each direction that has packets', () => {
    const fields =
      u16(256) +
      u16(FIELDS.length + 5) +
      template(256, ...FIELDS, [10, 4], [6, 1]).slice(8) +
      enterpriseField(29_305, 1, 8) +
      enterpriseField(29_305, 2, 8) +
      enterpriseField(29_305, 6, 1);
    const collector = new Collector();
    const rows = collector.push(
      ipfix(
        {},
        set(2, fields),
        set(
          256,
          RECORD + u32(3) + u8(2) + u64(900) + u64(1) + u8(0x12),
          RECORD + u32(3) + u8(2) + u64(0) + u64(0) + u8(0),
        ),
      ),
    );
    expect(rows).toEqual([
      { ...ROW, flags: 2, ingress: 3 },
      {
        ...ROW,
        src: ROW.dst,
        dst: ROW.src,
        sport: 443,
        dport: 49152,
        packets: 1,
        bytes: 900,
        flags: 0x12,
        egress: 3,
      },
      { ...ROW, flags: 2, ingress: 3 },
    ]);
    expect(collector.decoder.counters).toMatchObject({ records: 2, rows: 3, reverseRows: 1 });
    collector.checkCounters();
  });
  test('YAF tells the first flags apart: a SYN-ACK of several packets', () => {
    const fields =
      u16(256) +
      u16(FIELDS.length + 2) +
      template(256, ...FIELDS).slice(8) +
      enterpriseField(6871, 14, 1) +
      enterpriseField(6871, 15, 1);
    const rows = new Collector().push(
      ipfix({}, set(2, fields), set(256, RECORD + u8(0x12) + u8(0x11), RECORD + u8(0x02) + u8(0x18))),
    );
    expect(rows.map((row) => row['flags'])).toEqual([0x13, 0x02]);
  });
  test('total counters count what came since the report before', () => {
    const fields = [
      [8, 4],
      [12, 4],
      [4, 1],
      [7, 2],
      [11, 2],
      [85, 8],
      [86, 8],
      [152, 8],
      [136, 1],
    ] as const;
    const total = (bytes: number, packets: number, reason = 2, start = NOW - 5000) =>
      KEY + u64(bytes) + u64(packets) + u64(start) + u8(reason);
    const collector = new Collector();
    const push = (...records: string[]) =>
      collector
        .push(ipfix({}, set(2, template(256, ...fields)), set(256, ...records)))
        .map((row) => [row.packets, row.bytes]);
    expect(push(total(400, 4), total(1000, 9))).toEqual([
      [4, 400],
      [5, 600],
    ]);
    // Another flow of the same addresses, by its start.
    expect(push(total(70, 1, 2, NOW - 10))).toEqual([[1, 70]]);
    // Its end, and a new flow that happens to begin at the same time.
    expect(push(total(1500, 10, 3), total(60, 1))).toEqual([
      [1, 500],
      [1, 60],
    ]);
    expect(push(total(50, 1))).toEqual([[1, 50]]);
    expect(collector.decoder.counters.noted()).toEqual({ totals_reset: 1 });
    // Nothing new is no row.
    expect(push(total(50, 1))).toEqual([]);
    expect(collector.decoder.counters.rejections()).toEqual({ no_counters: 1 });
    collector.checkCounters();
  });
  test('layer 2 octets only where there are none of layer 3, less the headers', () => {
    const collector = new Collector();
    const fields = [
      [8, 4],
      [12, 4],
      [352, 8],
      [2, 8],
    ] as const;
    const rows = collector.push(
      ipfix(
        {},
        set(2, template(256, ...fields), template(257, ...FIELDS, [352, 8])),
        set(256, '0a000001 c0000207', u64(1000), u64(10)),
        set(257, RECORD + u64(9999)),
      ),
    );
    expect(rows.map((row) => row.bytes)).toEqual([860, 400]);
    expect(collector.decoder.counters.noted()).toMatchObject({ layer2_octets: 1 });
  });
  test('a template with both families: the one that is filled', () => {
    const fields = [
      [8, 4],
      [12, 4],
      [27, 16],
      [28, 16],
      [4, 1],
      [1, 8],
      [2, 8],
    ] as const;
    const counts = '11' + u64(100) + u64(1);
    const rows = new Collector().push(
      ipfix(
        {},
        set(2, template(256, ...fields)),
        set(
          256,
          '0a000001 c0000207' + '00'.repeat(32) + counts,
          '00'.repeat(8) + `20010db8${'00'.repeat(11)}0120010db8${'00'.repeat(11)}02` + counts,
        ),
      ),
    );
    expect(rows.map((row) => [row.src, row.dst])).toEqual([
      ['10.0.0.1', '192.0.2.7'],
      ['2001:db8::1', '2001:db8::2'],
    ]);
  });
  test('NAT64: behind the translation another family', () => {
    const fields = [
      [27, 16],
      [28, 16],
      [4, 1],
      [7, 2],
      [11, 2],
      [225, 4],
      [226, 4],
      [227, 2],
      [228, 2],
      [230, 1],
    ] as const;
    const rows = new Collector().push(
      ipfix(
        {},
        set(2, template(256, ...fields)),
        set(
          256,
          `20010db8${'00'.repeat(11)}01` +
            `0064ff9b${'00'.repeat(8)}c0000207` +
            '11' +
            u16(5000) +
            u16(53) +
            'cb007105' +
            'c0000207' +
            u16(6000) +
            u16(53) +
            u8(6),
        ),
      ),
    );
    expect(rows).toMatchObject([
      {
        src: '2001:db8::1',
        dst: '64:ff9b::c000:207',
        postSrc: '203.0.113.5',
        postDst: '192.0.2.7',
        postSport: 6000,
        postDport: 53,
        event: 4,
        packets: 0,
      },
    ]);
  });
  test('message lengths', () => {
    const collector = new Collector();
    const message = ipfix({}, set(2, template(256, ...FIELDS)), set(256, RECORD));
    collector.push(message.subarray(0, message.length - 1));
    collector.push(bytesOf(u16(10) + u16(12), '00'.repeat(20)));
    // What is behind the message is not read.
    expect(collector.push(bytesOf(message, set(256, RECORD)))).toEqual([ROW]);
    expect(collector.decoder.counters.rejections()).toEqual({ length_malformed: 2 });
  });
  test('options templates need a scope; a record of one too', () => {
    const collector = new Collector();
    collector.push(
      ipfix(
        {},
        set(3, u16(300) + u16(1) + u16(0) + u16(34) + u16(4)),
        set(2, template(256, ...FIELDS)),
        set(256, RECORD),
      ),
    );
    expect(collector.decoder.counters.rejections()).toEqual({ template_malformed: 1 });
  });
  test('records of data, options included, are the sequence', () => {
    const collector = new Collector();
    const options = set(3, u16(300) + u16(2) + u16(1) + u16(149) + u16(4) + u16(34) + u16(4));
    collector.push(
      ipfix(
        { sequence: 10 },
        set(2, template(256, ...FIELDS)),
        options,
        set(300, u32(0), u32(1)),
        set(256, RECORD, RECORD),
      ),
    );
    collector.push(ipfix({ sequence: 13 }, set(256, RECORD)));
    collector.push(ipfix({ sequence: 20 }, set(256, RECORD)));
    collector.tick(NOW + 1000);
    const [domain] = collector.decoder.registry.exporter('192.0.2.1', NOW)!.domains.values();
    expect(domain!.lostRecords).toBe(6);
    // A set whose template is not known has no known number of records: the next number is taken as it comes.
    collector.push(ipfix({ sequence: 21 }, set(999, RECORD)), '192.0.2.1', NOW + 1000);
    collector.push(ipfix({ sequence: 29 }, set(256, RECORD)), '192.0.2.1', NOW + 1000);
    collector.tick(NOW + 3000);
    expect(domain!.lostRecords).toBe(6);
  });
});

describe('IPFIX streams', () => {
  const messages = bytesOf(
    ipfix({}, set(2, template(256, ...FIELDS)), set(256, RECORD)),
    ipfix({ sequence: 1 }, set(256, RECORD, RECORD)),
    ipfix({ sequence: 3 }, set(2, u16(256) + u16(0)), set(256, RECORD)),
  );
  function read(pieces: readonly Uint8Array[]) {
    const batch = new FlowBatch();
    const decoder = new NetflowDecoder(
      { batch, flush: (full) => full.clear() },
      { settings: () => ({ samplingRate: 1 }) },
    );
    const stream = new IpfixStream(decoder, '192.0.2.1', NOW * 1000);
    for (const piece of pieces) stream.push(piece, NOW * 1000);
    stream.end(NOW * 1000);
    return { rows: rowsOf(batch), decoder, stream };
  }
  test('messages in pieces of any size; a withdrawn template reads nothing more', () => {
    for (const size of [1, 7, 64, 1000]) {
      const pieces = [];
      for (let at = 0; at < messages.length; at += size) pieces.push(messages.subarray(at, at + size));
      const { rows, decoder, stream } = read(pieces);
      expect(rows).toEqual([ROW, ROW, ROW]);
      expect(stream.fault).toBeUndefined();
      expect(decoder.counters).toMatchObject({ datagrams: 3, withdrawals: 1, heldSets: 0 });
      expect(decoder.counters.rejections()).toEqual({ template_missing: 1 });
      expect(decoder.registry.templates).toBe(0);
    }
  });
  test('what is no message ends the stream, and says where', () => {
    const first = ipfix({}, set(2, template(256, ...FIELDS)), set(256, RECORD));
    expect(read([bytesOf(first, '0009 0010')]).stream.fault).toEqual({
      offset: first.length,
      reason: "version 9 is not IPFIX's",
    });
    expect(read([bytesOf('000a 0003')]).stream.fault).toMatchObject({ offset: 0 });
    const cut = read([messages.subarray(0, messages.length - 3)]);
    expect(cut.rows).toHaveLength(3);
    expect(cut.stream.fault?.reason).toMatch(/cut off/);
  });
  test('over UDP a withdrawal is not listened to', () => {
    const collector = new Collector();
    collector.push(ipfix({}, set(2, template(256, ...FIELDS))));
    collector.push(ipfix({}, set(2, u16(256) + u16(0)), set(256, RECORD)));
    expect(collector.decoder.counters.rows).toBe(1);
    expect(collector.decoder.counters.rejections()).toEqual({ withdrawal_ignored: 1 });
  });
  test('two streams of one address do not share templates', () => {
    const batch = new FlowBatch();
    const decoder = new NetflowDecoder(
      { batch, flush: (full) => full.clear() },
      { settings: () => ({ samplingRate: 1 }) },
    );
    const one = new IpfixStream(decoder, '192.0.2.1', NOW * 1000);
    const other = new IpfixStream(decoder, '192.0.2.1', NOW * 1000);
    one.push(ipfix({}, set(2, template(256, ...FIELDS))), NOW * 1000);
    other.push(ipfix({}, set(2, template(256, [12, 4], [8, 4], [1, 8], [2, 8]))), NOW * 1000);
    one.push(ipfix({}, set(256, RECORD)), NOW * 1000);
    other.push(ipfix({}, set(256, 'c0000207 0a000001' + u64(7) + u64(1))), NOW * 1000);
    expect(rowsOf(batch).map((row) => [row.src, row.bytes])).toEqual([
      ['10.0.0.1', 400],
      ['10.0.0.1', 7],
    ]);
  });
});
