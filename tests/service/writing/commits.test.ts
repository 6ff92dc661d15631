/** What is in commits: sharing, bytes that depend on nothing else, notes, what was given up, and retries. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Chunk, WindowCommit } from '../../../src/delivery/chunk.ts';
import { Snapshot } from '../../../src/network/snapshot.ts';
import type { WindowAnswer } from '../../../src/service/threads/messages.ts';
import { gapOf } from '../../../src/service/writing/gap-note.ts';
import { RecordingQueue } from '../../../src/service/writing/recording-queue.ts';
import { PIECE_BYTES } from '../../../src/service/writing/sinks.ts';
import { tailOf } from '../../../src/service/writing/tail.ts';
import { aSubnet, aVpc, anInterface, idOf, networkOf } from '../../network/builders.ts';
import type { Flow } from '../../records/windows.ts';
import {
  chunksOf,
  FakeDeliverer,
  feed,
  linesOf,
  runOf,
  SHORT_FORMAT,
  subscription,
  writerOf,
} from './support.ts';
import { aWindow, closed, interval, T } from './windows.ts';

const VPC = idOf('vpc', 1);

function snapshotOf(count: number): Snapshot {
  const subnets = Math.ceil(count / 200);
  const network = networkOf({
    vpcs: [aVpc(1, ['10.0.0.0/8'])],
    subnets: Array.from({ length: subnets }, (_, k) => aSubnet(k + 1, 1, [`10.${k}.0.0/16`])),
    interfaces: Array.from({ length: count }, (_, k) => {
      const subnet = Math.floor(k / 200);
      return anInterface(k + 1, {
        primary4: (10 << 24) | (subnet << 16) | (10 + (k % 200)),
        subnetId: idOf('subnet', subnet + 1),
      });
    }),
  });
  return Snapshot.build(network, { version: 1, scopes: 'all' });
}

/** So many flows over the interfaces, the same for the same numbers. */
function flows(count: number, interfaces: number): Flow[] {
  return Array.from({ length: count }, (_, i) => ({
    source: `10.9.${(i >> 8) & 255}.${i & 255}`,
    destination: `172.16.${(i * 7) & 255}.${(i * 13) & 255}`,
    ports: [i & 0xffff, 443] as const,
    packets: 1 + (i % 5),
    bytes: 40 + i,
    first: i % 60,
    egress: 1 + (i % interfaces),
    ...(i % 3 === 0 ? { ingress: 1 + ((i * 11) % interfaces) } : {}),
    verdict: i % 10 === 0 ? (2 as const) : (1 as const),
  }));
}

function digest(chunks: readonly Chunk[]): string {
  const hash = createHash('sha256');
  for (const { flowLogs: _flowLogs, body, ...rest } of chunks) {
    hash.update(JSON.stringify(rest));
    if (body.form === 'events')
      hash
        .update(body.text)
        .update(Buffer.from(Uint32Array.from(body.starts).buffer))
        .update(JSON.stringify(body.streams));
    else if (body.form === 'parquet')
      for (const group of body.groups) hash.update(group.bytes).update(JSON.stringify(group.summary));
    else for (const piece of body.pieces) hash.update(piece.bytes).update(`${piece.crc} ${piece.length}`);
  }
  return hash.digest('hex');
}

describe('sharing (S6.5)', () => {
  test('500 flow logs of one format are rendered once, and share a chunk', () => {
    const many = Array.from({ length: 500 }, () => subscription({ on: VPC }));
    const { writer } = writerOf(snapshotOf(20), many);
    const { commits } = feed(runOf(writer), closed(aWindow(T, flows(1000, 20))));
    const [chunk, ...more] = commits.flatMap((it) => it.chunks);
    expect(more).toEqual([]);
    expect(chunk!.flowLogs).toEqual(many.map((it) => it.flowLog));
    expect(writer.renderer.counters.renderedLines).toBe(chunk!.rows);
  });

  test('flow logs of one format on other interfaces get theirs out of the same rendering', () => {
    const snapshot = snapshotOf(600);
    const many = [VPC, idOf('subnet', 1), idOf('subnet', 3), idOf('eni', 5)].map((on) =>
      subscription({ on }),
    );
    const { writer } = writerOf(snapshot, many);
    const { commits } = feed(runOf(writer), closed(aWindow(T, flows(4000, 600))));
    const [vpc, ...others] = many.map((it) => linesOf(commits, it.flowLog));
    expect(writer.renderer.counters.renderedLines).toBe(vpc!.length);
    for (const lines of others) {
      expect(lines.length).toBeGreaterThan(0);
      const own = new Set(lines.map((line) => line.split(' ')[2]));
      expect(lines).toEqual(vpc!.filter((line) => own.has(line.split(' ')[2])));
    }
  });
});

