import { BATCH_ROWS, META_MAC } from './batch.ts';
import type { Batch } from './batch.ts';
import {
  LINK_ETHERNET,
  LINK_NFLOG,
  MAX_CAPTURED_BYTES,
  PCAP_HEADER_BYTES,
  PCAP_LINK_TYPE_MASK,
  PCAP_MAGIC_MICROS,
  PCAP_MAGIC_MODIFIED,
  PCAP_MAGIC_NANOS,
  PCAP_MODIFIED_RECORD_BYTES,
  PCAP_RECORD_BYTES,
  PCAP_VERSION_MAJOR,
} from './constants.ts';
import { COMMON4_BYTES, setCommonRow } from './common.ts';
import type { CaptureDecoder, CaptureFault, DecoderCounters } from './decoder.ts';
import { PacketDecoder } from './packet.ts';
import type { CaptureOptions } from './packet.ts';

/** Whether the first four bytes are those of a pcap file, of either byte order. */
export function isPcap(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return isMagic(view.getUint32(0, true)) || isMagic(view.getUint32(0, false));
}

function isMagic(word: number): boolean {
  return word === PCAP_MAGIC_MICROS || word === PCAP_MAGIC_NANOS || word === PCAP_MAGIC_MODIFIED;
}

/**
 * The pcap file format (draft-ietf-opsawg-pcap): a 24-byte header, then records.
 *
 *   header   magic 4 | major 2 | minor 2 | reserved 8 | snapshot length 4 | link type 4
 *   record   seconds 4 | micro- or nanoseconds 4 | captured length 4 | original length 4 | packet
 *
 * All in the byte order of the machine that wrote the file.
 */
export class PcapDecoder implements CaptureDecoder {
  readonly interfaceNames: readonly string[] = [];
  #fault: CaptureFault | undefined;
  readonly #packets: PacketDecoder;
  #headerRead = false;
  #little = true;
  /** Units of the second time word in a second, and nanoseconds in a unit. */
  #units = 1_000_000;
  #unitNanos = 1000;
  #recordBytes = PCAP_RECORD_BYTES;
  #linkType = 0;
  /** Bytes of the capture before the piece at hand. */
  #offset = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  constructor(options: CaptureOptions) {
    this.#packets = new PacketDecoder(options);
  }

  get counters(): DecoderCounters {
    return this.#packets.counters;
  }

  get fault(): CaptureFault | undefined {
    return this.#fault;
  }

  get reportsVerdicts(): boolean {
    return this.#headerRead && this.#linkType === LINK_NFLOG;
  }

  decode(bytes: Uint8Array, from: number, to: number, batch: Batch): number {
    if (this.#fault !== undefined) return to;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    let at = from;
    if (!this.#headerRead) {
      if (to - from < PCAP_HEADER_BYTES) return from;
      this.#readHeader(from);
      at += PCAP_HEADER_BYTES;
    }
    if (this.#fault === undefined) at = this.#readRecords(at, to, from, batch);
    if (this.#fault !== undefined) at = to;
    this.#offset += at - from;
    return at;
  }

  end(rest: number): void {
    if (this.#fault !== undefined) return;
    if (!this.#headerRead) this.#stop(0, `the file header needs ${PCAP_HEADER_BYTES} bytes`, 'truncated');
    else if (rest > 0) this.#stop(this.#offset, 'the capture ends inside a packet', 'truncated');
  }

  #stop(offset: number, reason: string, kind: CaptureFault['kind'] = 'corrupt'): void {
    this.#fault = { offset, reason, kind };
  }

  #readHeader(at: number): void {
    const view = this.#view;
    this.#little = isMagic(view.getUint32(at, true));
    const magic = view.getUint32(at, this.#little);
    if (magic === PCAP_MAGIC_NANOS) {
      this.#units = 1_000_000_000;
      this.#unitNanos = 1;
    }
    if (magic === PCAP_MAGIC_MODIFIED) this.#recordBytes = PCAP_MODIFIED_RECORD_BYTES;
    const major = view.getUint16(at + 4, this.#little);
    if (!isMagic(magic)) this.#stop(0, 'this is no pcap file');
    else if (major !== PCAP_VERSION_MAJOR) this.#stop(4, `pcap version ${major} is not supported`);
    this.#linkType = view.getUint32(at + 20, this.#little) & PCAP_LINK_TYPE_MASK;
    this.#headerRead = true;
  }

  /**
   * Reads records until the batch is full or no whole record is left, with all state in locals. Ethernet
   * frames go the short way of setCommonRow where they can; the rest goes to PacketDecoder.
   */
  #readRecords(from: number, to: number, pieceStart: number, batch: Batch): number {
    const view = this.#view;
    const bytes = this.#bytes;
    const little = this.#little;
    const units = this.#units;
    const unitNanos = this.#unitNanos;
    const recordBytes = this.#recordBytes;
    const linkType = this.#linkType;
    const packets = this.#packets;
    const macs = packets.frame.macs;
    const tunnels = packets.frame.tunnels !== 0;
    const common = linkType === LINK_ETHERNET ? COMMON4_BYTES : Infinity;
    const { time, nanos, ifIndex, vlan } = batch;
    let row = batch.count;
    let min = row === 0 ? 0xffffffff : batch.minTime;
    let max = row === 0 ? 0 : batch.maxTime;
    let counted = 0;
    let at = from;
    while (row < BATCH_ROWS) {
      const packet = at + recordBytes;
      if (packet > to) break;
      const captured = view.getUint32(at + 8, little);
      if (captured > MAX_CAPTURED_BYTES) {
        this.#stop(
          this.#offset + (at - pieceStart),
          `packet length ${captured} is larger than ${MAX_CAPTURED_BYTES}`,
        );
        break;
      }
      const next = packet + captured;
      if (next > to) break;
      const seconds = view.getUint32(at, little);
      const fraction = view.getUint32(at + 4, little);
      if (
        captured >= common &&
        fraction < units &&
        setCommonRow(view, bytes, packet, captured, batch, row) &&
        !(tunnels && packets.isTunnelRow(batch, row))
      ) {
        time[row] = seconds;
        nanos[row] = fraction * unitNanos;
        ifIndex[row] = 0;
        vlan[row] = 0;
        if (macs) copyMacs(view, packet, batch, row);
        if (seconds < min) min = seconds;
        if (seconds > max) max = seconds;
        row++;
        counted++;
        at = next;
        continue;
      }
      batch.count = row;
      batch.minTime = min;
      batch.maxTime = max;
      const frame = packets.frame;
      const carry = fraction < units ? 0 : Math.floor(fraction / units);
      frame.seconds = Math.min(seconds + carry, 0xffffffff);
      frame.nanos = (fraction - carry * units) * unitNanos;
      packets.decode(bytes, packet, captured, view.getUint32(at + 12, little), linkType, little, batch);
      row = batch.count;
      min = batch.minTime;
      max = batch.maxTime;
      at = next;
    }
    batch.count = row;
    batch.minTime = min;
    batch.maxTime = max;
    packets.counters.packets += counted;
    return at;
  }
}

function copyMacs(view: DataView, packet: number, batch: Batch, row: number): void {
  batch.dstMacHigh[row] = view.getUint16(packet, false);
  batch.dstMacLow[row] = view.getUint32(packet + 2, false);
  batch.srcMacHigh[row] = view.getUint16(packet + 6, false);
  batch.srcMacLow[row] = view.getUint32(packet + 8, false);
  batch.meta[row]! |= META_MAC;
}
