import { COMMON_FIELDS4, COMMON_FIELDS6, FIELDS } from '../../../src/synth/exports/elements.ts';
import { FlowExport } from '../../../src/synth/exports/flow.ts';
import { IPFIX, IPFIX_SAMPLING } from '../../../src/synth/exports/ipfix.ts';
import { V5Encoder } from '../../../src/synth/exports/netflow-v5.ts';
import { NETFLOW_V9, V9_SAMPLING, V9_SCOPE } from '../../../src/synth/exports/netflow-v9.ts';
import { SflowEncoder } from '../../../src/synth/exports/sflow.ts';
import { TemplateEncoder } from '../../../src/synth/exports/template-encoder.ts';
import { ethernet, ipv4, ipv6, tcp, udp } from '../build.ts';
import { NOW, ipfix, set, template, u16, u32, u64, u8 } from './support.ts';

const BOOT = NOW - 3_600_000;

function flow(number: number, ipv6 = false): FlowExport {
  const out = new FlowExport();
  out.ipv6 = ipv6;
  out.source.set([ipv6 ? 0x2001_0db8 : 0, 0, 0, 0x0a00_0001 + number]);
  out.destination.set([ipv6 ? 0x2001_0db8 : 0, 0, 0, 0x0a00_ff01]);
  out.protocol = number % 2 === 0 ? 6 : 17;
  out.sourcePort = 40_000 + number;
  out.destinationPort = 443;
  out.tcpFlags = 0x1b;
  out.packets = 1 + number;
  out.bytes = 100 * (1 + number);
  out.start = NOW - 9000;
  out.end = NOW - 1000;
  out.ingress = 1;
  out.egress = 2;
  out.sampler = 1;
  out.reversePackets = number;
  out.reverseBytes = 50 * number;
  out.postSource[3] = number % 3 === 0 ? 0 : 0x0b00_0001;
  return out;
}

function v5(): Uint8Array {
  const encoder = new V5Encoder({ boot: BOOT, rate: 10 });
  for (let i = 0; i < 30; i++) encoder.add(flow(i));
  return encoder.end(NOW).slice();
}

function templated(protocol: typeof NETFLOW_V9): Uint8Array[] {
  const encoder = new TemplateEncoder(protocol, { boot: BOOT, domain: 1 });
  const biflow =
    protocol.version === 9 ? [] : [FIELDS.reverseOctets, FIELDS.reversePackets, FIELDS.startNanos];
  const sampler = protocol.version === 9 ? FIELDS.sampler : FIELDS.selector;
  encoder.template(256, [...COMMON_FIELDS4, sampler, FIELDS.postSource4, FIELDS.postSourcePort, ...biflow]);
  encoder.template(257, [...COMMON_FIELDS6, FIELDS.icmp6, FIELDS.vlan, FIELDS.forwarding]);
  encoder.template(258, [
    FIELDS.source4,
    FIELDS.destination4,
    FIELDS.octetTotal,
    FIELDS.packetTotal,
    FIELDS.duration,
  ]);
  if (protocol.version === 9) {
    encoder.optionsTemplate(
      300,
      [{ element: V9_SCOPE.system, length: 4 }],
      [V9_SAMPLING.samplerId, V9_SAMPLING.randomInterval],
    );
    encoder.options(300, [
      [4, 0],
      [1, 1],
      [4, 10],
    ]);
  } else {
    encoder.optionsTemplate(
      300,
      [IPFIX_SAMPLING.selectorId],
      [IPFIX_SAMPLING.packetInterval, IPFIX_SAMPLING.packetSpace],
    );
    encoder.options(300, [
      [8, 1],
      [4, 1],
      [4, 9],
    ]);
  }
  const out: Uint8Array[] = [];
  for (let i = 0; i < 40; i++) {
    const id = 256 + (i % 3);
    if (encoder.add(id, flow(i, id === 257), NOW)) continue;
    out.push(encoder.end(NOW).slice());
    encoder.add(id, flow(i, id === 257), NOW);
  }
  out.push(encoder.end(NOW).slice());
  return out;
}

/** Variable lengths, enterprises, and both families in one template. */
function variable(): Uint8Array {
  const name = u8(4) + '65746830';
  const record = name + '0a000001 c0000207 06 c000 01bb' + u64(400) + u64(4);
  const fields = [
    [82, 65_535],
    [8, 4],
    [12, 4],
    [4, 1],
    [7, 2],
    [11, 2],
    [1, 8],
    [2, 8],
  ] as const;
  const enterprise = u16(401) + u16(2) + u16(0x8001) + u16(65_535) + u32(29_305) + u16(8) + u16(4);
  return ipfix(
    {},
    set(2, template(400, ...fields), enterprise),
    set(400, record, record),
    set(401, u8(2) + u16(7) + '0a000001'),
  );
}

function sflow(): Uint8Array {
  const encoder = new SflowEncoder({ agent: Int32Array.of(0, 0, 0, 1), boot: BOOT });
  const frames = [ethernet(0x0800, ipv4(tcp(1, 2, 18))), ethernet(0x86dd, ipv6(udp(3, 4), { next: 17 }))];
  for (const [i, bytes] of frames.entries()) {
    const fields = { source: 1, rate: 100, input: 1, output: 2 };
    encoder.header(
      { ...fields, expanded: i === 1, vlan: 5 },
      { protocol: 1, bytes, frameBytes: bytes.length + 4, stripped: 4 },
      flow(i + 1, i === 1),
    );
    encoder.header(
      { ...fields, drop: true, discarded: 258 },
      { protocol: 1, bytes, frameBytes: bytes.length },
    );
    encoder.addresses({ ...fields, discarded: 4 }, flow(i, i === 1));
  }
  encoder.raw(2, new Uint8Array(88));
  return encoder.end(NOW).slice();
}

/** Good datagrams with a bit of everything: for tests that take them all. */
export const NETFLOW_DATAGRAMS: readonly Uint8Array[] = [
  v5(),
  ...templated(NETFLOW_V9),
  ...templated(IPFIX),
  variable(),
];
export const SFLOW_DATAGRAMS: readonly Uint8Array[] = [sflow()];