describe('bytes (S6.3, S6.4)', () => {
  test('are the same with and without other flow logs, and for a run again', () => {
    const own = [
      subscription({ id: 'fl-a', on: VPC, interval: 600 }),
      subscription({ id: 'fl-b', on: idOf('subnet', 2), traffic: 'ACCEPT' }),
      subscription({ id: 'fl-c', on: idOf('subnet', 2), to: 'cloud-watch-logs' }),
    ];
    const others = [
      subscription({ on: VPC }),
      subscription({ on: idOf('subnet', 2), traffic: 'ACCEPT', format: SHORT_FORMAT }),
      subscription({ on: idOf('eni', 250), traffic: 'ACCEPT' }),
      subscription({ on: idOf('subnet', 1), to: 'cloud-watch-logs' }),
      subscription({ on: VPC, interval: 600, traffic: 'REJECT' }),
    ];
    const digests = [own, own, [...others, ...own]].map((subscriptions) => {
      const { writer } = writerOf(snapshotOf(400), subscriptions);
      const windows = [0, 1, 2].flatMap((minute) => closed(aWindow(T + 60 * minute, flows(9000, 400))));
      const { commits } = feed(runOf(writer), [...windows, ...interval(T), { kind: 'end' }]);
      return own.map((it) => digest(chunksOf(commits, it.flowLog)));
    });
    expect(digests[1]).toEqual(digests[0]);
    expect(digests[2]).toEqual(digests[0]);
  });

  test('pieces are whole lines, as many as fit', () => {
    const { writer } = writerOf(snapshotOf(50), [subscription({ id: 'fl-d', on: VPC })]);
    const { commits } = feed(runOf(writer), closed(aWindow(T, flows(9000, 50))));
    const [{ body }] = chunksOf(commits, 'fl-d') as [Chunk];
    if (body.form !== 'deflated-text') throw new Error('not text');
    expect(body.pieces.length).toBeGreaterThan(5);
    for (const { length } of body.pieces.slice(0, -1)) {
      expect(length).toBeLessThanOrEqual(PIECE_BYTES);
      expect(length).toBeGreaterThan(PIECE_BYTES - 200);
    }
  });
});

test('1,000 flow logs of two formats on subsets of 2,000 interfaces', () => {
  const subscriptions = Array.from({ length: 1000 }, (_, i) =>
    subscription({ on: idOf('eni', 1 + 2 * i), ...(i % 2 === 0 ? { format: SHORT_FORMAT } : {}) }),
  );
  subscriptions.push(subscription({ id: 'fl-all', on: VPC }));
  const { writer } = writerOf(snapshotOf(2000), subscriptions);
  const began = performance.now();
  const { commits } = feed(runOf(writer), closed(aWindow(T, flows(20_000, 2000))));
  const all = linesOf(commits, 'fl-all').length;
  const rest = subscriptions.slice(0, -1).reduce((sum, it) => sum + linesOf(commits, it.flowLog).length, 0);
  expect(all).toBeGreaterThan(26_000);
  expect(rest).toBeGreaterThan(all / 3);
  // The default format once for all; the other for the interfaces of its flow logs.
  expect(writer.renderer.counters.renderedLines).toBeLessThan(1.5 * all);
  expect(performance.now() - began).toBeLessThan(5000);
});

describe('the note (S5.2)', () => {
  test('says who had selected rows in the last two windows, and until when everything is committed', () => {
    const { writer } = writerOf(
      snapshotOf(10),
      [subscription({ on: idOf('eni', 1), interval: 600 })],
      'live',
    );
    const run = runOf(writer);
    const row = (egress: number): Flow => ({ source: '10.0.0.1', destination: '1.1.1.1', egress });
    feed(run, closed(aWindow(T + 60, [row(1), row(2)])));
    // No chunk: the interval goes on. But a crash now would leave a gap.
    expect(run.commits).toHaveLength(1);
    expect(run.commits[0]!.chunks).toEqual([]);
    const gap = gapOf(JSON.parse(JSON.stringify(run.commits[0]!.note)));
    expect(gap).toEqual({ declared: [idOf('eni', 1)], discovered: [], from60: T + 120, from600: T });
    feed(run, [
      { kind: 'closed', upTo: T + 180 },
      { kind: 'closed', upTo: T + 240 },
    ]);
    expect(gapOf(run.commits.at(-1)!.note)).toBeUndefined();
    const before = run.commits.length;
    feed(run, [{ kind: 'closed', upTo: T + 300 }]);
    expect(run.commits).toHaveLength(before);
  });

  test('a recording that ends well leaves its intervals committed', () => {
    const { writer } = writerOf(
      snapshotOf(10),
      [subscription({ id: 'fl-e', on: VPC, interval: 600 })],
      'live',
    );
    const run = feed(runOf(writer), [...closed(aWindow(T, flows(5, 3))), { kind: 'end' }]);
    expect(linesOf(run.commits, 'fl-e').length).toBeGreaterThan(0);
    expect(gapOf(run.commits.at(-1)!.note)).toMatchObject({ from60: T + 60, from600: T + 60 });
  });

  test('what is no note of ours is none', () => {
    for (const it of [undefined, null, 1, {}, { version: 1, from60: 1, from600: 1, interfaces: [[1, 2]] }]) {
      expect(gapOf(it)).toBeUndefined();
    }
  });
});

