/**
 * What exported flows should become, in plain objects and one at a time: written from the rules (S2.2, S2.4, S2.8, S3.1,
 * S4.2, S7.4, S7.5) beside the recorder, and as slow as it likes. Of flows that come in order of time, so that none is
 * late; without ICMP, MAC addresses and scopes.
 */
import {
  DROP_BLACKHOLE,
  DROP_MTU_EXCEEDED,
  DROP_NO_ROUTE,
  DROP_TTL_EXPIRED,
} from '../../src/capture/flow-batch.ts';
import type { TestFlow } from './exported.ts';
import type { TestLine } from './support.ts';

export interface SeenFlow extends TestFlow {
  readonly exporter: string;
}

export interface ReferenceNetwork {
  /** Interfaces by address. */
  readonly held: ReadonlyMap<string, number>;
  /** Interfaces by `exporter ifIndex`. */
  readonly bound: ReadonlyMap<string, number>;
}

export interface Expected {
  readonly lines: TestLine[];
  readonly recorded: number;
  readonly unattributed: number;
  readonly duplicate: number;
  readonly translated: number;
  readonly events: number;
}

interface Leg {
  readonly src: string;
  readonly dst: string;
  readonly sport: number;
  readonly dport: number;
  /** Interfaces that a port forces, 0 for none. */
  readonly out: number;
  readonly in: number;
  /** Outside of the identity. */
  readonly beside: boolean;
}

interface Row extends Leg {
  readonly window: number;
  readonly protocol: number;
  readonly split: boolean;
  readonly place: string;
  readonly egress: number;
  readonly ingress: number;
  readonly lost: [number, number, number, number];
  egressTwice: boolean;
  ingressTwice: boolean;
  packets: number;
  bytes: number;
  first: number;
  last: number;
  flags: number;
  verdict: number;
}

const LOSSES = [DROP_NO_ROUTE, DROP_BLACKHOLE, DROP_MTU_EXCEEDED, DROP_TTL_EXPIRED];

export function expectedOf(
  network: ReferenceNetwork,
  flows: readonly SeenFlow[],
  seconds: 60 | 600,
): Expected {
  const rows: Row[] = [];
  let duplicate = 0;
  let events = 0;
  for (const flow of flows) {
    const window = flow.time - (flow.time % 60);
    const packets = flow.packets ?? 1;
    const bytes = flow.bytes ?? 100 * packets;
    const place = `${flow.exporter} ${flow.direction === 'out' ? 'out' : 'in'}`;
    const legs = legsOf(network, flow);
    const same = (leg: Leg, row: Row): boolean =>
      row.window === window && samePackets(leg, row) && (flow.protocol ?? 6) === row.protocol;
    const sameKey = (leg: Leg, row: Row): boolean =>
      same(leg, row) && row.out === leg.out && row.in === leg.in && row.beside === leg.beside;
    if (packets === 0) {
      events++;
      const [leg] = eventLeg(network, flow);
      const row = rows.find((it) => sameKey(leg!, it) && !it.split);
      if (row !== undefined && row.verdict === 0) row.verdict = flow.verdict ?? 0;
      continue;
    }
    for (const leg of legs) {
      let row = rows.find((it) => sameKey(leg, it) && !it.split);
      if (row !== undefined && row.place !== place && (row.egress !== 0 || row.ingress !== 0)) {
        if (!leg.beside) duplicate += packets;
        continue;
      }
      const verdict = flow.verdict ?? 0;
      let split = false;
      if (row !== undefined && verdict !== 0 && row.verdict !== 0 && row.verdict !== verdict) {
        split = true;
        row = rows.find((it) => sameKey(leg, it) && it.split);
      }
      if (row === undefined) {
        row = {
          ...leg,
          window,
          protocol: flow.protocol ?? 6,
          split,
          place,
          egress: leg.out || holder(network, leg.src),
          ingress: leg.in || holder(network, leg.dst),
          lost: [0, 0, 0, 0],
          egressTwice: false,
          ingressTwice: false,
          packets: 0,
          bytes: 0,
          first: Number.POSITIVE_INFINITY,
          last: 0,
          flags: 0,
          verdict,
        };
        for (const other of rows) {
          if (!same(leg, other) || sameKey(leg, other) || other.split !== split || other.place === place)
            continue;
          if (!other.egressTwice && other.egress === row.egress) row.egressTwice = true;
          if (!other.ingressTwice && other.ingress === row.ingress) row.ingressTwice = true;
        }
        rows.push(row);
      }
      row.packets += packets;
      row.bytes += bytes;
      row.first = Math.min(row.first, flow.start ?? flow.time);
      row.last = Math.max(row.last, flow.time);
      row.flags |= (flow.flags ?? 0) & 7;
      row.verdict ||= verdict;
      const cell = LOSSES.indexOf(flow.reason ?? 0);
      if (cell >= 0) row.lost[cell]! += packets;
    }
  }
  const sum = (list: readonly Row[]): number => list.reduce((all, { packets }) => all + packets, 0);
  const isRecorded = (row: Row): boolean =>
    (row.egress !== 0 && !row.egressTwice) || (row.ingress !== 0 && !row.ingressTwice);
  const counted = rows.filter(({ beside }) => !beside);
  const nobodys = counted.filter(({ egress, ingress }) => egress === 0 && ingress === 0);
  const recorded = sum(counted.filter(isRecorded));
  return {
    lines: (seconds === 60 ? rows : summedUp(rows)).flatMap(linesOf),
    recorded,
    unattributed: sum(nobodys),
    duplicate: duplicate + sum(counted) - recorded - sum(nobodys),
    translated: sum(rows.filter((row) => row.beside && isRecorded(row))),
    events,
  };
}

