import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { EXIT_FAILED, messageOf, UsageError } from '../base/errors.ts';
import { isId } from '../network/ids.ts';
import type { WeirClient } from '../service/endpoint/client.ts';
import type { FlowLogShown, ReplayDone, ReplayRequest } from '../service/endpoint/messages.ts';
import { DEFAULT_DATA, defaultConfig, readConfigFile, type ServiceConfig } from '../service/serve/config.ts';
import { openFile } from '../sources/file.ts';
import { askService } from '../identity/admin-client.ts';
import { collect, commaList } from './lists.ts';
import { progressLine, type ProgressLine } from './progress-line.ts';
import { openClient, type ServiceFlags, serviceOptions } from './service-options.ts';
import { abortOnSignals } from './signals.ts';
import { count, plural } from './text.ts';

interface ReplayFlags extends ServiceFlags {
  readonly config?: string;
  readonly ipRanges?: string;
  readonly vpc?: readonly string[];
  readonly acceptPrefix?: string;
  readonly rejectPrefix?: string;
  readonly flush: boolean;
  readonly summary: 'text' | 'json' | 'none';
}

type Options = Omit<ReplayRequest, 'uploads' | 'names'>;

/** What a replay did, and how the flow logs that may show it are delivered. */
export interface Replayed {
  readonly summary: ReplayDone;
  readonly flowLogs: readonly FlowLogShown[];
  /** The data directory, where no service runs on it: what is in its spool waits for one. */
  readonly spoolOf?: string;
}

/** `weir replay FILE…`: captures in event time, into a running service or through a data directory. */
export function replayCommand(): Command {
  return serviceOptions(
    new Command('replay')
      .description('record captures in event time and deliver them to the flow logs there are')
      .argument('<file...>', 'capture files (pcap or pcapng, plain or gzip), or - for standard input'),
  )
    .option('--config <file>', 'weir.yaml, where no service runs on the data directory')
    .option('--ip-ranges <file>', 'ip-ranges.json, where no service runs on the data directory')
    .option('--vpc <ids>', 'VPCs that the captures see, with commas between (default: all)', collect)
    .option('--accept-prefix <regexp>', 'NFLOG prefixes that mean ACCEPT (default: ACCEPT)')
    .option('--reject-prefix <regexp>', 'NFLOG prefixes that mean REJECT (default: REJECT)')
    .option('--no-flush', 'leave what slots are not complete to the service')
    .addOption(
      new Option('--summary <kind>', 'what to say on standard error at the end')
        .choices(['text', 'json', 'none'])
        .default('text'),
    )
    .action(replay);
}

async function replay(files: readonly string[], flags: ReplayFlags): Promise<void> {
  if (files.filter((file) => file === '-').length > 1) {
    throw new UsageError('standard input (-) can be read only once');
  }
  const options = optionsFrom(flags);
  await checkCaptures(files);
  const remote = flags.to !== undefined || flags.profile !== undefined || (await isServed(flags.data));
  if (remote && flags.config !== undefined) {
    throw new UsageError('--config is for a replay without a service: the running one has its own');
  }
  if (remote && flags.ipRanges !== undefined) {
    throw new UsageError('--ip-ranges is for a replay without a service: the running one has its own');
  }
  const progress = progressLine();
  const { signal, restore } = abortOnSignals(() => {
    progress.end();
    if (process.stderr.isTTY) process.stderr.write('weir: ending the replay; Ctrl-C again ends at once\n');
  });
  let replayed: Replayed;
  try {
    replayed = remote
      ? await intoService(openClient(flags), files, options, signal, progress)
      : await (
          await import('./replay-alone.ts')
        ).replayAlone({
          directory: flags.data ?? DEFAULT_DATA,
          config: configFrom(flags),
          files,
          options,
          signal,
          progress,
        });
  } finally {
    progress.end();
    restore();
  }
  tell(replayed, flags);
}

function configFrom({ config: file, ipRanges }: ReplayFlags): ServiceConfig {
  const config = file === undefined ? defaultConfig() : readConfigFile(file);
  return ipRanges === undefined ? config : { ...config, ipRanges: resolve(ipRanges) };
}

