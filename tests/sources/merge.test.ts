import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../../src/capture/batch.ts';
import { noCounters } from '../../src/sources/intake.ts';
import { MergedSources } from '../../src/sources/merge.ts';
import type { Source, SourceState } from '../../src/sources/source.ts';
import { batchRows } from './captures.ts';
import type { Packet, Row } from './captures.ts';

/** A source that gives packets in batches of `size`, and answers 'wait' before each as often as told. */
class ListSource implements Source {
  readonly name = 'list';
  readonly reportsVerdicts = false;
  readonly counters = noCounters();
  readonly fault = undefined;
  readonly progress = { read: 0, total: undefined };
  readonly live: boolean;
  readonly #packets: readonly Packet[];
  readonly #size: number;
  readonly #waits: number;
  #waited = 0;
  #at = 0;
  wakes: (() => void)[] = [];
  /** A live source does not end before it is told to. */
  ended: boolean;

  constructor(packets: readonly Packet[], options: { live?: boolean; size?: number; waits?: number } = {}) {
    this.#packets = packets;
    this.live = options.live ?? false;
    this.ended = !this.live;
    this.#size = options.size ?? 4;
    this.#waits = options.waits ?? 0;
  }

  next(batch: Batch): SourceState {
    batch.clear();
    if (this.#waited++ < this.#waits) return 'wait';
    this.#waited = 0;
    for (; batch.count < this.#size && this.#at < this.#packets.length; batch.count++) {
      const packet = this.#packets[this.#at++]!;
      batch.time[batch.count] = packet.time;
      batch.nanos[batch.count] = packet.nanos ?? 0;
      batch.ports[batch.count] = packet.id << 16;
      batch.minTime = Math.min(batch.minTime, packet.time);
      batch.maxTime = Math.max(batch.maxTime, packet.time);
    }
    if (batch.count > 0) return 'rows';
    return this.ended ? 'end' : 'wait';
  }

  ready(): Promise<void> {
    if (!this.live) return Promise.resolve();
    return new Promise((resolve) => this.wakes.push(resolve));
  }

  takeLosses(): [] {
    return [];
  }
  stop(): void {}
  close(): Promise<void> {
    return Promise.resolve();
  }
}

type Merged = Row & { source: number; point: number };

async function merge(sources: readonly Source[]): Promise<Merged[]> {
  const merged = new MergedSources(sources);
  const out: Merged[] = [];
  for (;;) {
    const step = merged.next();
    if (step.state === 'end') return out;
    if (step.state === 'wait') await merged.ready();
    else {
      if (step.to <= step.from) throw new Error('an empty run');
      for (const row of batchRows(step.batch, step.from, step.to))
        out.push({ ...row, source: step.source, point: step.point });
    }
  }
}

/** Packets at the given milliseconds after time 1000, numbered from 0. */
function at(...millis: number[]): Packet[] {
  return millis.map((ms, id) => ({
    time: 1000 + Math.floor(ms / 1000),
    nanos: (((ms % 1000) + 1000) % 1000) * 1e6,
    id,
  }));
}

function steps(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) }, (_, i) => from + i * step);
}

/** The points of the sources, in their order. */
async function points(...files: number[][]): Promise<number[]> {
  const rows = await merge(files.map((millis) => new ListSource(at(...millis))));
  return files.map((_, source) => rows.find((row) => row.source === source)!.point);
}

describe('order', () => {
  test('rows of several files come out by time, equal times by the order of the files', async () => {
    const rows = await merge([
      new ListSource(at(0, 10, 20, 30)),
      new ListSource(at(5, 10, 25)),
      new ListSource([]),
    ]);
    expect(rows.map(({ source, id }) => `${source}:${id}`)).toEqual([
      '0:0',
      '1:0',
      '0:1',
      '1:1',
      '0:2',
      '1:2',
      '0:3',
    ]);
  });

  test('one source is never reordered: a late row follows its predecessor', async () => {
    const rows = await merge([new ListSource(at(0, 50, 10, 60)), new ListSource(at(20, 55))]);
    expect(rows.map(({ source, id }) => `${source}:${id}`)).toEqual([
      '0:0',
      '1:0',
      '0:1',
      '0:2',
      '1:1',
      '0:3',
    ]);
  });

  test('a time far in the future does not hold its source up', async () => {
    const rows = await merge([new ListSource(at(0, 1e9, 10, 30)), new ListSource(at(5, 20, 40))]);
    expect(rows.map(({ source, id }) => `${source}:${id}`)).toEqual([
      '0:0',
      '0:1',
      '1:0',
      '0:2',
      '1:1',
      '0:3',
      '1:2',
    ]);
  });

  test('a real gap of hours is waited for', async () => {
    const rows = await merge([new ListSource(at(0, 9e6, 9e6 + 1)), new ListSource(at(5, 20, 40))]);
    expect(rows.map(({ source }) => source)).toEqual([0, 1, 1, 1, 0, 0]);
  });

  test('one file alone comes out in whole batches', () => {
    const merged = new MergedSources([new ListSource(at(...steps(0, 100, 10)), { size: 4 })]);
    const sizes: number[] = [];
    for (let step = merged.next(); step.state === 'rows'; step = merged.next())
      sizes.push(step.to - step.from);
    expect(sizes).toEqual([4, 4, 2]);
    expect(merged.next().state).toBe('end');
  });

  test('nothing comes out before every file has a row in hand', async () => {
    const merged = new MergedSources([new ListSource(at(0)), new ListSource(at(1), { waits: 2 })]);
    expect(merged.next().state).toBe('wait');
    await merged.ready();
    expect(merged.next().state).toBe('wait');
    await merged.ready();
    expect(merged.next()).toMatchObject({ state: 'rows', source: 0 });
  });

  test('no sources at all', () => {
    expect(new MergedSources([]).next().state).toBe('end');
  });

  test('whatever the files hold: the slow merge gives the same, at any batch size and speed', async () => {
    const file = fc.record({
      millis: fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 40 }),
      size: fc.integer({ min: 1, max: 9 }),
      waits: fc.integer({ min: 0, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(file, { maxLength: 4 }), async (files) => {
        const lists = files.map(({ millis }) => at(...millis));
        const rows = await merge(lists.map((list, i) => new ListSource(list, files[i])));
        expect(rows.map(({ source, id }) => [source, id])).toEqual(slowMerge(lists));
        const again = await merge(lists.map((list) => new ListSource(list, { size: 7 })));
        expect(again).toEqual(rows);
      }),
      { interruptAfterTimeLimit: 2000, markInterruptAsFailure: false, numRuns: 300 },
    );
  });
});

