/** What `weir record` says of exporters at the end. */
import type { ExportCounts } from '../service/record/export-counts.ts';
import type { RecordSummary } from '../service/record/session.ts';
import type { FlowLossReason } from '../sources/flow-source.ts';
import { count, plural } from './text.ts';

/** Addresses, exporters and reasons that a line names. */
const NAMED = 5;
/** Exporters that the JSON names, those with the most losses first. */
const LISTED = 256;

/** Units of losses by reason, and what they are lost by. */
const LOSSES: Readonly<Record<FlowLossReason, readonly [unit: string, by: string]>> = {
  kernel_drop: ['datagram', 'dropped by the kernel: a larger --receive-buffer, or --receivers, may help'],
  queue_full: ['datagram', 'dropped between threads: this machine is too slow for them'],
  rate_limit: ['datagram', 'over the limit of their exporter'],
  restart: ['time', 'the receiver died and was begun again'],
  fragment: ['datagram', 'in fragments that did not come together'],
  sequence_gap: ['record', 'missing by the exporters’ sequence numbers'],
  exporter_drop: ['record', 'dropped by the exporters themselves, as they say'],
  template_missing: ['data set', 'waited in vain for their templates'],
};

/** For `--summary json`. */
export function exportsJson({ exports, recorder, account }: RecordSummary): object {
  return {
    exports: exports.map(({ name, counters, topNotAllowed, decoded, exporters }) => ({
      source: name,
      datagrams: counters.datagrams,
      bytes: counters.bytes,
      rows: counters.rows,
      packets: counters.packets,
      row_bytes: counters.rowBytes,
      not_allowed: counters.notAllowed,
      not_allowed_from: topNotAllowed,
      lost: counters.lost,
      decoded,
      exporters: worstFirst(exporters).slice(0, LISTED),
    })),
    event_rows: recorder.eventRows,
    translated: {
      rows: account.translatedRows,
      packets: account.translatedPackets,
      bytes: account.translatedBytes,
    },
  };
}

/** For people: a line each. */
export function exportsText({ exports, recorder, account }: RecordSummary): string[] {
  const lines = exports.flatMap(sourceLines);
  if (recorder.eventRows > 0)
    lines.push(`${plural(recorder.eventRows, 'event')} without packets made no record`);
  if (account.translatedRows > 0) {
    lines.push(`${plural(account.translatedRows, 'flow')} of translated addresses stand beside the sum`);
  }
  return lines;
}

function sourceLines({ name, counters, topNotAllowed, decoded, exporters }: ExportCounts): string[] {
  const { datagrams, rows, packets, notAllowed, lost } = counters;
  const from = exporters.length === 0 ? '' : ` from ${plural(exporters.length, 'exporter')}`;
  const read = datagrams === 0 ? '' : `${plural(datagrams, 'datagram')}, `;
  const lines = [
    `${name}: ${read}${plural(decoded['records'] ?? rows, 'record')}, ${plural(rows, 'flow')}, ` +
      `${plural(packets, 'packet')}${from}`,
  ];
  if (notAllowed > 0) {
    const top = topNotAllowed.slice(0, NAMED);
    const names = top.map(({ address, datagrams: sent }) => `${address} (${count(sent)})`).join(', ');
    const flag = top[0] === undefined ? '' : `; to take them: --exporter ${top[0].address}`;
    lines.push(
      `${name}: ${plural(notAllowed, 'datagram')} not taken, of exporters that are not allowed: ${names}${flag}`,
    );
  }
  for (const [reason, [unit, by]] of Object.entries(LOSSES) as [
    FlowLossReason,
    readonly [string, string],
  ][]) {
    if (lost[reason] > 0)
      lines.push(`${name}: ${plural(lost[reason], unit)} ${by}${whose(reason, exporters)}`);
  }
  const rejected = named(decoded, 'rejected_');
  if (rejected !== '') lines.push(`${name}: not readable: ${rejected}`);
  const noted = named(decoded, 'noted_');
  if (noted !== '') lines.push(`${name}: noted: ${noted}`);
  return lines;
}

/** The exporters with most of a loss. */
function whose(reason: FlowLossReason, exporters: ExportCounts['exporters']): string {
  const those = exporters
    .flatMap(({ address, lost }) => (lost[reason] === undefined ? [] : [{ address, lost: lost[reason] }]))
    .sort((a, b) => b.lost - a.lost)
    .slice(0, NAMED);
  if (those.length === 0) return '';
  return ` (${those.map(({ address, lost }) => `${address}: ${count(lost)}`).join(', ')})`;
}

function named(decoded: Readonly<Record<string, number>>, prefix: string): string {
  return Object.entries(decoded)
    .filter(([name, value]) => name.startsWith(prefix) && value > 0)
    .map(([name, value]) => `${count(value)} ${name.slice(prefix.length).replaceAll('_', ' ')}`)
    .join(', ');
}

function worstFirst(exporters: ExportCounts['exporters']): ExportCounts['exporters'] {
  return exporters.toSorted((a, b) => lostOf(b) - lostOf(a) || b.rows - a.rows);
}

function lostOf({ lost }: ExportCounts['exporters'][number]): number {
  return Object.values(lost).reduce((sum, it) => sum + it, 0);
}
