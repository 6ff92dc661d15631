/** `weir generate`: a capture file of synthetic traffic, or flow exports of it. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Command } from 'commander';
import { UsageError, UserError, messageOf } from '../base/errors.ts';
import { type Prefix, parsePrefix } from '../base/prefixes.ts';
import { MAX_CAPTURED_BYTES } from '../capture/constants.ts';
import { type TrafficOptions, trafficOptions } from '../synth/options.ts';
import type { TrafficTotals } from '../synth/totals.ts';
import { generateTrace } from '../synth/trace.ts';
import { type ExportFlags, exportFlagsOf, generateExports } from './generate-exports.ts';
import { grouped } from './text.ts';

/** Enough for every header that the model makes. */
const DEFAULT_SNAPLEN = 96;
const STANDARD_OUTPUT = '-';

interface GenerateFlags extends ExportFlags {
  readonly packets?: number;
  readonly flows?: number;
  readonly seconds?: number;
  readonly seed?: number;
  readonly ipv6?: number;
  readonly icmp?: number;
  readonly udp?: number;
  readonly fragments?: number;
  readonly vlans?: number;
  readonly qinq?: boolean;
  readonly hosts?: number;
  readonly cidr?: readonly string[];
  readonly start?: number;
  readonly snaplen?: number;
  readonly format?: string;
  readonly output?: string;
}

const CAPTURE_FLAGS = ['snaplen', 'format', 'output'] as const;
const EXPORT_FLAGS = [
  'netflowVersion',
  'sampling',
  'exporters',
  'activeTimeout',
  'inactiveTimeout',
  'refresh',
  'refreshSeconds',
  'speed',
  'rate',
  'datagramRate',
  'duration',
  'flood',
  'summary',
] as const;

/** The command. It throws UsageError for values that make no sense, UserError when the file cannot be written. */
export function generateCommand(): Command {
  return new Command('generate')
    .description(
      'write a capture of synthetic traffic, or send it as flow exports: a seed, and the same comes again',
    )
    .option('--packets <n>', 'packets in all (default: 100000)', wholeNumber('--packets'))
    .option(
      '--flows <n>',
      'distinct 5-tuples, each direction one (default: packets / 20)',
      wholeNumber('--flows'),
    )
    .option('--seconds <n>', 'length of the trace (default: 300)', wholeNumber('--seconds'))
    .option('--seed <n>', 'which of the many such traces (default: 1)', wholeNumber('--seed'))
    .option('--ipv6 <percent>', 'packets that are IPv6 (default: 5)', percentage('--ipv6'))
    .option('--udp <percent>', 'packets that are UDP (default: 25)', percentage('--udp'))
    .option('--icmp <percent>', 'packets that are ICMP or ICMPv6 (default: 1)', percentage('--icmp'))
    .option('--fragments <percent>', 'packets that are fragments (default: 0.5)', percentage('--fragments'))
    .option('--vlans <n>', 'VLANs to spread the traffic over (default: 0, no tags)', wholeNumber('--vlans'))
    .option('--qinq', 'a service tag around each VLAN tag')
    .option('--hosts <n>', 'hosts that talk (default: 12 for each 100 flows)', wholeNumber('--hosts'))
    .option('--cidr <prefix...>', 'where host addresses lie (default: 10.0.0.0/8 fd12:3456:789a::/48)')
    .option('--start <unix>', 'when the trace begins (default: 1700000400)', wholeNumber('--start'))
    .option(
      '--snaplen <n>',
      `bytes kept of each packet (default: ${DEFAULT_SNAPLEN})`,
      wholeNumber('--snaplen'),
    )
    .option('--format <format>', 'pcap or pcapng (default: by the ending of the path, else pcap)')
    .option('-o, --output <path>', 'where to: gzip by the ending .gz, - for standard output (default: -)')
    .option('--netflow <host:port>', 'send NetFlow instead of writing a capture')
    .option('--ipfix <host:port>', 'send IPFIX')
    .option('--sflow <host:port>', 'send sFlow')
    .option('--netflow-version <n>', '5 or 9 (default: 9)', wholeNumber('--netflow-version'))
    .option('--sampling <n>', 'exporters count one packet of so many (default: 1)', wholeNumber('--sampling'))
    .option(
      '--exporters <n>',
      'how many share the traffic, on loopback from 127.0.0.1, 127.0.0.2 and so on (default: 1)',
      wholeNumber('--exporters'),
    )
    .option(
      '--active-timeout <s>',
      'a flow that goes on is reported (default: 60)',
      wholeNumber('--active-timeout'),
    )
    .option(
      '--inactive-timeout <s>',
      'a flow that is silent is reported (default: 15)',
      wholeNumber('--inactive-timeout'),
    )
    .option(
      '--refresh <n>',
      'datagrams until templates are sent again (default: 200)',
      wholeNumber('--refresh'),
    )
    .option(
      '--refresh-seconds <s>',
      'seconds until templates are sent again (default: 30)',
      wholeNumber('--refresh-seconds'),
    )
    .option('--speed <speed>', 'now: live; max, or a factor: in the time of the trace (default: now)')
    .option('--rate <n>', 'records a second at most', wholeNumber('--rate'))
    .option('--datagram-rate <n>', 'datagrams a second at most', wholeNumber('--datagram-rate'))
    .option('--duration <s>', 'stop after so many seconds', wholeNumber('--duration'))
    .option('--flood', 'all --flows (default: 500000) again and again at --rate, for measuring')
    .option('--summary <form>', 'of what was sent: text, json or none (default: text)')
    .action(generate);
}

