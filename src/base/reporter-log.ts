/** JSON lines for operators: one object a line, with time, level and message first. Never a secret. */
import { type Logger, pino } from 'pino';
import { messageOf } from './errors.ts';

export type Level = 'info' | 'warn' | 'error';
export type Fields = Readonly<Record<string, unknown>>;

const ORDER: Readonly<Record<Level, number>> = { info: 0, warn: 1, error: 2 };

/** Where lines go: standard error, or a test's list. */
export type WriteLine = (line: string) => void;

/** Members that are left out wherever they stand at the top or one level down: what a slip would show. */
const SECRET_NAMES = [
  'secret',
  'secretAccessKey',
  'secret_access_key',
  'SecretAccessKey',
  'sessionToken',
  'password',
  'authorization',
  'Authorization',
  'credentials',
];

/** How many lines of one kind are written in a span, and the span in milliseconds: a fault that repeats a
 * thousand times a second is told and counted, and does not fill a disk. */
const BURST = 10;
const SPAN_MS = 30_000;
/** Kinds that are told apart. */
const MAX_KINDS = 1000;

/** A line's kind within the current span. */
interface Kind {
  began: number;
  lines: number;
  suppressed: number;
}

/** Writes what happens as JSON lines, at most so many of a kind (level and message) at a time. */
export class Log {
  /** Lines by level, those that were held back included. */
  readonly counts: Record<Level, number> = { info: 0, warn: 0, error: 0 };
  suppressed = 0;
  /** Lines below it are counted and not written. */
  minimum: Level = 'info';
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #kinds = new Map<string, Kind>();

  constructor(write: WriteLine, now: () => number = Date.now) {
    this.#now = now;
    this.#logger = pino(
      {
        base: null,
        messageKey: 'message',
        timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
        redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), remove: true },
      },
      { write },
    );
  }

  /** Writes a line, unless too many of its kind came just now. `message` is a constant text; what differs goes
   * into `fields`. */
  write(level: Level, message: string, fields: Fields = {}): void {
    this.counts[level]++;
    if (ORDER[level] < ORDER[this.minimum]) return;
    const held = this.#heldBack(`${level} ${message}`);
    if (held === undefined) {
      this.suppressed++;
      return;
    }
    this.#logger[level](held === 0 ? fields : { ...fields, suppressed: held }, message);
  }

  /** A fault of the program, with its stack. */
  fault(error: unknown, fields: Fields = {}): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.write('error', messageOf(error), { ...fields, stack });
  }

  /** How many lines of the kind were held back before this one; undefined when this one is to be too. */
  #heldBack(name: string): number | undefined {
    const now = this.#now();
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      if (this.#kinds.size >= MAX_KINDS) this.#kinds.clear();
      kind = { began: now, lines: 0, suppressed: 0 };
      this.#kinds.set(name, kind);
    }
    if (now - kind.began >= SPAN_MS || now < kind.began) {
      kind.began = now;
      kind.lines = 0;
    }
    if (kind.lines >= BURST) {
      kind.suppressed++;
      return undefined;
    }
    kind.lines++;
    const { suppressed } = kind;
    kind.suppressed = 0;
    return suppressed;
  }
}

/** Standard error: written at once, so that the last line of a process that dies is there. */
export function writeToStandardError(line: string): void {
  process.stderr.write(line);
}
