/** Events that a log group does not take for good, and groups that are not made again. */
import { expect, test } from 'vitest';
import { EventsRefused, NoSuchLogGroup } from '../../src/standins/storage/log-storage.ts';
import type { AppendOptions, RefusedEvents } from '../../src/standins/storage/log-storage.ts';
import { assertIdentity, eventsChunk, groupTarget, setup, SLOT0, until } from './helpers.ts';
import type { Setup } from './helpers.ts';
import { systemError } from './sinks.ts';

/** A group refuses events whose messages say so; or is not there, but where it may be made. */
function refuse(s: Setup, missing: () => boolean = () => false): AppendOptions[] {
  const asked: AppendOptions[] = [];
  const append = s.logs.append.bind(s.logs);
  s.logs.append = async (group, batch, events, now, as, options = {}) => {
    asked.push(options);
    if (missing() && options.create === false) throw new NoSuchLogGroup(group);
    const refused = events.flatMap(({ stream, messages, ends }): RefusedEvents[] => {
      const text = Buffer.from(messages);
      const old = [...ends.keys()].filter((i) =>
        text.toString('utf8', ends[i - 1] ?? 0, ends[i]).startsWith('old'),
      );
      return old.length === 0 ? [] : [{ stream, events: Uint32Array.from(old), reason: 'too old' }];
    });
    const all = events.reduce((sum, { ends }) => sum + ends.length, 0);
    if (refused.reduce((sum, it) => sum + it.events.length, 0) === all)
      throw new EventsRefused('all', refused);
    await append(group, batch, events, now, as, options);
    return refused;
  };
  return asked;
}

test('are given up by what they are, counted and said; what is behind them is delivered', async () => {
  const s = setup();
  refuse(s);
  s.deliverer.setTargets([groupTarget('fl-1'), groupTarget('fl-2'), groupTarget('fl-3', 'other')]);
  s.deliverer.begin('live-1', 'live');
  // Of one append: fl-1 has all old ones, fl-2 a quarter of them. Then an append that is refused as a whole.
  s.deliverer.commit({
    producer: 'live-1',
    sequence: 0,
    chunks: [
      eventsChunk(['fl-1'], SLOT0, { s: ['old 1', 'old 2'], t: ['old 3'] }),
      eventsChunk(['fl-2', 'fl-3'], SLOT0, { s: ['new 1', 'old 4'], t: ['new 2', 'new 3'] }),
    ],
  });
  s.deliverer.commit({
    producer: 'live-1',
    sequence: 1,
    chunks: [eventsChunk(['fl-1'], SLOT0, { s: ['old 5'] })],
  });
  s.deliverer.commit({
    producer: 'live-1',
    sequence: 2,
    chunks: [eventsChunk(['fl-1'], SLOT0, { s: ['new 4'] })],
  });
  await s.deliverer.flush();
  await until(() => s.deliverer.stats().spoolSegments === 0);
  const amounts = (id: string): unknown => s.deliverer.amounts().get(id);
  expect(amounts('fl-1')).toMatchObject({
    delivered: { rows: 1, packets: 1, bytes: 10 },
    givenUp: { rows: 4, packets: 4, bytes: 40 },
  });
  for (const id of ['fl-2', 'fl-3']) {
    expect(amounts(id)).toMatchObject({
      delivered: { rows: 3, packets: 3, bytes: 30 },
      givenUp: { rows: 1, packets: 1, bytes: 10 },
    });
  }
  assertIdentity(s.deliverer);
  expect(s.deliverer.stats()).toMatchObject({ events: 7, failures: 0, failing: 0 });
  expect(s.messages).toContain('records were given up');
  // A SKIPDATA row of that time would be refused as well.
  expect(s.deliverer.takeGivenUp()).toEqual([]);
});

