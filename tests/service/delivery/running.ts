import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { MAIN } from '../../program.ts';
import { NODE_FLAGS } from './world.ts';

/** A `weir` command in a process of its own, whose standard output nobody reads. */
export class Running {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #stderr = '';

  constructor(args: readonly string[], options: Pick<SpawnOptions, 'uid' | 'gid' | 'env'> = {}) {
    this.#child = spawn(process.execPath, [...NODE_FLAGS, MAIN, ...args], {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.#closed = once(this.#child, 'close');
  }

  get over(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** What it said until it ended by itself, or by a signal (code null). */
  async ended(): Promise<{ readonly code: number | null; readonly stderr: string }> {
    await this.#closed;
    return { code: this.#child.exitCode, stderr: this.#stderr };
  }

  /** Whether it was still running. */
  async kill(): Promise<boolean> {
    this.#child.kill('SIGKILL');
    await this.#closed;
    return this.#child.signalCode === 'SIGKILL';
  }
}
