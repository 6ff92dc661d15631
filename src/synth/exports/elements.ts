import type { FlowExport } from './flow.ts';

/**
 * One field of a template as an encoder writes it: element number (of the IANA registry; the same in NetFlow v9 below
 * 128), octets, and where its value comes from.
 */
export interface ExportField {
  readonly element: number;
  readonly length: number;
  /** 0: IANA. IPFIX only. */
  readonly enterprise?: number;
  /** Writes the value of `length` octets at `at`. */
  readonly write: (view: DataView, at: number, flow: FlowExport, times: ExportTimes) => void;
}

/** What times are relative to, in milliseconds since the epoch. */
export interface ExportTimes {
  readonly boot: number;
  readonly exported: number;
}

const WORD = 0x1_0000_0000;
/** Seconds from 1900 to 1970. */
const NTP_UNIX = 2_208_988_800;
/** RFC 5103: the elements of the other direction. */
const REVERSE = 29_305;

function number(
  element: number,
  length: number,
  value: (flow: FlowExport, times: ExportTimes) => number,
  enterprise = 0,
): ExportField {
  return {
    element,
    length,
    enterprise,
    write: (view, at, flow, times) => writeNumber(view, at, length, value(flow, times)),
  };
}

function address4(element: number, words: (flow: FlowExport) => Int32Array): ExportField {
  return { element, length: 4, write: (view, at, flow) => view.setInt32(at, words(flow)[3]!) };
}

function address6(element: number, words: (flow: FlowExport) => Int32Array): ExportField {
  return {
    element,
    length: 16,
    write: (view, at, flow) => {
      for (let i = 0; i < 4; i++) view.setInt32(at + 4 * i, words(flow)[i]!);
    },
  };
}

/** Whole numbers of 1 to 8 octets; what does not fit loses its high octets. */
export function writeNumber(view: DataView, at: number, length: number, value: number): void {
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    view.setUint8(at + i, rest % 256);
    rest = Math.floor(rest / 256);
  }
}

function ntp(element: number, millis: (flow: FlowExport) => number): ExportField {
  return {
    element,
    length: 8,
    write: (view, at, flow) => {
      const time = millis(flow);
      const seconds = Math.floor(time / 1000);
      view.setUint32(at, (seconds + NTP_UNIX) % WORD);
      // Rounded up, so that what is cut off again gives the same milliseconds.
      view.setUint32(at + 4, Math.ceil(((time - seconds * 1000) * WORD) / 1000));
    },
  };
}

/** Fields by what they tell, for templates of any order and choice. */
export const FIELDS = {
  octets: number(1, 8, (flow) => flow.bytes),
  octets4: number(1, 4, (flow) => flow.bytes),
  packets: number(2, 8, (flow) => flow.packets),
  packets4: number(2, 4, (flow) => flow.packets),
  protocol: number(4, 1, (flow) => flow.protocol),
  tcpFlags: number(6, 1, (flow) => flow.tcpFlags),
  tcpFlags2: number(6, 2, (flow) => flow.tcpFlags),
  sourcePort: number(7, 2, (flow) => flow.sourcePort),
  destinationPort: number(11, 2, (flow) => flow.destinationPort),
  source4: address4(8, (flow) => flow.source),
  destination4: address4(12, (flow) => flow.destination),
  source6: address6(27, (flow) => flow.source),
  destination6: address6(28, (flow) => flow.destination),
  ingress: number(10, 4, (flow) => flow.ingress),
  egress: number(14, 4, (flow) => flow.egress),
  ingress2: number(10, 2, (flow) => flow.ingress),
  egress2: number(14, 2, (flow) => flow.egress),
  endUptime: number(21, 4, (flow, times) => uptime(flow.end, times)),
  startUptime: number(22, 4, (flow, times) => uptime(flow.start, times)),
  icmp4: number(32, 2, (flow) => flow.destinationPort),
  icmp6: number(139, 2, (flow) => flow.destinationPort),
  sampler: number(48, 1, (flow) => flow.sampler),
  selector: number(302, 8, (flow) => flow.sampler),
  vlan: number(58, 2, (flow) => flow.vlan),
  direction: number(61, 1, (flow) => flow.direction),
  forwarding: number(89, 1, (flow) => flow.forwarding),
  octetTotal: number(85, 8, (flow) => flow.bytes),
  packetTotal: number(86, 8, (flow) => flow.packets),
  startSeconds: number(150, 4, (flow) => Math.floor(flow.start / 1000)),
  endSeconds: number(151, 4, (flow) => Math.floor(flow.end / 1000)),
  startMillis: number(152, 8, (flow) => flow.start),
  endMillis: number(153, 8, (flow) => flow.end),
  startMicros: ntp(154, (flow) => flow.start),
  endMicros: ntp(155, (flow) => flow.end),
  startNanos: ntp(156, (flow) => flow.start),
  endNanos: ntp(157, (flow) => flow.end),
  startDelta: number(158, 4, (flow, times) => (times.exported - flow.start) * 1000),
  endDelta: number(159, 4, (flow, times) => (times.exported - flow.end) * 1000),
  systemInit: number(160, 8, (_flow, times) => times.boot),
  duration: number(161, 4, (flow) => flow.end - flow.start),
  postSource4: address4(225, (flow) => flow.postSource),
  postDestination4: address4(226, (flow) => flow.postDestination),
  postSource6: address6(281, (flow) => flow.postSource),
  postDestination6: address6(282, (flow) => flow.postDestination),
  postSourcePort: number(227, 2, (flow) => flow.postSourcePort),
  postDestinationPort: number(228, 2, (flow) => flow.postDestinationPort),
  reverseOctets: number(1, 8, (flow) => flow.reverseBytes, REVERSE),
  reversePackets: number(2, 8, (flow) => flow.reversePackets, REVERSE),
} as const satisfies Record<string, ExportField>;

function uptime(time: number, times: ExportTimes): number {
  return (((time - times.boot) % WORD) + WORD) % WORD;
}

/** The fields that most routers send for IPv4, and for IPv6. */
export const COMMON_FIELDS4: readonly ExportField[] = [
  FIELDS.octets4,
  FIELDS.packets4,
  FIELDS.protocol,
  FIELDS.tcpFlags,
  FIELDS.sourcePort,
  FIELDS.source4,
  FIELDS.ingress,
  FIELDS.destinationPort,
  FIELDS.destination4,
  FIELDS.egress,
  FIELDS.endUptime,
  FIELDS.startUptime,
  FIELDS.direction,
];

export const COMMON_FIELDS6: readonly ExportField[] = COMMON_FIELDS4.map((field) => {
  if (field === FIELDS.source4) return FIELDS.source6;
  return field === FIELDS.destination4 ? FIELDS.destination6 : field;
});
