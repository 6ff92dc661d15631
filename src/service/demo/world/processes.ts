/** Children of the world's process: commands that end, servers that say when they are ready, captures. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';

/** What a command may take. */
const COMMAND_MS = 15_000;
/** What is kept of standard error for messages. */
const KEPT_CHARACTERS = 400;

/** Runs a command to its end; gives its standard output. Rejects with its own words when it fails. */
export async function run(command: readonly string[], input = ''): Promise<string> {
  const [file, ...args] = command as [string, ...string[]];
  const child = spawn(file, args, { stdio: 'pipe', timeout: COMMAND_MS, killSignal: 'SIGKILL' });
  // A command that ends early does not read its input: its exit code says why.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const errors = keepText(child.stderr);
  const output = keepText(child.stdout);
  const code = await exitOf(child);
  if (code !== 0) throw new Error(failure(file, code, errors()));
  return output();
}

/** Starts a command that runs until it is ended, and resolves when it has said `ready`. */
export async function startServer(command: readonly string[]): Promise<void> {
  const [file, ...args] = command as [string, ...string[]];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const errors = keepText(child.stderr);
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    exitOf(child).then((code) => reject(new Error(failure(file, code, errors()))), reject);
  });
}

/** A tcpdump that writes what it sees to a file. */
export interface Capture {
  /** Ends it; resolves when all that it saw is in the file. */
  end(): Promise<void>;
}

/** Starts `tcpdump ARGS…` into a capture file; resolves when it listens. */
export async function startCapture(file: string, args: readonly string[]): Promise<Capture> {
  // By way of standard output: its own files belong to another user where tcpdump gives up being root.
  const child = spawn('tcpdump', ['-n', '--immediate-mode', ...args, '-w', '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  const written = pipeline(child.stdout, createWriteStream(file));
  const exit = exitOf(child);
  let errors = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(0, KEPT_CHARACTERS);
      if (/\blistening on\b/.test(errors)) resolve();
    });
    Promise.all([exit, written]).then(
      ([code]) => reject(new Error(failure('tcpdump', code, errors))),
      reject,
    );
  });
  return {
    async end() {
      child.kill('SIGINT');
      await Promise.all([exit, written]);
    },
  };
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
}

function keepText(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (piece: string) => {
    if (text.length < KEPT_CHARACTERS) text += piece;
  });
  finished(stream).catch(() => {});
  return () => text;
}

function failure(file: string, code: number, errors: string): string {
  const said = errors.trim().replaceAll(/\s*\n\s*/g, '; ');
  return `${file}: ${said === '' ? `it ended with code ${code}` : said.slice(0, KEPT_CHARACTERS)}`;
}
