import { describe, expect, test } from 'vitest';
import { Collector, NOW, ipfix, set, template, u16, u32, u64, u8, v9 } from './support.ts';

const FIELDS = [
  [8, 4],
  [12, 4],
  [1, 4],
  [2, 4],
] as const;
const RECORD = '0a000001 c0000207' + u32(100) + u32(1);
const PLAIN = template(256, ...FIELDS);
const SAMPLED = template(257, ...FIELDS, [48, 1]);

/** v9 options of the whole system: samplingInterval. */
const SYSTEM_OPTIONS = set(
  1,
  u16(300) + u16(4) + u16(8) + u16(1) + u16(4) + u16(34) + u16(4) + u16(35) + u16(1),
);
/** Of a sampler: id and random interval, no scope but the system. */
const SAMPLER_OPTIONS = set(
  1,
  u16(301) + u16(4) + u16(12) + u16(1) + u16(4) + u16(48) + u16(1) + u16(49) + u16(1) + u16(50) + u16(4),
);
/** Of an interface (scope type 2). */
const INTERFACE_OPTIONS = set(1, u16(302) + u16(4) + u16(4) + u16(2) + u16(4) + u16(34) + u16(4));
const sampler = (id: number, rate: number) => set(301, u32(0), u8(id), u8(2), u32(rate));

const unknown = () => new Collector({ settings: () => ({}) });

