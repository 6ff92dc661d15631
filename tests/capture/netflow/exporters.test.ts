/** What happens to exporters and collectors, for both protocols with templates: no record lost, misread or doubled. */
import { describe, expect, test } from 'vitest';
import { formatIPv4 } from '../../../src/base/addresses.ts';
import { COMMON_FIELDS4, FIELDS } from '../../../src/synth/exports/elements.ts';
import { FlowExport } from '../../../src/synth/exports/flow.ts';
import { IPFIX, IPFIX_SAMPLING } from '../../../src/synth/exports/ipfix.ts';
import { NETFLOW_V9, V9_SAMPLING, V9_SCOPE } from '../../../src/synth/exports/netflow-v9.ts';
import { TemplateEncoder, type TemplateProtocol } from '../../../src/synth/exports/template-encoder.ts';
import { Collector, type FlowRow, NOW } from './support.ts';

const BOOT = NOW - 3_600_000;
const SHORT = [FIELDS.source4, FIELDS.destination4, FIELDS.packets4, FIELDS.octets4, FIELDS.systemInit];
const A = '192.0.2.1';
const B = '192.0.2.2';

function flow(number: number): FlowExport {
  const out = new FlowExport();
  out.source[3] = 0x0a00_0000 + number;
  out.destination[3] = 0xc000_0207 | 0;
  out.protocol = 17;
  out.sourcePort = 40_000 + number;
  out.destinationPort = 53;
  out.packets = 10 + number;
  out.bytes = 1000 + number;
  out.start = NOW - 9000;
  out.end = NOW - 1000;
  out.sampler = 7;
  return out;
}

/** An exporter of one observation domain. */
class Sender {
  readonly encoder: TemplateEncoder;
  readonly #version: number;
  now = NOW;

  constructor(protocol: TemplateProtocol, domain = 1, boot = BOOT) {
    this.encoder = new TemplateEncoder(protocol, { boot, domain });
    this.#version = protocol.version;
  }

  /** A datagram with a template. */
  template(id = 256, fields: Parameters<TemplateEncoder['template']>[1] = COMMON_FIELDS4): Uint8Array {
    this.encoder.template(id, fields);
    return this.encoder.end(this.now).slice();
  }

  /** A datagram with flows by a template that was made before, sent or not. */
  data(...numbers: readonly number[]): Uint8Array {
    for (const number of numbers) this.encoder.add(256, flow(number), this.now);
    return this.encoder.end(this.now).slice();
  }

  /** A datagram that says the rate of sampler 7. */
  options(rate: number): Uint8Array {
    const { encoder } = this;
    if (this.#version === 9) {
      const scope = { element: V9_SCOPE.system, length: 4 };
      encoder.optionsTemplate(300, [scope], [V9_SAMPLING.samplerId, V9_SAMPLING.randomInterval]);
      encoder.options(300, [
        [4, 0],
        [1, 7],
        [4, rate],
      ]);
    } else {
      const { selectorId, packetInterval, packetSpace } = IPFIX_SAMPLING;
      encoder.optionsTemplate(300, [selectorId], [packetInterval, packetSpace]);
      encoder.options(300, [
        [8, 7],
        [4, 1],
        [4, rate - 1],
      ]);
    }
    return encoder.end(this.now).slice();
  }
}

/** Source addresses and packets of rows, which tell flows apart. */
function told(rows: readonly FlowRow[]): [string, number][] {
  return rows.map(({ src, packets }) => [src, packets]);
}

function wanted(numbers: readonly number[], rate = 1): [string, number][] {
  return numbers.map((number) => [formatIPv4(0x0a00_0000 + number), rate * (10 + number)]);
}

/** Everything is accounted for: exactly these notes, no rejection, nothing lost. */
function settled(collector: Collector, notes: object = {}): void {
  const { counters, registry } = collector.decoder;
  expect(counters.rejections()).toEqual({});
  expect(counters.noted()).toEqual(notes);
  expect(collector.end()).toEqual([]);
  expect(counters.heldSets).toBe(0);
  collector.checkCounters();
  for (const exporter of registry.exporters.values())
    for (const domain of exporter.domains.values())
      expect([exporter.address, domain.id, domain.sequence.lost, domain.sequence.late]).toEqual([
        exporter.address,
        domain.id,
        0,
        0,
      ]);
}

