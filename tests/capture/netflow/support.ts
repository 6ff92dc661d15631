import { formatIPv4, formatIPv6 } from '../../../src/base/addresses.ts';
import {
  META_INCOMING,
  META_IPV6,
  META_MAC,
  META_OUTGOING,
  META_PROTOCOL,
  META_VERDICT,
  META_VERDICT_SHIFT,
} from '../../../src/capture/batch.ts';
import { FlowBatch, META_POST_IPV6, META_TRANSLATED } from '../../../src/capture/flow-batch.ts';
import { NetflowDecoder, type NetflowOptions } from '../../../src/capture/netflow/decoder.ts';

/** A row as an object, with only what is not 0 beside the key and the counts. */
export interface FlowRow {
  src: string;
  dst: string;
  sport: number;
  dport: number;
  protocol: number;
  packets: number;
  bytes: number;
  [more: string]: number | string | undefined;
}

function address(word: number, words: Int32Array, row: number, ipv6: boolean): string {
  const at = 4 * row;
  return ipv6 ? formatIPv6(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!) : formatIPv4(word);
}

/** The rows of a batch as objects. */
export function rowsOf(batch: FlowBatch): FlowRow[] {
  const rows: FlowRow[] = [];
  for (let row = 0; row < batch.count; row++) {
    const meta = batch.meta[row]!;
    const ipv6 = (meta & META_IPV6) !== 0;
    const more: Record<string, number | string> = {
      flags: (meta >>> 8) & 0xff,
      verdict: (meta & META_VERDICT) >>> META_VERDICT_SHIFT,
      direction: (meta & META_INCOMING) !== 0 ? 'in' : (meta & META_OUTGOING) !== 0 ? 'out' : 0,
      ingress: batch.ingress[row]!,
      egress: batch.egress[row]!,
      vlan: batch.vlan[row]!,
      reason: batch.reason[row]!,
      event: batch.event[row]!,
      exporter: batch.exporter[row]!,
      domain: batch.domain[row]!,
    };
    if ((meta & META_MAC) !== 0) {
      more['srcMac'] = mac(batch.srcMacHigh[row]!, batch.srcMacLow[row]!);
      more['dstMac'] = mac(batch.dstMacHigh[row]!, batch.dstMacLow[row]!);
    }
    const out: FlowRow = {
      src: address(batch.src[row]!, batch.src6, row, ipv6),
      dst: address(batch.dst[row]!, batch.dst6, row, ipv6),
      sport: batch.ports[row]! >>> 16,
      dport: batch.ports[row]! & 0xffff,
      protocol: meta & META_PROTOCOL,
      packets: batch.packets[row]!,
      bytes: batch.bytes[row]!,
      sampling: batch.sampling[row]!,
      start: batch.start[row]!,
      end: batch.time[row]!,
    };
    for (const [name, value] of Object.entries(more)) if (value !== 0) out[name] = value;
    if ((meta & META_TRANSLATED) !== 0) {
      const post6 = (meta & META_POST_IPV6) !== 0;
      out['postSrc'] = address(batch.postSrc[row]!, batch.postSrc6, row, post6);
      out['postDst'] = address(batch.postDst[row]!, batch.postDst6, row, post6);
      out['postSport'] = batch.postPorts[row]! >>> 16;
      out['postDport'] = batch.postPorts[row]! & 0xffff;
    }
    rows.push(out);
  }
  return rows;
}

function mac(high: number, low: number): string {
  return (high * 0x1_0000_0000 + low).toString(16).padStart(12, '0');
}

/** A decoder whose rows are collected. Times in milliseconds. */
export class Collector {
  readonly rows: FlowRow[] = [];
  readonly batch = new FlowBatch();
  readonly decoder: NetflowDecoder;
  now = NOW;

  constructor(options: NetflowOptions = { settings: () => ({ samplingRate: 1 }) }) {
    const flush = (batch: FlowBatch) => {
      this.rows.push(...rowsOf(batch));
      batch.clear();
    };
    this.decoder = new NetflowDecoder({ batch: this.batch, flush }, options);
  }

  /** Decodes a datagram, and takes the rows that are there then. */
  push(bytes: Uint8Array, address = '192.0.2.1', now = this.now): FlowRow[] {
    this.now = now;
    this.decoder.datagram(bytes, 0, bytes.length, address, now * 1000);
    return this.take();
  }

  tick(now: number): FlowRow[] {
    this.now = now;
    this.decoder.tick(now * 1000);
    return this.take();
  }

  end(): FlowRow[] {
    this.decoder.end(this.now * 1000);
    return this.take();
  }

  take(): FlowRow[] {
    this.rows.push(...rowsOf(this.batch));
    this.batch.clear();
    return this.rows.splice(0);
  }

  /** Fails unless every set and record is accounted for. */
  checkCounters(): void {
    checkExportCounters(this.decoder);
  }
}

/** Fails unless every set and record of a decoder is accounted for. */
export function checkExportCounters({ counters }: NetflowDecoder): void {
  const rejected = counters.rejections();
  const records =
    counters.optionsRecords +
    counters.rows -
    counters.reverseRows +
    (rejected.record_malformed ?? 0) +
    (rejected.not_ip ?? 0) +
    (rejected.no_counters ?? 0);
  if (records !== counters.records) throw new Error(`records ${counters.records}, accounted ${records}`);
  const sets = counters.decodedSets + counters.heldSets + (rejected.template_missing ?? 0);
  if (sets !== counters.dataSets) throw new Error(`sets ${counters.dataSets}, accounted ${sets}`);
}

/** 2023-11-14 22:20:00 UTC, in milliseconds. */
export const NOW = 1_700_000_400_000;

/** Bytes of hexadecimal text and numbers of a given size. */
export function bytesOf(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string' ? [...Buffer.from(part.replaceAll(/\s/g, ''), 'hex')] : [...part],
    ),
  );
}

export function u8(value: number): string {
  return hex(value, 1);
}
export function u16(value: number): string {
  return hex(value, 2);
}
export function u32(value: number): string {
  return hex(value, 4);
}
export function u64(value: number): string {
  return hex(value, 8);
}

function hex(value: number, bytes: number): string {
  return BigInt.asUintN(8 * bytes, BigInt(value))
    .toString(16)
    .padStart(2 * bytes, '0');
}

/** A set with its header; the length follows from the body. */
export function set(id: number, ...body: readonly string[]): string {
  const all = body.join('').replaceAll(/\s/g, '');
  return u16(id) + u16(4 + all.length / 2) + all;
}

/** A template record of fields (element, length). */
export function template(id: number, ...fields: readonly (readonly [number, number])[]): string {
  return (
    u16(id) + u16(fields.length) + fields.map(([element, length]) => u16(element) + u16(length)).join('')
  );
}

export interface Header {
  seconds?: number;
  uptime?: number;
  sequence?: number;
  domain?: number;
}

const SECONDS = NOW / 1000;

export function v9(header: Header, ...sets: readonly string[]): Uint8Array {
  const { seconds = SECONDS, uptime = 3_600_000, sequence = 0, domain = 0 } = header;
  return bytesOf(u16(9), u16(1), u32(uptime), u32(seconds), u32(sequence), u32(domain), ...sets);
}

export function ipfix(header: Header, ...sets: readonly string[]): Uint8Array {
  const { seconds = SECONDS, sequence = 0, domain = 0 } = header;
  const body = sets.join('').replaceAll(/\s/g, '');
  return bytesOf(u16(10), u16(16 + body.length / 2), u32(seconds), u32(sequence), u32(domain), body);
}