test('what was given up is told once, by one SKIPDATA row for each interface and range', () => {
  const wanted = subscription({
    id: 'fl-f',
    on: VPC,
    format: '${interface-id} ${start} ${end} ${log-status}',
  });
  const { writer } = writerOf(snapshotOf(10), [wanted], 'live');
  const given = (from: number) => ({
    flowLog: 'fl-f',
    interfaces: [idOf('eni', 2), idOf('eni', 3), 'eni-0'],
    from,
    to: from + 59,
  });
  const run = feed(runOf(writer), closed(aWindow(T + 6000, [])), [
    given(T),
    given(T + 60),
    given(T),
    given(T + 600),
    { ...given(T), flowLog: 'fl-gone' },
  ]);
  expect(linesOf(run.commits, 'fl-f')).toEqual(
    [`${T} ${T + 119}`, `${T + 600} ${T + 659}`].flatMap((range) =>
      [2, 3].map((n) => `${idOf('eni', n)} ${range} SKIPDATA`),
    ),
  );
  expect(chunksOf(run.commits, 'fl-f').map((it) => it.slot * 300 - T)).toEqual([0, 600]);
  expect(writer.givenUp.dropped).toBe(2);
  feed(run, closed(aWindow(T + 6060, [])));
  expect(linesOf(run.commits, 'fl-f')).toHaveLength(4);
});

test('followers get the lines of a commit, whatever its form', () => {
  const followed = [
    subscription({ id: 'fl-g', on: VPC }),
    subscription({ id: 'fl-h', on: VPC, to: 'cloud-watch-logs' }),
  ];
  const { writer } = writerOf(snapshotOf(10), followed);
  const { commits } = feed(runOf(writer), closed(aWindow(T, flows(4000, 10))));
  const told = tailOf((commits[0] as WindowCommit).chunks, new Set(['fl-g', 'fl-h']));
  expect(told.map((it) => it.flowLog)).toEqual(['fl-g', 'fl-h']);
  expect(told[0]!.text).toBe(told[1]!.text);
  expect(told[0]!.text.split('\n').slice(0, -1)).toEqual(linesOf(commits, 'fl-g'));
});

describe('the queue of a recording', () => {
  function queueOf(deliverer: FakeDeliverer) {
    const { writer } = writerOf(snapshotOf(10), [subscription({ on: VPC })], 'live');
    const answers: WindowAnswer[] = [];
    const faults: unknown[] = [];
    const queue = new RecordingQueue({
      writer,
      deliverer,
      answer: (answer) => answers.push(answer),
      onCommit: () => {},
      log: () => {},
      onFault: (error) => faults.push(error),
    });
    queue.begin();
    return { queue, answers, faults };
  }

  test('begins, commits, tells what is closed, gives tables back and ends, in this order', async () => {
    const deliverer = new FakeDeliverer();
    const { queue, answers, faults } = queueOf(deliverer);
    for (const it of closed(aWindow(T, flows(5, 5), { table: 3 }))) queue.push(it);
    queue.push({ kind: 'flush', id: 9 });
    queue.push({ kind: 'end' });
    await queue.drained();
    await sleep(0);
    expect(faults).toEqual([]);
    expect(deliverer.calls).toEqual([
      'begin live-1 live',
      'commit 0',
      `closed ${T + 60}`,
      'flush',
      'commit 1',
    ]);
    expect(answers.map((it) => it.kind)).toEqual(
      expect.arrayContaining(['begun', 'release', 'flushed', 'ended']),
    );
    expect(answers[1]).toEqual({ kind: 'release', table: 3 });
  });

  test('waits for a disk that refuses: no table comes back, and nothing is lost', async () => {
    const deliverer = new FakeDeliverer();
    deliverer.refusals = 2;
    const { queue, answers } = queueOf(deliverer);
    for (const it of closed(aWindow(T, flows(5, 5), { table: 3 }))) queue.push(it);
    await sleep(50);
    expect(answers.map((it) => it.kind)).toEqual(['begun']);
    await queue.drained();
    expect(queue.counters.commitRetries).toBe(2);
    expect(deliverer.commits.map((it) => it.sequence)).toEqual([0]);
    expect(answers.at(-1)).toEqual({ kind: 'release', table: 3 });
  });

  test('two tables are committed without waiting for the window to close', async () => {
    const deliverer = new FakeDeliverer();
    const { queue, answers } = queueOf(deliverer);
    for (const table of [0, 1]) queue.push(closed(aWindow(T, flows(5, 5), { table }))[0]!);
    await queue.drained();
    expect(answers.slice(1)).toEqual([
      { kind: 'release', table: 0 },
      { kind: 'release', table: 1 },
    ]);
  });

  test('rows that do not add up are a fault', async () => {
    const { queue, faults } = queueOf(new FakeDeliverer());
    queue.push(closed(aWindow(T, flows(5, 5), { packets: 1 }))[0]!);
    await queue.drained();
    expect(String(faults[0])).toMatch(/were recorded/);
  });
});
