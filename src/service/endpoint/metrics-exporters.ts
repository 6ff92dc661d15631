/** Sources of exported flows: what came, what could not be read, what was lost on the way, and of whom. */
import type { Metrics, Sample } from '../../base/reporter-metrics.ts';
import type { SourceExports } from '../threads/messages.ts';
import type { BySource } from './metrics-recordings.ts';

const REJECTED = 'rejected_';
const NOTED = 'noted_';
/** Data sets that wait now. */
const HELD = 'heldSets';

/** `gauged`: samples of the live sources as they are now. */
export function describeExporters(metrics: Metrics, bySource: BySource, gauged: BySource): void {
  const counter = (
    name: string,
    help: string,
    labels: readonly string[],
    pick: (exports: SourceExports) => readonly Sample[],
  ): void => {
    metrics.counter({ name, help, labels: ['source', ...labels] }, () =>
      bySource(({ exports }) => (exports === undefined ? [] : pick(exports))),
    );
  };
  counter('source_datagrams_total', 'Datagrams, or messages of streams, that were read.', [], (it) => [
    [it.datagrams],
  ]);
  counter('source_flows_total', 'Flows that they told of.', [], (it) => [[it.rows]]);
  counter('source_not_allowed_datagrams_total', 'Datagrams of who may not send.', [], (it) => [
    [it.notAllowed],
  ]);
  counter(
    'source_lost_exports_total',
    'What was lost on the way, by reason: datagrams; records and samples by sequence_gap and exporter_drop; data sets by template_missing.',
    ['reason'],
    (it) => samples(it.lost),
  );
  counter('source_rejected_exports_total', 'What could not be read, by reason.', ['reason'], (it) =>
    named(it.decoded, REJECTED),
  );
  counter(
    'source_noted_exports_total',
    'What was not as it should be and is recorded, by kind.',
    ['kind'],
    (it) => named(it.decoded, NOTED),
  );
  counter(
    'source_decoded_total',
    'What was read, by kind: templates, data sets, records, samples.',
    ['kind'],
    (it) => samples(it.decoded).filter(([, kind]) => isSum(kind!)),
  );
  metrics.gauge(
    {
      name: 'source_waiting_data_sets',
      help: 'Data sets that wait for their templates.',
      labels: ['source'],
    },
    () => gauged(({ exports }) => exports?.decoded[HELD] ?? []),
  );
  counter('exporter_flows_total', 'Flows of an exporter.', ['exporter'], (it) =>
    it.exporters.map(({ address, rows }): Sample => [rows, address]),
  );
  counter('exporter_lost_total', 'What an exporter lost, by reason.', ['exporter', 'reason'], (it) =>
    it.exporters.flatMap(({ address, lost }) =>
      Object.entries(lost).map(([reason, count]): Sample => [count, address, reason]),
    ),
  );
}

/** Of what is counted under no other name, and never goes down. */
function isSum(kind: string): boolean {
  return !kind.startsWith(REJECTED) && !kind.startsWith(NOTED) && kind !== HELD;
}

function samples(counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([name, count]): Sample => [count, name]);
}

function named(counts: Readonly<Record<string, number>>, prefix: string): Sample[] {
  return samples(counts)
    .filter(([, name]) => name!.startsWith(prefix))
    .map(([count, name]): Sample => [count, name!.slice(prefix.length)]);
}
