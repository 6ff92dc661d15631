/**
 * The reference's flows: which packets make which row, by the rules of docs/semantics.md read one after the
 * other. Every packet is an object that is followed from the capture to the row it ends in.
 */
import type { Network } from '../../src/network/model.ts';
import { Holders, type Interface } from './interfaces.ts';
import { ICMP, ICMP6, TCP, type Ip } from './ip.ts';
import { readPackets, type Packet } from './packets.ts';

const SECOND = 1_000_000_000n;
const GRACE = 2n * SECOND; // S3.3
const FRAGMENT_TIME = 30n * SECOND; // S1.3
const JUMP = 3600n * SECOND; // S3.3
const JUMP_PACKETS = 16;
const CONNECTION_IDLE = 350n * SECOND; // S4.2 leaves the time open
const GAP_INTERVALS = 10; // S5.1
const NFLOG = 239;

/** What became of a packet: the terms of the identity (S1.2). */
const OUTCOMES = ['not_ip', 'malformed', 'excluded', 'unattributed', 'duplicate', 'recorded'] as const;
type Outcome = (typeof OUTCOMES)[number];
type Verdict = 'ACCEPT' | 'REJECT';

/** One packet on its way. */
export interface Traveller {
  readonly packet: Packet;
  readonly ip: Ip;
  /** Nanoseconds, after outliers were replaced. */
  time: bigint;
  readonly point: string;
  /** Its source only brings verdicts, where another counts (S2.8). */
  readonly reports: boolean;
  sourcePort: number;
  destinationPort: number;
  icmp: number;
  /** Name of its flow: addresses, ports or ICMP type and code, protocol (S2.4). */
  flow: string;
  late: boolean;
  readonly egress: Interface | undefined;
  readonly ingress: Interface | undefined;
  /** What decided that besides the addresses: with other contexts it is another flow (S2.4). */
  readonly context: string;
  /** The sides at which no other point was first (S2.8). */
  leaves: Interface | undefined;
  arrives: Interface | undefined;
  verdict: Verdict | undefined;
}

/** What one interface recorded of one flow in one window or interval. */
export interface Row {
  readonly interval: number;
  readonly seconds: number;
  readonly late: boolean;
  readonly interface: Interface;
  /** Who holds the other end. */
  readonly other: Interface | undefined;
  readonly direction: 'egress' | 'ingress';
  readonly family: 4 | 6;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: number;
  readonly verdict: Verdict;
  packets: number;
  bytes: number;
  start: number;
  end: number;
  tcpFlags: number;
}

/** A NODATA line. */
export interface Silence {
  readonly interface: Interface;
  readonly start: number;
  readonly end: number;
}

export interface Flows {
  readonly rows: readonly Row[];
  readonly silences: readonly Silence[];
  /** Packets and bytes by what became of them. */
  readonly outcomes: Readonly<Record<Outcome, { packets: number; bytes: number }>>;
  /** Packets and bytes of the files: the sum of all outcomes. */
  readonly total: { readonly packets: number; readonly bytes: number };
  /** Packets of sources that only brought a verdict. */
  readonly verdictOnly: { readonly packets: number; readonly bytes: number };
  /** The packets of the rows. */
  readonly recorded: readonly Traveller[];
  readonly holders: Holders;
  readonly late: number;
  readonly offloaded: number;
  readonly outliers: number;
  readonly unresolvedFragments: number;
}

