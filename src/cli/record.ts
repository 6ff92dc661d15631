import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { messageOf, UsageError } from '../base/errors.ts';
import type { CaptureOptions } from '../capture/open.ts';
import { openOutput } from '../service/record/output.ts';
import { RecordSession } from '../service/record/session.ts';
import { openFile } from '../sources/file.ts';
import type { Source } from '../sources/source.ts';
import { openStandardInput } from '../sources/stream.ts';
import { type LiveOptions, openLive } from '../sources/tcpdump.ts';
import { collect } from './lists.ts';
import { OUTPUT_KINDS, type OutputFlags, outputFormOf } from './output-form.ts';
import { startProgress } from './progress.ts';
import { checkKind, formatFrom, intervalFrom, type NetworkFlags, snapshotFrom } from './record-network.ts';
import { summaryJson, summaryText } from './summary.ts';

interface RecordFlags extends NetworkFlags, OutputFlags {
  readonly interface?: readonly string[];
  readonly acceptPrefix?: string;
  readonly rejectPrefix?: string;
  readonly snaplen?: number;
  readonly buffer?: number;
  readonly filter?: string;
  readonly promiscuous: boolean;
  readonly duration?: number;
  readonly workers?: number;
  readonly maxFlows?: number;
  readonly summary: string;
}

/** `weir record SOURCE…`: flow log lines without a service or a configuration. */
export function recordCommand(): Command {
  return new Command('record')
    .description('flow log records from capture files, standard input (-) or live interfaces')
    .argument('[source...]', 'capture files (pcap or pcapng, plain or gzip), or - for standard input')
    .option('-i, --interface <name>', 'live: an interface, any, or nflog:GROUP; may be repeated', collect)
    .option(
      '--cidr <prefixes>',
      'addresses that are yours, with commas between; each is a subnet; may be repeated (default: private ranges)',
      collect,
    )
    .option('--network <file>', 'network.yaml: accounts, VPCs, subnets and interfaces')
    .option('--ip-ranges <file>', 'ip-ranges.json: the services that addresses belong to')
    .addOption(
      new Option('--kind <kind>', 'records of interfaces, or of what crosses transit gateways')
        .choices(['vpc', 'transit-gateway'])
        .default('vpc'),
    )
    .option('--vpc <ids>', 'VPCs that the sources see, with commas between', 'all')
    .option('--account <id>', 'account of what names none (default: 123456789012)')
    .option('--region <name>', 'region of what names none (default: eu-central-1)')
    .addOption(
      new Option(
        '--interval <seconds>',
        'aggregation interval (default: 600; 60 of transit gateways)',
      ).choices(['60', '600']),
    )
    .option('--format <format>', "log format: '${version} ${srcaddr} …' (default: the service's)")
    .option('--tag-field <type=keys>', 'keys of tag fields: instance=Key,Key; may be repeated', collect)
    .addOption(
      new Option('--traffic-type <type>', 'which records (default: ALL)').choices([
        'ACCEPT',
        'REJECT',
        'ALL',
      ]),
    )
    .addOption(new Option('--output <kind>', 'what to write').choices(OUTPUT_KINDS).default('text'))
    .option('-o <path>', 'where to: text as gzip by the ending .gz, - for standard output', '-')
    .option('--no-header', 'leave the line of field names out')
    .option('--accept-prefix <regexp>', 'NFLOG prefixes that mean ACCEPT (default: ACCEPT)')
    .option('--reject-prefix <regexp>', 'NFLOG prefixes that mean REJECT (default: REJECT)')
    .option('--snaplen <bytes>', 'live: bytes captured of each packet', wholeNumber('--snaplen'))
    .option('--buffer <KiB>', 'live: kernel buffer', wholeNumber('--buffer'))
    .option('--filter <expression>', 'live: capture filter, as tcpdump takes it')
    .option('--no-promiscuous', 'live: only packets to and from this machine')
    .option('--duration <seconds>', 'live: end by itself', wholeNumber('--duration'))
    .option(
      '--workers <n>',
      'threads that write (default: one for each core, at most 4; none on one core)',
      wholeNumber('--workers'),
    )
    .option(
      '--max-flows <n>',
      'flows held of a window before it is written early',
      wholeNumber('--max-flows'),
    )
    .addOption(
      new Option('--summary <kind>', 'what to say on standard error at the end')
        .choices(['text', 'json', 'none'])
        .default('text'),
    )
    .action(record);
}

