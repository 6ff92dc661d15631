/** A source of exported flows that may not be able to listen yet. */
import type { FlowBatch } from '../../capture/flow-batch.ts';
import type { FlowListener } from '../../sources/exports/options.ts';
import {
  FLOW_LOSS_REASONS,
  type FlowLoss,
  type FlowLossReason,
  type FlowSource,
  type FlowSourceCounters,
} from '../../sources/flow-source.ts';
import { Persistent } from './persistent.ts';

export class PersistentFlowSource
  extends Persistent<FlowBatch, FlowLoss, FlowListener>
  implements FlowSource
{
  readonly #none = noFlows();
  protected readonly verb = 'listen';

  protected present({ address: { host, port } }: FlowListener): string {
    return `listens now on ${host} port ${port}`;
  }

  /** Where it listens; undefined while it does not. */
  get address(): FlowListener['address'] | undefined {
    return this.inner?.address;
  }

  exporterAddress(number: number): string {
    return this.inner?.exporterAddress(number) ?? `exporter ${number}`;
  }

  get healthy(): boolean {
    return this.inner?.healthy ?? false;
  }

  get counters(): FlowSourceCounters {
    return this.inner?.counters ?? this.#none;
  }
}

function noFlows(): FlowSourceCounters {
  const lost = Object.fromEntries(FLOW_LOSS_REASONS.map((reason) => [reason, 0]));
  return {
    datagrams: 0,
    bytes: 0,
    notAllowed: 0,
    lost: lost as Record<FlowLossReason, number>,
    packets: 0,
    rowBytes: 0,
    rows: 0,
    topNotAllowed: () => [],
    decoded: () => ({}),
  };
}
