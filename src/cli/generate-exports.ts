/** `weir generate --netflow|--ipfix|--sflow`: the traffic model as flow exporters report it, sent over UDP. */
import { UsageError, UserError } from '../base/errors.ts';
import {
  DEFAULT_EXPORTER_OPTIONS,
  type ExportKind,
  type ExporterOptions,
  MAX_EXPORTERS,
  MAX_SAMPLING,
  MAX_SAMPLING_V5,
} from '../synth/exporter/datagram.ts';
import { FlowFlood } from '../synth/exporter/flood.ts';
import { ModelExporters } from '../synth/exporter/model.ts';
import { type TrafficOptions, trafficOptions } from '../synth/options.ts';
import { destinationOf, isLoopback4 } from './generate-destination.ts';
import { type PaceOptions, pace } from './generate-pace.ts';
import { ExportSender } from './generate-send.ts';
import { type ExportSummary, printSummary } from './generate-summary.ts';
import { abortOnSignals } from './signals.ts';

/** Flags of the command that are about sending. */
export interface ExportFlags {
  readonly netflow?: string;
  readonly ipfix?: string;
  readonly sflow?: string;
  readonly netflowVersion?: number;
  readonly sampling?: number;
  readonly exporters?: number;
  readonly activeTimeout?: number;
  readonly inactiveTimeout?: number;
  readonly refresh?: number;
  readonly refreshSeconds?: number;
  readonly speed?: string;
  readonly rate?: number;
  readonly datagramRate?: number;
  readonly duration?: number;
  readonly flood?: boolean;
  readonly summary?: string;
}

/** A window (S3.1): without a rate, a flood sends each flow once in it. */
const WINDOW_SECONDS = 60;
const MAX_SECONDS = 86_400;
/** Of a trace that is sent faster than real time, when nothing else is asked for: most receivers keep up with it. */
const DEFAULT_DATAGRAM_RATE = 2000;
const SUMMARIES = ['text', 'json', 'none'];

/** Names of the flags of ExportFlags, as given; empty: a capture is asked for. */
export function exportFlagsOf(flags: ExportFlags): string[] {
  const { netflow, ipfix, sflow } = flags;
  return Object.entries({ '--netflow': netflow, '--ipfix': ipfix, '--sflow': sflow })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
}

/**
 * Sends what the flags ask for, and says what was sent.
 * @throws {UsageError} for flags that make no sense; {UserError} when nothing at all could be sent
 */
export async function generateExports(flags: ExportFlags, given: Partial<TrafficOptions>): Promise<void> {
  const [flag = '', second] = exportFlagsOf(flags);
  if (second !== undefined)
    throw new UsageError(`${flag} and ${second}: give one of them, and run twice for both`);
  const options = exporterOptions(flags, given);
  const timing = timingOf(flags, given);
  const summary = flags.summary ?? 'text';
  if (!SUMMARIES.includes(summary))
    throw new UsageError(`--summary must be ${SUMMARIES.join(', ')}, not "${summary}"`);
  const destination = await destinationOf(flag, flags.netflow ?? flags.ipfix ?? flags.sflow ?? '');
  if (options.exporters > 1 && !isLoopback4(destination))
    tell(
      `the ${options.exporters} exporters send from one address: only on loopback has each its own (127.0.0.x)`,
    );
  const sender = await ExportSender.open(destination, options.exporters, (code, message) => {
    const mend =
      code === 'ECONNREFUSED' ? `nothing listens at ${destination.text}; going on` : `${message}; going on`;
    tell(`${code}: ${mend}`);
  });
  const stop = abortOnSignals(() => tell('stopping'));
  let made: Made;
  try {
    const send = { ...timing, signal: stop.signal };
    made =
      flags.flood === true
        ? await sendFlood(given, options, sender, send)
        : await sendModel(given, options, sender, send);
  } finally {
    stop.restore();
    sender.close();
  }
  const { sent, failed, errors } = sender;
  const { kind, exporters, sampling } = options;
  printSummary(summary, {
    kind,
    destination: destination.text,
    exporters,
    sampling,
    ...made,
    sent,
    failed,
    errors,
  });
  if (sent.datagrams === 0 && failed.datagrams > 0)
    throw new UserError(`nothing could be sent to ${destination.text}: ${Object.keys(errors).join(', ')}`);
}

function exporterOptions(flags: ExportFlags, given: Partial<TrafficOptions>): ExporterOptions {
  const kind = kindOf(flags);
  if (kind === 'netflow-v5' && (given.ipv6 ?? 0) > 0)
    throw new UsageError('--ipv6: NetFlow version 5 has no IPv6; leave it out, or take --netflow-version 9');
  if (kind === 'sflow') {
    if (flags.flood === true)
      throw new UsageError('--flood repeats flow records: sFlow has samples; leave --flood out');
    if (flags.activeTimeout !== undefined || flags.inactiveTimeout !== undefined)
      throw new UsageError('sFlow has no flow cache: leave --active-timeout and --inactive-timeout out');
  }
  const most = kind === 'netflow-v5' ? MAX_SAMPLING_V5 : MAX_SAMPLING;
  return {
    kind,
    exporters: within('--exporters', flags.exporters ?? 1, 1, MAX_EXPORTERS),
    sampling: within('--sampling', flags.sampling ?? 1, 1, most),
    activeTimeout: 1000 * within('--active-timeout', flags.activeTimeout ?? 60, 1, MAX_SECONDS),
    inactiveTimeout: 1000 * within('--inactive-timeout', flags.inactiveTimeout ?? 15, 1, MAX_SECONDS),
    refreshDatagrams: within(
      '--refresh',
      flags.refresh ?? DEFAULT_EXPORTER_OPTIONS.refreshDatagrams,
      1,
      1_000_000_000,
    ),
    refreshTime: 1000 * within('--refresh-seconds', flags.refreshSeconds ?? 30, 1, MAX_SECONDS),
    vlans: (given.vlans ?? 0) > 0,
    sequence: kind === 'sflow' ? 1 : 0,
  };
}