/** All flows of some capture files, recorded together. */
export function referenceFlows(paths: readonly string[], network: Network, seconds: 60 | 600): Flows {
  const holders = new Holders(network);
  const outcomes = Object.fromEntries(OUTCOMES.map((it) => [it, { packets: 0, bytes: 0 }])) as Record<
    Outcome,
    { packets: number; bytes: number }
  >;
  const count = (outcome: Outcome, bytes: number): void => {
    outcomes[outcome].packets++;
    outcomes[outcome].bytes += bytes;
  };
  const travellers: Traveller[] = [];
  for (const { packet, point, path, reports } of mergeByTime(paths)) {
    if (packet.outcome !== 'ip') {
      count(packet.outcome, packet.originalLength);
      continue;
    }
    const ip = packet.ip!;
    travellers.push({
      packet,
      ip,
      time: packet.time,
      point,
      reports,
      sourcePort: ip.sourcePort,
      destinationPort: ip.destinationPort,
      icmp: ip.icmp,
      flow: '',
      late: false,
      ...holders.sides(packet, path),
      leaves: undefined,
      arrives: undefined,
      verdict: packet.verdict,
    });
  }
  const unresolvedFragments = joinFragments(travellers);
  const outliers = replaceOutliers(travellers);
  markLate(travellers);
  for (const it of travellers) it.flow = flowOf(it);
  const counted = new Set(travellers.filter((it) => !it.reports && !it.late).map(nameInWindow));
  const bringsVerdict = (it: Traveller): boolean => it.reports && (it.late || counted.has(nameInWindow(it)));
  const reporters = travellers.filter(bringsVerdict);
  const counting = travellers.filter((it) => !bringsVerdict(it));
  findOwners(counting);
  const recorded = counting.filter((it) => {
    const outcome = outcomeOf(it, holders);
    count(outcome, it.ip.length);
    return outcome === 'recorded';
  });
  settleVerdicts(
    recorded,
    reporters.filter((it) => !it.late),
  );
  return {
    rows: rowsOf(recorded, seconds),
    silences: silencesOf(travellers, recorded, holders.declared, seconds),
    outcomes,
    total: {
      packets: OUTCOMES.reduce((sum, it) => sum + outcomes[it].packets, 0),
      bytes: OUTCOMES.reduce((sum, it) => sum + outcomes[it].bytes, 0),
    },
    verdictOnly: {
      packets: reporters.length,
      bytes: reporters.reduce((sum, it) => sum + it.ip.length, 0),
    },
    recorded,
    holders,
    late: travellers.filter((it) => it.late).length,
    offloaded: travellers.filter((it) => it.ip.offloaded).length,
    outliers,
    unresolvedFragments,
  };
}

/** S3.5: several files as one, by the time of what each of them offers next; of equal times the first file's.
 * A place where packets are seen is a file, an interface of it, and a way through that interface (S2.8). */
function* mergeByTime(
  paths: readonly string[],
): Generator<{ packet: Packet; point: string; path: string; reports: boolean }> {
  const files = paths.map((path) => {
    const packets = readPackets(path);
    return { path, packets, next: 0, place: '', log: packets.some(({ linkType }) => linkType === NFLOG) };
  });
  namePlaces(files);
  const logsOnly = files.every(({ log }) => log);
  for (;;) {
    let best: (typeof files)[number] | undefined;
    for (const file of files) {
      const time = file.packets[file.next]?.time;
      if (time === undefined) continue;
      if (best === undefined || time < best.packets[best.next]!.time) best = file;
    }
    if (best === undefined) return;
    const packet = best.packets[best.next++]!;
    yield {
      packet,
      point: `${best.place} ${packet.ifIndex} ${packet.way === 'out' ? 'out' : ''}`,
      path: best.path,
      // S2.8: a firewall's log beside sources of another kind.
      reports: best.log && !logsOnly,
    };
  }
}

/** A file that begins when another has ended goes on with it (rotation); others are places of their own. */
function namePlaces(files: { readonly packets: readonly Packet[]; place: string }[]): void {
  const ended: { end: bigint; place: string }[] = [];
  const timed = files
    .filter(({ packets }) => packets.length > 0)
    .map((file, i) => ({ file, i, ...spanOf(file.packets) }))
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.i - b.i));
  for (const { file, i, start, end } of timed) {
    const before = ended.filter((it) => it.end <= start).sort((a, b) => (a.end < b.end ? 1 : -1))[0];
    if (before !== undefined) ended.splice(ended.indexOf(before), 1);
    file.place = before?.place ?? String(i);
    ended.push({ end, place: file.place });
  }
}