test('over many appends each refusal finds its chunk', async () => {
  const s = setup();
  refuse(s);
  s.deliverer.setTargets(['fl-0', 'fl-1', 'fl-2'].map((id) => groupTarget(id)));
  s.deliverer.begin('live-1', 'live');
  // Each chunk is a few megabytes, an append four.
  const filler = 'x'.repeat(1000);
  const lost = [100, 0, 2500];
  const chunks = lost.map((count, n) => {
    const lines = Array.from(
      { length: 5000 },
      (_, i) => `${i % 2 === 0 && i < 2 * count ? 'old' : 'new'} ${filler}`,
    );
    return eventsChunk([`fl-${n}`], SLOT0, { s: lines.slice(0, 3000), t: lines.slice(3000) });
  });
  s.deliverer.commit({ producer: 'live-1', sequence: 0, chunks });
  await s.deliverer.flush();
  expect(s.logs.appends).toBeGreaterThan(3);
  for (const [n, count] of lost.entries()) {
    expect(s.deliverer.amounts().get(`fl-${n}`)).toMatchObject({
      delivered: { rows: 5000 - count },
      givenUp: { rows: count },
    });
  }
});

test('a group is made for flow logs that are there, and for deleted ones not: their records are given up', async () => {
  const s = setup();
  let isMissing = false;
  const asked = refuse(s, () => isMissing);
  s.deliverer.setTargets([groupTarget('fl-1'), groupTarget('fl-2')]);
  s.deliverer.begin('live-1', 'live');
  const commit = (sequence: number, ids: readonly string[]): void =>
    s.deliverer.commit({
      producer: 'live-1',
      sequence,
      chunks: [eventsChunk(ids, SLOT0, { s: [`${sequence}`] })],
    });
  commit(0, ['fl-1', 'fl-2']);
  await s.deliverer.flush();
  expect(asked).toEqual([{ create: true, signal: expect.any(AbortSignal) as AbortSignal }]);
  isMissing = true;
  s.deliverer.setTargets([groupTarget('fl-2')]);
  commit(1, ['fl-2']);
  await s.deliverer.flush();
  expect(s.logs.events.map(({ message }) => message)).toEqual(['0', '0', '1']);
  // Deleted while its last rows wait, with its group.
  s.deliverer.setTargets([groupTarget('fl-2'), groupTarget('fl-3', 'gone')]);
  s.logs.fault = (name) => (name === 'gone' ? systemError('EIO') : undefined);
  commit(2, ['fl-3']);
  await s.deliverer.flush();
  s.deliverer.setTargets([groupTarget('fl-2')]);
  s.logs.fault = () => undefined;
  s.deliverer.retry();
  commit(3, ['fl-2']);
  await until(() => s.deliverer.amounts().get('fl-3')!.givenUp.rows === 1);
  await s.deliverer.flush();
  expect(s.logs.events.at(-1)!.message).toBe('3');
  assertIdentity(s.deliverer);
});

test('a group that an earlier run has not made is made, when its flow logs are named after the attempt began', async () => {
  const s = setup();
  const asked = refuse(s, () => true);
  s.deliverer.setTargets([groupTarget('fl-1')]);
  s.logs.fault = () => systemError('EIO');
  s.deliverer.begin('live-1', 'live');
  s.deliverer.commit({
    producer: 'live-1',
    sequence: 0,
    chunks: [eventsChunk(['fl-1'], SLOT0, { s: ['left'] })],
  });
  await s.deliverer.flush();
  await s.deliverer.close(0);
  s.logs.fault = () => undefined;
  asked.length = 0;
  s.states.length = 0;
  const append = s.logs.append.bind(s.logs);
  s.logs.append = async (...args) => {
    // A destination of another program takes longer than a service that starts.
    if (asked.length === 0) setImmediate(() => s.deliverer.setTargets([groupTarget('fl-1')]));
    await new Promise((resolve) => setTimeout(resolve, 20));
    return append(...args);
  };
  const reopened = await s.reopen();
  await until(() => s.logs.events.length === 1);
  await until(() => reopened.stats().spoolSegments === 0);
  expect(asked.map(({ create }) => create)).toEqual([false, true]);
  expect(s.states).toEqual([]);
  expect(reopened.stats().failures).toBe(0);
  assertIdentity(reopened);
});