function kindOf(flags: ExportFlags): ExportKind {
  const version = flags.netflowVersion;
  if (flags.netflow === undefined && version !== undefined)
    throw new UsageError('--netflow-version goes with --netflow');
  if (flags.sflow !== undefined) return 'sflow';
  if (flags.ipfix !== undefined) return 'ipfix';
  if (version === undefined || version === 9) return 'netflow-v9';
  if (version === 5) return 'netflow-v5';
  throw new UsageError(
    `--netflow-version must be 5 or 9, not ${version}${version === 10 ? ': that is --ipfix' : ''}`,
  );
}

/** How fast, how long, and in which time. */
interface Timing extends Pick<PaceOptions, 'datagramRate' | 'recordRate' | 'duration'> {
  /** Seconds of event time in a second; undefined: the trace begins now, and goes on in real time. */
  readonly speed: number | undefined;
}

function timingOf(flags: ExportFlags, given: Partial<TrafficOptions>): Timing {
  const text = flags.speed ?? 'now';
  const number = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  const speed = text === 'now' ? undefined : text === 'max' ? Infinity : number;
  if (speed === 0)
    throw new UsageError(
      `--speed must be now, max, or how many seconds of the trace go by in one, not "${text}"`,
    );
  if (flags.flood === true && flags.speed !== undefined)
    throw new UsageError('--flood sends flows of now, by --rate: leave --speed out');
  if (speed === undefined && given.start !== undefined)
    throw new UsageError('--start: the trace begins now; with --speed max it keeps its own time');
  const limited = flags.rate !== undefined || flags.datagramRate !== undefined;
  return {
    speed,
    recordRate:
      flags.rate === undefined ? Infinity : within('--rate', flags.rate, 1, Number.MAX_SAFE_INTEGER),
    datagramRate:
      flags.datagramRate !== undefined
        ? within('--datagram-rate', flags.datagramRate, 1, Number.MAX_SAFE_INTEGER)
        : limited || speed === undefined || flags.flood === true
          ? Infinity
          : DEFAULT_DATAGRAM_RATE,
    duration:
      flags.duration === undefined ? Infinity : within('--duration', flags.duration, 1, 365 * MAX_SECONDS),
  };
}

type Made = Pick<ExportSummary, 'seconds' | 'flows' | 'model' | 'sampled' | 'crowded'>;
type Send = Timing & { readonly signal: AbortSignal };

async function sendModel(
  given: Partial<TrafficOptions>,
  options: ExporterOptions,
  sender: ExportSender,
  send: Send,
): Promise<Made> {
  const { speed } = send;
  const live = speed === undefined;
  const traffic = trafficOptions({
    ...withoutIPv6(given, options),
    ...(live ? { start: Math.floor(Date.now() / 1000) } : {}),
  });
  const model = new ModelExporters(traffic, options);
  const start = traffic.start * 1000;
  const began = performance.now();
  const eventTime = (): number => {
    if (speed === undefined) return Date.now();
    return speed === Infinity ? Infinity : start + (performance.now() - began) * speed;
  };
  let ended = false;
  const step = () => {
    const datagram = model.next(eventTime());
    return datagram ?? (model.nextTime === Infinity ? 'end' : 'later');
  };
  let seconds = await pace(
    () => {
      const next = step();
      ended = next === 'end';
      return next;
    },
    sender,
    send,
  );
  if (!ended) {
    // Told to stop: what the caches hold is reported, as a router does that is shut down.
    model.stop();
    seconds += await pace(step, sender, {
      ...send,
      duration: Infinity,
      signal: new AbortController().signal,
    });
  }
  const { packets, bytes, flows } = model.totals;
  return {
    seconds,
    flows,
    model: { packets, bytes },
    sampled: { packets: model.sampledPackets, bytes: model.sampledBytes },
    crowded: model.crowded,
  };
}

async function sendFlood(
  given: Partial<TrafficOptions>,
  options: ExporterOptions,
  sender: ExportSender,
  send: Send,
): Promise<Made> {
  const flows = given.flows ?? 500_000;
  const traffic = trafficOptions({ packets: flows * 20, ...withoutIPv6(given, options), flows });
  const flood = new FlowFlood(traffic, options, Date.now());
  tell(`${flood.flows} flows in ${flood.size} datagrams are ready`);
  const recordRate =
    send.recordRate === Infinity && send.datagramRate === Infinity
      ? flood.flows / WINDOW_SECONDS
      : send.recordRate;
  const duration = send.duration === Infinity ? WINDOW_SECONDS : send.duration;
  const seconds = await pace(() => flood.next(Date.now()), sender, {
    ...send,
    recordRate,
    duration,
    reused: flood.size,
  });
  return { seconds, flows: flood.flows };
}

function withoutIPv6(given: Partial<TrafficOptions>, options: ExporterOptions): Partial<TrafficOptions> {
  return options.kind === 'netflow-v5' ? { ...given, ipv6: 0 } : given;
}

function within(name: string, value: number, low: number, high: number): number {
  if (value < low || value > high)
    throw new UsageError(`${name} must be a whole number from ${low} to ${high}, not ${value}`);
  return value;
}

function tell(text: string): void {
  process.stderr.write(`weir: ${text}\n`);
}
