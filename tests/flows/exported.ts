import { parseAddress } from '../../src/base/addresses.ts';
import {
  foldAddress,
  META_INCOMING,
  META_IPV6,
  META_MAC,
  META_OUTGOING,
  META_TCP_FLAGS_SHIFT,
  META_TUNNEL,
  META_VERDICT_SHIFT,
} from '../../src/capture/batch.ts';
import {
  DROP_NONE,
  EVENT_NONE,
  type FlowBatch,
  META_POST_IPV6,
  META_TRANSLATED,
} from '../../src/capture/flow-batch.ts';

/** A flow as an exporter reports it, and as a test writes it. */
export interface TestFlow {
  /** Its end. */
  readonly time: number;
  /** As the end unless given. */
  readonly start?: number;
  readonly src: string;
  readonly dst: string;
  readonly protocol?: number;
  readonly sport?: number;
  readonly dport?: number;
  readonly packets?: number;
  readonly bytes?: number;
  readonly flags?: number;
  readonly verdict?: 0 | 1 | 2;
  readonly reason?: number;
  readonly event?: number;
  /** Port that it came in by, and that it went out by. */
  readonly ingress?: number;
  readonly egress?: number;
  readonly vlan?: number;
  readonly tunnel?: number;
  readonly direction?: 'in' | 'out';
  readonly macs?: readonly [number, number];
  /** Behind a translation. */
  readonly post?: {
    readonly src: string;
    readonly dst: string;
    readonly sport?: number;
    readonly dport?: number;
  };
}

/** Writes flows into a batch, as a decoder would. */
export function fillFlows(batch: FlowBatch, flows: readonly TestFlow[]): void {
  batch.clear();
  for (const flow of flows) {
    const i = batch.count;
    batch.time[i] = flow.time;
    batch.nanos[i] = 0;
    batch.start[i] = flow.start ?? flow.time;
    const six = putAddresses(flow, i, batch.src, batch.dst, batch.src6, batch.dst6);
    batch.ports[i] = ((flow.sport ?? 0) << 16) | (flow.dport ?? 0);
    batch.meta[i] =
      (flow.protocol ?? 6) |
      ((flow.flags ?? 0) << META_TCP_FLAGS_SHIFT) |
      (six ? META_IPV6 : 0) |
      ((flow.verdict ?? 0) << META_VERDICT_SHIFT) |
      (flow.direction === 'in' ? META_INCOMING : flow.direction === 'out' ? META_OUTGOING : 0) |
      (flow.macs === undefined ? 0 : META_MAC) |
      (flow.tunnel === undefined ? 0 : META_TUNNEL);
    const { post } = flow;
    if (post !== undefined) {
      const postSix = putAddresses(post, i, batch.postSrc, batch.postDst, batch.postSrc6, batch.postDst6);
      batch.postPorts[i] = ((post.sport ?? flow.sport ?? 0) << 16) | (post.dport ?? flow.dport ?? 0);
      batch.meta[i] |= META_TRANSLATED | (postSix ? META_POST_IPV6 : 0);
    }
    batch.packets[i] = flow.packets ?? 1;
    batch.bytes[i] = flow.bytes ?? 100 * (flow.packets ?? 1);
    batch.sampling[i] = 1;
    batch.exporter[i] = 0;
    batch.domain[i] = 0;
    batch.ingress[i] = flow.ingress ?? 0;
    batch.egress[i] = flow.egress ?? 0;
    batch.vlan[i] = flow.vlan ?? 0;
    batch.tunnel[i] = flow.tunnel ?? 0;
    batch.reason[i] = flow.reason ?? DROP_NONE;
    batch.event[i] = flow.event ?? EVENT_NONE;
    batch.srcMacHigh[i] = 0;
    batch.dstMacHigh[i] = 0;
    batch.srcMacLow[i] = flow.macs?.[0] ?? 0;
    batch.dstMacLow[i] = flow.macs?.[1] ?? 0;
    batch.finish();
  }
}

/** True for IPv6. */
function putAddresses(
  { src, dst }: { readonly src: string; readonly dst: string },
  i: number,
  ...[srcs, dsts, srcs6, dsts6]: readonly [Int32Array, Int32Array, Int32Array, Int32Array]
): boolean {
  const from = parseAddress(src)!;
  const to = parseAddress(dst)!;
  const six = from.family === 6;
  srcs[i] = six ? foldAddress(...from.words) : from.words[3];
  dsts[i] = six ? foldAddress(...to.words) : to.words[3];
  if (six) {
    srcs6.set(from.words, 4 * i);
    dsts6.set(to.words, 4 * i);
  }
  return six;
}
