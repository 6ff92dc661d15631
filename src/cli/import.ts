/** `weir import`: a network.yaml of describe output, Terraform state, or this host. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { messageOf, UsageError, UserError } from '../base/errors.ts';
import { importNetwork, type ImportInput } from '../import/import.ts';
import { printable, Report, reportText } from '../import/report.ts';
import { ownerFromOptions } from '../network/defaults.ts';
import { MAX_NETWORK_FILE } from '../network/yaml.ts';
import { collect } from './lists.ts';

/** Largest input file, and all of them, in bytes. */
const MAX_FILE = 256 << 20;
const MAX_TOTAL = 2 ** 30;
const MAX_FILES = 10_000;
const STANDARD_INPUT = '-';
/** What is read of a directory. */
const ENDINGS = /\.(?:json|ya?ml|tfstate)$/;
/** What `ip` may write: a router with full tables has a million routes. */
const MAX_IP_OUTPUT = 256 << 20;
const IP_COMMANDS = [
  ['-j', '-d', 'addr'],
  ['-j', 'route'],
  ['-6', '-j', 'route'],
] as const;

interface ImportFlags {
  readonly host?: boolean;
  readonly link?: readonly string[];
  readonly name?: string;
  readonly discover?: boolean;
  readonly account?: string;
  readonly region?: string;
  readonly output?: string;
  readonly force?: boolean;
  readonly report: string;
}

export function importCommand(): Command {
  return new Command('import')
    .description('make a network.yaml of describe-* output, Terraform state, or the addresses of this host')
    .argument('[file...]', 'JSON or YAML files, directories of them, - for standard input')
    .option('--host', 'take the links of this host (ip -j addr, ip -j route)')
    .option('--link <name>', 'of hosts: take this link and no others (may be repeated)', collect)
    .option('--name <name>', 'of hosts: what it is called, and its ids are made of (default: the host name)')
    .option('--discover', 'every subnet discovers: addresses that nothing holds become interfaces when seen')
    .option('--account <id>', 'account of what names none (default: that of most VPCs)')
    .option('--region <name>', 'region of what names none (default: that of most VPCs)')
    .option('-o, --output <file>', 'where to write the network file (default: standard output)')
    .option('--force', 'write over a file that is there')
    .option('--report <form>', 'how standard error tells what was understood: text or json', 'text')
    .action(run);
}

function run(paths: readonly string[], flags: ImportFlags): void {
  ownerFromOptions(flags); // refuses what is no account or region
  const { report: form, host = false, output, force = false } = flags;
  if (form !== 'text' && form !== 'json')
    throw new UsageError(`--report must be text or json, not "${form}"`);
  if (paths.length === 0 && !host) {
    throw new UsageError('nothing to import: give files or directories, - for standard input, or --host');
  }
  if (output === '') throw new UsageError('--output is empty: give a path');
  if (output !== undefined && !force) refuseExisting(output);
  const name = flags.name ?? hostname();
  if (name === '' || name.length > 255) throw new UsageError('--name must have 1 to 255 characters');
  const report = new Report();
  try {
    const { yaml } = importNetwork(
      inputs(paths, host),
      {
        account: flags.account,
        region: flags.region,
        discover: flags.discover ?? false,
        host: { name, links: flags.link },
      },
      report,
    );
    write(yaml, output, force);
  } finally {
    // Also of what failed: it says what was found instead.
    const data = report.data();
    if (data.inputs.length > 0) {
      process.stderr.write(form === 'json' ? `${JSON.stringify(data)}\n` : reportText(data));
    }
  }
}

function* inputs(paths: readonly string[], host: boolean): Generator<ImportInput, void, undefined> {
  let total = 0;
  for (const path of filesOf(paths)) {
    const input = {
      name: path === STANDARD_INPUT ? 'standard input' : printable(path),
      text: readText(path),
    };
    total += input.text.length;
    if (total > MAX_TOTAL)
      throw new UserError(`${path}: more than ${MAX_TOTAL >> 20} MB in all: import fewer`);
    yield input;
  }
  if (!host) return;
  for (const args of IP_COMMANDS) yield { name: `ip ${args.join(' ')}`, text: runIp(args) };
}

/** The files that paths stand for: of a directory those with a known ending, by name. */
function filesOf(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    if (path === STANDARD_INPUT || !isDirectory(path)) return [path];
    const found = readdirSync(path)
      .filter((name) => ENDINGS.test(name))
      .sort()
      .map((name) => join(path, name));
    if (found.length === 0)
      throw new UserError(`${path}: no file in it ends with .json, .yaml, .yml or .tfstate`);
    return found;
  });
  if (files.length > MAX_FILES) throw new UserError(`${files.length} files: at most ${MAX_FILES} are read`);
  return files;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw new UserError(`${path}: cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Reads a file, pipe or standard input, no more of it than the bound. */
function readText(path: string): string {
  const chunks: Buffer[] = [];
  let size = 0;
  let fd: number | undefined;
  try {
    fd = path === STANDARD_INPUT ? 0 : openSync(path, 'r');
    for (;;) {
      const chunk = Buffer.allocUnsafe(1 << 20);
      const count = readChunk(fd, chunk);
      if (count === 0) break;
      size += count;
      if (size > MAX_FILE) throw new UserError(`${path}: larger than ${MAX_FILE >> 20} MB: split it`);
      chunks.push(chunk.subarray(0, count));
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path}: cannot be read: ${messageOf(error)}`, { cause: error });
  } finally {
    if (fd !== undefined && fd !== 0) closeSync(fd);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads from a descriptor that may have nothing yet: a terminal or pipe that does not block. */
function readChunk(fd: number, chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(fd, chunk);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function runIp(args: readonly string[]): string {
  try {
    const text = execFileSync('ip', args, {
      encoding: 'utf8',
      maxBuffer: MAX_IP_OUTPUT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // A host without IPv6 routes has an empty answer.
    return text.trim() === '' ? '[]' : text;
  } catch (error) {
    const hint =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'ip of iproute2 is not there' : messageOf(error);
    throw new UserError(
      `ip ${args.join(' ')} failed: ${hint}. Its output from elsewhere can be given as files`,
      { cause: error },
    );
  }
}

function refuseExisting(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) {
    throw new UserError(`${path}: is there already: take another name, or --force to write over it`);
  }
}

/** Writes the file whole or not at all. */
function write(yaml: string, path: string | undefined, force: boolean): void {
  if (Buffer.byteLength(yaml) > MAX_NETWORK_FILE) {
    throw new UserError(
      `the network file would be larger than ${MAX_NETWORK_FILE >> 20} MB: import fewer VPCs`,
    );
  }
  if (path === undefined) {
    process.stdout.write(yaml);
    return;
  }
  const part = `${path}.part`;
  try {
    if (!force) {
      writeFileSync(path, yaml, { flag: 'wx' });
      return;
    }
    writeFileSync(part, yaml);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') refuseExisting(path);
    throw new UserError(`${path}: cannot be written: ${messageOf(error)}`, { cause: error });
  }
}
