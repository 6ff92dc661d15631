import { type DecoderCounters, REJECTIONS } from '../capture/decoder.ts';
import { MAX_CONTEXTS } from '../flows/context-numbers.ts';
import { MAX_CONNECTIONS } from '../flows/verdicts.ts';
import type { RecordSummary } from '../service/record/session.ts';
import { exportsJson, exportsText } from './summary-exports.ts';
import { count, plural } from './text.ts';

/** Unattributed packets above this part of all bring a hint (S2.7). */
const HINT_SHARE = 0.1;
/** Prefixes that a hint names. */
const HINT_PREFIXES = 5;

/** One outcome of the identity (S1.2). */
export interface Outcome {
  readonly name: string;
  readonly packets: number;
  readonly bytes: number;
}

/** Where all packets went: the terms of the identity, in its order. */
export function outcomes(summary: RecordSummary): Outcome[] {
  const { recorder, account, refused, decoders } = summary;
  return [
    { name: 'recorded', packets: account.recordedPackets, bytes: account.recordedBytes },
    { name: 'not_ip', ...rejected(decoders, (k) => k === 0) },
    { name: 'malformed', ...rejected(decoders, (k) => k > 0) },
    { name: 'excluded', packets: account.excludedPackets, bytes: account.excludedBytes },
    { name: 'unattributed', packets: account.unattributedPackets, bytes: account.unattributedBytes },
    {
      name: 'duplicate',
      packets: recorder.duplicatePackets + account.duplicatePackets,
      bytes: recorder.duplicateBytes + account.duplicateBytes,
    },
    { name: 'verdict_only', packets: recorder.verdictOnlyPackets, bytes: recorder.verdictOnlyBytes },
    { name: 'refused', packets: refused.packets, bytes: refused.bytes },
  ];
}

/** What went in: packets of all sources, those that exported flows stand for among them, and their bytes (IP length of
 * rows, frame length of the others). */
export function packetsIn(summary: RecordSummary): { packets: number; bytes: number } {
  const { decoders, exports, recorder } = summary;
  const captured = decoders.reduce((sum, decoder) => sum + decoder.packets, 0);
  const packets = exports.reduce((sum, { counters }) => sum + counters.packets, captured);
  return { packets, bytes: recorder.bytes + rejected(decoders, () => true).bytes };
}

/** The summary as one line of JSON, every counter in it. */
export function summaryJson(summary: RecordSummary): string {
  const rejections = Object.fromEntries(
    REJECTIONS.map((reason, k) => [reason, rejected(summary.decoders, (other) => other === k)]),
  );
  const all = packetsIn(summary);
  const terms = outcomes(summary);
  return JSON.stringify({
    in: all,
    outcomes: Object.fromEntries(terms.map(({ name, packets, bytes }) => [name, { packets, bytes }])),
    identity: balanced(summary),
    rejections,
    offloaded: summary.decoders.reduce((sum, decoder) => sum + decoder.offloaded, 0),
    late: { packets: summary.recorder.latePackets, bytes: summary.recorder.lateBytes },
    verdict_late: summary.recorder.verdictLate,
    verdict_overflow: summary.recorder.verdictOverflow,
    context_overflow: summary.recorder.contextOverflow,
    time_outlier: summary.timeOutliers,
    fragments_unresolved: summary.fragmentsUnresolved,
    windows: summary.recorder.windows,
    derived: {
      records: summary.account.derivedLines,
      packets: summary.account.derivedPackets,
      bytes: summary.account.derivedBytes,
    },
    early_writes: summary.recorder.earlyWrites,
    flows: summary.account.flows,
    records: summary.lines,
    discovered: summary.discovered,
    discovery_full: summary.discoveryFull,
    attributed_by: summary.attribution,
    lost: summary.lostPackets,
    restarts: summary.restarts,
    unattributed_prefixes: topPrefixes(summary),
    faults: summary.faults,
    ...(summary.exports.length === 0 ? {} : exportsJson(summary)),
  });
}

/** Does every packet and byte that went in come out in one of the outcomes? */
export function balanced(summary: RecordSummary): boolean {
  if (summary.readerGone) return true;
  const all = packetsIn(summary);
  const terms = outcomes(summary);
  const sum = (pick: (term: Outcome) => number): number =>
    terms.reduce((total, term) => total + pick(term), 0);
  return sum((term) => term.packets) === all.packets && sum((term) => term.bytes) === all.bytes;
}