describe('sampling rates', () => {
  test('options before data', () => {
    const collector = unknown();
    collector.push(v9({}, SYSTEM_OPTIONS, set(300, u32(0), u32(1000), u8(2))));
    expect(collector.push(v9({ sequence: 1 }, set(0, PLAIN), set(256, RECORD)))).toMatchObject([
      { packets: 1000, bytes: 100_000, sampling: 1000 },
    ]);
    expect(collector.decoder.counters).toMatchObject({ optionsRecords: 1, rows: 1 });
    collector.checkCounters();
  });
  test('options after data: data waits for them', () => {
    const collector = unknown();
    expect(collector.push(v9({}, set(0, PLAIN), set(256, RECORD, RECORD)))).toEqual([]);
    expect(
      collector.push(
        v9({ sequence: 1 }, SYSTEM_OPTIONS, set(300, u32(0), u32(50), u8(2))),
        '192.0.2.1',
        NOW + 2000,
      ),
    ).toMatchObject([
      { packets: 50, sampling: 50 },
      { packets: 50, sampling: 50 },
    ]);
    expect(collector.decoder.counters.noted()).toEqual({ time_unknown: 2 });
    expect(collector.decoder.heldBytes).toBe(0);
    collector.checkCounters();
  });
  test('in the same datagram as the data, behind it', () => {
    const rows = unknown().push(
      v9({}, set(0, PLAIN), set(256, RECORD), SYSTEM_OPTIONS, set(300, u32(0), u32(50), u8(2))),
    );
    expect(rows).toMatchObject([{ sampling: 50 }]);
  });
  test('no options: unscaled after a time, counted, and later data does not wait', () => {
    const collector = unknown();
    collector.push(v9({}, set(0, PLAIN), set(256, RECORD)));
    expect(collector.tick(NOW + 4000)).toEqual([]);
    expect(collector.tick(NOW + 5000)).toMatchObject([
      { packets: 1, bytes: 100, sampling: 0, end: NOW / 1000 },
    ]);
    expect(collector.push(v9({ sequence: 1 }, set(256, RECORD)))).toMatchObject([{ sampling: 0 }]);
    expect(collector.decoder.counters.noted()).toEqual({ unsampled_unknown: 2, time_unknown: 2 });
  });
  test('the end of the input waits for nothing', () => {
    const collector = unknown();
    collector.push(v9({}, set(0, PLAIN), set(256, RECORD)));
    expect(collector.end()).toMatchObject([{ sampling: 0 }]);
    collector.checkCounters();
  });
  test('samplers: each record by its own', () => {
    const collector = unknown();
    collector.push(v9({}, set(0, SAMPLED), SAMPLER_OPTIONS, sampler(1, 10), sampler(2, 200)));
    const rows = collector.push(
      v9({ sequence: 1 }, set(257, RECORD + u8(2), RECORD + u8(1), RECORD + u8(2))),
    );
    expect(rows.map((row) => row['sampling'])).toEqual([200, 10, 200]);
  });
  test('a sampler that is new makes its records wait, also late', () => {
    const collector = unknown();
    collector.push(v9({}, set(0, SAMPLED), SAMPLER_OPTIONS, sampler(1, 10)));
    const later = NOW + 3_600_000;
    const header = { seconds: later / 1000, uptime: 7_200_000 };
    expect(
      collector.push(
        v9({ ...header, sequence: 1 }, set(257, RECORD + u8(1), RECORD + u8(7))),
        '192.0.2.1',
        later,
      ),
    ).toEqual([]);
    expect(
      collector.push(v9({ ...header, sequence: 2 }, sampler(7, 30)), '192.0.2.1', later + 1000),
    ).toMatchObject([{ sampling: 10 }, { sampling: 30 }]);
    collector.checkCounters();
  });
  test('an interface, and a rate in the record itself before all others', () => {
    const collector = unknown();
    const own = template(258, ...FIELDS, [10, 4], [34, 4]);
    collector.push(
      v9(
        {},
        set(0, own),
        INTERFACE_OPTIONS,
        set(302, u32(3), u32(64)),
        SYSTEM_OPTIONS,
        set(300, u32(0), u32(8), u8(1)),
      ),
    );
    const rows = collector.push(
      v9(
        { sequence: 1 },
        set(258, RECORD + u32(3) + u32(0), RECORD + u32(4) + u32(0), RECORD + u32(3) + u32(5)),
      ),
    );
    expect(rows.map((row) => row['sampling'])).toEqual([64, 8, 5]);
  });
  test('IPFIX: selectorId with interval and space; size and population; probability', () => {
    const collector = unknown();
    const selected = template(256, ...FIELDS, [302, 8]);
    const intervals = set(
      3,
      u16(310) + u16(3) + u16(1) + u16(302) + u16(8) + u16(305) + u16(4) + u16(306) + u16(4),
    );
    const populations = set(
      3,
      u16(311) + u16(3) + u16(1) + u16(302) + u16(8) + u16(309) + u16(4) + u16(310) + u16(4),
    );
    const probability = set(3, u16(312) + u16(2) + u16(1) + u16(302) + u16(8) + u16(311) + u16(8));
    collector.push(
      ipfix(
        {},
        set(2, selected),
        intervals,
        set(310, u64(1), u32(2), u32(98)),
        populations,
        set(311, u64(2), u32(5), u32(1000)),
        probability,
        set(312, u64(3), '3fb0000000000000'),
      ),
    );
    const rows = collector.push(ipfix({ sequence: 3 }, set(256, ...[1, 2, 3].map((id) => RECORD + u64(id)))));
    expect(rows.map((row) => [row['sampling'], row.packets])).toEqual([
      [50, 50],
      [200, 200],
      [16, 16],
    ]);
  });
  test('a rate that nobody samples at is capped', () => {
    const collector = unknown();
    collector.push(v9({}, SYSTEM_OPTIONS, set(300, u32(0), u32(0xffff_ffff), u8(2))));
    expect(collector.push(v9({ sequence: 1 }, set(0, PLAIN), set(256, RECORD)))).toMatchObject([
      { sampling: 1_000_000, packets: 1_000_000 },
    ]);
    expect(collector.decoder.counters.noted()).toMatchObject({ sampling_capped: 1 });
  });
  test('a template that changes while data waits for its rate does not change that data', () => {
    const collector = unknown();
    collector.push(v9({}, set(0, PLAIN), set(256, RECORD)));
    collector.push(v9({ sequence: 1 }, set(0, template(256, [12, 4], [8, 4], [2, 4], [1, 4]))));
    expect(
      collector.push(v9({ sequence: 2 }, SYSTEM_OPTIONS, set(300, u32(0), u32(2), u8(2)))),
    ).toMatchObject([{ src: '10.0.0.1', packets: 2, bytes: 200 }]);
  });
  test('no room to wait: read at once, and counted', () => {
    const collector = new Collector({ settings: () => ({}), limits: { heldBytes: 300 } });
    collector.push(v9({}, set(0, PLAIN), set(256, RECORD)));
    expect(collector.push(v9({ sequence: 1 }, set(256, RECORD)))).toMatchObject([{ sampling: 0 }]);
    expect(collector.decoder.counters.noted()).toMatchObject({ sampling_early: 1, unsampled_unknown: 1 });
    collector.checkCounters();
  });
});
