import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { MAIN } from '../program.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A `weir serve` of its own process that answers. */
export interface WeirProcess {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly region: string;
  readonly pid: number;
  /** The first key of its data directory. */
  readonly credentials: Credentials;
  /** What it wrote to standard error so far. */
  readonly log: () => string;
  /** Whether it runs still. */
  readonly alive: () => boolean;
  /** SIGKILL, and waits for the end. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; the exit code. */
  readonly stop: () => Promise<number | null>;
}

interface Ready {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly region: string;
  readonly credentials: string;
}

export interface ProcessOptions {
  /** Path of weir.yaml. */
  readonly config?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Any free port of loopback without it. */
  readonly listen?: string;
  /** A network namespace to run in. */
  readonly namespace?: string;
  /** A file on its standard input. */
  readonly input?: string;
}

/**
 * Starts `weir serve` on a data directory, at any free port of loopback.
 * @throws RangeError with what it wrote when it ends before it is ready
 */
export async function startWeir(
  directory: string,
  { config, environment = process.env, listen = '127.0.0.1:0', namespace, input }: ProcessOptions = {},
): Promise<WeirProcess> {
  const args = ['serve', '--data', directory, '--listen', listen, '--output', 'json'];
  if (config !== undefined) args.push('--config', config);
  // `ip netns exec` becomes what it runs: the process id stays.
  const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
  const command = [...inside, process.execPath, '--disable-warning=ExperimentalWarning', MAIN, ...args];
  const stdin = input === undefined ? undefined : openSync(input, 'r');
  const child = spawn(command[0]!, command.slice(1), {
    stdio: [stdin ?? 'ignore', 'pipe', 'pipe'],
    env: environment,
  }) as ChildProcessByStdio<null, Readable, Readable>;
  if (stdin !== undefined) closeSync(stdin);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([once(lines, 'line'), ended.then(() => undefined)]);
  if (line === undefined) throw new RangeError(`weir serve ended before it was ready: ${stderr}`);
  const ready = JSON.parse(String(line[0])) as Ready;
  return {
    host: ready.host,
    port: ready.port,
    url: ready.url,
    region: ready.region,
    pid: child.pid!,
    credentials: readCredentials(ready.credentials),
    log: () => stderr,
    alive: () => child.exitCode === null && child.signalCode === null,
    kill: () => end(child, ended, 'SIGKILL').then(() => {}),
    stop: () => end(child, ended, 'SIGTERM'),
  };
}

async function end(
  child: ChildProcess,
  ended: Promise<unknown>,
  signal: NodeJS.Signals,
): Promise<number | null> {
  child.kill(signal);
  await ended;
  return child.exitCode;
}

function readCredentials(file: string): Credentials {
  const text = readFileSync(file, 'utf8');
  const of = (name: string): string => new RegExp(`^${name} = (.+)$`, 'm').exec(text)![1]!;
  return { accessKeyId: of('aws_access_key_id'), secretAccessKey: of('aws_secret_access_key') };
}
