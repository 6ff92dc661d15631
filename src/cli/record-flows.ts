/** What `weir record` takes from exporters: NetFlow, IPFIX and sFlow over the network. */
import { type Command, Option } from 'commander';
import { parseAddress } from '../base/addresses.ts';
import { messageOf, UsageError } from '../base/errors.ts';
import { familyBits, parsePrefix, type Prefix } from '../base/prefixes.ts';
import type { TunnelKind } from '../capture/open.ts';
import { parseSize } from '../service/serve/units.ts';
import type {
  ExporterRule,
  ExportProtocol,
  FlowListener,
  ListenOptions,
} from '../sources/exports/options.ts';
import { collect, commaList, wholeNumber } from './lists.ts';

export interface FlowFlags {
  readonly netflow?: readonly string[];
  readonly ipfix?: readonly string[];
  readonly sflow?: readonly string[];
  readonly exporter?: readonly string[];
  readonly samplingRate?: number;
  readonly clock?: 'exporter' | 'receiver';
  readonly transport?: 'udp' | 'tcp';
  readonly receiver?: 'socket' | 'tcpdump';
  readonly receivers?: number;
  readonly receiveBuffer?: string;
}

const PROTOCOLS = ['netflow', 'ipfix', 'sflow'] as const satisfies readonly ExportProtocol[];
/** As people write them. */
const NAMES: Readonly<Record<ExportProtocol, string>> = {
  netflow: 'NetFlow',
  ipfix: 'IPFIX',
  sflow: 'sFlow',
};

/** Whose datagrams are taken where nobody is named: loopback, private, unique local and link-local addresses. */
const DEFAULT_EXPORTERS = [
  '127.0.0.0/8',
  '::1/128',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
];
const MIN_BUFFER = 1 << 16;
const MAX_BUFFER = 1 << 30;
const MAX_RATE = 1_000_000;

/** Adds the flags to a command. */
export function addFlowOptions(command: Command): Command {
  return command
    .option(
      '--netflow <address>',
      'live: NetFlow v5 and v9, and IPFIX, that come to ADDRESS:PORT, or :PORT; may be repeated',
      collect,
    )
    .option('--ipfix <address>', 'live: IPFIX that comes there; may be repeated', collect)
    .option('--sflow <address>', 'live: sFlow that comes there; may be repeated', collect)
    .option(
      '--exporter <prefixes>',
      'who may send, with commas between; may be repeated (default: loopback, private, unique local and link-local addresses)',
      collect,
    )
    .option(
      '--sampling-rate <n>',
      'one packet in so many was looked at, where an exporter (or IPFIX file) does not say',
      wholeNumber('--sampling-rate'),
    )
    .addOption(
      new Option('--clock <whose>', 'whose clock the times of flows are in (default: exporter)').choices([
        'exporter',
        'receiver',
      ]),
    )
    .addOption(new Option('--transport <kind>', 'of --ipfix (default: udp)').choices(['udp', 'tcp']))
    .addOption(
      new Option('--receiver <kind>', 'how datagrams are taken (default: socket)').choices([
        'socket',
        'tcpdump',
      ]),
    )
    .option(
      '--receivers <n>',
      'threads that receive, each with a socket of its own; 0: none beside the one that records',
      wholeNumber('--receivers'),
    )
    .option('--receive-buffer <size>', "the kernel's buffer of each socket, such as 32MiB");
}

/** True when a flag names something to listen on. */
export function listensForFlows(flags: FlowFlags): boolean {
  return PROTOCOLS.some((protocol) => (flags[protocol] ?? []).length > 0);
}

