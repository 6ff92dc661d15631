/** What `weir generate` says that it sent. */
import type { ExportKind } from '../synth/exporter/datagram.ts';
import type { SentCounts } from './generate-send.ts';
import { grouped } from './text.ts';

/** The summary, as `--summary json` prints it on standard output. */
export interface ExportSummary {
  readonly kind: ExportKind;
  readonly destination: string;
  readonly exporters: number;
  readonly sampling: number;
  /** Real time that sending took. */
  readonly seconds: number;
  /** Distinct 5-tuples of the traffic; each direction is one. */
  readonly flows: number;
  /** Packets of the traffic model, and their IP bytes; not of a flood. */
  readonly model?: { readonly packets: number; readonly bytes: number };
  /** Those that were counted, or sampled: what the records say in all. */
  readonly sampled?: { readonly packets: number; readonly bytes: number };
  /** Flows that were reported before their time, because the flow cache was full. */
  readonly crowded?: number;
  readonly sent: SentCounts;
  /** What the system did not take. */
  readonly failed: SentCounts;
  /** Why, by error code: also of datagrams that were sent, and refused later. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Prints it as a line of text (standard error), as JSON (standard output), or not at all. */
export function printSummary(form: string, summary: ExportSummary): void {
  if (form === 'none') return;
  if (form === 'json') {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    return;
  }
  const { sent, failed, seconds } = summary;
  const { records, datagrams, bytes } = sent;
  const lost = failed.datagrams === 0 ? '' : `; ${grouped(failed.datagrams)} datagrams could not be sent`;
  process.stderr.write(
    `sent ${grouped(records)} ${summary.kind === 'sflow' ? 'samples' : 'records'} of ${grouped(summary.flows)} flows, ` +
      `${grouped(sent.flowPackets)} packets, ${grouped(sent.flowBytes)} IP bytes in ${grouped(datagrams)} datagrams, ` +
      `${grouped(bytes)} bytes to ${summary.destination} in ${seconds.toFixed(2)} s${lost}\n`,
  );
}
