import { describe, expect, test } from 'vitest';
import { Collector, NOW, ipfix, set, template, u16, u32, v9 } from './support.ts';

const FIELDS = [
  [8, 4],
  [12, 4],
  [1, 4],
  [2, 4],
] as const;
const RECORD = '0a000001 c0000207' + u32(100) + u32(1);
const ROW = { src: '10.0.0.1', dst: '192.0.2.7', packets: 1, bytes: 100 };

describe('templates', () => {
  test('a flood of one exporter, or of many, changes nothing for the others', () => {
    const limits = {
      templates: 8,
      templatesInAll: 40,
      exporters: 6,
      domains: 4,
      heldBytes: 4096,
      heldBytesInAll: 8192,
    };
    const collector = new Collector({ settings: () => ({ samplingRate: 1 }), limits });
    collector.push(v9({}, set(0, template(256, ...FIELDS))), '192.0.2.1');
    for (let round = 0; round < 400; round++) {
      const ids = Array.from({ length: 60 }, (_, i) =>
        template(256 + round * 60 + i, [8, 4], [12, 4 + (round % 3)]),
      );
      collector.push(
        v9({ domain: Math.floor(round / 20) % 6 }, set(0, ...ids), set(60_000 + round, RECORD)),
        `203.0.113.${round % 20}`,
      );
    }
    expect(collector.push(v9({ sequence: 1 }, set(256, RECORD)), '192.0.2.1')).toMatchObject([ROW]);
    expect(collector.decoder.registry.templates).toBeLessThanOrEqual(40);
    expect(collector.decoder.registry.exporters.size).toBe(6);
    expect(collector.decoder.heldBytes).toBeLessThanOrEqual(8192);
    expect(collector.decoder.counters.rejections()).toMatchObject({
      exporters_full: expect.any(Number),
      domains_full: expect.any(Number),
      template_missing: expect.any(Number),
    });
    expect(collector.decoder.counters.noted()).toMatchObject({ template_evicted: expect.any(Number) });
    collector.end();
    collector.checkCounters();
  });
  test('when all room is taken an exporter without templates gets none, and one with some gives up its own', () => {
    const collector = new Collector({ settings: () => ({ samplingRate: 1 }), limits: { templatesInAll: 2 } });
    collector.push(v9({}, set(0, template(256, ...FIELDS))), 'a');
    collector.push(v9({}, set(0, template(256, ...FIELDS))), 'b');
    collector.push(v9({}, set(0, template(256, ...FIELDS))), 'c');
    expect(collector.decoder.counters.rejections()).toEqual({ template_limit: 1 });
    collector.push(v9({ sequence: 1 }, set(0, template(257, ...FIELDS))), 'b');
    expect(collector.decoder.counters.noted()).toEqual({ template_evicted: 1 });
    expect(collector.push(v9({ sequence: 1 }, set(256, RECORD)), 'a')).toMatchObject([ROW]);
    expect(collector.push(v9({ sequence: 2 }, set(257, RECORD)), 'b')).toMatchObject([ROW]);
  });
  test('the least recently used makes room', () => {
    const collector = new Collector({ settings: () => ({ samplingRate: 1 }), limits: { templates: 2 } });
    collector.push(v9({ sequence: 0 }, set(0, template(256, ...FIELDS))), 'a', NOW);
    collector.push(v9({ sequence: 1 }, set(0, template(257, ...FIELDS))), 'a', NOW + 1000);
    collector.push(v9({ sequence: 2 }, set(256, RECORD)), 'a', NOW + 2000);
    collector.push(v9({ sequence: 3 }, set(0, template(258, ...FIELDS))), 'a', NOW + 3000);
    expect(collector.push(v9({ sequence: 4 }, set(256, RECORD)), 'a', NOW + 4000)).toHaveLength(1);
    expect(collector.push(v9({ sequence: 5 }, set(257, RECORD)), 'a', NOW + 4000)).toHaveLength(0);
  });
  test('too many fields, or none with octets, are no template', () => {
    const collector = new Collector({ settings: () => ({ samplingRate: 1 }), limits: { fields: 10 } });
    const many = Array.from({ length: 11 }, () => [1, 1] as const);
    collector.push(
      v9(
        {},
        set(0, template(256, ...many), template(257, [1, 0], [2, 0]), template(258, ...FIELDS, [1, 0])),
        set(258, RECORD),
      ),
    );
    expect(collector.decoder.counters.rejections()).toEqual({ template_limit: 2 });
    expect(collector.decoder.counters).toMatchObject({ templates: 1, rows: 1 });
    // Longer records than a set can hold.
    collector.push(v9({ sequence: 1 }, set(0, template(259, [1, 60_000], [2, 60_000]))));
    expect(collector.decoder.counters.rejections()).toEqual({ template_limit: 3 });
  });
  test('a template that is not sent again expires', () => {
    const day = 86_400_000;
    const collector = new Collector();
    collector.push(v9({}, set(0, template(256, ...FIELDS), template(257, ...FIELDS))));
    const header = { uptime: 3_600_000 + day, seconds: (NOW + day) / 1000 };
    collector.push(v9({ ...header, sequence: 1 }, set(0, template(257, ...FIELDS))), '192.0.2.1', NOW + day);
    expect(
      collector.push(v9({ ...header, sequence: 2 }, set(256, RECORD)), '192.0.2.1', NOW + day + 1),
    ).toEqual([]);
    expect(
      collector.push(v9({ ...header, sequence: 3 }, set(257, RECORD)), '192.0.2.1', NOW + day + 1),
    ).toHaveLength(1);
    collector.decoder.expire((NOW + 3 * day) * 1000);
    expect(collector.decoder.registry.templates).toBe(0);
    expect(collector.decoder.counters.noted()).toMatchObject({ template_expired: 2 });
  });
  test('an idle exporter makes room for another', () => {
    const collector = new Collector({
      settings: () => ({ samplingRate: 1 }),
      limits: { exporters: 1, templatesInAll: 1 },
    });
    collector.push(v9({}, set(0, template(256, ...FIELDS))), 'a', NOW);
    collector.push(v9({}, set(0, template(256, ...FIELDS))), 'b', NOW + 1000);
    expect(collector.decoder.counters.rejections()).toEqual({ exporters_full: 1 });
    expect(
      collector.push(v9({}, set(0, template(256, ...FIELDS)), set(256, RECORD)), 'b', NOW + 4_000_000),
    ).toHaveLength(1);
  });
  test('templates and rates outlast a restart of the collector', () => {
    const options = { settings: () => ({}) };
    const before = new Collector(options);
    const sampling = set(1, u16(300) + u16(4) + u16(4) + u16(1) + u16(4) + u16(34) + u16(4));
    before.push(v9({ domain: 5 }, set(0, template(256, ...FIELDS)), sampling, set(300, u32(0), u32(20))));
    before.push(ipfix({ domain: 5 }, set(2, template(256, [12, 4], [8, 4], [2, 4], [1, 4]))));
    const saved: unknown = JSON.parse(JSON.stringify(before.decoder.save()));
    const after = new Collector(options);
    expect(after.decoder.restore(saved, NOW * 1000)).toBe(0);
    expect(after.push(v9({ domain: 5, sequence: 1 }, set(256, RECORD)))).toMatchObject([
      { ...ROW, packets: 20, bytes: 2000 },
    ]);
    expect(after.decoder.save()).toEqual(saved);
  });
  test('a saved file that is damaged is taken as far as it is good', () => {
    const before = new Collector();
    before.push(v9({}, set(0, template(256, ...FIELDS))));
    const saved = JSON.stringify(before.decoder.save());
    for (const [from, to] of [
      ['"format":1', '"format":2'],
      ['"address":"192.0.2.1"', '"address":7'],
      ['"id":256', '"id":-1'],
      ['[0,8,4]', '[0,8]'],
      ['[0,8,4]', '[0,8,1e9]'],
      ['"version":9', '"version":"9"'],
      ['"fields":[', '"fields":[null,'],
    ] as const) {
      const damaged = saved.replace(from, to);
      expect(damaged).not.toBe(saved);
      const after = new Collector();
      expect(after.decoder.restore(JSON.parse(damaged), NOW * 1000)).toBe(1);
      expect(after.decoder.registry.templates).toBe(0);
    }
    for (const junk of [
      null,
      7,
      [],
      {},
      { format: 1, exporters: { a: 1 } },
      { format: 1, exporters: [null] },
    ])
      expect(() => new Collector().decoder.restore(junk, NOW * 1000)).not.toThrow();
  });
});
