import { parseAddress } from '../../src/base/addresses.ts';
import {
  DOUBLE_BYTES,
  DOUBLE_PACKETS,
  FLAGS_INITIATOR,
  FLAGS_RAW_SHIFT,
  FLAGS_VERDICT_SHIFT,
  KEY_IPV6,
  POOL_WORDS,
  ROW_WORDS,
  STATUS_NODATA,
  STATUS_SKIPDATA,
  WORD_ADDRESSES,
  WORD_DESTINATION,
  WORD_DESTINATION_ATTACHMENT,
  WORD_EGRESS,
  WORD_FIRST,
  WORD_FLAGS,
  WORD_INGRESS,
  WORD_KEY,
  WORD_LAST,
  WORD_PORTS,
  WORD_SOURCE,
  WORD_SOURCE_ATTACHMENT,
  allocateRows,
  rowDoubles,
  rowWords,
} from '../../src/flows/rows.ts';
import type { ExpandedWindow } from '../../src/flows/rows.ts';
import type { InterfaceFacts, NetworkDirectory } from '../../src/network/lookup.ts';
import type { FactSource } from '../../src/records/interface-texts.ts';

/** A flow in words that a person can read. */
export interface Flow {
  readonly source: string;
  readonly destination: string;
  /** Source and destination port; of ICMP: type and code. */
  readonly ports?: readonly [number, number];
  readonly protocol?: number;
  readonly packets?: number;
  readonly bytes?: number;
  readonly first?: number;
  readonly last?: number;
  /** VPC tcp-flags of the row. */
  readonly flags?: number;
  readonly verdict?: 0 | 1 | 2;
  /** All TCP flags bytes OR-ed. */
  readonly raw?: number;
  /** False: no SYN without ACK was seen. */
  readonly initiator?: boolean;
  readonly egress?: number;
  readonly ingress?: number;
  /** Of a transit window. */
  readonly sourceAttachment?: number;
  readonly destinationAttachment?: number;
  /** Packets lost: no route, black hole, MTU exceeded, TTL expired. */
  readonly lost?: readonly [number, number, number, number];
}

export interface Status {
  readonly number: number;
  readonly kind: 'NODATA' | 'SKIPDATA';
  readonly start: number;
  readonly end: number;
}

/** A line of a window: a flow at one of its interfaces, or a status. */
export type Line = { readonly flow: Flow; readonly side: 'egress' | 'ingress' } | { readonly status: Status };

/** Rows as flows/ would hold them, one for each flow that the lines name, and the lines in their order. */
export function windowOf(lines: readonly Line[], version = 1): ExpandedWindow {
  const flows = [...new Set(lines.flatMap((line) => ('flow' in line ? [line.flow] : [])))];
  const rows = allocateRows(flows.length);
  const pool: number[] = [];
  for (const [index, flow] of flows.entries()) putRow(rows, index, flow, pool);
  const addresses = new SharedArrayBuffer(4 * pool.length);
  new Int32Array(addresses).set(pool);
  const status: number[] = [];
  const order = lines.map((line) => {
    if ('flow' in line) return (flows.indexOf(line.flow) << 1) | (line.side === 'ingress' ? 1 : 0);
    const { number, kind, start, end } = line.status;
    const entry = status.length / 4;
    status.push(number, kind === 'NODATA' ? STATUS_NODATA : STATUS_SKIPDATA, start, end);
    return ~entry;
  });
  const window = {
    start: 0,
    seconds: 60,
    late: false,
    version,
    factsVersion: version,
    table: 0,
    rows,
    addresses,
    count: flows.length,
    packets: 0,
    bytes: 0,
    status: Int32Array.from(status),
    lost: Float64Array.from(flows.flatMap(({ lost }, row) => (lost === undefined ? [] : [row, ...lost]))),
  };
  return { window, order: Int32Array.from(order), lines: order.length };
}