/** The summary for people: packets by outcome, windows, records, and a hint when much is unattributed. */
export function summaryText(summary: RecordSummary, seconds: number, network: string | undefined): string {
  const all = packetsIn(summary);
  const shown = outcomes(summary).filter((term) => term.packets > 0 || term.name === 'recorded');
  const lines = [
    `${count(all.packets)} packets, ${count(all.bytes)} bytes in ${seconds.toFixed(2)} s: ` +
      shown.map((term) => `${count(term.packets)} ${term.name.replace('_', ' ')}`).join(', '),
    `${plural(summary.recorder.windows, 'window')}, ${plural(summary.account.flows, 'flow')}, ` +
      `${plural(summary.lines, 'record')}, ${plural(summary.discovered, 'interface')} discovered`,
  ];
  lines.push(...exportsText(summary));
  if (summary.account.derivedLines > 0) {
    lines.push(
      `${plural(summary.account.derivedLines, 'record')} follow from the routes of transit gateways`,
    );
  }
  if (summary.lostPackets > 0)
    lines.push(`${count(summary.lostPackets)} packets were dropped before capture`);
  if (summary.restarts > 0) lines.push(`the capture was interrupted ${count(summary.restarts)} times`);
  if (summary.recorder.latePackets > 0) {
    lines.push(`${count(summary.recorder.latePackets)} packets came after their window had closed`);
  }
  if (summary.recorder.verdictOverflow > 0) {
    lines.push(
      `${plural(summary.recorder.verdictOverflow, 'verdict')} could not be remembered for replies and later packets: ` +
        `more than ${count(MAX_CONNECTIONS)} connections had one`,
    );
  }
  if (summary.recorder.contextOverflow > 0) {
    lines.push(
      `${count(summary.recorder.contextOverflow)} packets or legs of flows went without their bindings and MAC ` +
        `addresses, or were left out as second legs: more than ${count(MAX_CONTEXTS)} combinations of these; ` +
        'bind fewer interfaces, or declare fewer MAC addresses',
    );
  }
  if (summary.timeOutliers > 0) lines.push(`${count(summary.timeOutliers)} packets had times that cannot be`);
  if (!balanced(summary))
    lines.push('THE COUNTS DO NOT ADD UP: please report this, with the capture if you can');
  const hint = unattributedHint(summary, all.packets, network);
  if (hint !== undefined) lines.push(hint);
  return lines.map((line) => `weir: ${line}\n`).join('');
}

function unattributedHint(
  summary: RecordSummary,
  packets: number,
  network: string | undefined,
): string | undefined {
  if (summary.account.unattributedPackets <= HINT_SHARE * packets) return undefined;
  const top = topPrefixes(summary).slice(0, HINT_PREFIXES);
  const names = top.map(({ prefix, packets: seen }) => `${prefix} (${count(seen)})`).join(', ');
  const advice =
    network === undefined
      ? `add those that are yours, as in: --cidr ${top[0]?.prefix ?? '192.0.2.0/24'}`
      : `add those that are yours to ${network}`;
  return (
    `${count(summary.account.unattributedPackets)} packets belong to no interface; ` +
    `their prefixes are ${names}; ${advice}`
  );
}

function topPrefixes(summary: RecordSummary): { prefix: string; packets: number }[] {
  return [...summary.account.prefixes]
    .map(([prefix, packets]) => ({ prefix, packets }))
    .sort((a, b) => b.packets - a.packets || (a.prefix < b.prefix ? -1 : 1))
    .slice(0, 20);
}

function rejected(
  decoders: readonly DecoderCounters[],
  wanted: (reason: number) => boolean,
): { packets: number; bytes: number } {
  let packets = 0;
  let bytes = 0;
  for (const decoder of decoders) {
    for (let k = 0; k < REJECTIONS.length; k++) {
      if (!wanted(k)) continue;
      packets += decoder.rejectedPackets[k]!;
      bytes += decoder.rejectedBytes[k]!;
    }
  }
  return { packets, bytes };
}
