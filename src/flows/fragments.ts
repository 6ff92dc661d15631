import type { Batch } from '../capture/batch.ts';
import { META_FRAGMENT_FIRST, META_FRAGMENT_LATER, META_IPV6, META_PROTOCOL } from '../capture/batch.ts';
import type { Contexts, Point } from './contexts.ts';

/** How long a first fragment is remembered (S1.3), in seconds. */
export const FRAGMENT_SECONDS = 30;
/** Sets of the memory, and first fragments that each holds: 65,536 datagrams in flight, 4 MB. */
const SETS = 1 << 14;
const WAYS = 4;
const ENTRY_WORDS = 16;

const SOURCE = 0;
const DESTINATION = 1;
const ID = 2;
const KIND = 3;
const PORTS = 4;
const TIME = 5;
const USED = 6;
const WORDS6 = 8;

/**
 * Gives later fragments the ports of their datagram's first one (S1.3), found by scope, addresses, protocol
 * and identification. Bounded: a set that is full forgets its oldest datagram.
 */
export class FragmentTable {
  readonly #entries = new Int32Array(SETS * WAYS * ENTRY_WORDS);
  /** Later fragments whose first one was not found: recorded with ports 0. */
  unresolved = 0;
  /** First fragments forgotten before their time, for want of room. */
  evicted = 0;

  /** Resolves the fragments among rows [from, to), all of one point, in place. */
  resolve(batch: Batch, from: number, to: number, point: Point, contexts: Contexts): void {
    const { meta, ports, time } = batch;
    let left = batch.fragments;
    for (let i = from; i < to && left > 0; i++) {
      const m = meta[i]!;
      if ((m & (META_FRAGMENT_FIRST | META_FRAGMENT_LATER)) === 0) continue;
      left--;
      const kind = (m & (META_PROTOCOL | META_IPV6)) | (contexts.scopeOf(batch, i, point) << 20);
      const set = this.#set(batch, i, kind);
      const at = this.#find(batch, i, kind, set);
      if ((m & META_FRAGMENT_LATER) === 0) {
        this.#remember(batch, i, kind, at >= 0 ? at : this.#room(set, time[i]!));
      } else if (at >= 0 && Math.abs(time[i]! - (this.#entries[at + TIME]! >>> 0)) <= FRAGMENT_SECONDS) {
        ports[i] = this.#entries[at + PORTS]!;
      } else this.unresolved++;
    }
  }

  #set(batch: Batch, i: number, kind: number): number {
    let h = Math.imul(batch.src[i]! ^ Math.imul(batch.dst[i]!, 0x9e3779b1), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 15) ^ batch.fragment[i]!, 0xc2b2ae35);
    h = Math.imul(h ^ (h >>> 13) ^ kind, 0x27d4eb2f);
    return ((h ^ (h >>> 16)) & (SETS - 1)) * WAYS * ENTRY_WORDS;
  }

  #find(batch: Batch, i: number, kind: number, set: number): number {
    const e = this.#entries;
    for (let at = set; at < set + WAYS * ENTRY_WORDS; at += ENTRY_WORDS) {
      if (
        e[at + USED] === 1 &&
        e[at + SOURCE] === batch.src[i] &&
        e[at + DESTINATION] === batch.dst[i] &&
        e[at + ID] === (batch.fragment[i]! | 0) &&
        e[at + KIND] === kind &&
        ((batch.meta[i]! & META_IPV6) === 0 || this.#sameWords(batch, i, at))
      ) {
        return at;
      }
    }
    return -1;
  }

  #sameWords(batch: Batch, i: number, at: number): boolean {
    for (let w = 0; w < 4; w++) {
      if (this.#entries[at + WORDS6 + w] !== batch.src6[4 * i + w]) return false;
      if (this.#entries[at + WORDS6 + 4 + w] !== batch.dst6[4 * i + w]) return false;
    }
    return true;
  }

  /** A free entry of a set, or its oldest. */
  #room(set: number, now: number): number {
    const e = this.#entries;
    let oldest = set;
    for (let at = set; at < set + WAYS * ENTRY_WORDS; at += ENTRY_WORDS) {
      if (e[at + USED] === 0) return at;
      if (e[at + TIME]! >>> 0 < e[oldest + TIME]! >>> 0) oldest = at;
    }
    if (now - (e[oldest + TIME]! >>> 0) <= FRAGMENT_SECONDS) this.evicted++;
    return oldest;
  }

  #remember(batch: Batch, i: number, kind: number, at: number): void {
    const e = this.#entries;
    e[at + SOURCE] = batch.src[i]!;
    e[at + DESTINATION] = batch.dst[i]!;
    e[at + ID] = batch.fragment[i]!;
    e[at + KIND] = kind;
    e[at + PORTS] = batch.ports[i]!;
    e[at + TIME] = batch.time[i]!;
    e[at + USED] = 1;
    if ((batch.meta[i]! & META_IPV6) === 0) return;
    for (let w = 0; w < 4; w++) {
      e[at + WORDS6 + w] = batch.src6[4 * i + w]!;
      e[at + WORDS6 + 4 + w] = batch.dst6[4 * i + w]!;
    }
  }
}
