/** Log formats compiled to what the text writer does for each line. */
import { LOST_BLACKHOLE, LOST_MTU_EXCEEDED, LOST_NO_ROUTE, LOST_TTL_EXPIRED } from '../flows/rows.ts';
import type { RecordRules, TransitEnd } from '../rules/record-rules.ts';
import type { Field, InterfaceValue, RowValue, RuleValue } from './filling.ts';
import type { LogFormat } from './formats.ts';
import { ABSENT } from './interface-texts.ts';
import {
  FIRST_DERIVED,
  OP_ACTION,
  OP_BYTES,
  OP_BYTES_OR_NONE,
  OP_DESTINATION_END,
  OP_DESTINATION_SERVICE,
  OP_DIRECTION,
  OP_DSTADDR,
  OP_DSTPORT,
  OP_ENCRYPTION_STATUS,
  OP_END,
  OP_LINE_END,
  OP_LOG_STATUS,
  OP_LOST,
  OP_NEXT_HOP,
  OP_NEXT_HOP_ZONE,
  OP_PACKETS,
  OP_PAIR,
  OP_PIECE,
  OP_PKT_DSTADDR,
  OP_PKT_SRCADDR,
  OP_PROTOCOL,
  OP_RAW_FLAGS,
  OP_REJECT_REASON,
  OP_SLOT_COUNT,
  OP_SLOT_NUMBER,
  OP_SLOT_TEXT,
  OP_SOURCE_END,
  OP_SOURCE_SERVICE,
  OP_SRCADDR,
  OP_SRCPORT,
  OP_START,
  OP_TCP_FLAGS,
  OP_TRAFFIC_PATH,
  OP_TYPE,
} from './ops.ts';
import type { Segment } from './pieces.ts';

const OPS: Readonly<Record<RowValue, number>> = {
  srcaddr: OP_SRCADDR,
  dstaddr: OP_DSTADDR,
  srcport: OP_SRCPORT,
  dstport: OP_DSTPORT,
  protocol: OP_PROTOCOL,
  packets: OP_PACKETS,
  bytes: OP_BYTES,
  start: OP_START,
  end: OP_END,
  action: OP_ACTION,
  'log-status': OP_LOG_STATUS,
  'tcp-flags': OP_TCP_FLAGS,
  type: OP_TYPE,
  'pkt-srcaddr': OP_PKT_SRCADDR,
  'pkt-dstaddr': OP_PKT_DSTADDR,
  'flow-direction': OP_DIRECTION,
  'raw-tcp-flags': OP_RAW_FLAGS,
  'tgw-pair-attachment-id': OP_PAIR,
  'packets-lost-no-route': OP_LOST + LOST_NO_ROUTE,
  'packets-lost-blackhole': OP_LOST + LOST_BLACKHOLE,
  'packets-lost-mtu-exceeded': OP_LOST + LOST_MTU_EXCEEDED,
  'packets-lost-ttl-expired': OP_LOST + LOST_TTL_EXPIRED,
};

const RULE_OPS: Readonly<Record<RuleValue, number>> = {
  'traffic-path': OP_TRAFFIC_PATH,
  'pkt-src-aws-service': OP_SOURCE_SERVICE,
  'pkt-dst-aws-service': OP_DESTINATION_SERVICE,
  'reject-reason': OP_REJECT_REASON,
  'encryption-status': OP_ENCRYPTION_STATUS,
};

/** Derived fields that are small numbers. */
const NUMBERS: ReadonlySet<number> = new Set([OP_TRAFFIC_PATH, OP_ENCRYPTION_STATUS, OP_RAW_FLAGS]);

/** All that NODATA and SKIPDATA lines say of traffic. */
const STATUS_VALUES: ReadonlySet<RowValue> = new Set<RowValue>(['start', 'end', 'log-status']);

/**
 * Whether NODATA and SKIPDATA lines fill what a format of version 3 or later asks of the interface itself
 * (VPC, subnet, instance, placement, task, tags; transit gateway and attachment). Not documented, and consumers must
 * take both (record format 1.7).
 */
const STATUS_LINES_HAVE_METADATA = true;

/** Last version whose interface fields are documented to stand in NODATA and SKIPDATA lines. */
const DOCUMENTED_STATUS_VERSION = 2;

/** resource-type of all transit gateway records. Inferred: an older page also has `TransitGatewayAttachment`. */
const TRANSIT_RESOURCE_TYPE = 'TransitGateway';

/** What the rules of a network can tell at all. */
export type RuleAbilities = Pick<RecordRules, 'serviceCodes' | 'rejectsForReasons'>;

