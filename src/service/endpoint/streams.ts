/** Answers that come bit by bit: of replays, flushes and tails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../../base/errors.ts';
import type { ReplayOptions, ServiceControl } from '../serve/control.ts';
import type { FlushLine, ReplayLine } from './messages.ts';
import { shownSummary, withNames } from './names.ts';
import type { TakenUploads } from './uploads.ts';

/** How often a replay tells how far it is, and a flush that it goes on, in milliseconds. */
const EVERY_MS = 1_000;
/** How long an answer may wait for its first reader, in milliseconds. */
const BEGIN_MS = 30_000;

/** Told of what is no client's mistake. */
export type OnFault = (error: unknown) => void;

/**
 * Runs a replay and tells how far it is. It ends early when the client goes: what is recorded by then is delivered.
 * `names` stand for the files in what is told.
 */
export function replayLines(
  control: ServiceControl,
  uploads: TakenUploads,
  names: readonly string[],
  options: Omit<ReplayOptions, 'signal' | 'names'>,
  onFault: OnFault,
): AsyncGenerator<ReplayLine> {
  const gone = new AbortController();
  const outcome = control.replay(uploads.files, { ...options, names, signal: gone.signal }).then(
    (summary): ReplayLine => ({ kind: 'done', summary: shownSummary(summary, uploads.files, names) }),
    (error: unknown) => failed(error, onFault, (text) => withNames(text, uploads.files, names)),
  );
  // Also when the client has gone meanwhile.
  void outcome.then(() => uploads.release()).catch(onFault);
  return withEnd(progressLines(control, outcome), () => gone.abort());
}

async function* progressLines(
  control: ServiceControl,
  outcome: Promise<ReplayLine>,
): AsyncGenerator<ReplayLine> {
  for (;;) {
    yield progressOf(control);
    const last = await within(outcome);
    if (last === undefined) continue;
    yield last;
    return;
  }
}

/** Flushes, and tells that it goes on. */
export async function* flushLines(control: ServiceControl, onFault: OnFault): AsyncGenerator<FlushLine> {
  const outcome = control.flush().then(
    (): FlushLine => ({ kind: 'done' }),
    (error: unknown) => failed(error, onFault),
  );
  for (;;) {
    const last = await within(outcome);
    yield last ?? { kind: 'waiting' };
    if (last !== undefined) return;
  }
}

/**
 * The same values; `end` is called once, when they end, when nobody reads on, and when nobody has begun to read some
 * time later: a client may be gone before the first one is drawn.
 */
export function withEnd<T>(
  values: AsyncGenerator<T>,
  end: () => void,
  patienceMs = BEGIN_MS,
): AsyncGenerator<T> {
  let ended = false;
  const once = (): void => {
    if (!ended) end();
    ended = true;
  };
  const timer = setTimeout(once, patienceMs);
  timer.unref();
  async function* run(): AsyncGenerator<T> {
    clearTimeout(timer);
    try {
      if (!ended) yield* values;
    } finally {
      once();
    }
  }
  return run();
}

/** What a promise resolves to within a second or so; undefined when it takes longer. */
async function within<T>(promise: Promise<T>): Promise<T | undefined> {
  const stop = new AbortController();
  try {
    const late = sleep(EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    return await Promise.race([promise, late]);
  } finally {
    stop.abort();
  }
}

function progressOf(control: ServiceControl): ReplayLine {
  const replays = control.metrics().status.recordings.filter(({ mode }) => mode === 'replay');
  const packets = replays
    .flatMap(({ stats }) => stats?.sources ?? [])
    .reduce((sum, source) => sum + source.packets, 0);
  return { kind: 'progress', packets, waiting: replays.every(({ state }) => state === 'waiting') };
}

function failed(
  error: unknown,
  onFault: OnFault,
  shown: (text: string) => string = (text) => text,
): { kind: 'failed'; code: string; message: string } {
  if (error instanceof UserError) {
    return { kind: 'failed', code: 'Failed', message: shown(error.message) };
  }
  onFault(error);
  return {
    kind: 'failed',
    code: 'InternalError',
    message: `a fault of the service: ${shown(messageOf(error))}`,
  };
}