async function record(paths: readonly string[], flags: RecordFlags): Promise<void> {
  const live = flags.interface ?? [];
  if (paths.length === 0 && live.length === 0) {
    throw new UsageError('nothing to record: name capture files, - for standard input, or -i INTERFACE');
  }
  if (paths.length > 0 && live.length > 0) {
    throw new UsageError('capture files and live interfaces keep different times: record them one by one');
  }
  if (flags.duration !== undefined && live.length === 0) {
    throw new UsageError('--duration is for live interfaces: a capture file ends by itself');
  }
  if (paths.filter((path) => path === '-').length > 1) {
    throw new UsageError('standard input (-) can be read only once');
  }
  const form = outputFormOf(flags);
  refuseOwnInput(paths, flags.o);
  checkKind(flags);
  const format = formatFrom(flags);
  const snapshot = await snapshotFrom(flags);
  const workers = flags.workers ?? defaultWorkers();
  if (workers > 64) throw new UsageError(`--workers ${workers}: at most 64`);
  const maxFlows = flags.maxFlows;
  if (maxFlows !== undefined && (maxFlows < 1024 || maxFlows > 1 << 25)) {
    throw new UsageError(`--max-flows ${maxFlows}: from 1024 to ${1 << 25}`);
  }
  const opened = endOnSignals();
  const sources = await openSources(paths, live, flags, snapshot.needsLink);
  opened();
  const session = new RecordSession({
    sources,
    snapshot,
    format,
    interval: intervalFrom(flags),
    traffic: flags.trafficType ?? 'ALL',
    output: openOutput(flags.o, form, format),
    form,
    header: flags.header,
    workers,
    ...(maxFlows === undefined ? {} : { maxFlows }),
    verdictOnly: () => verdictOnlySources(sources),
  });
  const restore = stopOnSignals(session);
  const timer =
    flags.duration === undefined ? undefined : setTimeout(() => session.stop(), flags.duration * 1000);
  const progress = startProgress(session, sources);
  const began = performance.now();
  try {
    const summary = await session.run();
    progress.end();
    const seconds = (performance.now() - began) / 1000;
    if (flags.summary === 'json') process.stderr.write(`${summaryJson(summary)}\n`);
    else if (flags.summary === 'text') process.stderr.write(summaryText(summary, seconds, flags.network));
    for (const { source, fault } of summary.faults) {
      process.stderr.write(
        `weir: ${source} is ${fault.kind} at byte ${fault.offset}: ${fault.reason}; ` +
          'what came before is recorded\n',
      );
      process.exitCode = 1;
    }
  } finally {
    progress.end();
    clearTimeout(timer);
    restore();
  }
}

/** An output that is one of the captures would empty it before it is read. */
function refuseOwnInput(paths: readonly string[], output: string): void {
  const to = statSync(output, { throwIfNoEntry: false });
  if (to === undefined || !to.isFile()) return;
  for (const path of paths) {
    const from = statSync(path, { throwIfNoEntry: false });
    if (from !== undefined && from.ino === to.ino && from.dev === to.dev) {
      throw new UsageError(`-o ${output} is the capture ${path} itself: name another file`);
    }
  }
}

/** One core writes between packets: a thread beside it would only cost memory. */
function defaultWorkers(): number {
  const cores = availableParallelism();
  return cores === 1 ? 0 : Math.min(4, cores);
}

/** Before the first byte nothing is open: Ctrl-C just ends, and that is no failure. */
function endOnSignals(): () => void {
  process.on('SIGINT', exitWell);
  process.on('SIGTERM', exitWell);
  return () => {
    process.off('SIGINT', exitWell);
    process.off('SIGTERM', exitWell);
  };
}

function exitWell(): never {
  process.exit(0);
}

/** Ctrl-C writes what is open and ends well; a second one ends at once. */
function stopOnSignals(session: RecordSession): () => void {
  let asked = false;
  const stop = (): void => {
    if (asked) process.exit(130);
    asked = true;
    if (process.stderr.isTTY)
      process.stderr.write('\nweir: writing what is open; Ctrl-C again ends at once\n');
    session.stop();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
}

async function openSources(
  paths: readonly string[],
  live: readonly string[],
  flags: RecordFlags,
  macs: boolean,
): Promise<Source[]> {
  const capture: CaptureOptions = {
    macs,
    ...pattern('acceptPrefix', '--accept-prefix', flags.acceptPrefix),
    ...pattern('rejectPrefix', '--reject-prefix', flags.rejectPrefix),
  };
  const sources: Source[] = [];
  try {
    for (const path of paths) {
      sources.push(path === '-' ? await openStandardInput(capture) : await openFile(path, capture));
    }
    const options: LiveOptions = {
      ...capture,
      ...(flags.snaplen === undefined ? {} : { snaplen: flags.snaplen }),
      ...(flags.buffer === undefined ? {} : { bufferKiB: flags.buffer }),
      ...(flags.filter === undefined ? {} : { filter: flags.filter }),
      promiscuous: flags.promiscuous,
      onNotice: (message) => process.stderr.write(`weir: ${message}\n`),
    };
    for (const name of live) sources.push(await openLive(name, options));
    return sources;
  } catch (error) {
    await Promise.all(sources.map((source) => source.close()));
    throw error;
  }
}

/** NFLOG beside sources of another kind reports verdicts for their packets (S2.8). */
function verdictOnlySources(sources: readonly Source[]): Set<number> {
  const reporting = [...sources.keys()].filter((index) => sources[index]!.reportsVerdicts);
  if (reporting.length === sources.length) return new Set();
  for (const index of reporting) {
    process.stderr.write(
      `weir: ${sources[index]!.name} only sets verdicts: the other sources count its packets (S2.8)\n`,
    );
  }
  return new Set(reporting);
}

function pattern<K extends string>(key: K, flag: string, text: string | undefined): { [P in K]?: RegExp } {
  if (text === undefined) return {};
  try {
    return { [key]: new RegExp(text) } as { [P in K]?: RegExp };
  } catch (error) {
    throw new UsageError(`${flag} ${text}: ${messageOf(error)}`);
  }
}

function wholeNumber(flag: string): (text: string) => number {
  return (text) => {
    if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${flag} ${text}: give a whole number`);
    return Number(text);
  };
}
