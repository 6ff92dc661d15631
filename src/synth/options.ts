/** What the traffic model can be asked for, its defaults and its limits. */
import { UsageError } from '../base/errors.ts';
import { type Prefix, formatPrefix, parsePrefix, prefixesOverlap } from '../base/prefixes.ts';
import { familyCapacity } from './hosts.ts';

export interface TrafficOptions {
  /** Exact number of packets in all. */
  readonly packets: number;
  /** Exact number of distinct 5-tuples; each direction of a conversation is one. */
  readonly flows: number;
  /** Length of the trace in seconds of event time. */
  readonly seconds: number;
  readonly seed: number;
  /** Shares of the packets, in percent. Of TCP there is what UDP and ICMP leave. */
  readonly ipv6: number;
  readonly udp: number;
  readonly icmp: number;
  /** UDP and ICMP packets that are fragments of a larger datagram, in percent of all packets. */
  readonly fragments: number;
  /** How many VLANs the conversations are spread over; 0: no tags. */
  readonly vlans: number;
  /** A service tag (802.1ad) around each VLAN tag. */
  readonly qinq: boolean;
  readonly hosts: number;
  /** Where host addresses are drawn from, without overlap. */
  readonly prefixes: readonly Prefix[];
  /** Unix seconds of the trace's beginning. */
  readonly start: number;
}

const MAX_PACKETS = 4_000_000_000;
/** About 100 bytes of memory for each 5-tuple. */
const MAX_FLOWS = 20_000_000;
const MAX_HOSTS = 16_000_000;
const MAX_SECONDS = 86_400;
/** VLAN ids 0 and 4095 are reserved (IEEE 802.1Q). */
const MAX_VLANS = 4094;

/** 2023-11-14 22:20:00 UTC: the beginning of a minute, of a slot of 300 s and of an interval of 600 s. */
export const DEFAULT_START = 1_700_000_400;
const DEFAULT_PACKETS = 100_000;
const DEFAULT_SECONDS = 300;
const DEFAULT_PREFIXES = ['10.0.0.0/8', 'fd12:3456:789a::/48'];
/** Packets for each 5-tuple, and hosts for each 5-tuple, where nothing else is asked for. */
const PACKETS_PER_FLOW = 20;
const HOSTS_PER_FLOW = 0.12;
const FEWEST_HOSTS = 16;

/**
 * Fills in the defaults and checks everything, alone and together. The default prefix of a family counts only
 * when no prefix of that family is given. UsageError, with the option's name on the command line.
 */
export function trafficOptions(given: Partial<TrafficOptions> = {}): TrafficOptions {
  const packets = whole('--packets', given.packets ?? DEFAULT_PACKETS, 1, MAX_PACKETS);
  const flows = whole('--flows', given.flows ?? defaultFlows(packets), 1, MAX_FLOWS);
  if (flows > packets) {
    throw new UsageError(`--flows ${flows} need at least as many packets: --packets is ${packets}`);
  }
  const ipv6 = percent('--ipv6', given.ipv6 ?? 5);
  const { udp, icmp, fragments } = protocolShares(given);
  const vlans = whole('--vlans', given.vlans ?? 0, 0, MAX_VLANS);
  const qinq = given.qinq ?? false;
  if (qinq && vlans === 0) throw new UsageError('--qinq puts a tag around VLAN tags: give --vlans too');
  const prefixes = prefixesWithDefaults(given.prefixes ?? []);
  const room = roomFor(prefixes, ipv6);
  const wanted = Math.max(FEWEST_HOSTS, vlans, Math.min(MAX_HOSTS, Math.round(flows * HOSTS_PER_FLOW)));
  const hosts = whole('--hosts', given.hosts ?? Math.min(wanted, room), 2, MAX_HOSTS);
  if (hosts > room) {
    throw new UsageError(`--hosts ${hosts} do not fit: the prefixes have room for ${room}`);
  }
  return {
    packets,
    flows,
    seconds: whole('--seconds', given.seconds ?? DEFAULT_SECONDS, 1, MAX_SECONDS),
    seed: whole('--seed', given.seed ?? 1, 0, Number.MAX_SAFE_INTEGER),
    ipv6,
    udp,
    icmp,
    fragments,
    vlans,
    qinq,
    hosts,
    prefixes,
    // The trace ends within the 32 bits that pcap has for seconds.
    start: whole('--start', given.start ?? DEFAULT_START, 0, 0xffffffff - MAX_SECONDS),
  };
}

function defaultFlows(packets: number): number {
  return Math.max(1, Math.min(MAX_FLOWS, Math.round(packets / PACKETS_PER_FLOW)));
}

/** Where only some shares are given, the others' defaults give way. */
function protocolShares(given: Partial<TrafficOptions>): { udp: number; icmp: number; fragments: number } {
  const udp = percent('--udp', given.udp ?? Math.min(25, 100 - Math.min(100, given.icmp ?? 1)));
  const icmp = percent('--icmp', given.icmp ?? Math.min(1, 100 - udp));
  if (udp + icmp > 100) {
    throw new UsageError(`--udp ${udp} and --icmp ${icmp} are over 100 percent together`);
  }
  const fragments = percent('--fragments', given.fragments ?? Math.min(0.5, udp + icmp));
  if (fragments > udp + icmp) {
    throw new UsageError(
      `--fragments ${fragments} is over --udp ${udp} and --icmp ${icmp} together: TCP is not fragmented`,
    );
  }
  return { udp, icmp, fragments };
}

function prefixesWithDefaults(given: readonly Prefix[]): Prefix[] {
  const defaults = DEFAULT_PREFIXES.map(parsePrefix);
  const out = [...given];
  for (const fallback of defaults) {
    if (!given.some((prefix) => prefix.family === fallback.family)) out.push(fallback);
  }
  for (const [i, a] of out.entries()) {
    const b = out.slice(0, i).find((other) => prefixesOverlap(other, a));
    if (b) throw new UsageError(`--cidr ${formatPrefix(a)} and ${formatPrefix(b)} overlap: give one of them`);
  }
  return out;
}

/** How many hosts have an address in every family that is used. */
function roomFor(prefixes: readonly Prefix[], ipv6: number): number {
  const room4 = ipv6 < 100 ? familyCapacity(prefixes, 4) : Number.POSITIVE_INFINITY;
  const room6 = ipv6 > 0 ? familyCapacity(prefixes, 6) : Number.POSITIVE_INFINITY;
  const room = Math.min(room4, room6);
  if (room < 2) throw new UsageError('--cidr leaves room for one host only: traffic needs two');
  return room;
}

function whole(name: string, value: number, low: number, high: number): number {
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw new UsageError(`${name} must be a whole number from ${low} to ${high}, not ${value}`);
  }
  return value;
}

function percent(name: string, value: number): number {
  if (!(value >= 0 && value <= 100)) {
    throw new UsageError(`${name} must be a percentage from 0 to 100, not ${value}`);
  }
  return value;
}