function spanOf(packets: readonly Packet[]): { start: bigint; end: bigint } {
  const times = packets.map(({ time }) => time);
  return { start: times[0]!, end: times.reduce((a, b) => (a > b ? a : b)) };
}

/** S1.3: later fragments take the ports of the first one. */
function joinFragments(travellers: readonly Traveller[]): number {
  const firsts = new Map<string, Traveller>();
  let unresolved = 0;
  for (const it of travellers) {
    const { fragment, source, destination, protocol } = it.ip;
    if (fragment === undefined) continue;
    const datagram = `${source} ${destination} ${protocol} ${fragment.id}`;
    if (fragment.first) {
      firsts.set(datagram, it);
      continue;
    }
    const first = firsts.get(datagram);
    if (first === undefined || distance(it.packet.time, first.packet.time) > FRAGMENT_TIME) {
      unresolved++;
      continue;
    }
    it.sourcePort = first.sourcePort;
    it.destinationPort = first.destinationPort;
    it.icmp = first.icmp;
  }
  return unresolved;
}

/** S3.3: a time more than an hour away is believed when 16 packets in a row agree on it. */
function replaceOutliers(travellers: readonly Traveller[]): number {
  let believed: bigint | undefined;
  let agreeing: Traveller[] = [];
  let outliers = 0;
  for (const it of travellers) {
    believed ??= it.time;
    if (distance(it.time, believed) <= JUMP) {
      agreeing = [];
      if (it.time > believed) believed = it.time;
      continue;
    }
    if (agreeing.length > 0 && distance(it.packet.time, agreeing[0]!.packet.time) > JUMP) agreeing = [];
    agreeing.push(it);
    if (agreeing.length >= JUMP_PACKETS) {
      believed = it.time;
      agreeing = [];
    } else {
      outliers++;
      it.time = believed - GRACE;
    }
  }
  return outliers;
}

/** S3.3, S3.4: late is what comes when its window has closed: the latest time minus grace has passed it. */
function markLate(travellers: readonly Traveller[]): void {
  let latest = 0n;
  for (const it of travellers) {
    it.late = (windowOf(it) + 60n) * SECOND <= latest - GRACE;
    if (it.time > latest) latest = it.time;
  }
}

export function windowOf(it: Traveller): bigint {
  const second = it.time / SECOND;
  return second - (second % 60n);
}

function nameInWindow(it: Traveller): string {
  return `${windowOf(it)} ${it.late} ${it.flow}`;
}

/** S2.8: who reports a flow at an interface first in a window owns it there. */
function findOwners(travellers: readonly Traveller[]): void {
  const owners = new Map<string, string>();
  const owns = (it: Traveller, side: string, at: Interface | undefined): boolean => {
    if (at === undefined) return false;
    const name = `${nameInWindow(it)} ${side} ${at.id}`;
    if (!owners.has(name)) owners.set(name, it.point);
    return owners.get(name) === it.point;
  };
  for (const it of travellers) {
    if (owns(it, 'egress', it.egress)) it.leaves = it.egress;
    if (owns(it, 'ingress', it.ingress)) it.arrives = it.ingress;
  }
}

function flowOf(it: Traveller): string {
  const { source, destination, protocol } = it.ip;
  return `${source} ${destination} ${it.sourcePort} ${it.destinationPort} ${it.icmp} ${protocol}`;
}

function outcomeOf(it: Traveller, holders: Holders): Outcome {
  if (it.egress === undefined && it.ingress === undefined) return 'unattributed';
  if (isReserved(it, it.egress, holders) || isReserved(it, it.ingress, holders)) return 'excluded';
  return it.leaves !== undefined || it.arrives !== undefined ? 'recorded' : 'duplicate';
}

