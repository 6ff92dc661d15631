/** A trace of the traffic model as the bytes of a capture file. */
import { LINK_ETHERNET } from '../capture/constants.ts';
import { CaptureWriter } from './capture-writer.ts';
import { FrameEncoder, type FrameLinkType, MAX_HEADER_BYTES } from './frames.ts';
import type { TrafficOptions } from './options.ts';
import { Packet } from './packet.ts';
import type { TrafficTotals } from './totals.ts';
import { Traffic } from './traffic.ts';

export interface TraceFormat {
  readonly format: 'pcap' | 'pcapng';
  readonly nanoseconds?: boolean;
  readonly bigEndian?: boolean;
  /** Ethernet without it. */
  readonly linkType?: FrameLinkType;
  readonly snaplen: number;
}

/**
 * Generates a capture in chunks of about a megabyte, each made when it is asked for: memory does not grow with
 * the trace or with a slow reader. Returns the exact totals after the last chunk. UsageError as
 * planConversations, before the first chunk.
 */
export function* generateTrace(
  options: TrafficOptions,
  format: TraceFormat,
): Generator<Uint8Array<ArrayBuffer>, TrafficTotals, undefined> {
  const linkType = format.linkType ?? LINK_ETHERNET;
  const traffic = new Traffic(options);
  const encoder = new FrameEncoder(traffic.hosts, linkType);
  const writer = new CaptureWriter({ ...format, linkType }, MAX_HEADER_BYTES);
  const packet = new Packet();
  while (traffic.next(packet)) {
    encoder.encode(writer.view, writer.begin(), packet);
    writer.end(packet.seconds, packet.micros * 1000, encoder.headerBytes, encoder.frameBytes);
    if (writer.full) yield writer.take();
  }
  yield writer.take();
  return traffic.totals;
}
