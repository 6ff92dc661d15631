/** Metrics in the text format of Prometheus: a registry of one's own, names with `weir_` before them. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** A name without its prefix: lower case, with the unit (and `total` for counters) at its end. */
const NAME = /^[a-z][a-z0-9_]*$/;
const PREFIX = 'weir_';

/** One value with its labels, in the order of the metric's label names. */
export type Sample = readonly [value: number, ...labels: string[]];

export interface Metric {
  readonly name: string;
  readonly help: string;
  /** Each must have few values: names of the configuration, reasons, ids up to a bound. */
  readonly labels?: readonly string[];
}

/** Metrics that are read from where things are counted, each time that they are asked for. */
export class Metrics {
  readonly #registry = new Registry();

  /** A counter whose totals are kept elsewhere. They must not go down. */
  counter(metric: Metric, read: () => readonly Sample[]): void {
    const labels = metric.labels ?? [];
    this.#add(
      new Counter({
        ...named(metric, 'total'),
        registers: [],
        collect() {
          this.reset();
          for (const [value, ...values] of read()) {
            // One count that is none must not take the page with it.
            if (value >= 0 && value < Infinity) this.inc(labelled(labels, values), value);
          }
        },
      }),
    );
  }

  gauge(metric: Metric, read: () => readonly Sample[]): void {
    const labels = metric.labels ?? [];
    this.#add(
      new Gauge({
        ...named(metric),
        registers: [],
        collect() {
          this.reset();
          for (const [value, ...values] of read()) this.set(labelled(labels, values), value);
        },
      }),
    );
  }

  /** A histogram that is told each value. */
  histogram(metric: Metric, buckets: readonly number[]): (value: number, ...labels: string[]) => void {
    const labels = metric.labels ?? [];
    const histogram = new Histogram({ ...named(metric), buckets: [...buckets], registers: [] });
    this.#add(histogram);
    return (value, ...values) => histogram.observe(labelled(labels, values), value);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #add(metric: Counter | Gauge | Histogram): void {
    this.#registry.registerMetric(metric);
  }
}

function named(metric: Metric, ending?: string): { name: string; help: string; labelNames: string[] } {
  const name = PREFIX + metric.name;
  if (!NAME.test(metric.name) || (ending !== undefined) !== name.endsWith('_total')) {
    throw new RangeError(`${name}: counters, and only they, end in _total`);
  }
  return { name, help: metric.help, labelNames: [...(metric.labels ?? [])] };
}

function labelled(names: readonly string[], values: readonly string[]): Record<string, string> {
  if (names.length !== values.length) throw new RangeError(`labels ${names.join(', ')} want as many values`);
  return Object.fromEntries(names.map((name, k) => [name, values[k]!]));
}