/** S1.5 and facts 1.9: what the service does not log, in VPCs that are marked for it. */
function isReserved(it: Traveller, at: Interface | undefined, holders: Holders): boolean {
  if (at === undefined || !at.awsReserved) return false;
  const { dns, routers } = holders.reserved(at.vpc);
  const udp = it.ip.protocol === 17;
  const ports = [it.sourcePort, it.destinationPort];
  if (udp && ports.every((port) => port === 67 || port === 68)) return true;
  if (udp && it.ip.family === 6 && ports.every((port) => port === 546 || port === 547)) return true;
  return [[it.ip.source, it.sourcePort] as const, [it.ip.destination, it.destinationPort] as const].some(
    ([address, port]) => {
      if (['169.254.169.254', '169.254.169.123', '169.254.169.250', '169.254.169.251'].includes(address))
        return true;
      if (routers.includes(address)) return true;
      return port === 53 && (address === '169.254.169.253' || dns.includes(address));
    },
  );
}

/** S4.1, S4.2: leaves a verdict in every packet. `reporters` only say what others' packets met with. */
function settleVerdicts(recorded: readonly Traveller[], reporters: readonly Traveller[]): void {
  const connections = new Map<string, Connection>();
  const groups = Map.groupBy(recorded, (it) => `${windowOf(it).toString().padStart(20)} ${it.late ? 1 : 0}`);
  for (const key of [...groups.keys()].sort()) {
    const group = groups.get(key)!;
    const rows = [...Map.groupBy(group, ({ flow, context }) => `${flow} ${context}`).values()];
    const brought = reporters.filter((it) => windowOf(it) === windowOf(group[0]!) && !group[0]!.late);
    // All reports of the window first: a firewall may log a connection's second direction only.
    for (const it of [...group, ...brought]) {
      if (it.packet.verdict === undefined) continue;
      const connection = connections.get(connectionOf(it)) ?? { reports: new Map(), last: 0n };
      connections.set(connectionOf(it), connection);
      const before = connection.reports.get(it.ip.source);
      if (before === undefined || before.time <= it.time) {
        connection.reports.set(it.ip.source, { verdict: it.packet.verdict, time: it.time });
      }
    }
    for (const row of rows.toSorted((a, b) => reportsOf(b).length - reportsOf(a).length)) {
      const reports = reportsOf(row);
      const connection = connections.get(connectionOf(row[0]!));
      let verdict: Verdict = 'ACCEPT';
      // A row with two different reports is split; what nobody reported goes with the first report.
      const others = brought.filter(({ flow, packet }) => flow === row[0]!.flow && packet.verdict);
      if (reports.length > 0) verdict = reports[0]!.packet.verdict!;
      else if (others.length > 0) {
        verdict = others.some(({ packet }) => packet.verdict === 'REJECT') ? 'REJECT' : 'ACCEPT';
      } else if (connection !== undefined && earliestOf(row) - connection.last <= CONNECTION_IDLE) {
        const report = connection.reports.get(row[0]!.ip.source) ?? [...connection.reports.values()][0]!;
        verdict = report.verdict;
      } else if (connection !== undefined) connections.delete(connectionOf(row[0]!));
      for (const it of row) it.verdict = it.packet.verdict ?? verdict;
      const still = connections.get(connectionOf(row[0]!));
      if (still !== undefined) still.last = latestOf(row, still.last);
    }
  }
}

/** What was reported of a connection, by the source address of the direction, and its last packet. */
interface Connection {
  readonly reports: Map<string, { readonly verdict: Verdict; readonly time: bigint }>;
  last: bigint;
}

function reportsOf(row: readonly Traveller[]): Traveller[] {
  return row.filter((it) => it.packet.verdict !== undefined);
}

/** One name for both directions; the type and code of ICMP are no part of it. */
function connectionOf(it: Traveller): string {
  const ends = [`${it.ip.source} ${it.sourcePort}`, `${it.ip.destination} ${it.destinationPort}`];
  return `${it.ip.protocol} ${ends.sort().join(' ')}`;
}

function latestOf(row: readonly Traveller[], other: bigint): bigint {
  return row.reduce((latest, it) => (it.time > latest ? it.time : latest), other);
}

function earliestOf(row: readonly Traveller[]): bigint {
  return row.reduce((earliest, it) => (it.time < earliest ? it.time : earliest), row[0]!.time);
}

