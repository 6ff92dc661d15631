/** What every source of exported flows does, whatever it reads: run on each implementation by sources.test.ts. */
import { describe, expect, test } from 'vitest';
import { FlowBatch } from '../../../src/capture/flow-batch.ts';
import type { FlowSource } from '../../../src/sources/flow-source.ts';
import { conformsAtItsEnd } from '../conformance-ends.ts';
import { decoded, drain, fixture, rest, sorted, take } from './support.ts';

/** How the suite makes a source of one kind that will see the IPFIX messages given. */
export interface FlowKind {
  readonly name: string;
  readonly live: boolean;
  /** Why it cannot be tried on this machine. */
  readonly missing?: string | undefined;
  open(sent: readonly Buffer[]): Promise<FlowSource>;
}

/** The suite. */
export function conforms(kind: FlowKind): void {
  const run = kind.missing === undefined ? describe : describe.skip;
  const sent = fixture('ipfix');
  const expected = decoded(sent);
  run(`${kind.name}${kind.missing === undefined ? '' : ` (needs ${kind.missing})`}`, () => {
    test('every flow comes out once, and is counted', async () => {
      const source = await kind.open(sent);
      expect(source.live).toBe(kind.live);
      expect(source.name.length).toBeGreaterThan(0);
      expect(source.healthy).toBe(true);
      const rows = kind.live ? await take(source, expected.length) : [];
      rows.push(...(kind.live ? await drain(source) : await rest(source)));
      expect(expected.length).toBeGreaterThan(50);
      expect(sorted(rows)).toEqual(sorted(expected));
      const { counters } = source;
      expect(counters.datagrams).toBe(sent.length);
      expect(counters.bytes).toBe(Buffer.concat(sent).length);
      expect(counters.rows).toBe(expected.length);
      expect(counters.packets).toBe(expected.reduce((sum, row) => sum + row.packets, 0));
      expect(counters.rowBytes).toBe(expected.reduce((sum, row) => sum + row.bytes, 0));
      expect(counters.notAllowed).toBe(0);
      expect(Object.keys(counters.decoded()).filter((name) => name.startsWith('rejected_'))).toEqual([]);
      expect(Object.values(counters.lost).every((count) => count === 0)).toBe(true);
      await source.sampleDrops();
      expect(source.takeLosses()).toEqual([]);
      expect(source.fault).toBeUndefined();
      expect(source.exporterAddress(0)).toMatch(kind.live ? /^127\.0\.0\.1$/ : /\.ipfix/);
      expect(source.progress.read).toBe(source.progress.total ?? source.progress.read);
      expect(source.progress.read).toBeGreaterThan(0);
      await source.close();
    });

    conformsAtItsEnd({
      batch: () => new FlowBatch(),
      async ended() {
        const source = await kind.open(sent);
        await (kind.live ? drain(source) : rest(source));
        return source;
      },
      async begun() {
        const source = await kind.open(sent);
        await take(source, 1);
        return source;
      },
    });

    test('stopped, twice, before it was read: what it has comes out, then the end', async () => {
      const source = await kind.open(sent);
      source.stop();
      source.stop();
      const rows = await rest(source);
      expect(rows.length).toBeLessThanOrEqual(expected.length);
      expect(source.fault).toBeUndefined();
      await source.close();
    });
  });
}
