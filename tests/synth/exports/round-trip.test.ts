import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIPv4, formatIPv6 } from '../../../src/base/addresses.ts';
import {
  COMMON_FIELDS4,
  COMMON_FIELDS6,
  type ExportField,
  FIELDS,
} from '../../../src/synth/exports/elements.ts';
import type { FlowExport } from '../../../src/synth/exports/flow.ts';
import { IPFIX, IPFIX_SAMPLING } from '../../../src/synth/exports/ipfix.ts';
import { V5Encoder } from '../../../src/synth/exports/netflow-v5.ts';
import { NETFLOW_V9, V9_SAMPLING, V9_SCOPE } from '../../../src/synth/exports/netflow-v9.ts';
import { SflowEncoder } from '../../../src/synth/exports/sflow.ts';
import { TemplateEncoder } from '../../../src/synth/exports/template-encoder.ts';
import { Collector, type FlowRow } from '../../capture/netflow/support.ts';
import { SflowCollector } from '../../capture/sflow/support.ts';
import { BOOT, NOW, flows } from './support.ts';

const BUDGET = { interruptAfterTimeLimit: 1500, numRuns: 300 };

function text(words: Int32Array, ipv6: boolean): string {
  return ipv6 ? formatIPv6(words[0]!, words[1]!, words[2]!, words[3]!) : formatIPv4(words[3]!);
}

/** What a decoder should make of a flow. */
function expected(flow: FlowExport): Partial<FlowRow> {
  return {
    src: text(flow.source, flow.ipv6),
    dst: text(flow.destination, flow.ipv6),
    sport: flow.sourcePort,
    dport: flow.destinationPort,
    protocol: flow.protocol,
    packets: flow.packets,
    bytes: flow.bytes,
    start: Math.floor(flow.start / 1000),
    end: Math.floor(flow.end / 1000),
    ...(flow.ingress === 0 ? {} : { ingress: flow.ingress }),
    ...(flow.egress === 0 ? {} : { egress: flow.egress }),
  };
}

const many = (families: readonly (4 | 6)[] = [4, 6]) =>
  fc.array(flows(families), { minLength: 1, maxLength: 100 });