function optionsFrom(flags: ReplayFlags): Options {
  const vpcs = flags.vpc === undefined ? undefined : commaList('--vpc', flags.vpc);
  const wrong = vpcs?.find((id) => !isId('vpc', id));
  if (wrong !== undefined) throw new UsageError(`--vpc ${wrong}: write VPC ids, such as vpc-0a1b2c3d`);
  const { acceptPrefix, rejectPrefix, flush } = flags;
  for (const [flag, pattern] of [
    ['--accept-prefix', acceptPrefix],
    ['--reject-prefix', rejectPrefix],
  ] as const) {
    try {
      if (pattern !== undefined) RegExp(pattern);
    } catch (error) {
      throw new UsageError(`${flag} ${pattern}: ${messageOf(error)}`);
    }
  }
  return {
    flush,
    ...(vpcs === undefined ? {} : { vpcs }),
    ...(acceptPrefix === undefined ? {} : { acceptPrefix }),
    ...(rejectPrefix === undefined ? {} : { rejectPrefix }),
  };
}

/** Refuses what is no capture before anything is sent or begun. A FIFO can be read only once, so not here. */
async function checkCaptures(files: readonly string[]): Promise<void> {
  for (const file of files) {
    if (file === '-' || statSync(file, { throwIfNoEntry: false })?.isFIFO() === true) continue;
    await (await openFile(file)).close();
  }
}

async function isServed(data: string = DEFAULT_DATA): Promise<boolean> {
  return existsSync(data) && (await askService(resolve(data), 'keys.list', {})).reached;
}

async function intoService(
  client: WeirClient,
  files: readonly string[],
  options: Options,
  signal: AbortSignal,
  progress: ProgressLine,
): Promise<Replayed> {
  const run = randomBytes(6).toString('hex');
  const uploads: string[] = [];
  let replaying = false;
  try {
    for (const file of files) {
      const name = `${run}-${uploads.length}`;
      uploads.push(name);
      const stream = file === '-' ? process.stdin : createReadStream(file);
      await client.upload(name, stream as AsyncIterable<Uint8Array>, (bytes) => {
        progress.show(`${count(bytes)} bytes of ${file} sent`);
        signal.throwIfAborted();
      });
    }
    replaying = true;
    const summary = await client.replay(
      { ...options, uploads, names: files },
      (packets, waiting) =>
        progress.show(waiting ? 'waiting for another replay' : `${count(packets)} packets`),
      signal,
    );
    return { summary, flowLogs: (await client.status()).flowLogs };
  } catch (error) {
    if (!replaying) await Promise.allSettled(uploads.map((name) => client.deleteUpload(name)));
    if (signal.aborted) process.exit(130);
    throw error;
  }
}

function tell({ summary, flowLogs, spoolOf }: Replayed, { summary: kind }: ReplayFlags): void {
  if (kind === 'json') process.stderr.write(`${JSON.stringify({ ...summary, flowLogs })}\n`);
  else if (kind === 'text')
    process.stderr.write(summaryText(summary, flowLogs) + spooledText(flowLogs, spoolOf));
  for (const { file, message } of summary.faults) {
    process.stderr.write(`weir: ${file}: ${message}\n`);
    process.exitCode = EXIT_FAILED;
  }
}

/** What no service is there for to deliver. */
function spooledText(flowLogs: readonly FlowLogShown[], directory: string | undefined): string {
  if (directory === undefined) return '';
  const lines = flowLogs.flatMap(({ flowLog, destination, amounts }) => {
    const rows = amounts?.spooled.rows ?? 0;
    return rows === 0 ? [] : [`${plural(rows, 'record')} of ${flowLog} to ${destination} wait in the spool`];
  });
  if (lines.length > 0)
    lines.push(`what waits goes out when the service runs: weir serve --data ${directory}`);
  return lines.map((line) => `weir: ${line}\n`).join('');
}

function summaryText(summary: ReplayDone, flowLogs: readonly FlowLogShown[]): string {
  const rejected = Object.entries(summary.rejected).filter(([, packets]) => packets > 0);
  const without = rejected.map(([reason, packets]) => `, ${count(packets)} ${reason.replaceAll('_', ' ')}`);
  const lines = [
    `${plural(summary.packets, 'packet')}, ${count(summary.bytes)} bytes${without.join('')}; ` +
      `${plural(summary.windows, 'window')}, ${plural(summary.discovered, 'interface')} discovered`,
  ];
  if (flowLogs.length === 0) lines.push('there is no flow log that shows it: create one, and replay again');
  for (const { flowLog, destination, state, reason } of flowLogs) {
    if (state === 'failing') lines.push(`${flowLog} to ${destination} waits: ${reason ?? 'it fails'}`);
  }
  if (summary.aborted) lines.push('the replay was ended early: what was read by then is delivered');
  return lines.map((line) => `weir: ${line}\n`).join('');
}