function holder({ held }: ReferenceNetwork, address: string): number {
  return held.get(address) ?? 0;
}

function samePackets(a: Leg, b: Leg): boolean {
  return a.src === b.src && a.dst === b.dst && a.sport === b.sport && a.dport === b.dport;
}

/** The leg that an event's verdict is looked for. */
function eventLeg(network: ReferenceNetwork, flow: SeenFlow): Leg[] {
  return legsOf(network, { ...flow, packets: 1 }, true);
}

function legsOf(network: ReferenceNetwork, flow: SeenFlow, firstOnly = false): Leg[] {
  const into = network.bound.get(`${flow.exporter} ${flow.ingress ?? 0}`) ?? 0;
  const outOf = network.bound.get(`${flow.exporter} ${flow.egress ?? 0}`) ?? 0;
  const before = { src: flow.src, dst: flow.dst, sport: flow.sport ?? 0, dport: flow.dport ?? 0 };
  const { post } = flow;
  const behind = post && {
    src: post.src,
    dst: post.dst,
    sport: post.sport ?? before.sport,
    dport: post.dport ?? before.dport,
  };
  if (
    behind === undefined ||
    (behind.src === before.src &&
      behind.dst === before.dst &&
      behind.sport === before.sport &&
      behind.dport === before.dport)
  ) {
    return [{ ...before, out: outOf, in: into, beside: false }];
  }
  const first: Leg = { ...before, out: 0, in: into || outOf, beside: false };
  const second: Leg = { ...behind, out: outOf || into, in: 0, beside: true };
  const has = (leg: Leg): boolean =>
    (leg.out || holder(network, leg.src)) !== 0 || (leg.in || holder(network, leg.dst)) !== 0;
  const forwarded = (flow.reason ?? 0) === 0 && flow.verdict !== 2;
  if (firstOnly || !has(second)) return [first];
  if (!has(first)) return [{ ...second, beside: false }];
  return forwarded ? [first, second] : [first];
}

/** Rows of an interval of 600 s that print the same, as one. */
function summedUp(rows: readonly Row[]): Row[] {
  const sums = new Map<string, Row>();
  for (const row of rows) {
    const start = row.window - (row.window % 600);
    const { src, dst, sport, dport, protocol, beside, egress, ingress, egressTwice, ingressTwice } = row;
    const name = JSON.stringify([
      [start, src, dst, sport, dport, protocol, row.out, row.in, beside],
      [egress, ingress, egressTwice, ingressTwice, row.verdict === 2],
    ]);
    const sum = sums.get(name);
    if (sum === undefined) {
      sums.set(name, { ...row, lost: [...row.lost] });
      continue;
    }
    sum.packets += row.packets;
    sum.bytes += row.bytes;
    sum.first = Math.min(sum.first, row.first);
    sum.last = Math.max(sum.last, row.last);
    sum.flags |= row.flags;
    sum.lost.forEach((packets, cell) => (sum.lost[cell] = packets + row.lost[cell]!));
  }
  return [...sums.values()];
}

function linesOf(row: Row): TestLine[] {
  const { packets, bytes, first, last, flags, lost } = row;
  const common = {
    flow: `${row.src} ${row.dst} ${row.sport} ${row.dport} ${row.protocol}`,
    packets,
    bytes,
    first,
    last,
    flags,
    verdict: row.verdict || 1,
    ...(lost.some((n) => n > 0) && { lost }),
  };
  const lines: TestLine[] = [];
  if (row.egress !== 0 && !row.egressTwice) lines.push({ interface: row.egress, side: 'egress', ...common });
  if (row.ingress !== 0 && !row.ingressTwice)
    lines.push({ interface: row.ingress, side: 'ingress', ...common });
  return lines;
}