/** S2.3, S2.4, S3.1, S1.4: each packet once for each interface that holds an end of it. */
function rowsOf(recorded: readonly Traveller[], seconds: 60 | 600): Row[] {
  const rows = new Map<string, Row>();
  for (const it of recorded) {
    const sides = [
      { at: it.leaves, direction: 'egress' },
      { at: it.arrives, direction: 'ingress' },
    ] as const;
    const icmp = it.ip.protocol === ICMP || it.ip.protocol === ICMP6;
    const context = icmp ? `${it.leaves?.id ?? ''} ${it.arrives?.id ?? ''}` : it.context;
    for (const { at, direction } of sides) {
      if (at === undefined) continue;
      const length = at.nitro ? 60 : seconds; // S3.2
      const second = Number(it.time / SECOND);
      const interval = second - (second % length);
      const { family, source, destination, protocol } = it.ip;
      const printed = icmp ? [0, 0] : [it.sourcePort, it.destinationPort];
      // Late rows are never merged with others, nor those of different windows with each other (S3.4).
      const apart = it.late ? `late ${windowOf(it)}` : '';
      const key = [
        interval,
        apart,
        context,
        at.id,
        direction,
        source,
        destination,
        ...printed,
        protocol,
        it.verdict,
      ].join(' ');
      let row = rows.get(key);
      if (row === undefined) {
        row = {
          interval,
          seconds: length,
          late: it.late,
          interface: at,
          other: direction === 'egress' ? it.ingress : it.egress,
          direction,
          family,
          source,
          destination,
          sourcePort: printed[0]!,
          destinationPort: printed[1]!,
          protocol,
          verdict: it.verdict!,
          packets: 0,
          bytes: 0,
          start: second,
          end: second,
          tcpFlags: 0,
        };
        rows.set(key, row);
      }
      row.packets++;
      row.bytes += it.ip.length;
      row.start = Math.min(row.start, second);
      row.end = Math.max(row.end, second);
      row.tcpFlags |= tcpFlagsOf(it.ip);
    }
  }
  return [...rows.values()];
}

/** Record format 1.2: FIN, SYN, RST, and bit 16 for a packet with SYN and ACK. */
function tcpFlagsOf(ip: Ip): number {
  if (ip.protocol !== TCP) return 0;
  return (ip.flags & 7) | ((ip.flags & 18) === 18 ? 16 : 0);
}

/** S5.1: whole intervals between the first and the last packet in which a declared interface saw nothing. Late
 * packets do not count: when they come, the line is written. */
function silencesOf(
  all: readonly Traveller[],
  recorded: readonly Traveller[],
  declared: readonly Interface[],
  seconds: 60 | 600,
): Silence[] {
  const times = all.filter((it) => !it.late).map((it) => Number(it.time / SECOND));
  if (times.length === 0) return [];
  const first = times.reduce((a, b) => Math.min(a, b));
  const last = times.reduce((a, b) => Math.max(a, b));
  const timesOf = new Map<Interface, Set<number>>();
  for (const it of recorded) {
    for (const at of [it.egress, it.ingress]) {
      if (at === undefined || it.late) continue;
      const own = timesOf.get(at) ?? new Set();
      timesOf.set(at, own.add(Number(it.time / SECOND)));
    }
  }
  const active = new Set(times);
  const out: Silence[] = [];
  for (const at of declared) {
    const length = at.nitro ? 60 : seconds;
    const intervalOf = (time: number): number => time - (time % length);
    const busy = new Set([...active].map(intervalOf));
    const seen = new Set([...(timesOf.get(at) ?? [])].map(intervalOf));
    let empty = 0;
    for (let start = intervalOf(first); start + length - 1 <= last; start += length) {
      empty = busy.has(start) ? 0 : empty + 1;
      if (start < first || seen.has(start) || empty > GAP_INTERVALS) continue;
      out.push({ interface: at, start, end: start + length - 1 });
    }
  }
  return out;
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}
