/** What every source does, whatever it reads: run on each implementation by sources.test.ts. */
import { describe, expect, test } from 'vitest';
import { Batch } from '../../src/capture/batch.ts';
import { REJECTIONS } from '../../src/capture/decoder.ts';
import type { Source } from '../../src/sources/source.ts';
import { batchRows, drain, packets, rowsOf } from './captures.ts';
import type { Packet, Row } from './captures.ts';
import { conformsAtItsEnd } from './conformance-ends.ts';

/** How the suite makes a source of one kind that will see the packets given. */
export interface Kind {
  readonly name: string;
  readonly live: boolean;
  /** Why it cannot be tried on this machine. */
  readonly missing?: string | undefined;
  open(sent: readonly Packet[]): Promise<Source>;
}

/** Reads to the end; a live source is asked to end once it gave `count` rows. */
async function readAll(source: Source, count: number): Promise<Row[]> {
  const batch = new Batch();
  const rows: Row[] = [];
  for (;;) {
    const state = source.next(batch);
    rows.push(...batchRows(batch));
    if (state === 'end') return rows;
    if (source.live && rows.length >= count) source.stop();
    if (state === 'wait') await source.ready();
  }
}

/** The suite. */
export function conforms(kind: Kind): void {
  const run = kind.missing === undefined ? describe : describe.skip;
  run(`${kind.name}${kind.missing === undefined ? '' : ` (needs ${kind.missing})`}`, () => {
    test('every packet comes out once, in order, and is counted', async () => {
      const sent = packets(3333);
      const source = await kind.open(sent);
      expect(source.live).toBe(kind.live);
      expect(source.name.length).toBeGreaterThan(0);
      const rows = await readAll(source, sent.length);
      expect(rows.map((row) => row.id)).toEqual(sent.map((packet) => packet.id));
      // The time of a live packet is when it was seen.
      expect(rows).toEqual(kind.live ? rows : rowsOf(sent));
      expect(source.counters.packets).toBe(sent.length);
      expect(source.counters.rejectedPackets).toEqual(new Float64Array(REJECTIONS.length));
      expect(source.fault).toBeUndefined();
      expect(source.reportsVerdicts).toBe(false);
      expect(source.takeLosses()).toEqual([]);
      expect(source.progress.read).toBeGreaterThan(0);
      expect(source.progress.read).toBe(source.progress.total ?? source.progress.read);
      await source.close();
    });

    conformsAtItsEnd({
      batch: () => new Batch(),
      async ended() {
        const source = await kind.open(packets(3));
        await readAll(source, 3);
        return source;
      },
      async begun() {
        const source = await kind.open(packets(5000));
        const batch = new Batch();
        while (source.next(batch) !== 'rows') await source.ready();
        return source;
      },
    });

    test('stopped before it was read: it ends, and without a fault', async () => {
      const source = await kind.open(packets(10));
      source.stop();
      source.stop();
      const rows = await drain(source);
      expect(rows.length).toBeLessThanOrEqual(10);
      expect(source.fault).toBeUndefined();
      await source.close();
    });
  });
}
