/** One timed run of a whole process: wall and CPU seconds, peak memory, exit code. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Measurement {
  readonly wall: number;
  readonly cpu: number;
  /** Peak resident memory in MB (10^6 bytes). */
  readonly peakMb: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program to measure. `cores` pins it with taskset. */
export interface Command {
  readonly argv: readonly string[];
  readonly cores?: string;
  readonly stdin?: string;
}

/** Runs a command to its end under time(1)'s counters; throws when it fails. */
export async function measure(command: Command): Promise<Measurement> {
  const directory = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  try {
    const report = join(directory, 'time');
    const pinned = command.cores === undefined ? [] : ['taskset', '-c', command.cores];
    const argv = ['/usr/bin/time', '-f', '%e %U %S %M', '-o', report, ...pinned, ...command.argv];
    const { stdout, stderr, code } = await run(argv);
    if (code !== 0) throw new Error(`${command.argv.join(' ')} ended with ${code}:\n${stderr.slice(-2000)}`);
    const [wall, user, system, kilobytes] = readFileSync(report, 'utf8')
      .trim()
      .split('\n')
      .at(-1)!
      .split(' ')
      .map(Number);
    return { wall: wall!, cpu: user! + system!, peakMb: (kilobytes! * 1024) / 1e6, stdout, stderr };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function run(argv: readonly string[]): Promise<{ stdout: string; stderr: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ stdout, stderr, code }));
  });
}

/** True when a program can be found on the PATH. */
export function installed(program: string): boolean {
  return spawnSync('which', [program]).status === 0;
}

/** The middle of some figures. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** What a reader needs to place the figures. */
export function machine(): string {
  const info = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  const model = /model name\s*:\s*(.+)/.exec(info)?.[1] ?? process.arch;
  const cores = (info.match(/^processor/gm) ?? []).length;
  return `${cores} × ${model}, Node ${process.versions.node}`;
}