async function generate(flags: GenerateFlags): Promise<void> {
  const sends = exportFlagsOf(flags).length > 0;
  refuseOthers(flags, sends);
  if (sends) await generateExports(flags, givenTraffic(flags));
  else await generateCapture({ ...flags, output: flags.output ?? STANDARD_OUTPUT });
}

/** Flags that are for captures only, or for flow exports only. */
function refuseOthers(flags: GenerateFlags, sends: boolean): void {
  const names: readonly (keyof GenerateFlags)[] = sends ? CAPTURE_FLAGS : EXPORT_FLAGS;
  const given = names.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const flag = `--${given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(
    sends
      ? `${flag} is for captures: leave it out with ${exportFlagsOf(flags)[0]}`
      : `${flag} is for flow exports: give --netflow, --ipfix or --sflow HOST:PORT too`,
  );
}

async function generateCapture(flags: GenerateFlags & { readonly output: string }): Promise<void> {
  const options = trafficOptions(givenTraffic(flags));
  const snaplen = flags.snaplen ?? DEFAULT_SNAPLEN;
  if (snaplen < 1 || snaplen > MAX_CAPTURED_BYTES) {
    throw new UsageError(`--snaplen must be from 1 to ${MAX_CAPTURED_BYTES}, not ${snaplen}`);
  }
  const format = captureFormat(flags);
  if (flags.output === '') throw new UsageError('--output is empty: give a path, or - for standard output');
  if (flags.output === STANDARD_OUTPUT && process.stdout.isTTY) {
    throw new UsageError('a capture on a terminal helps nobody: give -o PATH, or pipe it on');
  }
  const trace = generateTrace(options, { format, snaplen });
  // The plan is made here: what cannot be generated leaves an existing file as it was.
  const first = trace.next();
  let totals = first.done ? first.value : undefined;
  function* chunks(): Generator<Uint8Array> {
    for (let step = first; ; step = trace.next()) {
      if (step.done) {
        totals = step.value;
        return;
      }
      yield step.value;
    }
  }
  await writeChunks(chunks(), flags.output);
  if (totals) process.stderr.write(`${summary(totals, options)}\n`);
}

/** The flags without those that were not given, so that the defaults apply. */
function givenTraffic(flags: GenerateFlags): Partial<TrafficOptions> {
  const { packets, flows, seconds, seed, ipv6, icmp, udp, fragments, vlans, qinq, hosts, cidr, start } =
    flags;
  const all = { packets, flows, seconds, seed, ipv6, icmp, udp, fragments, vlans, qinq, hosts, start };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return cidr === undefined ? given : { ...given, prefixes: cidr.map(cidrPrefix) };
}

function cidrPrefix(text: string): Prefix {
  try {
    return parsePrefix(text);
  } catch (error) {
    if (error instanceof UserError) throw new UsageError(`--cidr: ${error.message}`);
    throw error;
  }
}

function captureFormat(flags: GenerateFlags & { readonly output: string }): 'pcap' | 'pcapng' {
  const format = flags.format ?? (/\.pcapng(?:\.gz)?$/i.test(flags.output) ? 'pcapng' : 'pcap');
  if (format === 'pcap' || format === 'pcapng') return format;
  throw new UsageError(`--format must be pcap or pcapng, not "${format}"`);
}

/** Writes as fast as the other side takes it; no more than a few chunks wait. */
async function writeChunks(chunks: Iterable<Uint8Array>, path: string): Promise<void> {
  const source = Readable.from(chunks, { highWaterMark: 1 });
  const sink = path === STANDARD_OUTPUT ? process.stdout : createWriteStream(path);
  try {
    if (path.endsWith('.gz')) await pipeline(source, createGzip(), sink);
    else await pipeline(source, sink);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const where = path === STANDARD_OUTPUT ? 'standard output' : path;
    throw new UserError(`cannot write the capture to ${where}: ${messageOf(error)}`, { cause: error });
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function summary(totals: TrafficTotals, options: TrafficOptions): string {
  return (
    `generated ${grouped(totals.packets)} packets, ${grouped(totals.bytes)} IP bytes, ${grouped(totals.flows)} flows ` +
    `among ${grouped(options.hosts)} hosts in ${grouped(options.seconds)} s from ${options.start} ` +
    `(${grouped(totals.ipv6.packets)} IPv6, ${grouped(totals.udp.packets)} UDP, ${grouped(totals.icmp.packets)} ICMP, ` +
    `${grouped(totals.fragments.packets)} fragments)`
  );
}

/** Digits only: what Number() would make of "", "0x10", "1e3" or " 5 " is not meant. */
function wholeNumber(name: string): (text: string) => number {
  return (text) => {
    if (/^[0-9]{1,16}$/.test(text)) return Number(text);
    throw new UsageError(`${name} must be a whole number, not "${text}"`);
  };
}

function percentage(name: string): (text: string) => number {
  return (text) => {
    if (/^[0-9]{1,3}(?:\.[0-9]{1,9})?$/.test(text)) return Number(text);
    throw new UsageError(`${name} must be a percentage from 0 to 100, not "${text}"`);
  };
}
