/** A live source that cannot start at once. */
import { describe, expect, test } from 'vitest';
import { Batch } from '../../../src/capture/batch.ts';
import { newCounters } from '../../../src/capture/rejections.ts';
import { noCounters } from '../../../src/flows/recorder-options.ts';
import { addPast } from '../../../src/service/recording/past.ts';
import { PersistentSource } from '../../../src/service/recording/persistent-source.ts';
import type { RecordingStats } from '../../../src/service/threads/messages.ts';
import type { LiveSource } from '../../../src/sources/tcpdump.ts';

class OpenedSource implements LiveSource {
  readonly name = 'device';
  readonly live = true;
  readonly reportsVerdicts = false;
  readonly fault = undefined;
  readonly counters = newCounters();
  readonly progress = { read: 7, total: undefined };
  readonly pid = 42;
  stopped = 0;
  closed = 0;
  next(batch: Batch): 'rows' | 'end' {
    batch.clear();
    batch.count = this.stopped === 0 ? 1 : 0;
    return this.stopped === 0 ? 'rows' : 'end';
  }
  async ready(): Promise<void> {}
  takeLosses(): never[] {
    return [];
  }
  async sampleDrops(): Promise<void> {}
  stop(): void {
    this.stopped++;
  }
  async close(): Promise<void> {
    this.closed++;
  }
}

function source(open: () => Promise<LiveSource>, notices: string[] = []): PersistentSource {
  return new PersistentSource({
    name: 'lan',
    reportsVerdicts: false,
    open,
    onNotice: (message) => notices.push(message),
    delaysMs: [5, 20],
  });
}

describe('a persistent source', () => {
  test('waits, tries again, says it once for each reason, and gives rows when it is there', async () => {
    const failures = ['no such interface', 'no such interface', 'not up'];
    const inner = new OpenedSource();
    const notices: string[] = [];
    const it = source(async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw new Error(failure);
      return inner;
    }, notices);
    await it.start();
    const batch = new Batch();
    expect(it.next(batch)).toBe('wait');
    expect([it.pid, it.failure, it.takeLosses(), it.counters.packets]).toEqual([
      undefined,
      'no such interface',
      [],
      0,
    ]);
    await it.ready();
    expect([it.next(batch), batch.count, it.pid, it.failure]).toEqual(['rows', 1, 42, undefined]);
    expect(notices).toEqual([
      'lan does not capture: no such interface; it is tried again',
      'lan does not capture: not up; it is tried again',
      'lan captures now',
    ]);
    it.stop();
    expect([inner.stopped, it.next(batch)]).toEqual([1, 'end']);
    await it.close();
    expect(inner.closed).toBe(1);
  });

  test('asked to stop before it is there, it ends, and tries no more', async () => {
    let tries = 0;
    const it = source(async () => {
      tries++;
      throw new Error('no');
    });
    await it.start();
    const waiting = it.ready();
    it.stop();
    await waiting;
    expect(it.next(new Batch())).toBe('end');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(tries).toBe(1);
  });

  test('asked to stop while it starts, it closes what it opened', async () => {
    const inner = new OpenedSource();
    const gate = Promise.withResolvers<LiveSource>();
    const it = source(() => gate.promise);
    const started = it.start();
    it.stop();
    expect(it.next(new Batch())).toBe('end');
    gate.resolve(inner);
    await started;
    await it.close();
    expect([inner.closed, it.pid]).toEqual([1, undefined]);
  });
});

describe('recordings that are over', () => {
  test('are kept few, and sums over them never go down', () => {
    const past: RecordingStats[] = [];
    for (let n = 1; n <= 100; n++) addPast(past, statsOf(n));
    expect(past.length).toBeLessThan(20);
    const total = (pick: (stats: RecordingStats) => number): number =>
      past.reduce((sum, stats) => sum + pick(stats), 0);
    expect(total((stats) => stats.recorder.rows)).toBe(5050);
    expect(total((stats) => stats.discovered)).toBe(100);
    expect(total((stats) => stats.openFlows)).toBe(0);
    const sources = past.flatMap((stats) => stats.sources);
    expect(sources.reduce((sum, it) => sum + it.packets, 0)).toBe(5050);
    expect(sources.reduce((sum, it) => sum + (it.rejected['not_ip'] ?? 0), 0)).toBe(100);
  });

  test('of many names, the sum holds a bounded number', () => {
    const past: RecordingStats[] = [];
    for (let n = 1; n <= 2000; n++) addPast(past, statsOf(n, `capture-${n}`));
    expect(past.flatMap((stats) => stats.sources).length).toBeLessThan(300);
    expect(past.flatMap((stats) => stats.sources).reduce((sum, it) => sum + it.packets, 0)).toBe(2_001_000);
  });
});

function statsOf(n: number, name = 'lan'): RecordingStats {
  const recorder = { ...noCounters(), rows: n };
  const source = {
    name,
    packets: n,
    bytes: 0,
    rejected: { not_ip: 1 },
    lost: {},
    restarts: 0,
    healthy: true,
  };
  return {
    recorder,
    sources: [source],
    openFlows: 5,
    time: n,
    refusedPackets: 0,
    refusedBytes: 0,
    timeOutliers: 0,
    discovered: 1,
    discoveryFull: 0,
  };
}
