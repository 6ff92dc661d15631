/**
 * One tcpdump child: its start, its standard error, its signals. What it writes goes into an intake.
 *
 * It runs in a session of its own, so that Ctrl-C in a terminal reaches Weir alone, which then lets it end in
 * good order. It does not outlive its parent: it is killed when the parent exits. Where nothing of the parent can
 * run any more (it was killed, or the thread that holds the child was ended) a guard kills it: a shell whose
 * standard input is a pipe from the parent, which the system closes. Without a shell, writing its next packet
 * ends it (SIGPIPE).
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { messageOf } from '../base/errors.ts';
import { noStatistics, readStatistics } from './statistics.ts';
import type { Statistics } from './statistics.ts';

/** How long a start may take: from exec to "listening on". */
const START_MS = 10_000;
/** How long an answer to SIGUSR1 is waited for. tcpdump answers between two packets. */
const ANSWER_MS = 1000;
/** From SIGINT to SIGKILL. */
const END_MS = 3000;
/** What is kept of standard error for messages. */
const KEPT_LINES = 8;
const KEPT_CHARACTERS = 400;

/** tcpdump did not come to listening: its own words, and the code of a failed exec. */
export class StartFailure extends Error {
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.name = 'StartFailure';
    this.code = code;
  }
}

/** Waits for the end of its input, then kills the process whose id is its argument. */
const GUARD = 'read -r line || kill -9 "$0" 2>/dev/null';

const running = new Set<ChildProcess>();

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Where the bytes of a child go. */
export interface ChildIntake {
  /** Takes a chunk (it is not copied). A promise asks to wait for it before the next one. */
  push(chunk: Uint8Array): Promise<void> | undefined;
  /** The child has ended. */
  finish(): void;
}

/** A child from its start to its end; never started twice. */
export class TcpdumpProcess<I extends ChildIntake> {
  /** Resolves when it captures, rejects with StartFailure when it ends before. */
  readonly listening: Promise<void>;
  /** Resolves when it has ended and all that it wrote is in the intake. */
  readonly closed: Promise<void>;
  /** The latest counts that it told. */
  readonly statistics: Statistics = noStatistics();
  readonly intake: I;
  /** Bytes of capture that it wrote. */
  read = 0;
  readonly #child: ChildProcess;
  readonly #guard: ChildProcess | undefined;
  readonly #started = Promise.withResolvers<void>();
  readonly #lines: string[] = [];
  #answers: ((answered: boolean) => void)[] = [];
  #over = false;
  #ending: NodeJS.Timeout | undefined;

  constructor(command: string, args: readonly string[], intake: I) {
    this.intake = intake;
    const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, PATH: path, LC_ALL: 'C' },
    });
    if (running.size === 0) process.on('exit', killAll);
    running.add(this.#child);
    this.#guard = guard(this.#child.pid);
    this.#readErrors();
    this.listening = this.#started.promise;
    // Whoever starts a child awaits `listening`; this only keeps a rejection from going unheard before that.
    this.listening.catch(() => {});
    this.closed = this.#run();
  }

  async #run(): Promise<void> {
    const child = this.#child;
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
      child.on('error', (error: NodeJS.ErrnoException) => {
        // Also a signal that may not be sent ends up here: then the child is still there.
        if (child.pid !== undefined) return;
        this.#started.reject(new StartFailure(messageOf(error), error.code));
        resolve();
      });
    });
    const timer = setTimeout(() => {
      this.#started.reject(new StartFailure(`it was not ready within ${START_MS / 1000} s`));
      this.kill();
    }, START_MS);
    this.#started.promise.then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
    await this.#pump();
    await ended;
    this.#over = true;
    // Before anybody else can have the process id.
    this.#guard?.kill('SIGKILL');
    clearTimeout(this.#ending);
    running.delete(child);
    if (running.size === 0) process.off('exit', killAll);
    this.#started.reject(new StartFailure(this.lastWords()));
    this.#answer(false);
    this.intake.finish();
  }

  async #pump(): Promise<void> {
    try {
      for await (const chunk of this.#child.stdout as AsyncIterable<Uint8Array>) {
        this.read += chunk.length;
        const room = this.intake.push(chunk);
        if (room !== undefined) await room;
      }
    } catch {
      // The pipe broke: the child is gone or going, which `close` tells.
    }
  }

  #readErrors(): void {
    const stderr = this.#child.stderr as Readable;
    let rest = '';
    stderr.setEncoding('utf8');
    stderr.on('error', () => {});
    stderr.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!.slice(0, KEPT_CHARACTERS);
      for (const line of lines) this.#take(line.trim());
    });
    stderr.on('end', () => this.#take(rest.trim()));
  }

  #take(line: string): void {
    if (line === '') return;
    const counts = readStatistics(line, this.statistics);
    // The answer to SIGUSR1 is one line; at the end there is one for each count.
    if (counts > 1) this.#answer(true);
    if (counts > 0) return;
    if (/\blistening on\b/.test(line)) {
      this.#started.resolve();
      // What it said until here is not why it ends later.
      this.#lines.length = 0;
    } else this.#lines.push(line.slice(0, KEPT_CHARACTERS));
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }

  #answer(answered: boolean): void {
    for (const resolve of this.#answers.splice(0)) resolve(answered);
  }

  /** What it said on standard error, or how it ended: one line. */
  lastWords(): string {
    const said = this.#lines.map((line) => line.replace(/^tcpdump: /, '')).join(' ');
    if (said !== '') return said;
    const { exitCode, signalCode } = this.#child;
    return signalCode === null
      ? `it ended with code ${exitCode ?? 'unknown'}`
      : `it was ended by ${signalCode}`;
  }

  /** Asks for its counts; resolves when they are in `statistics`, or with false when no answer can be had. */
  async askStatistics(): Promise<boolean> {
    if (this.#over) return false;
    let timer: NodeJS.Timeout | undefined;
    const answered = await new Promise<boolean>((resolve) => {
      this.#answers.push(resolve);
      timer = setTimeout(() => resolve(false), ANSWER_MS);
      if (!this.#child.kill('SIGUSR1')) resolve(false);
    });
    clearTimeout(timer);
    return answered;
  }

  /** Asks it to end: it writes what its own buffer holds. Killed when it does not within 3 s. */
  interrupt(): void {
    if (this.#over || this.#ending !== undefined) return;
    this.#child.kill('SIGINT');
    this.#ending = setTimeout(() => this.kill(), END_MS);
  }

  /** Ends it at once. When signals are not permitted, its next write fails and ends it. */
  kill(): void {
    if (this.#over) return;
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null && !this.#child.killed)
      this.#child.stdout?.destroy();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }
}

function guard(pid: number | undefined): ChildProcess | undefined {
  if (pid === undefined) return undefined;
  const shell = spawn('/bin/sh', ['-c', GUARD, String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.on('error', () => {}); // no shell, no guard
  shell.stdin.on('error', () => {});
  shell.unref();
  return shell;
}
