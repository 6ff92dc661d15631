/** What an import understood and what not: gathered while reading, shown as text or JSON. */

/** Most entries of a list that are kept; what is beyond is counted. */
const MAX_KEPT = 10_000;
/** Entries of a list that the text shows. */
const SHOWN = 20;

/** Something that the network file does not have. */
export interface LeftOut {
  /** `interface eni-0a1b2c3d`, or the kind alone where no id is known. */
  readonly what: string;
  /** File and place in it. */
  readonly place: string;
  readonly reason: string;
}

/** The report as `--report json` writes it. */
export interface ReportData {
  /** What was read: each file with what was found in it. */
  readonly inputs: readonly { readonly file: string; readonly content: string }[];
  /** Resources in the network file, by kind. */
  readonly understood: Readonly<Record<string, number>>;
  /** Resources of a network that an import does not take in, by kind. */
  readonly notTaken: Readonly<Record<string, number>>;
  /** What is of no use for a network: other resources, data sources, unknown members. */
  readonly ignored: Readonly<Record<string, number>>;
  readonly leftOut: readonly LeftOut[];
  readonly contradictions: readonly LeftOut[];
  readonly notes: readonly string[];
  /** Entries that the lists above have no room for. */
  readonly more: Readonly<{ leftOut: number; contradictions: number; notes: number }>;
}

export class Report {
  readonly #inputs: { file: string; content: string }[] = [];
  readonly #understood = new Map<string, number>();
  readonly #notTaken = new Map<string, number>();
  readonly #ignored = new Map<string, number>();
  readonly #leftOut = new Kept<LeftOut>();
  readonly #contradictions = new Kept<LeftOut>();
  readonly #notes = new Kept<string>();
  readonly #said = new Set<string>();

  input(file: string, content: string): void {
    this.#inputs.push({ file, content });
  }

  understood(kind: string, count: number): void {
    add(this.#understood, kind, count);
  }

  notTaken(kind: string, count: number): void {
    add(this.#notTaken, kind, count);
  }

  ignored(kind: string, count: number): void {
    add(this.#ignored, kind, count);
  }

  leftOut(what: string, place: string, reason: string): void {
    this.#leftOut.push({ what, place, reason });
  }

  contradiction(what: string, place: string, reason: string): void {
    this.#contradictions.push({ what, place, reason });
  }

  /** Said once, however often it is noticed. */
  note(text: string): void {
    if (this.#said.has(text)) return;
    if (this.#said.size < MAX_KEPT) this.#said.add(text);
    this.#notes.push(text);
  }

  data(): ReportData {
    return {
      inputs: this.#inputs,
      understood: Object.fromEntries(this.#understood),
      notTaken: sorted(this.#notTaken),
      ignored: sorted(this.#ignored),
      leftOut: this.#leftOut.items,
      contradictions: this.#contradictions.items,
      notes: this.#notes.items,
      more: {
        leftOut: this.#leftOut.more,
        contradictions: this.#contradictions.more,
        notes: this.#notes.more,
      },
    };
  }
}

/** A list with a bound. */
class Kept<T> {
  readonly items: T[] = [];
  more = 0;

  push(item: T): void {
    if (this.items.length < MAX_KEPT) this.items.push(item);
    else this.more++;
  }
}

function add(counts: Map<string, number>, kind: string, count: number): void {
  counts.set(kind, (counts.get(kind) ?? 0) + count);
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The report for people, lines that each end with a newline. */
export function reportText(data: ReportData): string {
  const lines: string[] = [];
  for (const { file, content } of data.inputs.slice(0, SHOWN)) lines.push(`read        ${file}: ${content}`);
  if (data.inputs.length > SHOWN) lines.push(`            and ${data.inputs.length - SHOWN} more files`);
  lines.push(`understood  ${counts(data.understood) || 'nothing'}`);
  if (Object.keys(data.notTaken).length > 0) lines.push(`not taken   ${counts(data.notTaken)}`);
  if (Object.keys(data.ignored).length > 0) lines.push(`ignored     ${counts(data.ignored)}`);
  const list = (title: string, items: readonly string[], more: number): void => {
    if (items.length === 0) return;
    const total = items.length + more;
    lines.push(`${title}${total}:`);
    for (const item of items.slice(0, SHOWN)) lines.push(`  ${item}`);
    if (total > SHOWN) lines.push(`  and ${total - SHOWN} more: --report json lists them`);
  };
  list('left out    ', data.leftOut.map(sentence), data.more.leftOut);
  list('contradict  ', data.contradictions.map(sentence), data.more.contradictions);
  list('to know     ', data.notes, data.more.notes);
  return `${lines.map(printable).join('\n')}\n`;
}

function sentence({ what, place, reason }: LeftOut): string {
  return `${what} (${place}): ${reason}`;
}

function counts(of: Readonly<Record<string, number>>): string {
  return Object.entries(of)
    .map(([kind, count]) => `${count} ${count === 1 ? kind : pluralOf(kind)}`)
    .join(', ');
}

/** `subnet` to `subnets`, `peering` stays with its noun: the last word takes the plural. */
function pluralOf(kind: string): string {
  if (/(?:^|\s)(?:aws_|data\.)/.test(kind) || kind.endsWith('s')) return kind;
  return kind.endsWith('y') && !/[aeiou]y$/.test(kind) ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

/** Text of the input without what would steer a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}