/** How one kind of line of a format is written. */
export interface LinePlan {
  readonly ops: Uint8Array;
  /** One for each OP_PIECE, in their order; each ends with a space. */
  readonly pieces: readonly (readonly Segment[])[];
  /** One for each OP_NEXT_HOP and OP_NEXT_HOP_ZONE, in their order. */
  readonly nextHop: readonly InterfaceValue[];
  /** One for each OP_SOURCE_END and each OP_DESTINATION_END, in their order. */
  readonly ends: Readonly<Record<'source' | 'destination', readonly (keyof TransitEnd)[]>>;
}

/**
 * Compiles a format for lines of flows (`row`) or for NODATA and SKIPDATA lines (`status`). Neighbouring
 * fields that are constant for an interface become one piece; so do those that rules cannot tell, `-` without any.
 */
export function compileLine(format: LogFormat, line: 'row' | 'status', rules?: RuleAbilities): LinePlan {
  const ops: number[] = [];
  const pieces: Segment[][] = [];
  const nextHop: InterfaceValue[] = [];
  const ends: Record<'source' | 'destination', (keyof TransitEnd)[]> = { source: [], destination: [] };
  for (const field of format.fields) {
    const step = line === 'row' ? rowStep(field, format, rules) : statusStep(field, format);
    if (typeof step === 'number') {
      ops.push(step);
      if (field.filling.per === 'next-hop') nextHop.push(field.filling.value);
      if (field.filling.per === 'end') ends[field.filling.end].push(field.filling.value);
      continue;
    }
    if (ops.at(-1) !== OP_PIECE) {
      ops.push(OP_PIECE);
      pieces.push([]);
    }
    pieces.at(-1)!.push(step, { text: ' ' });
  }
  return { ops: Uint8Array.from(ops), pieces, nextHop, ends };
}

/** What is printed for ops, the end of the line with it: derived ones by the slot that their value stands in. */
export function printedOps(ops: Uint8Array): Uint8Array {
  return Uint8Array.of(...Array.from(ops, (op) => (op < FIRST_DERIVED ? op : slotOf(op))), OP_LINE_END);
}

function slotOf(op: number): number {
  if (op === OP_BYTES_OR_NONE || op >= OP_LOST) return OP_SLOT_COUNT;
  return NUMBERS.has(op) ? OP_SLOT_NUMBER : OP_SLOT_TEXT;
}

/** An op for what differs from line to line, a segment for what does not. */
function rowStep({ filling }: Field, format: LogFormat, rules: RuleAbilities | undefined): number | Segment {
  const absent = { text: ABSENT };
  switch (filling.per) {
    case 'format':
      return { text: formatText(filling.value, format) };
    case 'row':
      if (filling.value === 'log-status') return { text: 'OK' };
      if (filling.value === 'bytes' && format.kind === 'vpc' && rules?.rejectsForReasons === true) {
        return OP_BYTES_OR_NONE;
      }
      return OPS[filling.value];
    case 'rule':
      return canTell(filling.value, rules) ? RULE_OPS[filling.value] : absent;
    case 'next-hop':
      if (rules === undefined) return absent;
      return filling.value === 'azId' ? OP_NEXT_HOP_ZONE : OP_NEXT_HOP;
    case 'end':
      if (rules === undefined) return absent;
      return filling.end === 'source' ? OP_SOURCE_END : OP_DESTINATION_END;
    default:
      return filling;
  }
}

function statusStep({ filling, version }: Field, format: LogFormat): number | Segment {
  switch (filling.per) {
    case 'format':
      return { text: formatText(filling.value, format) };
    case 'row':
      return STATUS_VALUES.has(filling.value) ? OPS[filling.value] : { text: ABSENT };
    case 'rule':
    case 'next-hop':
    case 'end':
      return { text: ABSENT };
    default:
      return version <= DOCUMENTED_STATUS_VERSION || STATUS_LINES_HAVE_METADATA ? filling : { text: ABSENT };
  }
}

function formatText(value: 'version' | 'resource-type', format: LogFormat): string {
  return value === 'version' ? String(format.version) : TRANSIT_RESOURCE_TYPE;
}

function canTell(value: RuleValue, rules: RuleAbilities | undefined): boolean {
  if (rules === undefined) return false;
  if (value === 'reject-reason') return rules.rejectsForReasons;
  const isService = value === 'pkt-src-aws-service' || value === 'pkt-dst-aws-service';
  return !isService || rules.serviceCodes.length > 0;
}
