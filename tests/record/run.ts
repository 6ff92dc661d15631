/** Runs the command as its users do, as a process of its own, without the launcher around it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { MAIN } from '../program.ts';

export const ROOT = new URL('../../', import.meta.url).pathname;
const NODE = ['--disable-warning=ExperimentalWarning', MAIN];
const ENV = { ...process.env, NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/compile') };
/** Nothing here takes so long: what does hangs. In milliseconds. */
const TIME_LIMIT = 120_000;

export interface Run {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs `weir ARGS…` to its end. */
export function weir(args: readonly string[], input?: Uint8Array): Run {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...NODE, ...args], {
    env: ENV,
    maxBuffer: 1 << 29,
    timeout: TIME_LIMIT,
    ...(input === undefined ? {} : { input }),
  });
  return { status, signal, stdout, stderr: stderr.toString() };
}

interface Part {
  readonly packets: number;
  readonly bytes: number;
}

/** What `--summary json` says. */
export interface Summary {
  readonly in: Part;
  readonly outcomes: Readonly<
    Record<
      | 'recorded'
      | 'not_ip'
      | 'malformed'
      | 'excluded'
      | 'unattributed'
      | 'duplicate'
      | 'verdict_only'
      | 'refused',
      Part
    >
  >;
  readonly identity: boolean;
  readonly late: Part;
  readonly time_outlier: number;
  readonly fragments_unresolved: number;
  readonly windows: number;
  readonly early_writes: number;
  readonly records: number;
  readonly lost: number;
  readonly restarts: number;
  readonly faults: readonly { source: string; fault: { kind: string; offset: number; reason: string } }[];
}

/** The summary among the lines of standard error. */
export function summaryOf(stderr: string): Summary {
  const line = stderr.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`no summary in: ${stderr}`);
  return JSON.parse(line) as Summary;
}

/** Packets and bytes of all outcomes, to be compared with `in`: the identity (S1.2) added up anew. */
export function allOutcomes({ outcomes }: Summary): Part {
  const parts = Object.values(outcomes);
  return {
    packets: parts.reduce((sum, part) => sum + part.packets, 0),
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
  };
}

export interface Recording {
  /** Without the header, in the order written. */
  readonly lines: readonly string[];
  readonly summary: Summary;
}

/** Runs `weir record ARGS… --no-header`, which has to succeed; checks the identity on the way. */
export function record(args: readonly string[], input?: Uint8Array): Recording {
  const run = weir(['record', ...args, '--no-header', '--summary', 'json'], input);
  if (run.status !== 0) throw new Error(`record ended with ${run.status ?? run.signal}: ${run.stderr}`);
  const summary = summaryOf(run.stderr);
  const sum = allOutcomes(summary);
  if (sum.packets !== summary.in.packets || sum.bytes !== summary.in.bytes)
    throw new Error(`the identity does not hold: ${JSON.stringify(summary)}`);
  return { lines: linesOf(run.stdout), summary };
}

/** The lines of a text that ends with a line feed. */
export function linesOf(text: Uint8Array): string[] {
  const lines = Buffer.from(text).toString().split('\n');
  if (lines.pop() !== '') throw new Error('the last line has no end');
  return lines;
}

/** A log format of these fields. */
export function formatOf(fields: string): string {
  return fields
    .split(' ')
    .map((field) => `\${${field}}`)
    .join(' ');
}

/** The command while it runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves at its end with what `weir` gives. */
  readonly ended: Promise<Run>;
}

/** Waits until `seconds` of the clock's minute are left: for what must happen in one window. */
export async function leaveMinute(seconds: number): Promise<void> {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < 1000 * seconds) await new Promise((resolve) => setTimeout(resolve, left));
}

export interface Place {
  /** A network namespace to run in. */
  readonly namespace?: string;
  /** A directory that comes first in PATH. */
  readonly path?: string;
}

/** Starts `weir ARGS…`. It is killed when the test file ends. */
export function start(args: readonly string[], place: Place = {}): Running {
  const { namespace, path } = place;
  const command = [process.execPath, ...NODE, ...args];
  // `ip netns exec` becomes the command: the process id is the command's.
  const [program, ...rest] =
    namespace === undefined ? command : ['ip', 'netns', 'exec', namespace, ...command];
  const env = path === undefined ? ENV : { ...ENV, PATH: `${path}:${process.env['PATH']}` };
  const child = spawn(program!, rest, { env, stdio: 'pipe' });
  running.add(child);
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => errors.push(bytes));
  // Its end may come before all that a test writes to it.
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(([status, signal]: unknown[]) => {
    running.delete(child);
    return {
      status: status as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: Buffer.concat(out),
      stderr: Buffer.concat(errors).toString(),
    };
  });
  return {
    child,
    stdout: () => Buffer.concat(out).toString(),
    stderr: () => Buffer.concat(errors).toString(),
    ended,
  };
}

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Waits until something is so; throws after `seconds`. */
export async function until(what: string, test: () => boolean, seconds = 20): Promise<void> {
  const deadline = Date.now() + 1000 * seconds;
  while (!test()) {
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A directory that goes away with the test file. */
export function temporary(): {
  readonly path: string;
  file(name: string, content: Uint8Array | string): string;
} {
  const path = mkdtempSync(join(tmpdir(), 'weir-record-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    file(name, content) {
      writeFileSync(join(path, name), content);
      return join(path, name);
    },
  };
}

/** Writes a capture with `weir generate`. */
export function generate(path: string, ...flags: readonly string[]): string {
  const run = weir(['generate', ...flags, '-o', path]);
  if (run.status !== 0) throw new Error(`generate: ${run.stderr}`);
  return path;
}
