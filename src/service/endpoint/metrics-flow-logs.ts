/** Amounts by flow log: selected = delivered + spooled + given up (S1.2). */
import type { Amount, FlowLogAmounts } from '../../delivery/deliverer.ts';
import type { Metrics, Sample } from '../../base/reporter-metrics.ts';
import type { MetricsSnapshot } from '../serve/control.ts';

/** Flow logs with a label of their own, in the order that they are first seen; the others are summed up as
 * `other`. */
export const MAX_FLOW_LOG_LABELS = 200;
const OTHER = 'other';

type Stage = keyof FlowLogAmounts;
const COUNTED: readonly (readonly [Stage, string])[] = [
  ['selected', 'selected'],
  ['delivered', 'delivered'],
  ['givenUp', 'given_up'],
];
const UNITS = ['rows', 'packets', 'bytes'] as const satisfies readonly (keyof Amount)[];

export function describeFlowLogs(metrics: Metrics, snapshot: () => MetricsSnapshot): void {
  const labels = new Set<string>();
  const amounts = (): Map<string, FlowLogAmounts[]> => byLabel(snapshot(), labels);
  for (const unit of UNITS) {
    metrics.counter(
      {
        name: `flow_log_${unit}_total`,
        help: `What became of a flow log's ${unit}.`,
        labels: ['flow_log', 'stage'],
      },
      () =>
        [...amounts()].flatMap(([label, list]) =>
          COUNTED.map(([stage, name]): Sample => [sum(list, stage, unit), label, name]),
        ),
    );
    metrics.gauge(
      { name: `flow_log_spooled_${unit}`, help: `${unit} that wait for delivery.`, labels: ['flow_log'] },
      () => [...amounts()].map(([label, list]): Sample => [sum(list, 'spooled', unit), label]),
    );
  }
  metrics.gauge({ name: 'flow_logs', help: 'Flow logs by how they are delivered.', labels: ['state'] }, () =>
    Object.entries(snapshot().flowLogsByState).map(([state, count]): Sample => [count, state]),
  );
}

function byLabel({ status }: MetricsSnapshot, labels: Set<string>): Map<string, FlowLogAmounts[]> {
  const out = new Map<string, FlowLogAmounts[]>();
  for (const [flowLog, amounts] of status.writing?.amounts ?? []) {
    if (labels.size < MAX_FLOW_LOG_LABELS) labels.add(flowLog);
    const label = labels.has(flowLog) ? flowLog : OTHER;
    const list = out.get(label);
    if (list === undefined) out.set(label, [amounts]);
    else list.push(amounts);
  }
  return out;
}

function sum(list: readonly FlowLogAmounts[], stage: Stage, unit: keyof Amount): number {
  return list.reduce((total, amounts) => total + amounts[stage][unit], 0);
}
