import { type Address, formatAddress } from '../../base/addresses.ts';
import { PrefixTable } from '../../base/prefixes.ts';
import { foldAddress } from '../../capture/batch.ts';
import type { ExporterRule } from './options.ts';
import { TopCounts } from './top-counts.ts';

/** Senders that are remembered; then all are forgotten and found again. */
const MAX_SENDERS = 16_384;
const MICROS = 1_000_000;
/** So that nobody can choose IPv6 addresses that fold to the same word. */
const SEED = crypto.getRandomValues(new Int32Array(4));

/** One address that may send. */
export class Sender {
  readonly address: string;
  readonly rule: ExporterRule;
  /** Datagrams that were over the limit, since the losses were last looked at. */
  limited = 0;
  #tokens: number;
  #filled = 0;

  constructor(address: string, rule: ExporterRule) {
    this.address = address;
    this.rule = rule;
    this.#tokens = rule.maxDatagramsPerSecond ?? 0;
  }

  /** Whether a datagram that came then is within the limit: a bucket that holds a second's worth. */
  admits(micros: number): boolean {
    const limit = this.rule.maxDatagramsPerSecond;
    if (limit === undefined) return true;
    if (micros > this.#filled) {
      if (this.#filled > 0)
        this.#tokens = Math.min(limit, this.#tokens + ((micros - this.#filled) / MICROS) * limit);
      this.#filled = micros;
    } else if (this.#filled - micros > MICROS) this.#filled = micros; // the clock was set back
    if (this.#tokens < 1) {
      this.limited++;
      return false;
    }
    this.#tokens--;
    return true;
  }
}

/** Who may send: the allow-list by longest prefix, and a limit for each exporter. */
export class Senders {
  /** Datagrams of those who may not. */
  notAllowed = 0;
  /** Those of them by address. */
  readonly refused = new TopCounts();
  readonly #rules: readonly ExporterRule[];
  readonly #prefixes: PrefixTable;
  readonly #known = new Map<number, Sender>();
  readonly #known6 = new Map<number, [words: Int32Array, sender: Sender][]>();
  #size = 0;
  /** Senders with datagrams over their limit. */
  readonly #limited = new Set<Sender>();

  constructor(rules: readonly ExporterRule[]) {
    this.#rules = rules;
    this.#prefixes = new PrefixTable(rules.map((rule) => rule.prefix));
  }

  /** The rule for an address, as text or words; undefined: it may not send. */
  rule(address: Address): ExporterRule | undefined {
    return this.#rules[this.#prefixes.find(address)];
  }

  /**
   * Who a datagram is from, the address in four words (IPv4 in the last). Undefined: whoever may not send, or has sent
   * too many; both are counted.
   */
  admit(family: 4 | 6, words: Int32Array, micros: number): Sender | undefined {
    const sender = family === 4 ? this.#known.get(words[3]!) : this.#find6(words);
    const found = sender ?? this.#meet(family, words);
    if (found === undefined || found.admits(micros)) return found;
    this.#limited.add(found);
    return undefined;
  }

  /** Counts what somebody who may not send sent. */
  refuse(address: string): void {
    this.notAllowed++;
    this.refused.add(address);
  }

  /** Calls back for each sender that was over its limit since the last call, with the number of datagrams. */
  takeLimited(report: (address: string, datagrams: number) => void): void {
    for (const sender of this.#limited) {
      report(sender.address, sender.limited);
      sender.limited = 0;
    }
    this.#limited.clear();
  }

  #find6(words: Int32Array): Sender | undefined {
    const chain = this.#known6.get(fold(words));
    if (chain === undefined) return undefined;
    for (const [own, sender] of chain)
      if (own[3] === words[3] && own[2] === words[2] && own[1] === words[1] && own[0] === words[0])
        return sender;
    return undefined;
  }

  #meet(family: 4 | 6, words: Int32Array): Sender | undefined {
    const address: Address = { family, words: [words[0]!, words[1]!, words[2]!, words[3]!] };
    const rule = this.rule(address);
    const text = formatAddress(address);
    if (rule === undefined) {
      this.refuse(text);
      return undefined;
    }
    if (this.#size >= MAX_SENDERS) {
      this.#known.clear();
      this.#known6.clear();
      this.#size = 0;
    }
    const sender = new Sender(text, rule);
    this.#size++;
    if (family === 4) this.#known.set(words[3]!, sender);
    else {
      const key = fold(words);
      const chain = this.#known6.get(key);
      if (chain === undefined) this.#known6.set(key, [[words.slice(), sender]]);
      else chain.push([words.slice(), sender]);
    }
    return sender;
  }
}

function fold(words: Int32Array): number {
  return foldAddress(words[0]! ^ SEED[0]!, words[1]! ^ SEED[1]!, words[2]! ^ SEED[2]!, words[3]! ^ SEED[3]!);
}
