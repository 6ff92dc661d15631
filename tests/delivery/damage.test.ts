/** Bytes of the spool that are not what was written. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeHeader, decodeIndex, HEADER_BYTES } from '../../src/delivery/segment.ts';
import type { SegmentIndex } from '../../src/delivery/segment.ts';
import {
  allLines,
  assertIdentity,
  eventsChunk,
  groupTarget,
  objectTarget,
  setup,
  SLOT0,
  T0,
  textChunk,
  until,
} from './helpers.ts';
import type { Setup } from './helpers.ts';
import { systemError } from './sinks.ts';

/** Three commits that could not be delivered: text for fl-1 and fl-2, events for fl-3. */
async function spooled(): Promise<Setup> {
  const s = setup();
  s.objects.fault = () => systemError('EIO');
  s.logs.fault = () => systemError('EIO');
  s.deliverer.setTargets([objectTarget('fl-1'), objectTarget('fl-2'), groupTarget('fl-3')]);
  s.deliverer.begin('live-1', 'live');
  for (const sequence of [0, 1, 2]) {
    const chunks = [
      textChunk(['fl-1'], SLOT0 + sequence, [`one ${sequence}`, 'x'], 2),
      textChunk(['fl-2'], SLOT0 + sequence, [`two ${sequence}`]),
      eventsChunk(['fl-3'], SLOT0 + sequence, { s: [`event ${sequence}`] }),
    ];
    s.deliverer.commit({ producer: 'live-1', sequence, chunks });
  }
  await s.deliverer.flush();
  return s;
}

function segmentsOf(s: Setup): string[] {
  const directory = join(s.directory, 'segments');
  const names = readdirSync(directory).sort();
  return names.map((name) => join(directory, name)).filter((path) => readFileSync(path).length > 0);
}

function flip(path: string, at: (index: SegmentIndex) => number): void {
  const bytes = readFileSync(path);
  const { indexLength } = decodeHeader(bytes.subarray(0, HEADER_BYTES))!;
  const index = decodeIndex(bytes.subarray(HEADER_BYTES, HEADER_BYTES + indexLength));
  const place = at(index);
  bytes[place] = bytes[place]! ^ 0x40;
  writeFileSync(path, bytes);
}

function repair(s: Setup): void {
  s.objects.fault = () => undefined;
  s.logs.fault = () => undefined;
  s.deliverer.retry();
}

test.each([
  ['a piece of text', (index: SegmentIndex) => index.chunks[0]!.at + 3],
  ['the layout of a chunk', (index: SegmentIndex) => index.chunks[0]!.at + index.chunks[0]!.length + 3],
])(
  '%s of a kept segment is damaged: its rows are given up and counted, all else is delivered',
  async (_, at) => {
    const s = await spooled();
    // What describes chunks may be in memory: a new start reads it.
    await s.deliverer.close(0);
    flip(segmentsOf(s)[1]!, at);
    await s.reopen();
    repair(s);
    await until(() => s.deliverer.stats().spoolSegments === 0);
    expect(allLines(s.objects)).toEqual(['one 0', 'one 2', 'two 0', 'two 1', 'two 2', 'x', 'x']);
    expect(s.logs.events.map(({ message }) => message).sort()).toEqual(['event 0', 'event 1', 'event 2']);
    expect(s.deliverer.stats()).toMatchObject({ damaged: 1, tornSegments: 0, failing: 0 });
    expect(s.deliverer.amounts().get('fl-1')!.givenUp.rows).toBe(2);
    assertIdentity(s.deliverer);
    const from = T0 + 300;
    expect(s.deliverer.takeGivenUp()).toEqual([
      { flowLog: 'fl-1', interfaces: ['eni-1'], from, to: from + 60 },
    ]);
    expect(s.messages).toContain('records were given up');
  },
);

test('damaged log events are given up, and do not hold up those behind them', async () => {
  const s = await spooled();
  flip(segmentsOf(s)[0]!, (index) => index.chunks[2]!.at + 1);
  repair(s);
  await until(() => s.deliverer.stats().spoolSegments === 0);
  expect(s.logs.events.map(({ message }) => message)).toEqual(['event 1', 'event 2']);
  expect(s.deliverer.stats()).toMatchObject({ damaged: 1, failing: 0 });
  expect(s.deliverer.amounts().get('fl-3')!.givenUp.rows).toBe(1);
  assertIdentity(s.deliverer);
});

test('what says which interfaces a chunk covers is damaged too: all of its slot is missing', async () => {
  const s = await spooled();
  flip(segmentsOf(s)[0]!, ({ chunks }) => chunks[0]!.at + 2);
  flip(segmentsOf(s)[0]!, ({ chunks }) => chunks[0]!.at + chunks[0]!.length + chunks[0]!.layoutLength + 2);
  repair(s);
  await until(() => s.deliverer.stats().spoolSegments === 0);
  expect(s.deliverer.takeGivenUp()).toEqual([{ flowLog: 'fl-1', interfaces: [], from: T0, to: T0 + 300 }]);
});

test('a segment that goes missing under delivery is given up, one whose index is damaged at the next start', async () => {
  const s = await spooled();
  rmSync(segmentsOf(s)[0]!);
  repair(s);
  await until(() => s.deliverer.stats().spoolSegments === 0);
  expect(s.deliverer.stats().damaged).toBe(3);
  assertIdentity(s.deliverer);
  expect(allLines(s.objects)).toEqual(['one 1', 'one 2', 'two 1', 'two 2', 'x', 'x']);
  const t = await spooled();
  await t.deliverer.close(0);
  flip(segmentsOf(t)[0]!, () => HEADER_BYTES + 5);
  await t.reopen();
  repair(t);
  await until(() => t.deliverer.stats().spoolSegments === 0);
  // Its two objects are in the ledger, its log events are known to nobody.
  expect(t.deliverer.stats()).toMatchObject({ tornSegments: 0, damaged: 3 });
  expect(t.messages).toContain('segments of the spool are damaged: what was in them is lost');
  expect(allLines(t.objects)).toEqual(['one 1', 'one 2', 'two 1', 'two 2', 'x', 'x']);
});
