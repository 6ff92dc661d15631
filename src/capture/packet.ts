import { META_OFFLOADED, META_PROTOCOL } from './batch.ts';
import type { Batch } from './batch.ts';
import { COMMON4_BYTES, setCommonRow } from './common.ts';
import {
  LINK_ETHERNET,
  LINK_IPV4,
  LINK_IPV6,
  LINK_LINUX_COOKED,
  LINK_LINUX_COOKED_V2,
  LINK_LOOP,
  LINK_NFLOG,
  LINK_NULL,
  LINK_RAW,
  LINK_RAW_DLT,
  LINK_RAW_OPENBSD,
} from './constants.ts';
import { decodeCooked, decodeCookedV2 } from './cooked.ts';
import type { DecoderCounters } from './decoder.ts';
import { decodeEthernet } from './ethernet.ts';
import { Frame } from './frame.ts';
import { decodeIp } from './ip.ts';
import { decodeLoopback } from './loopback.ts';
import { decodeNflog } from './nflog.ts';
import { REJECT_UNKNOWN_LINK_TYPE, newCounters } from './rejections.ts';
import { type TunnelKind, isTunnelPort, tunnelBits } from './tunnels.ts';
import { PrefixVerdicts } from './verdicts.ts';

/** What every capture decoder can be told. */
export interface CaptureOptions {
  /** Fill the MAC columns (META_MAC). Default false. */
  readonly macs?: boolean;
  /** Which NFLOG prefixes mean ACCEPT, and which REJECT (S4.1); REJECT wins where both match. Defaults:
   * DEFAULT_ACCEPT_PREFIX and DEFAULT_REJECT_PREFIX. */
  readonly acceptPrefix?: RegExp;
  readonly rejectPrefix?: RegExp;
  /** Which tunnels are opened: their rows are of the packet inside, with META_TUNNEL. Default none. */
  readonly tunnels?: ReadonlySet<TunnelKind>;
}

/**
 * The general path: one packet of any link type to a row or to a rejection, counted. Time, interface
 * number and link type come from the container format.
 */
export class PacketDecoder {
  readonly counters: DecoderCounters = newCounters();
  readonly frame: Frame;
  readonly #verdicts: PrefixVerdicts;

  constructor(options: CaptureOptions) {
    const tunnels = options.tunnels === undefined ? 0 : tunnelBits(options.tunnels);
    this.frame = new Frame(options.macs ?? false, tunnels);
    this.#verdicts = new PrefixVerdicts(options.acceptPrefix, options.rejectPrefix);
  }

  /**
   * Decodes the `captured` bytes at `start` as one packet, which was `original` bytes long on the wire.
   * `little` is the byte order of the capture (NFLOG attributes are in it).
   * `batch` has room for a row. The caller has set the frame's seconds, nanos and ifIndex.
   */
  decode(
    bytes: Uint8Array,
    start: number,
    captured: number,
    original: number,
    linkType: number,
    little: boolean,
    batch: Batch,
  ): void {
    const frame = this.frame;
    const counters = this.counters;
    frame.start = start;
    frame.end = start + captured;
    frame.original = original < captured ? captured : original;
    frame.vlan = 0;
    frame.meta = 0;
    counters.packets++;
    const at = locateIp(bytes, frame, linkType, little, this.#verdicts);
    const row = at < 0 ? at : decodeIp(bytes, at, frame, batch);
    if (row < 0) {
      counters.rejectedPackets[~row]!++;
      counters.rejectedBytes[~row]! += frame.original;
    } else if ((batch.meta[row]! & META_OFFLOADED) !== 0) {
      counters.offloaded++;
    }
  }

  /** A row that setCommonRow made is of a tunnel that is to be opened: it takes the general way. */
  isTunnelRow(batch: Batch, row: number): boolean {
    const { tunnels } = this.frame;
    return tunnels !== 0 && isTunnelPort(tunnels, batch.meta[row]! & META_PROTOCOL, batch.ports[row]!);
  }

  /** As decode, and faster for the packets that setCommonRow knows. `view` is over `bytes`. */
  decodeFast(
    view: DataView,
    bytes: Uint8Array,
    start: number,
    captured: number,
    original: number,
    linkType: number,
    little: boolean,
    batch: Batch,
  ): void {
    if (
      linkType === LINK_ETHERNET &&
      captured >= COMMON4_BYTES &&
      setCommonRow(view, bytes, start, captured, batch, batch.count) &&
      !this.isTunnelRow(batch, batch.count)
    ) {
      const frame = this.frame;
      frame.vlan = 0;
      frame.meta = 0;
      if (frame.macs) frame.readMacs(bytes, start);
      frame.finish(batch);
      this.counters.packets++;
    } else {
      this.decode(bytes, start, captured, original, linkType, little, batch);
    }
  }
}

function locateIp(
  bytes: Uint8Array,
  frame: Frame,
  linkType: number,
  little: boolean,
  verdicts: PrefixVerdicts,
): number {
  switch (linkType) {
    case LINK_ETHERNET:
      return decodeEthernet(bytes, frame);
    case LINK_LINUX_COOKED:
      return decodeCooked(bytes, frame);
    case LINK_LINUX_COOKED_V2:
      return decodeCookedV2(bytes, frame);
    case LINK_RAW:
    case LINK_RAW_DLT:
    case LINK_RAW_OPENBSD:
    case LINK_IPV4:
    case LINK_IPV6:
      return frame.start;
    case LINK_NULL:
    case LINK_LOOP:
      return decodeLoopback(bytes, frame);
    case LINK_NFLOG:
      return decodeNflog(bytes, frame, little, verdicts);
    default:
      return REJECT_UNKNOWN_LINK_TYPE;
  }
}
