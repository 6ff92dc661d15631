/** Objects in every layout, and what was spooled before there were layouts. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Ledger } from '../../src/delivery/ledger.ts';
import type { ObjectTarget } from '../../src/delivery/target.ts';
import { HEADER, linesOf, objectTarget, setup, SLOT0, textChunk, until } from './helpers.ts';
import type { Setup } from './helpers.ts';
import { systemError } from './sinks.ts';

function layoutTarget(flowLog: string, hive: boolean, perHour: boolean): ReturnType<typeof objectTarget> {
  const target = objectTarget(flowLog);
  const layout = { format: 'plain-text', hive, perHour } as const;
  return { ...target, to: { ...(target.to as ObjectTarget), layout } };
}

test('text in every layout: the same bytes under another key', async () => {
  const s = setup();
  const layouts = [
    ['fl-0', false, false, '123456789012/vpcflowlogs/eu-central-1/2026/01/01/'],
    ['fl-1', false, true, '123456789012/vpcflowlogs/eu-central-1/2026/01/01/02/'],
    [
      'fl-2',
      true,
      false,
      'aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=eu-central-1/year=2026/month=01/day=01/',
    ],
    [
      'fl-3',
      true,
      true,
      'aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=eu-central-1/year=2026/month=01/day=01/hour=02/',
    ],
  ] as const;
  s.deliverer.setTargets(layouts.map(([id, hive, perHour]) => layoutTarget(id, hive, perHour)));
  s.deliverer.begin('live-1', 'live');
  const ids = layouts.map(([id]) => id);
  const slot = SLOT0 + 29;
  s.deliverer.commit({ producer: 'live-1', sequence: 0, chunks: [textChunk(ids, slot, ['a', 'b'])] });
  await s.deliverer.flush();
  const keys = [...s.objects.objects.keys()];
  for (const [id, , , folder] of layouts) {
    const name = `123456789012_vpcflowlogs_eu-central-1_${id}_20260101T0225Z_`;
    expect(keys.filter((key) => key.startsWith(`logs/AWSLogs/${folder}${name}`))).toHaveLength(1);
  }
  expect(new Set([...s.objects.objects.values()].map(({ bytes }) => bytes.toString('hex'))).size).toBe(1);
  expect([...linesOf(s.objects).values()]).toEqual(Array.from({ length: 4 }, () => ['a', 'b']));
});

/** What the ledger says of the objects that are to be put. */
function pending(s: Setup): ReturnType<Ledger['objects']['pending']> {
  const ledger = new Ledger(join(s.directory, 'ledger.db'));
  const rows = ledger.objects.pending();
  ledger.close();
  return rows;
}

test('objects that a version without layouts left are put under their keys, also once targets say their layout', async () => {
  const s = setup();
  s.objects.fault = () => systemError('EIO');
  s.deliverer.setTargets([objectTarget('fl-1')]);
  s.deliverer.begin('live-1', 'live');
  for (const sequence of [0, 1]) {
    const chunks = [textChunk(['fl-1'], SLOT0 + sequence, [`row ${sequence}`])];
    s.deliverer.commit({ producer: 'live-1', sequence, chunks });
  }
  s.deliverer.closed('live-1', (SLOT0 + 1) * 300);
  await until(() => s.deliverer.stats().failing === 1);
  await s.deliverer.close(0);
  const [row] = pending(s);
  // As that version wrote it.
  const chunk = row!.chunks[0]!;
  const hash = createHash('sha256').update(JSON.stringify([row!.key, HEADER]));
  expect(row!.digest).toBe(hash.update(`${chunk.digest}/${chunk.from}/${chunk.to}\n`).digest('hex'));
  // The targets come again, with layouts; the row is from before.
  for (const _ of [1, 2]) {
    await s.reopen();
    s.deliverer.setTargets([layoutTarget('fl-1', false, false)]);
    s.deliverer.begin('live-2', 'live');
    s.deliverer.commit({ producer: 'live-2', sequence: 0, chunks: [] });
    await until(() => s.deliverer.stats().failing === 1);
  }
  expect(s.deliverer.stats().damaged).toBe(0);
  s.objects.fault = () => undefined;
  await until(() => s.deliverer.stats().spoolSegments === 0);
  expect([...s.objects.objects.keys()]).toContain(`logs/${row!.key}`);
  expect([...linesOf(s.objects).values()].flat().sort()).toEqual(['row 0', 'row 1']);
});
