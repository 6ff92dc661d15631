/** The captures and live interfaces of `weir record`. */
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { messageOf, UsageError } from '../base/errors.ts';
import { type CaptureOptions, TUNNEL_KINDS, type TunnelKind } from '../capture/open.ts';
import { verdictOnlyOf } from '../service/recording/verdict-only.ts';
import { openFile } from '../sources/file.ts';
import type { Source } from '../sources/source.ts';
import { openStandardInput } from '../sources/stream.ts';
import { type LiveOptions, openLive } from '../sources/tcpdump.ts';
import { collect, commaList, wholeNumber } from './lists.ts';

export interface SourceFlags {
  readonly interface?: readonly string[];
  readonly acceptPrefix?: string;
  readonly rejectPrefix?: string;
  readonly snaplen?: number;
  readonly buffer?: number;
  readonly filter?: string;
  readonly promiscuous: boolean;
  readonly tunnels?: readonly string[];
}

/** Adds the flags to a command. */
export function addSourceOptions(command: Command): Command {
  return command
    .option('-i, --interface <name>', 'live: an interface, any, or nflog:GROUP; may be repeated', collect)
    .option('--accept-prefix <regexp>', 'NFLOG prefixes that mean ACCEPT (default: ACCEPT)')
    .option('--reject-prefix <regexp>', 'NFLOG prefixes that mean REJECT (default: REJECT)')
    .option('--snaplen <bytes>', 'live: bytes captured of each packet', wholeNumber('--snaplen'))
    .option('--buffer <KiB>', 'live: kernel buffer', wholeNumber('--buffer'))
    .option('--filter <expression>', 'live: capture filter, as tcpdump takes it')
    .option('--no-promiscuous', 'live: only packets to and from this machine')
    .option(
      '--tunnels <kinds>',
      `what is recorded inside of: ${TUNNEL_KINDS.join(',')}, with commas between; may be repeated (default: none)`,
      collect,
    );
}

/** Flags that say how packets are captured, where exporters alone are listened for. `headers`: sFlow brings headers of
 * packets, so that tunnels can be opened. @throws {UsageError} */
export function refuseCaptureFlags(flags: SourceFlags, headers: boolean): void {
  const given = [
    ['--accept-prefix', flags.acceptPrefix],
    ['--reject-prefix', flags.rejectPrefix],
    ['--snaplen', flags.snaplen],
    ['--buffer', flags.buffer],
    ['--filter', flags.filter],
    ['--no-promiscuous', flags.promiscuous ? undefined : true],
  ].find(([, value]) => value !== undefined);
  if (given !== undefined) {
    throw new UsageError(`${given[0]} is for captured packets: leave it out, or give -i INTERFACE as well`);
  }
  if (flags.tunnels !== undefined && !headers) {
    throw new UsageError(
      '--tunnels is for captured packets and sFlow: leave it out, or give -i INTERFACE or --sflow as well',
    );
  }
}

/** Opens files in their order, or live interfaces. What is open is closed when one of them cannot be. `macs`: the
 * network looks at link columns. */
export async function openSources(
  paths: readonly string[],
  flags: SourceFlags,
  macs: boolean,
): Promise<Source[]> {
  const tunnels = tunnelsFrom(flags);
  const capture: CaptureOptions = {
    macs,
    ...(tunnels === undefined ? {} : { tunnels }),
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
    for (const name of flags.interface ?? []) sources.push(await openLive(name, options));
    return sources;
  } catch (error) {
    await Promise.all(sources.map((source) => source.close()));
    throw error;
  }
}

/** The tunnels that are opened: in captured packets, and in headers that sFlow sampled. */
export function tunnelsFrom({ tunnels }: SourceFlags): ReadonlySet<TunnelKind> | undefined {
  if (tunnels === undefined) return undefined;
  return new Set(
    commaList('--tunnels', tunnels).map((text) => {
      const kind = TUNNEL_KINDS.find((it) => it === text);
      if (kind === undefined) throw new UsageError(`--tunnels ${text}: there is ${TUNNEL_KINDS.join(', ')}`);
      return kind;
    }),
  );
}

/** NFLOG beside sources of another kind reports verdicts for their packets (S2.8): said, since they are not counted. */
export function verdictOnlyTold(sources: readonly Source[], others: boolean): ReadonlySet<number> {
  const only = verdictOnlyOf(sources, others);
  for (const index of only) {
    process.stderr.write(
      `weir: ${sources[index]!.name} only sets verdicts: the other sources count its packets (S2.8)\n`,
    );
  }
  return only;
}

/** An output that is one of the captures would empty it before it is read. */
export function refuseOwnInput(paths: readonly string[], output: string): void {
  const to = statSync(output, { throwIfNoEntry: false });
  if (to === undefined || !to.isFile()) return;
  for (const path of paths) {
    const from = statSync(path, { throwIfNoEntry: false });
    if (from !== undefined && from.ino === to.ino && from.dev === to.dev) {
      throw new UsageError(`-o ${output} is the capture ${path} itself: name another file`);
    }
  }
}

function pattern<K extends string>(key: K, flag: string, text: string | undefined): { [P in K]?: RegExp } {
  if (text === undefined) return {};
  try {
    return { [key]: new RegExp(text) } as { [P in K]?: RegExp };
  } catch (error) {
    throw new UsageError(`${flag} ${text}: ${messageOf(error)}`);
  }
}
