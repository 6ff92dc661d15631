/** Text for a terminal or a pipe: wrapped, aligned, coloured where that is wanted. */

export interface ScreenOptions {
  /** Columns of the terminal; undefined for a pipe or a file. */
  readonly columns: number | undefined;
  readonly color: boolean;
  /** Characters beyond ASCII can be shown. */
  readonly unicode: boolean;
}

/** Longest line of running text: longer ones are hard to read. */
const MAX_TEXT_COLUMNS = 92;
const MIN_COLUMNS = 40;
/** Columns of a text where nobody says how many there are. */
const DEFAULT_COLUMNS = 80;

/** Stands for a space inside an item while a list is wrapped. */
const UNBROKEN = '\u00a0';

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, cyan: 36 } as const;
export type Style = keyof typeof STYLES;

/** A column of a table: its heading, and on which side its cells are aligned. */
export interface Column {
  readonly heading: string;
  readonly right?: boolean;
}

/** A cell: text, with a style for all of it. */
export type Cell = string | { readonly text: string; readonly style: Style };

/** Collects what is to be shown; `text` is all of it. */
export class Screen {
  readonly #options: ScreenOptions;
  readonly #lines: string[] = [];

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  get text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  get #columns(): number {
    return Math.max(MIN_COLUMNS, this.#options.columns ?? DEFAULT_COLUMNS);
  }

  styled(text: string, style: Style): string {
    return this.#options.color ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text;
  }

  blank(): void {
    this.#lines.push('');
  }

  /** A heading with a rule behind it. */
  heading(text: string): void {
    const rule = (this.#options.unicode ? '─' : '-').repeat(3);
    const width = Math.min(this.#columns, MAX_TEXT_COLUMNS);
    const rest = (this.#options.unicode ? '─' : '-').repeat(Math.max(3, width - text.length - 5));
    this.#lines.push(
      '',
      `${this.styled(rule, 'dim')} ${this.styled(text, 'bold')} ${this.styled(rest, 'dim')}`,
      '',
    );
  }

  /** Running text, wrapped. */
  paragraph(text: string): void {
    this.#lines.push(...wrapped(text, Math.min(this.#columns, MAX_TEXT_COLUMNS), 0));
  }

  /** A line whose continuations stand under `indent`. */
  hanging(text: string, indent: number): void {
    this.#lines.push(...wrapped(text, Math.min(this.#columns, MAX_TEXT_COLUMNS), indent));
  }

  /** A command line, to be copied: never broken. */
  command(text: string): void {
    this.#lines.push(`  ${this.styled(text, 'cyan')}`);
  }

  /** Command lines with a comment behind each. */
  commands(rows: readonly (readonly [text: string, comment: string])[]): void {
    const width = Math.max(...rows.map(([text]) => text.length));
    for (const [text, comment] of rows) {
      this.#lines.push(`  ${this.styled(text.padEnd(width), 'cyan')}  ${this.styled(`# ${comment}`, 'dim')}`);
    }
  }

  /** A line of a program's output as it is; on a terminal too narrow for it, broken between words. */
  verbatim(text: string, style?: Style): void {
    const rows = this.#options.columns === undefined ? [text] : wrapped(text, this.#columns, 4);
    this.#lines.push(...rows.map((row) => (style === undefined ? row : this.styled(row, style))));
  }

  /** Aligned columns, two spaces apart. Rows have a cell for each column. */
  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
    const widths = columns.map(({ heading }, k) =>
      Math.max(heading.length, ...rows.map((row) => textOf(row[k]!).length)),
    );
    const line = (cells: readonly Cell[]): string =>
      `  ${cells.map((cell, k) => this.#padded(cell, widths[k]!, columns[k]!.right)).join('  ')}`.trimEnd();
    if (columns.some(({ heading }) => heading !== '')) {
      this.#lines.push(line(columns.map(({ heading }) => ({ text: heading, style: 'dim' }))));
    }
    this.#lines.push(...rows.map(line));
  }

  /** Cells padded to their widths, and a list beside them, wrapped under itself between its items. */
  entry(cells: readonly { readonly cell: Cell; readonly width: number }[], items: readonly string[]): void {
    const indent = cells.reduce((sum, { width }) => sum + width + 2, 2);
    const list = items.map((item) => item.replaceAll(' ', UNBROKEN)).join(', ');
    const width = Math.min(this.#columns, MAX_TEXT_COLUMNS);
    const rows = wrapped(`${' '.repeat(indent)}${list}`, width, indent).map((row) =>
      row.replaceAll(UNBROKEN, ' '),
    );
    const shown = cells.map(({ cell, width: wide }) => this.#padded(cell, wide)).join('  ');
    this.#lines.push(`  ${shown}  ${rows[0]!.slice(indent)}`, ...rows.slice(1));
  }

  /** A bar for a part (0 to 1) of a whole of `width` columns, at least one mark for anything above 0. */
  bar(part: number, width: number): string {
    return (this.#options.unicode ? '█' : '#').repeat(part > 0 ? Math.max(1, Math.round(part * width)) : 0);
  }

  #padded(cell: Cell, width: number, right = false): string {
    const text = textOf(cell);
    const space = ' '.repeat(Math.max(0, width - text.length));
    const shown = typeof cell === 'string' || text === '' ? text : this.styled(text, cell.style);
    return right ? space + shown : shown + space;
  }
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

/** Breaks a text at spaces into rows of at most `width` characters; a longer word has a row of its own. */
export function wrapped(text: string, width: number, indent: number): string[] {
  const rows: string[] = [];
  let row = text.slice(0, text.length - text.trimStart().length);
  let empty = true;
  for (const word of text.trimStart().split(' ')) {
    if (!empty && row.length + 1 + word.length > width) {
      rows.push(row);
      row = ' '.repeat(indent);
      empty = true;
    }
    row += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...rows, row];
}

/** How to show things on this stream: colours only on a terminal (https://no-color.org), width where known. */
export function screenOptions(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): ScreenOptions {
  const terminal = stream.isTTY === true;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return {
    columns: terminal ? stream.columns : undefined,
    color: terminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    unicode: /utf-?8/i.test(locale),
  };
}
