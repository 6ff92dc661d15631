/** A writing side on the test's own thread: keeps the lines of every window, and answers as the real one does. */
import type { MessagePort } from 'node:worker_threads';
import type { ClosedWindow } from '../../../src/flows/rows.ts';
import type { SnapshotHandle } from '../../../src/network/snapshot.ts';
import { parseLogFormat } from '../../../src/records/formats.ts';
import type { WritingPort } from '../../../src/service/recording/recording.ts';
import { WindowWriter } from '../../../src/service/record/window-writer.ts';
import type {
  Gap,
  RecordingMode,
  WindowAnswer,
  WindowMessage,
} from '../../../src/service/threads/messages.ts';

export const FIELDS =
  'interface-id flow-direction pkt-srcaddr pkt-dstaddr srcport dstport protocol packets bytes action log-status';

export interface WrittenWindow {
  readonly start: number;
  readonly version: number;
  readonly late: boolean;
  readonly lines: readonly string[];
}

/** What one recording sent. */
export interface Written {
  readonly recording: number;
  readonly producer: string;
  readonly mode: RecordingMode;
  readonly versions: number[];
  readonly windows: WrittenWindow[];
  readonly intervals: number[];
  readonly closed: number[];
  flushes: number;
  ended: boolean;
}

export class FakeWriting implements WritingPort {
  readonly written: Written[] = [];
  readonly flushed: (string | undefined)[] = [];
  readonly restarts = 0;
  /** For the recordings to come. */
  gap: Gap | undefined;
  /** Tables are kept while this is set: a disk that refuses. */
  holds = false;
  /** Answers neither flushes nor ends. */
  hangs = false;
  readonly #writers = new Map<string, WindowWriter>();
  readonly #held: (() => void)[] = [];

  up(): Promise<void> {
    return Promise.resolve();
  }

  addRecording(recording: {
    readonly recording: number;
    readonly producer: string;
    readonly mode: RecordingMode;
    readonly port: MessagePort;
  }): void {
    const { port, ...rest } = recording;
    const written: Written = {
      ...rest,
      versions: [],
      windows: [],
      intervals: [],
      closed: [],
      flushes: 0,
      ended: false,
    };
    this.written.push(written);
    const answer = (message: WindowAnswer): void => port.postMessage(message);
    port.on('message', (message: WindowMessage) => this.#take(written, message, answer));
    port.unref();
    answer({ kind: 'begun', gap: this.gap });
  }

  network(recording: number, version: number, snapshot: SnapshotHandle): void {
    const format = parseLogFormat(
      FIELDS.split(' ')
        .map((id) => `\${${id}}`)
        .join(' '),
      { kind: 'vpc' },
    );
    if (!format.ok) throw new Error(format.message);
    this.written.find((it) => it.recording === recording)!.versions.push(version);
    this.#writers.set(
      `${recording} ${version}`,
      new WindowWriter({
        snapshot,
        format: format.format,
        traffic: 'ALL',
        interval: 60,
        form: 'text',
        rollUpRows: 0,
      }),
    );
  }

  flush(producer?: string): Promise<void> {
    this.flushed.push(producer);
    return Promise.resolve();
  }

  /** Gives the held tables back. */
  go(): void {
    this.holds = false;
    for (const release of this.#held.splice(0)) release();
  }

  #take(written: Written, message: WindowMessage, answer: (message: WindowAnswer) => void): void {
    switch (message.kind) {
      case 'window': {
        const { window } = message;
        const { start, version, late } = window;
        written.windows.push({ start, version, late, lines: this.#linesOf(written.recording, window) });
        const release = (): void => answer({ kind: 'release', table: window.table });
        if (window.table < 0) return;
        if (this.holds) this.#held.push(release);
        else release();
        return;
      }
      case 'interval':
        written.intervals.push(message.start);
        return;
      case 'closed':
        written.closed.push(message.upTo);
        return;
      case 'flush':
        written.flushes++;
        if (!this.hangs) answer({ kind: 'flushed', id: message.id });
        return;
      case 'end':
        if (this.hangs) return;
        written.ended = true;
        answer({ kind: 'ended' });
        return;
    }
  }

  #linesOf(recording: number, window: ClosedWindow): string[] {
    const writer = this.#writers.get(`${recording} ${window.version}`);
    if (writer === undefined) throw new Error(`version ${window.version} was not told of`);
    const { expanded } = writer.plan(window, 0);
    return expanded.flatMap((it) =>
      Buffer.from(writer.piece(it, 0, it.lines).bytes)
        .toString()
        .split('\n')
        .slice(0, -1),
    );
  }
}

/** All lines of a recording. */
export function linesOf(written: Written): string[] {
  return written.windows.flatMap((window) => window.lines);
}