function putRow(buffer: SharedArrayBuffer, index: number, flow: Flow, pool: number[]): void {
  const words = rowWords(buffer).subarray(index * ROW_WORDS);
  const doubles = rowDoubles(buffer).subarray((index * ROW_WORDS) / 2);
  const source = parseAddress(flow.source)!;
  const destination = parseAddress(flow.destination)!;
  const protocol = flow.protocol ?? 6;
  const [from, to] = flow.ports ?? [0, 0];
  const icmp = protocol === 1 || protocol === 58;
  words[WORD_KEY] = protocol | (source.family === 6 ? KEY_IPV6 : 0) | (5 << 10);
  if (source.family === 6) {
    words[WORD_SOURCE] = 0x5a5a5a5a;
    words[WORD_DESTINATION] = 0x5a5a5a5a;
    words[WORD_ADDRESSES] = pool.length / POOL_WORDS;
    pool.push(...source.words, ...destination.words);
  } else {
    words[WORD_SOURCE] = source.words[3];
    words[WORD_DESTINATION] = destination.words[3];
  }
  words[WORD_PORTS] = icmp ? (from << 8) | to : (from << 16) | to;
  doubles[DOUBLE_PACKETS] = flow.packets ?? 1;
  doubles[DOUBLE_BYTES] = flow.bytes ?? 40;
  words[WORD_FIRST] = flow.first ?? 0;
  words[WORD_LAST] = flow.last ?? 0;
  words[WORD_EGRESS] = flow.egress ?? 0;
  words[WORD_INGRESS] = flow.ingress ?? 0;
  words[WORD_SOURCE_ATTACHMENT] = flow.sourceAttachment ?? 0;
  words[WORD_DESTINATION_ATTACHMENT] = flow.destinationAttachment ?? 0;
  // Bits that VPC records do not print are set, to be seen if they were.
  words[WORD_FLAGS] =
    (flow.flags ?? 0) |
    ((flow.raw ?? 0xa0) << FLAGS_RAW_SHIFT) |
    ((flow.verdict ?? 0) << FLAGS_VERDICT_SHIFT) |
    (flow.initiator === false ? 0 : FLAGS_INITIATOR);
}

/** Facts of interface 1 of most tests; what a test does not name is absent. */
export function factsOf(given: Partial<InterfaceFacts> = {}): InterfaceFacts {
  return {
    number: 1,
    interfaceId: 'eni-1235b8ca123456789',
    accountId: '123456789010',
    vpcId: 'vpc-abcdefab012345678',
    subnetId: undefined,
    instanceId: undefined,
    region: 'eu-central-1',
    azId: undefined,
    sublocationType: undefined,
    sublocationId: undefined,
    kind: 'interface',
    tags: {},
    instance: undefined,
    ecsTask: undefined,
    nitro: false,
    primary4: undefined,
    primary6: undefined,
    addresses6: [],
    discovered: false,
    ...given,
  };
}

/** As much of a topology as records ask for: transit gateways (`tgw-…`) with their attachments. */
export function gatewaysOf(
  gateways: readonly { id: string; accountId: string; region: string; attachments: readonly string[] }[],
): NetworkDirectory['topology'] {
  return {
    transitGateways: gateways,
    transitGatewayAttachments: gateways.flatMap(({ id: transitGatewayId, attachments }) =>
      attachments.map((id) => ({ id, transitGatewayId })),
    ),
  } as unknown as NetworkDirectory['topology'];
}

/** A directory of these facts that counts how often it was asked. */
export function directoryOf(
  facts: readonly InterfaceFacts[],
  version = 1,
  topology?: NetworkDirectory['topology'],
): FactSource & { readonly asked: number } {
  const byNumber = new Map(facts.map((entry) => [entry.number, entry]));
  let asked = 0;
  return {
    version,
    ...(topology === undefined ? {} : { topology }),
    facts(number) {
      asked += 1;
      const found = byNumber.get(number);
      if (found === undefined) throw new RangeError(`no interface ${number}`);
      return found;
    },
    get asked() {
      return asked;
    },
  };
}
