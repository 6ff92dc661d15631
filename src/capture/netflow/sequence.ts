/** How long a gap waits for datagrams that were overtaken (S5.3). */
export const REORDER_SETTLE_MILLIS = 1000;
/** Gaps that wait at a time; more settle at once. */
const MAX_OPEN_GAPS = 64;
/** A jump forward by more than this is no loss but an exporter that began anew somewhere. */
const MAX_GAP = 1 << 24;
/** A number no further behind what is expected was overtaken or sent twice; further back, the exporter began anew,
 * and also when more than MAX_LATE in a row are behind. */
const MAX_BEHIND = 1 << 12;
const MAX_LATE = 3;
/** After so long a silence a number that is behind was not overtaken: the exporter began anew. */
const MAX_OVERTAKEN_MILLIS = 5000;

/**
 * Finds what was lost from sequence numbers of 32 bits (S5.3). A unit is whatever the protocol counts: flow records
 * (v5), data records (IPFIX), datagrams (v9, sFlow), samples (sFlow data sources). Numbers that are skipped are a
 * gap; what arrives of it within a second fills it; then the rest is lost. Pure: the time is given, in milliseconds.
 */
export class SequenceTracker {
  /** Units that were lost, and units that came. */
  lost = 0;
  received = 0;
  /** Datagrams that came behind what was expected and filled no gap: sent twice, or later than a second. */
  late = 0;
  restarts = 0;
  #expected = -1;
  /** The number of the datagram whose units are not known, while nothing is expected; -1: none. */
  #unknown = -1;
  /** When a datagram came last, in milliseconds. */
  #last = 0;
  /** How many came in a row that were behind and filled no gap. */
  #behind = 0;
  /** Open gaps, oldest first: first number, units missing of the span, span's length, deadline. */
  readonly #from: number[] = [];
  readonly #missing: number[] = [];
  readonly #span: number[] = [];
  readonly #deadline: number[] = [];

  /**
   * A datagram with number `sequence` and `units` units came. -1 units: their number is not known (a set without its
   * template), so the next datagram's number is taken as it comes.
   */
  next(sequence: number, units: number, now: number): void {
    if (this.#deadline.length > 0) this.settle(now);
    if (units > 0) this.received += units;
    this.expect(sequence, now);
    this.#last = now;
    if (this.#expected >= 0) {
      const ahead = (sequence - this.#expected) | 0;
      if (ahead < 0) {
        this.#fill(sequence, Math.max(units, 0));
        return;
      }
      if (ahead > MAX_GAP) this.restarts++;
      else if (ahead > 0) this.#open(this.#expected, ahead, now);
    } else if (this.#unknown >= 0 && ((sequence - this.#unknown) | 0) <= 0 && this.#behind < MAX_LATE) {
      // It was overtaken by the one whose units are not known.
      this.#behind++;
      return;
    }
    this.#behind = 0;
    this.#expected = units < 0 ? -1 : (sequence + units) >>> 0;
    this.#unknown = units < 0 ? sequence : -1;
  }

  /**
   * Looks at a number before its datagram is read: one far behind what is expected, one behind after a silence, or the
   * fourth in a row that is behind and fills no gap, means that the exporter began anew. Then `restarts` is raised.
   */
  expect(sequence: number, now: number): void {
    if (this.#expected < 0) return;
    const ahead = (sequence - this.#expected) | 0;
    if (ahead >= 0) return;
    const silent = now - this.#last > MAX_OVERTAKEN_MILLIS;
    if (silent || ahead < -MAX_BEHIND || (this.#behind >= MAX_LATE && this.#gapOf(sequence) < 0))
      this.restart();
  }

  /** Counts as lost what is missing of the gaps whose time is up. Returns how many units that was. */
  settle(now: number): number {
    let lost = 0;
    while (this.#deadline.length > 0 && this.#deadline[0]! <= now) lost += this.#close();
    return lost;
  }

  /** The exporter began anew (its sysUpTime says so): the next number is taken as it comes. */
  restart(): void {
    this.restarts++;
    this.#begin();
  }

  /** Takes the next number as it comes, though nothing began anew; gaps that are open were none. */
  resume(): void {
    this.#begin();
    this.#missing.fill(0);
  }

  #begin(): void {
    this.#behind = 0;
    this.#expected = -1;
    this.#unknown = -1;
  }

  /** Units that are missing now and may still come. */
  get missing(): number {
    return this.#missing.reduce((sum, units) => sum + units, 0);
  }

  /** Which open gap a number is of; -1: none. */
  #gapOf(sequence: number): number {
    for (let i = 0; i < this.#from.length; i++)
      if (this.#missing[i]! > 0 && (sequence - this.#from[i]!) >>> 0 < this.#span[i]!) return i;
    return -1;
  }

  #fill(sequence: number, units: number): void {
    const gap = this.#gapOf(sequence);
    if (gap < 0) {
      this.late++;
      this.#behind++;
    } else {
      this.#behind = 0;
      this.#missing[gap] = Math.max(0, this.#missing[gap]! - units);
    }
  }

  #open(from: number, units: number, now: number): void {
    if (this.#deadline.length === MAX_OPEN_GAPS) this.#close();
    this.#from.push(from);
    this.#missing.push(units);
    this.#span.push(units);
    this.#deadline.push(now + REORDER_SETTLE_MILLIS);
  }

  #close(): number {
    const lost = this.#missing[0]!;
    this.#from.shift();
    this.#missing.shift();
    this.#span.shift();
    this.#deadline.shift();
    this.lost += lost;
    return lost;
  }
}

/**
 * What an IPFIX exporter's sequence numbers mean. RFC 7011, section 3.1: data records sent before the message, options
 * included. Some (softflowd 1.1) give the flow records sent up to and with it. Which one is told by the numbers: when
 * they do not follow one another in one sense, but exactly in the other, the other is meant.
 */
export class NumberConvention {
  /** Numbers are those behind the message, of flow records only. */
  after = false;
  #number = 0;
  /** Data records of the message before; -1: none, or their number is not known. */
  #records = -1;

  /** A message came: its number, its data records, those of them that are flows; both -1 when not known. */
  next(sequence: SequenceTracker, number: number, records: number, flows: number, now: number): void {
    if (this.#records >= 0 && records >= 0) {
      const before = (number - this.#number - this.#records) | 0;
      const after = (number - this.#number - flows) | 0;
      if (this.after ? after !== 0 && before === 0 : before !== 0 && after === 0) {
        this.after = !this.after;
        // The numbers so far were in the other sense.
        sequence.resume();
      }
    }
    this.#number = number;
    this.#records = records;
    if (this.after && records >= 0) sequence.next((number - flows) >>> 0, flows, now);
    else sequence.next(number, records, now);
  }
}
