import type { InterfaceFacts } from '../../network/lookup.ts';
import { DISCOVERED_BASE } from '../../network/lookup.ts';
import type { Gap } from '../threads/messages.ts';

/**
 * Interfaces that a note names: some 500 KB. Beyond it the first ones seen in each window are named; the others
 * have no SKIPDATA after a crash, and are counted.
 */
export const MAX_NOTED = 1 << 14;
/** Interfaces count as active for this window and the one before (S5.2). */
const REMEMBERED_SECONDS = 120;

/** An interface in a note: its id, or its VPC and one or four address words. */
type Entry = string | readonly [string, ...number[]];

interface Note {
  readonly version: 1;
  readonly from60: number;
  readonly from600: number;
  readonly interfaces: readonly Entry[];
}

interface Seen {
  readonly start: number;
  readonly entries: Map<number, Entry>;
}

/** What must be known after a crash of a live recording (S5.2): who had rows that flow logs select, until when. */
export class GapNote {
  #seen: Seen[] = [];
  #upTo = 0;
  #ended = false;
  /** What was committed last says that somebody was active. */
  #told = false;
  #moved = false;
  /** Interfaces that a note had no room for. */
  left = 0;

  /** Begins to collect the interfaces of a window; call the result with each. */
  window(start: number, facts: (number: number) => InterfaceFacts): (number: number) => void {
    let seen = this.#seen.find((it) => it.start === start);
    if (seen === undefined) this.#seen.push((seen = { start, entries: new Map() }));
    const { entries } = seen;
    const others = this.#seen.filter((it) => it !== seen);
    return (number) => {
      if (entries.has(number)) return;
      if (entries.size >= MAX_NOTED) {
        this.left++;
        return;
      }
      const known = others.find((it) => it.entries.has(number))?.entries.get(number);
      entries.set(number, known ?? entryOf(facts(number)));
    };
  }

  /** Everything up to a time is in the commits that follow. */
  closed(upTo: number): void {
    this.#upTo = upTo;
    this.#seen = this.#seen.filter((it) => it.start + REMEMBERED_SECONDS >= upTo);
    this.#moved = this.#told || this.#seen.some((it) => it.entries.size > 0);
  }

  /** The recording ends well: unfinished intervals are committed, too. */
  end(): void {
    this.#ended = true;
    this.#moved ||= this.#told;
  }

  /** A note that differs from the committed one in what it would say. */
  get moved(): boolean {
    return this.#moved;
  }

  note(): Note | undefined {
    const from60 = this.#from();
    if (from60 === undefined) return undefined;
    const entries = new Map(this.#seen.flatMap((it) => [...it.entries]));
    const from600 = this.#ended ? from60 : from60 - (from60 % 600);
    const interfaces = [...entries.values()].slice(0, MAX_NOTED);
    return { version: 1, from60, from600, interfaces };
  }

  /** What ends by then is committed. Before the first window has closed, a flush may have committed the beginning of
   * one: all of it counts as open. */
  #from(): number | undefined {
    if (this.#upTo > 0) return this.#upTo;
    const starts = this.#seen.map((it) => it.start);
    return starts.length === 0 ? undefined : Math.min(...starts);
  }

  /** A note is committed. */
  committed(note: unknown): void {
    this.#told = ((note as Note | undefined)?.interfaces.length ?? 0) > 0;
    this.#moved = false;
  }
}

function entryOf(facts: InterfaceFacts): Entry {
  if (facts.number < DISCOVERED_BASE) return facts.interfaceId;
  return facts.primary6 === undefined ? [facts.vpcId, facts.primary4 ?? 0] : [facts.vpcId, ...facts.primary6];
}

/** The gap that a committed note leaves; undefined without one, and for what is no note of ours. */
export function gapOf(note: unknown): Gap | undefined {
  if (!isNote(note) || note.interfaces.length === 0) return undefined;
  const declared: string[] = [];
  const discovered: Gap['discovered'][number][] = [];
  for (const entry of note.interfaces) {
    if (typeof entry === 'string') declared.push(entry);
    else {
      const [vpcId, ...words] = entry;
      const six = words.length === 4;
      const [a, b, c, d] = six ? words : [0, 0, 0, words[0]!];
      discovered.push({ vpcId, six, words: [a!, b!, c!, d!] });
    }
  }
  return { declared, discovered, from60: note.from60, from600: note.from600 };
}

function isNote(note: unknown): note is Note {
  if (typeof note !== 'object' || note === null) return false;
  const { version, from60, from600, interfaces } = note as Record<string, unknown>;
  if (version !== 1 || !Number.isSafeInteger(from60) || !Number.isSafeInteger(from600)) return false;
  return Array.isArray(interfaces) && interfaces.every(isEntry);
}

function isEntry(entry: unknown): entry is Entry {
  if (typeof entry === 'string') return true;
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') return false;
  return (entry.length === 2 || entry.length === 5) && entry.slice(1).every(Number.isSafeInteger);
}
