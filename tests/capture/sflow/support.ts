import { FlowBatch } from '../../../src/capture/flow-batch.ts';
import type { SflowLimits } from '../../../src/capture/sflow/agents.ts';
import { SflowDecoder } from '../../../src/capture/sflow/decoder.ts';
import type { TunnelKind } from '../../../src/capture/tunnels.ts';
import { type FlowRow, NOW, rowsOf } from '../netflow/support.ts';

/** An sFlow decoder whose rows are collected. Times in milliseconds. */
export class SflowCollector {
  readonly rows: FlowRow[] = [];
  readonly batch = new FlowBatch();
  readonly decoder: SflowDecoder;

  constructor(limits: Partial<SflowLimits> = {}, tunnels: ReadonlySet<TunnelKind> = new Set()) {
    const flush = (batch: FlowBatch) => {
      this.rows.push(...rowsOf(batch));
      batch.clear();
    };
    this.decoder = new SflowDecoder({ batch: this.batch, flush }, limits, tunnels);
  }

  push(bytes: Uint8Array, address = '192.0.2.1', now = NOW): FlowRow[] {
    this.decoder.datagram(bytes, 0, bytes.length, address, now * 1000);
    this.rows.push(...rowsOf(this.batch));
    this.batch.clear();
    return this.rows.splice(0);
  }

  /** Fails unless every sample is accounted for. */
  checkCounters(): void {
    checkSampleCounters(this.decoder);
  }
}

/** Rejections of whole datagrams, and of what is left of one; all others are of one sample. */
const OF_DATAGRAMS: ReadonlySet<string> = new Set([
  'datagram_short',
  'version_unknown',
  'agent_malformed',
  'exporters_full',
  'sample_cut',
]);

/** Fails unless every sample of a decoder is accounted for. */
export function checkSampleCounters({ counters }: SflowDecoder): void {
  let rejected = 0;
  for (const [reason, count] of Object.entries(counters.rejections()))
    if (!OF_DATAGRAMS.has(reason)) rejected += count;
  const all = counters.counterSamples + counters.rows + rejected;
  if (all !== counters.samples) throw new Error(`samples ${counters.samples}, accounted ${all}`);
}
