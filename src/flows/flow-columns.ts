import {
  META_DIRECTION,
  META_IPV6,
  META_PROTOCOL,
  META_VERDICT,
  META_VERDICT_SHIFT,
  VERDICT_REJECT,
} from '../capture/batch.ts';
import {
  DROP_NONE,
  FLOW_BATCH_ROWS,
  type FlowBatch,
  META_POST_IPV6,
  META_TRANSLATED,
} from '../capture/flow-batch.ts';
import type { AddressColumns } from './columns.ts';
import type { Point } from './contexts.ts';
import { hashKey } from './hash.ts';
import type { Places } from './places.ts';
import { KEY_CONTEXT_SHIFT, KEY_IPV6 } from './rows.ts';
import type { Version } from './versions.ts';

/** Which legs of a row are recorded. An event without packets has none: it only carries a verdict. */
export const LEGS_NONE = 0;
/** The leg before the translation, and the only one of a row without. */
export const LEGS_FIRST = 1;
/** The leg behind it alone: the one that counts. */
export const LEGS_SECOND = 2;
/** Both: the first one counts. */
export const LEGS_BOTH = 3;

/** One leg of the rows of a batch: its columns, and what the flow table asks beside them. */
export interface LegColumns {
  rows: AddressColumns;
  /** The key word of a row (WORD_KEY), and the hash of its four key words. */
  readonly keys: Int32Array;
  readonly hashes: Int32Array;
}

/** What the flow table asks of each row of a batch of exported flows, beside the batch's own columns. */
export class FlowColumns {
  readonly first: LegColumns = newLeg();
  readonly second: LegColumns = newLeg();
  /** LEGS_ values. */
  readonly legs = new Uint8Array(FLOW_BATCH_ROWS);
  /** Where it was seen (S2.8). */
  readonly places = new Int32Array(FLOW_BATCH_ROWS);
  readonly #numbers: Places;
  /** `meta` behind the translation. */
  readonly #behind = new Int32Array(FLOW_BATCH_ROWS);

  constructor(numbers: Places) {
    this.#numbers = numbers;
  }

  /** The columns are to be filled for rows of this batch. */
  begin(batch: FlowBatch): void {
    this.first.rows = batch;
    this.second.rows = {
      meta: this.#behind,
      src: batch.postSrc,
      dst: batch.postDst,
      ports: batch.postPorts,
      src6: batch.postSrc6,
      dst6: batch.postDst6,
    };
  }

  /**
   * Fills the columns for rows [from, to), all of one point and one version of the network. Returns the rows'
   * bytes.
   */
  fill(batch: FlowBatch, from: number, to: number, point: Point, version: Version): number {
    const { meta } = batch;
    const { flowContexts } = version;
    let bytes = 0;
    let place = 0;
    let lastDirection = -1;
    for (let i = from; i < to; i++) {
      const m = meta[i]!;
      bytes += batch.bytes[i]!;
      // An exporter is one place, whatever ports it meters at; at ingress and egress it sees the same twice.
      if ((m & META_DIRECTION) !== lastDirection) {
        lastDirection = m & META_DIRECTION;
        place = this.#numbers.of(point.number, 0, lastDirection);
      }
      this.places[i] = place;
      flowContexts.find(batch, i, point);
      const translated = (m & META_TRANSLATED) !== 0 && isChanged(batch, i);
      setKey(this.first, i, m, translated ? flowContexts.before() : flowContexts.plain(batch, i));
      if (isEvent(batch, i)) this.legs[i] = LEGS_NONE;
      else this.legs[i] = translated ? this.#legsOf(batch, i, version) : LEGS_FIRST;
    }
    return bytes;
  }

  /**
   * The legs of a translated row (S7.5). The first one counts, unless only the second belongs to an interface. What was
   * not forwarded has one leg.
   */
  #legsOf(batch: FlowBatch, i: number, { flowContexts, attribution }: Version): number {
    const { first, second } = this;
    const m = metaBehind(batch.meta[i]!);
    this.#behind[i] = m;
    const held = attribution.holds(first.rows, i, first.keys[i]!);
    const dropped =
      batch.reason[i] !== DROP_NONE || (m & META_VERDICT) >>> META_VERDICT_SHIFT === VERDICT_REJECT;
    if (held && dropped) return LEGS_FIRST;
    const context = held ? flowContexts.behindBeside() : flowContexts.behind();
    if (context < 0) return LEGS_FIRST;
    setKey(second, i, m, context);
    if (!attribution.holds(second.rows, i, second.keys[i]!)) return LEGS_FIRST;
    return held ? LEGS_BOTH : LEGS_SECOND;
  }
}

/** The row tells an event and counts nothing. */
export function isEvent(batch: FlowBatch, i: number): boolean {
  return batch.packets[i] === 0 && batch.bytes[i] === 0;
}

function newLeg(): LegColumns {
  const none = new Int32Array(0);
  return {
    rows: { meta: none, src: none, dst: none, ports: none, src6: none, dst6: none },
    keys: new Int32Array(FLOW_BATCH_ROWS),
    hashes: new Int32Array(FLOW_BATCH_ROWS),
  };
}

function setKey({ rows, keys, hashes }: LegColumns, i: number, meta: number, context: number): void {
  const key =
    (meta & META_PROTOCOL) | ((meta & META_IPV6) !== 0 ? KEY_IPV6 : 0) | (context << KEY_CONTEXT_SHIFT);
  keys[i] = key;
  hashes[i] = hashKey(rows.src[i]!, rows.dst[i]!, rows.ports[i]!, key);
}

const ICMP = 1;
const ICMP6 = 58;

/** A row's `meta` behind its translation, which may change the family (NAT64). */
function metaBehind(meta: number): number {
  const six = (meta & META_POST_IPV6) !== 0;
  if (six === ((meta & META_IPV6) !== 0)) return meta;
  let protocol = meta & META_PROTOCOL;
  if (protocol === ICMP) protocol = ICMP6;
  else if (protocol === ICMP6) protocol = ICMP;
  return (meta & ~(META_PROTOCOL | META_IPV6)) | protocol | (six ? META_IPV6 : 0);
}

/** The row is another one behind its translation: exporters fill the fields of flows that they leave alone, too. */
function isChanged(batch: FlowBatch, i: number): boolean {
  const m = batch.meta[i]!;
  if (
    ((m & META_POST_IPV6) !== 0) !== ((m & META_IPV6) !== 0) ||
    batch.postSrc[i] !== batch.src[i] ||
    batch.postDst[i] !== batch.dst[i] ||
    batch.postPorts[i] !== batch.ports[i]
  ) {
    return true;
  }
  if ((m & META_IPV6) === 0) return false;
  for (let w = 4 * i; w < 4 * i + 4; w++) {
    if (batch.postSrc6[w] !== batch.src6[w] || batch.postDst6[w] !== batch.dst6[w]) return true;
  }
  return false;
}