describe('what the encoders write, the decoders read', () => {
  test('NetFlow v5', () => {
    fc.assert(
      fc.property(many([4]), fc.integer({ min: 0, max: 3000 }), (sent, rate) => {
        const collector = new Collector();
        const encoder = new V5Encoder({ boot: BOOT, rate, sequence: 0xffff_fff0 });
        const rows: FlowRow[] = [];
        for (const flow of sent) {
          if (encoder.full) rows.push(...collector.push(encoder.end(NOW)));
          encoder.add(flow);
        }
        rows.push(...collector.push(encoder.end(NOW)));
        const scale = rate || 1;
        expect(rows).toMatchObject(
          sent.map((flow) => ({
            ...expected(flow),
            packets: flow.packets * scale,
            bytes: flow.bytes * scale,
            sampling: scale,
          })),
        );
        expect(collector.decoder.counters.rejections()).toEqual({});
        const [domain] = collector.decoder.registry.exporter('192.0.2.1', NOW)!.domains.values();
        expect([domain!.sequence.received, domain!.sequence.missing]).toEqual([sent.length, 0]);
      }),
      BUDGET,
    );
  });

  for (const protocol of [NETFLOW_V9, IPFIX]) {
    const name = protocol.version === 9 ? 'NetFlow v9' : 'IPFIX';
    /** IPFIX has no sysUpTime in its headers. */
    const times: ExportField[] = protocol.version === 9 ? [] : [FIELDS.startMillis, FIELDS.endMillis];

    test(`${name}: templates of both families, datagram after datagram, with a sampler`, () => {
      fc.assert(
        fc.property(many(), fc.integer({ min: 1, max: 10_000 }), (sent, rate) => {
          const collector = new Collector({ settings: () => ({}) });
          const encoder = new TemplateEncoder(protocol, { boot: BOOT, domain: 7, sequence: 0xffff_fffe });
          const sampler = protocol.version === 9 ? FIELDS.sampler : FIELDS.selector;
          encoder.template(256, [...COMMON_FIELDS4, ...times, sampler]);
          encoder.template(257, [...COMMON_FIELDS6, ...times, sampler, FIELDS.vlan]);
          if (protocol.version === 9) {
            const { samplerId, samplerMode, randomInterval } = V9_SAMPLING;
            encoder.optionsTemplate(
              300,
              [{ element: V9_SCOPE.system, length: 4 }],
              [samplerId, samplerMode, randomInterval],
            );
            encoder.options(300, [
              [4, 0],
              [1, 9],
              [1, 2],
              [4, rate],
            ]);
          } else {
            const { selectorId, packetInterval, packetSpace } = IPFIX_SAMPLING;
            encoder.optionsTemplate(300, [selectorId], [packetInterval, packetSpace]);
            encoder.options(300, [
              [8, 9],
              [4, 1],
              [4, rate - 1],
            ]);
          }
          const rows: FlowRow[] = [];
          for (const flow of sent) {
            flow.sampler = 9;
            const id = flow.ipv6 ? 257 : 256;
            if (encoder.add(id, flow, NOW)) continue;
            rows.push(...collector.push(encoder.end(NOW)));
            expect(encoder.add(id, flow, NOW)).toBe(true);
          }
          rows.push(...collector.push(encoder.end(NOW)));
          expect(rows).toMatchObject(
            sent.map((flow) => ({
              ...expected(flow),
              packets: flow.packets * rate,
              bytes: flow.bytes * rate,
              sampling: rate,
              domain: 7,
              direction: flow.direction === 0 ? 'in' : 'out',
            })),
          );
          expect(collector.decoder.counters.rejections()).toEqual({});
          expect(collector.decoder.counters.noted()).toEqual({});
          collector.checkCounters();
          const [domain] = collector.decoder.registry.exporter('192.0.2.1', NOW)!.domains.values();
          expect([domain!.sequence.missing, domain!.sequence.late, domain!.sequence.restarts]).toEqual([
            0, 0, 0,
          ]);
        }),
        BUDGET,
      );
    });

    test(`${name}: any choice and order of fields reads the same`, () => {
      const choice = fc.shuffledSubarray(Object.values(FIELDS).filter(hasNoOtherMeaning), { minLength: 1 });
      fc.assert(
        fc.property(choice, flows(), (more, flow) => {
          const key = flow.ipv6
            ? [FIELDS.source6, FIELDS.destination6]
            : [FIELDS.source4, FIELDS.destination4];
          const fields = [...more, ...key, FIELDS.octets, FIELDS.packets].filter(
            (field) => protocol.version === 10 || (field.enterprise ?? 0) === 0,
          );
          const encoder = new TemplateEncoder(protocol, { boot: BOOT });
          encoder.template(256, fields);
          encoder.add(256, flow, NOW);
          const collector = new Collector();
          // Of IPFIX, sysUpTime alone waits for what it counts from.
          const [row] = [...collector.push(encoder.end(NOW)), ...collector.end()];
          const { src, dst, packets, bytes } = expected(flow);
          expect(row).toMatchObject({ src, dst, packets, bytes });
          const known: Partial<FlowRow> = {};
          if (fields.includes(FIELDS.protocol)) known.protocol = flow.protocol;
          if (fields.includes(FIELDS.sourcePort)) known.sport = flow.sourcePort;
          if (fields.includes(FIELDS.vlan) && flow.vlan !== 0) known['vlan'] = flow.vlan;
          const ends = new Set<ExportField>([FIELDS.endMillis, FIELDS.endMicros, FIELDS.endNanos]);
          if (fields.some((field) => ends.has(field))) known['end'] = Math.floor(flow.end / 1000);
          expect(row).toMatchObject(known);
        }),
        BUDGET,
      );
    });
  }

  test('IPFIX: biflows and translation', () => {
    fc.assert(
      fc.property(flows([4]), fc.integer({ min: 1, max: 1e9 }), (flow, back) => {
        flow.reversePackets = back;
        flow.reverseBytes = 40 * back;
        flow.postSource[3] = 0xcb00_7105 | 0;
        flow.postDestination.set(flow.destination);
        flow.postSourcePort = 4711;
        flow.postDestinationPort = flow.destinationPort;
        if (flow.source[3] === flow.postSource[3]) return;
        const encoder = new TemplateEncoder(IPFIX, { boot: BOOT });
        encoder.template(256, [
          ...COMMON_FIELDS4,
          FIELDS.systemInit,
          FIELDS.postSource4,
          FIELDS.postDestination4,
          FIELDS.postSourcePort,
          FIELDS.postDestinationPort,
          FIELDS.reverseOctets,
          FIELDS.reversePackets,
        ]);
        encoder.add(256, flow, NOW);
        const rows = new Collector().push(encoder.end(NOW));
        const destination = text(flow.destination, false);
        expect(rows).toMatchObject([
          { src: text(flow.source, false), postSrc: '203.0.113.5', packets: flow.packets },
          {
            src: destination,
            dst: '203.0.113.5',
            dport: 4711,
            postDst: text(flow.source, false),
            postDport: flow.sourcePort,
            packets: back,
            bytes: 40 * back,
          },
        ]);
      }),
      BUDGET,
    );
  });

  test('sFlow: sampled addresses, plain and expanded', () => {
    fc.assert(
      fc.property(
        fc.array(flows(), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.boolean(),
        (sent, rate, expanded) => {
          const collector = new SflowCollector();
          const encoder = new SflowEncoder({
            agent: Int32Array.of(0, 0, 0, 0x0a00_0001),
            boot: BOOT,
            subAgent: 3,
          });
          for (const flow of sent) {
            flow.bytes %= 1500;
            encoder.addresses(
              {
                source: flow.ingress,
                rate,
                input: flow.ingress,
                output: flow.egress,
                expanded,
                vlan: flow.vlan,
              },
              flow,
            );
          }
          const rows = collector.push(encoder.end(NOW));
          expect(rows).toMatchObject(
            sent.map((flow) => ({
              ...expected(flow),
              start: NOW / 1000,
              end: NOW / 1000,
              packets: rate,
              bytes: rate * flow.bytes,
              domain: 3,
            })),
          );
          expect(collector.decoder.counters.rejections()).toEqual({});
        },
      ),
      BUDGET,
    );
  });
});

/** Fields that do not change what the addresses and counts beside them mean. */
function hasNoOtherMeaning(field: ExportField): boolean {
  const others: readonly ExportField[] = [
    FIELDS.source4,
    FIELDS.destination4,
    FIELDS.source6,
    FIELDS.destination6,
    FIELDS.octets4,
    FIELDS.packets4,
    FIELDS.sampler,
    FIELDS.selector,
  ];
  return !others.includes(field);
}
