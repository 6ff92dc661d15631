import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { UsageError } from '../base/errors.ts';
import { openOutput } from '../service/record/output.ts';
import { RecordSession } from '../service/record/session.ts';
import type { FlowListener, ListenOptions } from '../sources/exports/options.ts';
import type { FlowSource } from '../sources/flow-source.ts';
import type { Source } from '../sources/source.ts';
import { collect, wholeNumber } from './lists.ts';
import { OUTPUT_KINDS, type OutputFlags, outputFormOf } from './output-form.ts';
import { startProgress } from './progress.ts';
import { openFlowFiles, sortPaths } from './record-files.ts';
import {
  addFlowOptions,
  type FlowFlags,
  listenOptions,
  listensForFlows,
  openListeners,
  refuseFlowFlags,
  tellReady,
} from './record-flows.ts';
import { checkKind, formatFrom, intervalFrom, type NetworkFlags, snapshotFrom } from './record-network.ts';
import {
  addSourceOptions,
  openSources,
  refuseCaptureFlags,
  refuseOwnInput,
  type SourceFlags,
  tunnelsFrom,
  verdictOnlyTold,
} from './record-sources.ts';
import { summaryJson, summaryText } from './summary.ts';

interface RecordFlags extends NetworkFlags, OutputFlags, SourceFlags, FlowFlags {
  readonly duration?: number;
  readonly workers?: number;
  readonly maxFlows?: number;
  readonly summary: string;
}

/** `weir record SOURCE…`: flow log lines without a service or a configuration. */
export function recordCommand(): Command {
  const command = new Command('record')
    .description('flow log records from capture files, standard input (-), live interfaces or exporters')
    .argument(
      '[source...]',
      'capture files (pcap or pcapng) and IPFIX files, plain or gzip, or - for standard input',
    );
  addSourceOptions(command);
  addFlowOptions(command);
  return command
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
  const listens = listensForFlows(flags);
  checkSources(paths, flags, listens);
  const form = outputFormOf(flags);
  refuseOwnInput(paths, flags.o);
  checkKind(flags);
  const format = formatFrom(flags);
  const listen = listens ? listenOptions(flags, tunnelsFrom(flags)) : [];
  const snapshot = await snapshotFrom(flags);
  const workers = flags.workers ?? defaultWorkers();
  if (workers > 64) throw new UsageError(`--workers ${workers}: at most 64`);
  const maxFlows = flags.maxFlows;
  if (maxFlows !== undefined && (maxFlows < 1024 || maxFlows > 1 << 25)) {
    throw new UsageError(`--max-flows ${maxFlows}: from 1024 to ${1 << 25}`);
  }
  const opened = endOnSignals();
  const { sources, flows, listeners } = await openAll(paths, listen, flags, snapshot.needsLink);
  opened();
  const session = new RecordSession({
    sources,
    flows,
    snapshot,
    format,
    interval: intervalFrom(flags),
    traffic: flags.trafficType ?? 'ALL',
    output: openOutput(flags.o, form, format),
    form,
    header: flags.header,
    workers,
    ...(maxFlows === undefined ? {} : { maxFlows }),
    verdictOnly: () => verdictOnlyTold(sources, flows.length > 0),
  });
  const restore = stopOnSignals(session);
  const timer =
    flags.duration === undefined ? undefined : setTimeout(() => session.stop(), flags.duration * 1000);
  tellReady(listeners, listen);
  const progress = startProgress(session, [...sources, ...flows]);
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

/** @throws {UsageError} for sources that are none, or do not go together */
function checkSources(paths: readonly string[], flags: RecordFlags, listens: boolean): void {
  const live = listens || (flags.interface ?? []).length > 0;
  if (paths.length === 0 && !live) {
    throw new UsageError(
      'nothing to record: name capture files, - for standard input, -i INTERFACE, or --netflow ADDRESS',
    );
  }
  if (paths.length > 0 && live) {
    const what = listens ? 'exporters that are listened for' : 'live interfaces';
    throw new UsageError(`capture files and ${what} keep different times: record them one by one`);
  }
  if (flags.duration !== undefined && !live) {
    throw new UsageError('--duration is for live sources: a capture file ends by itself');
  }
  if (paths.filter((path) => path === '-').length > 1) {
    throw new UsageError('standard input (-) can be read only once');
  }
  if (!listens) refuseFlowFlags(flags);
  else if (flags.interface === undefined) refuseCaptureFlags(flags, flags.sflow !== undefined);
}

/** Opens everything, or nothing. */
async function openAll(
  paths: readonly string[],
  listen: readonly ListenOptions[],
  flags: RecordFlags,
  macs: boolean,
): Promise<{ sources: Source[]; flows: FlowSource[]; listeners: FlowListener[] }> {
  const { captures, flows: flowFiles } = await sortPaths(paths);
  const sources = await openSources(captures, flags, macs);
  try {
    if (listen.length > 0) {
      const listeners = await openListeners(listen);
      return { sources, flows: listeners, listeners };
    }
    return { sources, flows: await openFlowFiles(flowFiles, flags.samplingRate), listeners: [] };
  } catch (error) {
    await Promise.all(sources.map((source) => source.close()));
    throw error;
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
