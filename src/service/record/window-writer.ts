import { type Account, account, emptyAccount } from '../../flows/accounting.ts';
import { type Admits, Expander } from '../../flows/expand.ts';
import { RollUp } from '../../flows/rollup.ts';
import type { ClosedWindow, ExpandedWindow } from '../../flows/rows.ts';
import { type TransitFacts, transitFacts } from '../../flows/transit-facts.ts';
import { transitWindow } from '../../flows/transit.ts';
import { Snapshot, type SnapshotHandle } from '../../network/snapshot.ts';
import type { LogFormat } from '../../records/formats.ts';
import { deflatePiece } from '../../records/gzip.ts';
import type { LineColumns } from '../../records/parquet/line-columns.ts';
import { selectLines, type TrafficType } from '../../records/select.ts';
import { createTextWriter, type TextWriter } from '../../records/text.ts';
import { Rules } from '../../rules/rules.ts';
import { type GroupsPiece, type OutputForm, PIECE_LINES, type TextPiece } from './pieces.ts';

/** What the writing side of `record` is told once. Cloneable to a worker. */
export interface WriterSetup {
  readonly snapshot: SnapshotHandle;
  readonly format: LogFormat;
  readonly traffic: TrafficType;
  /** Seconds of the flow log's aggregation interval: 60 or 600. */
  readonly interval: number;
  readonly form: OutputForm;
  /** Rows of a rolled-up interval: the bound on its memory. */
  readonly rollUpRows: number;
  /** The account of the flow log; undefined: there is no subscription, each interface's own account is the owner. */
  readonly owner?: string | undefined;
}

/** What became of a window: lines to write, and where to go on when the roll-up was full. */
export interface Plan {
  readonly expanded: readonly ExpandedWindow[];
  /** Hand the window in again from this row when `expanded` is written; -1 when it is done. */
  readonly resume: number;
  readonly account: Account;
}

export type MakeColumns = (format: LogFormat) => LineColumns;

/** A writer for what a setup asks for: Parquet is loaded for Parquet only. */
export async function openWindowWriter(setup: WriterSetup): Promise<WindowWriter> {
  if (setup.form !== 'parquet') return new WindowWriter(setup);
  return new WindowWriter(setup, (await import('./parquet-output.ts')).lineColumnsOf);
}

/**
 * The writing side of `record`, free of threads: accounts closed windows, rolls them up, orders their lines
 * and writes them as text. One of them plans (it holds the roll-up); any number makes pieces.
 */
export class WindowWriter {
  readonly #setup: WriterSetup;
  readonly #snapshot: Snapshot;
  readonly #expander: Expander;
  readonly #writer: TextWriter;
  readonly #makeColumns: MakeColumns | undefined;
  /** Of Parquet; made when the first row group is asked for. */
  #columns: LineColumns | undefined;
  readonly #rollUp: RollUp | undefined;
  readonly #hasNitro: boolean;
  /** Set for records of transit gateways. */
  readonly #transit: TransitFacts | undefined;
  /** Interfaces that VPC records are made at; undefined: all. */
  readonly #admits: Admits | undefined;

  /** `makeColumns`: for Parquet only. */
  constructor(setup: WriterSetup, makeColumns?: MakeColumns) {
    this.#setup = setup;
    this.#makeColumns = makeColumns;
    this.#snapshot = Snapshot.attach(setup.snapshot);
    this.#expander = new Expander(this.#snapshot);
    const rules = new Rules(this.#snapshot);
    this.#writer = createTextWriter(setup.format, this.#snapshot, { rules, owner: setup.owner });
    const transit = transitFacts(this.#snapshot, rules);
    this.#transit = setup.format.kind === 'transit-gateway' ? transit : undefined;
    this.#admits = transit.hasAttachments ? (number) => !transit.isAttachment(number) : undefined;
    this.#rollUp = setup.interval > 60 ? new RollUp(setup.interval, setup.rollUpRows) : undefined;
    this.#hasNitro = this.#rollUp !== undefined && this.#snapshot.hasNitro;
  }

  /** Takes a closed window in, from row `from` of a resumed one. */
  plan(window: ClosedWindow, from: number): Plan {
    const sums = emptyAccount();
    if (from === 0) account(window, sums);
    if (this.#transit !== undefined) {
      const crossing = transitWindow(window, this.#transit, sums);
      return this.#planned(crossing === undefined ? [] : [this.#expander.expand(crossing)], -1, sums);
    }
    if (this.#rollUp === undefined || window.late) return this.#planned([this.#expand(window)], -1, sums);
    const expanded: ExpandedWindow[] = [];
    // Interfaces of nitro instances are recorded at 60 s whatever was asked (S3.2).
    if (this.#hasNitro && from === 0) expanded.push(this.#expand(window, this.#isNitro));
    const reached = this.#rollUp.add(window, from);
    if (reached === window.count) return this.#planned(expanded, -1, sums);
    expanded.push(this.#expandInterval(this.#rollUp.takeEarly()));
    return this.#planned(expanded, reached, sums);
  }

  /** Takes the end of an interval in. */
  endInterval(start: number, status: Int32Array): Plan {
    if (this.#rollUp === undefined) return this.#planned([], -1, emptyAccount());
    const ended = this.#rollUp.end(start, status, this.#snapshot);
    return this.#planned(
      ended.map((it) => this.#expandInterval(it)),
      -1,
      emptyAccount(),
    );
  }

  /** Lines `from` to `to` of an expanded window, as text or deflated. The bytes are the caller's. */
  piece(expanded: ExpandedWindow, from: number, to: number): TextPiece {
    const text = this.#writer.write(expanded, from, to);
    return this.#packed(text, to - from);
  }

  /** The header line as the first piece. */
  header(): TextPiece {
    return this.#packed(this.#writer.header(), 1);
  }

  /** Lines `from` to `to` of an expanded window as row groups: one, unless strings fill it before. */
  grouped(expanded: ExpandedWindow, from: number, to: number): GroupsPiece {
    const columns = this.#lineColumns();
    for (let at = from; at < to; at += PIECE_LINES) {
      columns.append(this.#writer.write(expanded, at, Math.min(to, at + PIECE_LINES)));
    }
    return { groups: columns.take() };
  }

  /** The same of lines that are text. */
  rowGroups(text: Uint8Array): GroupsPiece {
    const columns = this.#lineColumns();
    columns.append(text);
    return { groups: columns.take() };
  }

  #lineColumns(): LineColumns {
    if (this.#makeColumns === undefined) throw new TypeError('row groups of a writer of text');
    return (this.#columns ??= this.#makeColumns(this.#setup.format));
  }

  #packed(text: Uint8Array, lines: number): TextPiece {
    if (this.#setup.form === 'gzip') return { ...deflatePiece(text), lines };
    return { bytes: text.slice(), crc: 0, length: text.length, lines };
  }

  #planned(expanded: readonly ExpandedWindow[], resume: number, sums: Account): Plan {
    return { expanded: expanded.filter((it) => it.lines > 0), resume, account: sums };
  }

  #expandInterval(taken: ClosedWindow): ExpandedWindow {
    return this.#expand(taken, this.#hasNitro ? this.#isOther : this.#admits);
  }

  #expand(window: ClosedWindow, admits = this.#admits): ExpandedWindow {
    return selectLines(this.#expander.expand(window, admits), this.#setup.traffic);
  }

  readonly #isNitro = (number: number): boolean => this.#snapshot.facts(number).nitro;

  readonly #isOther = (number: number): boolean =>
    !this.#isNitro(number) && (this.#admits === undefined || this.#admits(number));
}
