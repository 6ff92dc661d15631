/** A service on a real socket, in this process or as `weir serve`, and the official client of it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import type { Destinations } from '../../src/flow-logs/destinations.ts';
import type { Delivery } from '../../src/flow-logs/status.ts';
import { parseConfig } from '../../src/service/serve/config.ts';
import { type RunningService, startService } from '../../src/service/serve/service.ts';
import { FakeDelivery, FakeDestinations } from '../flow-logs/fakes.ts';
import { MAIN } from '../program.ts';

export const ACCOUNT = '123456789012';
export const OTHER_ACCOUNT = '210987654321';
export const REGION = 'eu-central-1';
export const OTHER_REGION = 'us-east-1';

/** How long a process may take to be ready or to end, in milliseconds: the machine may be busy. */
const PATIENCE_MS = 30_000;

export interface Folder {
  readonly path: string;
  file(name: string, text: string): string;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'weir-service-'));
  return {
    path,
    file: (name, text) => {
      writeFileSync(join(path, name), text);
      return join(path, name);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export interface InProcessOptions {
  /** weir.yaml besides `listen`, which is any port of loopback. */
  readonly yaml?: string;
  readonly listen?: string;
  /** Without one, everything is in memory. */
  readonly directory?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Without backends flow logs are FAILED. */
  readonly backends?: { readonly destinations: Destinations; readonly delivery: Delivery } | undefined;
}

/** Backends that have every bucket, log group, stream and role, and deliver everything. */
export function fakeBackends(): { destinations: FakeDestinations; delivery: FakeDelivery } {
  return { destinations: new FakeDestinations(), delivery: new FakeDelivery() };
}

/** A service in this process, on any port of loopback. */
export function openService(options: InProcessOptions = {}): Promise<RunningService> {
  const { yaml = '', listen = '127.0.0.1:0', directory, environment, backends } = options;
  return startService({
    config: parseConfig(`listen: '${listen}'\n${yaml}`, 'weir.yaml'),
    directory,
    ...(environment === undefined ? {} : { environment }),
    ...backends,
  });
}

export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** The official client with one access key. */
export function clientOf(url: string, key: Credentials, region = REGION): EC2Client {
  return new EC2Client({
    region,
    endpoint: url,
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
    maxAttempts: 1,
  });
}

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `weir` command as a process of its own. */
export class WeirProcess {
  readonly #child: ChildProcess;
  readonly #finished: Promise<Finished>;
  #stdout = '';
  #stderr = '';

  constructor(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const env = { ...process.env, WEIR_ACCESS_KEY_ID: '', WEIR_SECRET_ACCESS_KEY: '', ...environment };
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], { env });
    this.#child.stdout!.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    this.#child.stderr!.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    const late = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
    this.#finished = new Promise((resolve) => {
      this.#child.on('close', (status) => {
        clearTimeout(late);
        resolve({ status, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** The first line on standard output; refused when the process ends without one. */
  async readyLine(): Promise<string> {
    const line = new Promise<string>((resolve) => {
      const look = (): void => {
        const end = this.#stdout.indexOf('\n');
        if (end >= 0) resolve(this.#stdout.slice(0, end + 1));
      };
      this.#child.stdout!.on('data', look);
      look();
    });
    const ended = this.#finished.then((it) => {
      throw new Error(`ended with ${it.status} before it was ready: ${it.stderr}`);
    });
    return Promise.race([line, ended]);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  finished(): Promise<Finished> {
    return this.#finished;
  }
}

/** A `weir` command, from start to end. */
export function weir(args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<Finished> {
  return new WeirProcess(args, environment).finished();
}
