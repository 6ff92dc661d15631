/** Starts the demo's network in namespaces of its own, for root and for users who may make user namespaces. */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, readlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../../base/errors.ts';
import { moduleUrl } from '../../../base/modules.ts';
import type { WorldReport } from './report.ts';

const MAIN = fileURLToPath(moduleUrl('service/demo/world/main'));
/** System programs are not in every user's path. */
const PATH = [process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter);
/** The tools, with the Debian package that has each. */
const TOOLS: readonly (readonly [tool: string, debianPackage: string])[] = [
  ['ip', 'iproute2'],
  ['nft', 'nftables'],
  ['tcpdump', 'tcpdump'],
  ['ping', 'iputils-ping'],
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
  ['mount', 'mount'],
];
const NAMESPACES = ['--mount', '--net', '--pid', '--fork', '--kill-child'];
/** TypeScript run as it is is no longer news. */
const QUIET = '--disable-warning=ExperimentalWarning';
/** How long the whole of it may take, and the trial. */
const WORLD_MS = 30_000;
const TRIAL_MS = 5000;

/** The network could not be made, or a program failed in it. */
export class WorldFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WorldFailure';
  }
}

/** What this machine lacks for a network of the demo's own, in words; undefined when it has all. */
export function missingForWorld(path: string = PATH): string | undefined {
  if (process.platform !== 'linux') return 'Linux';
  const missing = TOOLS.filter(([tool]) => !isThere(tool, path));
  if (missing.length > 0) {
    const names = missing.map(([tool, debianPackage]) => `${tool} (${debianPackage})`);
    return names.join(', ');
  }
  const trial = spawnSync('unshare', [...namespaceOptions(), 'true'], {
    stdio: 'ignore',
    timeout: TRIAL_MS,
    env: { ...process.env, PATH: path },
  });
  return trial.status === 0 ? undefined : 'the right to make network namespaces';
}

function isThere(tool: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

/**
 * Not root: a user namespace in which the user has capabilities and its own id, as programs that begin as root
 * give that up, which is not possible there.
 */
function namespaceOptions(): string[] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-current-user', '--keep-caps'];
  return [...user, ...NAMESPACES];
}

/**
 * Builds the network, lets its programs run, and resolves when their packets are in `folder` and all else is gone.
 *
 * @throws {WorldFailure} with the reason; the signal's own when it is aborted
 */
export async function runWorld(folder: string, signal?: AbortSignal): Promise<WorldReport> {
  signal?.throwIfAborted();
  const args = [process.execPath, QUIET, MAIN, folder, readlinkSync('/proc/self/ns/net')];
  const child = spawn('unshare', [...namespaceOptions(), '--', ...args], {
    // Ctrl-C in a terminal reaches the demo alone. The open pipe is how it knows that the demo is there.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PATH },
    timeout: WORLD_MS,
    killSignal: 'SIGKILL',
  });
  child.stdin.on('error', () => {});
  const end = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', end, { once: true });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', (error) => reject(new WorldFailure(messageOf(error))));
      child.once('close', () => resolve());
    });
  } finally {
    signal?.removeEventListener('abort', end);
  }
  signal?.throwIfAborted();
  return readReport(output, errors);
}

function readReport(output: string, errors: string): WorldReport {
  let said: { report?: WorldReport; fault?: string } = {};
  try {
    said = JSON.parse(output) as typeof said;
  } catch {
    // It ended before it could say why; standard error may.
  }
  if (said.report !== undefined) return said.report;
  const lines = errors.trim().split('\n');
  const reason = said.fault ?? lines.find((line) => /error|failed/i.test(line)) ?? lines.at(-1) ?? '';
  throw new WorldFailure(reason === '' ? 'it took too long' : reason);
}
