/** What a part of the program tells operators: log lines, metrics, and whether it is well. */
import { messageOf } from './errors.ts';
import { type Fields, type Level, Log, writeToStandardError } from './reporter-log.ts';
import { Metrics } from './reporter-metrics.ts';

export type { Fields, Level } from './reporter-log.ts';

/** What is not well, each a sentence; empty when all is. Answers from memory. */
export type HealthCheck = () => readonly string[];

/** Passed by hand to whoever has something to tell. */
export class Reporter {
  readonly metrics = new Metrics();
  readonly #log: Log;
  readonly #checks = new Map<string, HealthCheck>();

  /** Several reporters of one process may share a log; metrics and checks are each one's own. */
  constructor(log = new Log(writeToStandardError)) {
    this.#log = log;
    this.metrics.counter(
      { name: 'log_lines_total', help: 'Log lines by level, those held back included.', labels: ['level'] },
      () => Object.entries(this.#log.counts).map(([level, lines]) => [lines, level]),
    );
    this.metrics.counter(
      { name: 'log_lines_suppressed_total', help: 'Log lines that were held back since they repeat.' },
      () => [[this.#log.suppressed]],
    );
  }

  log(level: Level, message: string, fields?: Fields): void {
    this.#log.write(level, message, fields);
  }

  /** A fault of the program, with its stack. */
  fault(error: unknown, fields?: Fields): void {
    this.#log.fault(error, fields);
  }

  /** Adds a health check; one of the same name takes its place. */
  addCheck(name: string, check: HealthCheck): void {
    this.#checks.set(name, check);
  }

  /** What is not well, by check; empty when all is. A check that throws is not well either. */
  unwell(): Readonly<Record<string, readonly string[]>> {
    const out: Record<string, readonly string[]> = {};
    for (const [name, check] of this.#checks) {
      const reasons = run(check);
      if (reasons.length > 0) out[name] = reasons;
    }
    return out;
  }
}

function run(check: HealthCheck): readonly string[] {
  try {
    return check();
  } catch (error) {
    return [`the check failed: ${messageOf(error)}`];
  }
}
