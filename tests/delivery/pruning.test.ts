/** What the ledger forgets, with a scripted clock; and what is kept for a while. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { AmountsBook } from '../../src/delivery/amounts.ts';
import { KEPT_AMOUNTS, KEPT_LIVE, KEPT_REPLAYS, LEDGER_SLOTS } from '../../src/delivery/limits.ts';
import { allLines, linesOf, objectTarget, setup, SLOT0, textChunk, until } from './helpers.ts';
import type { Setup } from './helpers.ts';

function rowsOf<T>(s: Setup, sql: string): T[] {
  const db = new Database(join(s.directory, 'ledger.db'), { readonly: true });
  try {
    return db.prepare(sql).all() as T[];
  } finally {
    db.close();
  }
}

test('slots that are long over have no rows; rows that come for them even so make parts of their own', async () => {
  let now = 1_000_000;
  const s = setup({ clock: () => now });
  s.deliverer.setTargets([objectTarget('fl-1')]);
  s.deliverer.begin('live-1', 'live');
  let sequence = 0;
  const slots = LEDGER_SLOTS + 40;
  for (let i = 0; i < slots; i++) {
    const chunks = [textChunk(['fl-1'], SLOT0 + i, [`row ${i}`])];
    s.deliverer.commit({ producer: 'live-1', sequence: sequence++, chunks });
    s.deliverer.closed('live-1', (SLOT0 + i + 1) * 300);
  }
  await until(() => s.objects.objects.size === slots);
  const count = (): number => rowsOf<{ n: number }>(s, 'SELECT count(*) AS n FROM objects')[0]!.n;
  const freed = (): number => rowsOf<{ n: number }>(s, 'SELECT count(*) AS n FROM freed')[0]!.n;
  expect(count()).toBe(slots);
  now += 6000;
  await until(() => count() <= LEDGER_SLOTS && freed() === 0);
  expect(count()).toBeGreaterThan(LEDGER_SLOTS - 3);
  for (const at of [0, 0, slots - 1]) {
    const chunks = [textChunk(['fl-1'], SLOT0 + at, [`late ${sequence}`])];
    s.deliverer.commit({ producer: 'live-1', sequence: sequence++, chunks });
    await s.deliverer.flush();
  }
  expect(s.objects.objects.size).toBe(slots + 3);
  expect(allLines(s.objects).filter((line) => line.startsWith('late'))).toHaveLength(3);
  expect([...linesOf(s.objects).values()].every((lines) => lines.length === 1)).toBe(true);
});

test('of live starts that are over only the last are known, whatever their number', async () => {
  const s = setup();
  s.deliverer.setTargets([objectTarget('fl-1')]);
  const starts = KEPT_LIVE + 10;
  for (let i = 0; i < starts; i++) {
    s.deliverer.begin(`live-${i}`, 'live');
    const chunks = [textChunk(['fl-1'], SLOT0, [`row ${i}`])];
    s.deliverer.commit({ producer: `live-${i}`, sequence: 0, chunks, note: { i } });
  }
  await s.deliverer.flush();
  await until(() => s.deliverer.stats().spoolSegments <= 1);
  const names = (): string[] =>
    rowsOf<{ producer: string }>(s, 'SELECT producer FROM producers ORDER BY begun').map(
      (row) => row.producer,
    );
  await until(() => names().length <= KEPT_LIVE + 1);
  expect(names().at(-1)).toBe(`live-${starts - 1}`);
  expect(allLines(s.objects)).toHaveLength(starts);
  await s.reopen();
  expect(s.deliverer.begin('live-next', 'live').lastNote).toEqual({ i: starts - 1 });
  expect(names().length).toBeLessThanOrEqual(KEPT_LIVE + 1);
});

test('of replays that a flush parted only the last are known; those are not put again', async () => {
  const s = setup();
  s.deliverer.setTargets([objectTarget('fl-1')]);
  const run = async (name: string): Promise<void> => {
    s.deliverer.begin(name, 'replay');
    for (const sequence of [0, 1]) {
      const chunks = [textChunk(['fl-1'], SLOT0, [`${name} ${sequence}`])];
      s.deliverer.commit({ producer: name, sequence, chunks });
      if (sequence === 0) await s.deliverer.flush(name);
    }
    s.deliverer.end(name);
    await s.deliverer.flush(name);
  };
  const names = Array.from({ length: KEPT_REPLAYS + 4 }, (_, i) => `replay-${String(i).padStart(2, '0')}`);
  for (const name of names) await run(name);
  await until(() => s.deliverer.stats().spoolSegments === 0);
  const kept = rowsOf<{ producer: string }>(s, 'SELECT producer FROM producers ORDER BY begun');
  expect(kept.map((row) => row.producer)).toEqual(names.slice(-KEPT_REPLAYS));
  await run(names.at(-1)!);
  await run(names[0]!);
  const puts = [...linesOf(s.objects)].map(([place, lines]) => [
    lines[0],
    s.objects.objects.get(place)!.puts,
  ]);
  expect(puts.filter(([, times]) => times === 2).map(([line]) => line)).toEqual(
    expect.arrayContaining([`${names[0]} 0`, `${names[0]} 1`]),
  );
  expect(puts.filter(([, times]) => times === 2)).toHaveLength(2);
  expect(allLines(s.objects)).toHaveLength(2 * names.length);
});

test('an interrupted replay that nobody runs again is published after its time', async () => {
  let now = 1_000_000;
  const s = setup({ clock: () => now, limits: { orphanSeconds: 100 } });
  s.deliverer.setTargets([objectTarget('fl-1')]);
  s.deliverer.begin('replay-x', 'replay');
  s.deliverer.commit({ producer: 'replay-x', sequence: 0, chunks: [textChunk(['fl-1'], SLOT0, ['a'])] });
  await s.reopen();
  now += 90_000;
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(s.objects.objects.size).toBe(0);
  now += 11_000;
  await until(() => s.objects.objects.size === 1);
  expect(allLines(s.objects)).toEqual(['a']);
  // Who comes back even so doubles nothing, also when he is run twice.
  for (let run = 0; run < 2; run++) {
    s.deliverer.setTargets([objectTarget('fl-1')]);
    s.deliverer.begin('replay-x', 'replay');
    for (const [sequence, line] of ['a', 'b'].entries()) {
      const chunks = [textChunk(['fl-1'], SLOT0, [line])];
      s.deliverer.commit({ producer: 'replay-x', sequence, chunks });
    }
    s.deliverer.end('replay-x');
    await s.deliverer.flush('replay-x');
    expect(allLines(s.objects)).toEqual(['a', 'b']);
  }
});

test('amounts of deleted flow logs stay until all is delivered, and then until many others have gone', async () => {
  const book = new AmountsBook();
  const row = { rows: 1, packets: 1, bytes: 1 };
  for (let i = 0; i < KEPT_AMOUNTS + 5; i++) {
    book.select(`fl-${i}`, row, 'delivered');
    book.gone(`fl-${i}`);
  }
  expect(book.all().size).toBe(KEPT_AMOUNTS);
  expect(book.all().has('fl-4')).toBe(false);
  expect(book.all().has('fl-5')).toBe(true);
  const s = setup();
  s.objects.fault = () => new Error('no');
  s.deliverer.setTargets([objectTarget('fl-1'), objectTarget('fl-2')]);
  s.deliverer.begin('live-1', 'live');
  s.deliverer.commit({ producer: 'live-1', sequence: 0, chunks: [textChunk(['fl-1'], SLOT0, ['a'])] });
  s.deliverer.setTargets([]);
  await s.deliverer.flush();
  const targets = (): string[] =>
    rowsOf<{ flow_log: string }>(s, 'SELECT flow_log FROM targets').map((it) => it.flow_log);
  expect(targets()).toContain('fl-1');
  s.objects.fault = () => undefined;
  await until(() => s.deliverer.amounts().get('fl-1')!.delivered.rows === 1);
  await until(() => s.deliverer.stats().spoolSegments === 0);
  await until(() => targets().length === 0);
  expect(s.deliverer.amounts().get('fl-1')!.delivered.rows).toBe(1);
});