describe.each([
  ['NetFlow v9', NETFLOW_V9],
  ['IPFIX', IPFIX],
] as const)('%s', (_name, protocol) => {
  // Its templates have no times but sysUpTime, which IPFIX has to be told the beginning of.
  const fields = [...COMMON_FIELDS4, FIELDS.systemInit];

  test('the collector restarts between template and data', () => {
    const sender = new Sender(protocol);
    const before = new Collector();
    before.push(sender.template(256, fields), A);
    const saved: unknown = JSON.parse(JSON.stringify(before.decoder.save()));
    const after = new Collector();
    expect(after.decoder.restore(saved, NOW * 1000)).toBe(0);
    expect(told(after.push(sender.data(1, 2), A))).toEqual(wanted([1, 2]));
    settled(after);
  });

  test('without what was saved, data waits for the template to be sent again', () => {
    const sender = new Sender(protocol);
    sender.template(256, fields);
    const collector = new Collector();
    expect(collector.push(sender.data(1, 2), A)).toEqual([]);
    expect(collector.push(sender.data(3), A)).toEqual([]);
    expect(told(collector.push(sender.template(256, fields), A))).toEqual(wanted([1, 2, 3]));
    expect(told(collector.push(sender.data(4), A))).toEqual(wanted([4]));
    settled(collector);
  });

  test('a template sent again with other fields; what came before it is read by the old one', () => {
    const sender = new Sender(protocol);
    const collector = new Collector();
    collector.push(sender.template(256, fields), A);
    expect(collector.push(sender.data(1), A)).toMatchObject([{ sport: 40_001, packets: 11 }]);
    collector.push(sender.template(256, SHORT), A);
    const rows = collector.push(sender.data(2, 3), A);
    expect(told(rows)).toEqual(wanted([2, 3]));
    expect(rows[0]!.sport).toBe(0);
    collector.push(sender.template(256, fields), A);
    expect(collector.push(sender.data(4), A)).toMatchObject([{ sport: 40_004, packets: 14 }]);
    settled(collector, { template_replaced: 2, time_unknown: 2 });
  });

  test('one template id of two domains, and of two exporters, with other fields each', () => {
    const one = new Sender(protocol, 1);
    const two = new Sender(protocol, 2);
    const other = new Sender(protocol, 1);
    const collector = new Collector();
    collector.push(one.template(256, fields), A);
    collector.push(two.template(256, SHORT), A);
    collector.push(other.template(256, [FIELDS.octets4, ...fields.slice(1)].reverse()), B);
    const rows = [
      ...collector.push(one.data(1), A),
      ...collector.push(two.data(2), A),
      ...collector.push(other.data(3), B),
      ...collector.push(one.data(4), A),
    ];
    expect(told(rows)).toEqual(wanted([1, 2, 3, 4]));
    expect(rows.map((row) => [row['exporter'] ?? 0, row['domain'], row.sport])).toEqual([
      [0, 1, 40_001],
      [0, 2, 0],
      [1, 1, 40_003],
      [0, 1, 40_004],
    ]);
    settled(collector, { time_unknown: 1 });
  });

  test('data before its template, of two domains: each waits for its own', () => {
    const one = new Sender(protocol, 1);
    const two = new Sender(protocol, 2);
    const templates = [one.template(256, fields), two.template(256, fields)] as const;
    const collector = new Collector();
    expect(collector.push(one.data(1, 2), A)).toEqual([]);
    expect(collector.push(two.data(3), A)).toEqual([]);
    // The same id of another exporter is nobody else's.
    expect(collector.push(templates[0], B)).toEqual([]);
    expect(told(collector.push(templates[1], A))).toEqual(wanted([3]));
    expect(told(collector.push(templates[0], A))).toEqual(wanted([1, 2]));
    expect(collector.decoder.counters.rejections()).toEqual({});
    expect(collector.decoder.counters.noted()).toEqual({});
    collector.checkCounters();
  });

  test('options after data: rows wait for the rate, in their order, and are scaled once', () => {
    const sender = new Sender(protocol);
    const sampler = protocol.version === 9 ? FIELDS.sampler : FIELDS.selector;
    const collector = new Collector({ settings: () => ({}) });
    collector.push(sender.template(256, [...fields, sampler]), A);
    expect(collector.push(sender.data(1, 2), A)).toEqual([]);
    expect(collector.push(sender.data(3), A)).toEqual([]);
    const rows = collector.push(sender.options(50), A);
    expect(told(rows)).toEqual(wanted([1, 2, 3], 50));
    expect(told(collector.push(sender.data(4), A))).toEqual(wanted([4], 50));
    // Said again, it changes nothing.
    expect(collector.push(sender.options(50), A)).toEqual([]);
    settled(collector);
  });

  test('the exporter restarts, with other fields under the same id: data waits for them', () => {
    const sender = new Sender(protocol);
    const collector = new Collector();
    collector.push(sender.template(256, fields), A);
    for (let i = 0; i < 200; i++) collector.push(sender.data(1, 2, 3), A, NOW + i);
    // Half a minute later it is up again, and begins to count at 0.
    const fresh = new Sender(protocol, 1, NOW + 20_000);
    fresh.now = NOW + 30_000;
    fresh.encoder.template(256, SHORT);
    const template = fresh.encoder.end(fresh.now).slice();
    // Its data overtakes its template.
    const data = fresh.data(4, 5);
    expect(collector.push(data, A, NOW + 30_000)).toEqual([]);
    expect(told(collector.push(template, A, NOW + 30_001))).toEqual(wanted([4, 5]));
    expect(told(collector.push(fresh.data(6), A, NOW + 30_002))).toEqual(wanted([6]));
    const { counters, registry } = collector.decoder;
    expect(counters.rejections()).toEqual({});
    expect(counters.noted()).toMatchObject({ exporter_restart: 1, template_replaced: 1, time_unknown: 3 });
    expect(counters.rows).toBe(603);
    collector.end();
    collector.checkCounters();
    const [domain] = registry.exporters.get(A)!.domains.values();
    expect([domain!.sequence.lost, domain!.sequence.restarts]).toEqual([0, 1]);
  });

  test('a template flood of a spoofed exporter changes nothing for the others', () => {
    const limits = {
      templates: 16,
      templatesInAll: 60,
      exporters: 8,
      domains: 4,
      heldBytes: 4096,
      heldBytesInAll: 16_384,
    };
    const collector = new Collector({ settings: () => ({ samplingRate: 1 }), limits });
    const senders = [A, B].map((address) => ({ address, sender: new Sender(protocol) }));
    // The second's data waits while the flood goes on: what is kept for it, is kept.
    collector.push(senders[0]!.sender.template(256, fields), A);
    const template = senders[1]!.sender.template(256, fields);
    expect(collector.push(senders[1]!.sender.data(100, 101), B)).toEqual([]);
    const rows: FlowRow[] = [];
    for (let round = 0; round < 200; round++) {
      const spoofed = new Sender(protocol, round % 7);
      for (let i = 0; i < 20; i++) spoofed.encoder.template(256 + ((20 * round + i) % 60_000), SHORT);
      collector.push(spoofed.encoder.end(NOW).slice(), '203.0.113.66');
      const blind = new Sender(protocol, round % 7);
      blind.template(256, SHORT);
      collector.push(blind.data(round), `203.0.113.${round % 30}`);
      rows.push(...collector.push(senders[0]!.sender.data(round), A));
    }
    expect(told(rows.filter((row) => (row['exporter'] ?? 0) === 0))).toEqual(
      wanted(Array.from({ length: 200 }, (_, round) => round)),
    );
    expect(told(collector.push(template, B))).toEqual(wanted([100, 101]));
    expect(told(collector.push(senders[1]!.sender.data(102), B))).toEqual(wanted([102]));
    const { registry, heldBytes } = collector.decoder;
    expect(registry.templates).toBeLessThanOrEqual(limits.templatesInAll);
    expect(registry.exporters.get('203.0.113.66')!.templates).toBeLessThanOrEqual(limits.templates);
    expect(heldBytes).toBeLessThanOrEqual(limits.heldBytesInAll);
    for (const address of [A, B])
      for (const domain of registry.exporters.get(address)!.domains.values())
        expect([address, domain.missedSets, domain.sequence.lost]).toEqual([address, 0, 0]);
    collector.end();
    collector.checkCounters();
  });
});
