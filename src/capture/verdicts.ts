import { VERDICT_ACCEPT, VERDICT_NONE, VERDICT_REJECT } from './batch.ts';

/** What a firewall's log prefix has to look like to be a verdict (S4.1). */
export const DEFAULT_ACCEPT_PREFIX = /ACCEPT/;
export const DEFAULT_REJECT_PREFIX = /REJECT/;

const SLOTS = 256;

/**
 * Verdicts of log prefixes. A firewall has a handful of prefixes and millions of packets, so a prefix is
 * made a string and matched only when its slot (by hash of the bytes) holds another one.
 */
export class PrefixVerdicts {
  readonly #accept: RegExp;
  readonly #reject: RegExp;
  readonly #prefixes: (Uint8Array | undefined)[] = Array.from({ length: SLOTS });
  readonly #verdicts = new Uint8Array(SLOTS);

  constructor(accept: RegExp = DEFAULT_ACCEPT_PREFIX, reject: RegExp = DEFAULT_REJECT_PREFIX) {
    this.#accept = accept;
    this.#reject = reject;
  }

  /** The VERDICT_ value of the prefix in bytes[from, to), which ends earlier at a NUL. REJECT wins. */
  find(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0;
    let end = from;
    for (; end < to && bytes[end] !== 0; end++) hash = Math.imul(hash ^ bytes[end]!, 0x01000193);
    const slot = (hash ^ (hash >>> 8) ^ (hash >>> 16)) & (SLOTS - 1);
    const known = this.#prefixes[slot];
    if (known !== undefined && equal(known, bytes, from, end)) return this.#verdicts[slot]!;
    const prefix = bytes.slice(from, end);
    const verdict = this.#match(Buffer.from(prefix).toString('utf8'));
    this.#prefixes[slot] = prefix;
    this.#verdicts[slot] = verdict;
    return verdict;
  }

  /** `search` ignores the state that a pattern with the flag g or y would carry from match to match. */
  #match(prefix: string): number {
    if (prefix.search(this.#reject) >= 0) return VERDICT_REJECT;
    return prefix.search(this.#accept) >= 0 ? VERDICT_ACCEPT : VERDICT_NONE;
  }
}

function equal(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false;
  return true;
}
