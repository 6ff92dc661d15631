import type { CaptureDecoder } from './decoder.ts';
import type { CaptureOptions } from './packet.ts';
import { PcapDecoder, isPcap } from './pcap.ts';

export type { CaptureOptions } from './packet.ts';

/** How many of a capture's first bytes `openCapture` has to see. */
export const CAPTURE_MAGIC_BYTES = 4;

/**
 * The decoder for a capture that begins with `head` (at least CAPTURE_MAGIC_BYTES of it, decompressed);
 * undefined when it is neither pcap nor pcapng. Nothing is consumed: the same bytes are pushed to the
 * decoder first.
 */
export function openCapture(head: Uint8Array, options: CaptureOptions = {}): CaptureDecoder | undefined {
  if (head.length < CAPTURE_MAGIC_BYTES) return undefined;
  return isPcap(head) ? new PcapDecoder(options) : undefined;
}
