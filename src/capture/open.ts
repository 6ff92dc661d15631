import type { CaptureDecoder } from './decoder.ts';
import type { CaptureOptions } from './packet.ts';
import { PcapDecoder, isPcap } from './pcap.ts';
import { PcapngDecoder, isPcapng } from './pcapng.ts';

export type { CaptureOptions } from './packet.ts';
export { TUNNEL_KINDS } from './tunnels.ts';
export type { TunnelKind } from './tunnels.ts';
export { DEFAULT_ACCEPT_PREFIX, DEFAULT_REJECT_PREFIX } from './verdicts.ts';

/** How many of a capture's first bytes `openCapture` has to see. */
export const CAPTURE_MAGIC_BYTES = 4;

/**
 * The decoder for a capture that begins with `head` (at least CAPTURE_MAGIC_BYTES of it, decompressed);
 * undefined when it is neither pcap nor pcapng. Nothing is consumed: the same bytes are pushed to the
 * decoder first.
 */
export function openCapture(head: Uint8Array, options: CaptureOptions = {}): CaptureDecoder | undefined {
  if (head.length < CAPTURE_MAGIC_BYTES) return undefined;
  if (isPcap(head)) return new PcapDecoder(options);
  return isPcapng(head) ? new PcapngDecoder(options) : undefined;
}