/** The order as the rule says it, one row at a time. */
function slowMerge(lists: readonly Packet[][]): number[][] {
  const heads = lists.map(() => 0);
  const out: number[][] = [];
  for (;;) {
    let best = -1;
    let bestTime = Infinity;
    for (const [source, list] of lists.entries()) {
      const head = list[heads[source]!];
      const time = head === undefined ? Infinity : head.time * 1e3 + head.nanos! / 1e6;
      if (time < bestTime) {
        best = source;
        bestTime = time;
      }
    }
    if (best < 0) return out;
    out.push([best, lists[best]![heads[best]!++]!.id]);
  }
}

describe('live sources', () => {
  test('pass through as they come, beside files and each other', async () => {
    const first = new ListSource(at(100, 200), { live: true });
    const second = new ListSource([], { live: true });
    const merged = new MergedSources([first, new ListSource(at(0, 1)), second]);
    const seen: string[] = [];
    for (let step = merged.next(); step.state === 'rows'; step = merged.next())
      seen.push(`${step.source}@${step.point}`);
    expect(seen.sort()).toEqual(['0@0', '1@2']);
    const waiting = merged.ready();
    second.ended = true;
    second.wakes.splice(0).forEach((wake) => wake());
    await waiting;
    expect(merged.next().state).toBe('wait');
    first.ended = true;
    expect(merged.next().state).toBe('end');
  });

  test('a quiet source is waited for once, however often the others wake', async () => {
    const quiet = new ListSource([], { live: true });
    const busy = new ListSource([], { live: true });
    const merged = new MergedSources([quiet, busy]);
    for (let i = 0; i < 50; i++) {
      expect(merged.next().state).toBe('wait');
      const waiting = merged.ready();
      busy.wakes.splice(0).forEach((wake) => wake());
      await waiting;
    }
    expect(quiet.wakes).toHaveLength(1);
  });

  test('a busy one does not starve another', () => {
    const merged = new MergedSources([
      new ListSource(at(...steps(0, 100, 1)), { live: true, size: 1 }),
      new ListSource(at(...steps(0, 100, 1)), { live: true, size: 1 }),
    ]);
    const sources = Array.from({ length: 10 }, () => {
      const step = merged.next();
      return step.state === 'rows' ? step.source : -1;
    });
    expect(sources.filter((source) => source === 0)).toHaveLength(5);
  });
});

describe('observation points', () => {
  const tap = steps(0, 10_000, 10);

  test('files that overlap in time are points of their own', async () => {
    expect(await points(tap, tap)).toEqual([0, 1]);
    expect(await points(tap, steps(5000, 15_000, 10))).toEqual([0, 1]);
    expect(await points(tap, [5000])).toEqual([0, 1]);
  });

  test('small files that overlap are, too', async () => {
    expect(await points([0, 1, 2, 3], [0, 1, 2, 3])).toEqual([0, 1]);
    expect(await points([0, 40, 80], [20, 60, 100])).toEqual([0, 1]);
  });

  test('rotated files are one point, however they are named in order', async () => {
    expect(await points(tap, steps(10_000, 20_000, 10), steps(20_000, 30_000, 10))).toEqual([0, 0, 0]);
    expect(await points(steps(20_000, 30_000, 10), tap, steps(10_000, 20_000, 10))).toEqual([0, 0, 0]);
    expect(await points([0], [9_999_999])).toEqual([0, 0]);
  });

  test('the last packet of one and the first of the next at the same time', async () => {
    expect(await points([0, 10], [10, 20])).toEqual([0, 0]);
    expect(await points([10, 20], [0, 10])).toEqual([0, 0]);
  });

  test('a few packets that changed places at a rotation', async () => {
    expect(await points([...tap, 10_020], steps(9_990, 20_000, 10))).toEqual([0, 0]);
    expect(await points([...tap, 10_200], steps(9_990, 20_000, 10))).toEqual([0, 1]);
  });

  test('two rotated captures side by side are two points', async () => {
    const ends = await points(
      tap,
      steps(1, 10_001, 10),
      steps(10_000, 20_000, 10),
      steps(10_001, 20_001, 10),
    );
    expect(new Set(ends.slice(0, 2)).size).toBe(2);
    expect(new Set(ends.slice(2)).size).toBe(2);
    expect(Math.max(...ends)).toBe(1);
  });

  test('do not depend on batches: 1 row at a time or many, with waits or without', async () => {
    for (const options of [{ size: 1 }, { size: 1000 }, { size: 3, waits: 2 }]) {
      const files = [[...tap, 10_020], steps(9_990, 20_000, 10), steps(19_000, 30_000, 10)];
      const rows = await merge(files.map((millis) => new ListSource(at(...millis), options)));
      expect(rows).toHaveLength(files.flat().length);
      expect([0, 1, 2].map((source) => rows.find((row) => row.source === source)!.point)).toEqual([0, 0, 1]);
    }
  });
});
