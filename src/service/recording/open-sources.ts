/** Sources of weir.yaml and captures, as they are opened on a recording thread. */
import { isatty } from 'node:tty';
import { UserError } from '../../base/errors.ts';
import type { CaptureOptions, TunnelKind } from '../../capture/open.ts';
import { openFile } from '../../sources/file.ts';
import type { Source } from '../../sources/source.ts';
import { type LiveOptions, openLive } from '../../sources/tcpdump.ts';
import { PersistentSource } from './persistent-source.ts';
import type { CaptureSetup, LiveSourceSetup } from './setup.ts';

/** Standard input as a file that any thread can open: a thread's `process.stdin` is not the process's. */
const STANDARD_INPUT = '/dev/stdin';

/** A live source that has not started yet. */
export function liveSource(
  { config }: LiveSourceSetup,
  onNotice: (message: string) => void,
): PersistentSource {
  const device = config.type === 'live' ? config.interface : `nflog:${config.group}`;
  const options: LiveOptions = {
    // The network may come to declare MAC addresses while the source runs.
    macs: true,
    ...tunnels(config),
    ...defined({ snaplen: config.snaplen, bufferKiB: config.bufferKiB }),
    ...(config.type === 'live'
      ? { promiscuous: config.promiscuous, ...defined({ filter: config.filter }) }
      : patterns(config)),
    onNotice,
  };
  return new PersistentSource({
    name: config.name,
    reportsVerdicts: config.type === 'nflog',
    open: () => openLive(device, options),
    onNotice,
  });
}

/**
 * Opens a capture; `-` is standard input.
 *
 * @throws {UserError} when it cannot be opened or is no capture.
 */
export async function openCaptureSource(capture: CaptureSetup, macs: boolean): Promise<Source> {
  if (capture.path === '-' && isatty(0)) {
    throw new UserError('standard input is a terminal: pipe a capture into it, or take the source out');
  }
  const options: CaptureOptions = { macs, ...tunnels(capture), ...patterns(capture) };
  return openFile(capture.path === '-' ? STANDARD_INPUT : capture.path, options);
}

function tunnels(of: {
  readonly tunnels?: readonly TunnelKind[] | undefined;
}): Pick<CaptureOptions, 'tunnels'> {
  return of.tunnels === undefined ? {} : { tunnels: new Set(of.tunnels) };
}

function patterns(of: {
  readonly acceptPrefix?: string | undefined;
  readonly rejectPrefix?: string | undefined;
}): Pick<CaptureOptions, 'acceptPrefix' | 'rejectPrefix'> {
  return {
    ...(of.acceptPrefix === undefined ? {} : { acceptPrefix: new RegExp(of.acceptPrefix) }),
    ...(of.rejectPrefix === undefined ? {} : { rejectPrefix: new RegExp(of.rejectPrefix) }),
  };
}

/** Leaves members without a value out. */
function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