/** Flags that say how to listen, and do not go with anything else. @throws {UsageError} where nothing listens */
export function refuseFlowFlags(flags: FlowFlags): void {
  checkRate(flags.samplingRate);
  const given = (['exporter', 'clock', 'transport', 'receiver', 'receivers', 'receiveBuffer'] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (given === undefined) return;
  throw new UsageError(
    `${flagOf(given)} is for exporters: give --netflow, --ipfix or --sflow with an address as well`,
  );
}

/** What to listen on; `tunnels` are opened in headers that sFlow sampled. @throws {UsageError} for flags that cannot be, or do not go together */
export function listenOptions(
  flags: FlowFlags,
  tunnels: ReadonlySet<TunnelKind> | undefined,
): ListenOptions[] {
  const { transport, receiver, receivers, samplingRate } = flags;
  if (transport === 'tcp' && (flags.ipfix ?? []).length === 0) {
    throw new UsageError('--transport tcp is for --ipfix: NetFlow and sFlow come in datagrams');
  }
  if (transport === 'tcp') refuseDatagramFlags(flags);
  checkRate(samplingRate);
  const exporters = exportersFrom(flags);
  const receiveBuffer = bufferFrom(flags.receiveBuffer);
  const reception = {
    ...(receiver === undefined ? {} : { receiver }),
    ...(receivers === undefined ? {} : { receivers }),
    ...(receiveBuffer === undefined ? {} : { receiveBuffer }),
  };
  return PROTOCOLS.flatMap((protocol) =>
    (flags[protocol] ?? []).map((listen) => ({
      name: listen,
      protocol,
      listen,
      exporters,
      ...(transport === undefined || protocol !== 'ipfix' ? {} : { transport }),
      ...(tunnels === undefined || protocol !== 'sflow' ? {} : { tunnels }),
      ...(transport === 'tcp' && protocol === 'ipfix' ? {} : reception),
    })),
  );
}

/** @throws {UsageError} for what says how datagrams are taken, where nothing takes any */
function refuseDatagramFlags(flags: FlowFlags): void {
  if ((flags.netflow ?? []).length > 0 || (flags.sflow ?? []).length > 0) return;
  const given = (['receiver', 'receivers', 'receiveBuffer'] as const).find(
    (name) => flags[name] !== undefined && flags[name] !== 'socket',
  );
  if (given === undefined) return;
  throw new UsageError(`${flagOf(given)} is of datagrams: leave it out, or --transport tcp`);
}

function flagOf(name: keyof FlowFlags): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Listens on all of them; decoders are loaded only here. What is open is closed when one of them cannot be. */
export async function openListeners(all: readonly ListenOptions[]): Promise<FlowListener[]> {
  const { listenForFlows } = await import('../sources/exports/listen.ts');
  const open: FlowListener[] = [];
  try {
    for (const options of all) {
      open.push(await listenForFlows({ ...options, onNotice: tell }));
    }
    return open;
  } catch (error) {
    await Promise.all(open.map((listener) => listener.close()));
    throw error;
  }
}

/** Says where it listens: scripts wait for this line, and read the port that stands for 0 from it. */
export function tellReady(listeners: readonly FlowListener[], all: readonly ListenOptions[]): void {
  for (const [index, { address }] of listeners.entries()) {
    const { protocol, transport } = all[index]!;
    const host = address.host.includes(':') ? `[${address.host}]` : address.host;
    const over = transport === 'tcp' ? ' over TCP' : '';
    tell(`listening for ${NAMES[protocol]}${over} on ${host}:${address.port}${bufferOf(address)}`);
  }
}

function bufferOf({ receiveBuffer }: FlowListener['address']): string {
  if (receiveBuffer === undefined) return '';
  return ` (receive buffer ${(receiveBuffer / 2 ** 20).toFixed(1).replace('.0', '')} MiB)`;
}

function tell(message: string): void {
  process.stderr.write(`weir: ${message}\n`);
}

/** @throws {UsageError} for a rate that cannot be */
function checkRate(rate: number | undefined): void {
  if (rate !== undefined && (rate < 1 || rate > MAX_RATE)) {
    throw new UsageError(`--sampling-rate ${rate}: one packet in 1 to ${MAX_RATE}`);
  }
}

function exportersFrom({ exporter, samplingRate, clock }: FlowFlags): ExporterRule[] {
  const texts = exporter === undefined ? DEFAULT_EXPORTERS : commaList('--exporter', exporter);
  return texts.map((text) => ({
    prefix: prefixFrom(text),
    ...(samplingRate === undefined ? {} : { samplingRate }),
    ...(clock === undefined ? {} : { clock }),
  }));
}

/** A prefix, or one address. */
function prefixFrom(text: string): Prefix {
  const address = parseAddress(text);
  if (address !== undefined) return { ...address, length: familyBits(address.family) };
  try {
    return parsePrefix(text);
  } catch (error) {
    throw new UsageError(`--exporter: ${messageOf(error)}`);
  }
}

function bufferFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseSize(text);
  if (bytes === undefined || bytes < MIN_BUFFER || bytes > MAX_BUFFER) {
    throw new UsageError(`--receive-buffer ${text}: a size from 64KiB to 1GiB, such as 32MiB`);
  }
  return bytes;
}
