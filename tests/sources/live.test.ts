import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { Batch, META_VERDICT, META_VERDICT_SHIFT, VERDICT_REJECT } from '../../src/capture/batch.ts';
import { openLive } from '../../src/sources/tcpdump.ts';
import type { LiveOptions, LiveSource } from '../../src/sources/tcpdump.ts';
import { drain } from './captures.ts';
import { missingForLive, openNamespace } from './namespace.ts';

const missing = missingForLive();
const run = missing === undefined ? describe : describe.skip;
const ours = { filter: 'udp dst port 53' };

run(`the real tcpdump${missing === undefined ? '' : ` (needs ${missing})`}`, () => {
  const namespace = missing === undefined ? openNamespace('live') : undefined;
  const open = new Set<LiveSource>();
  afterEach(async () => {
    await Promise.all([...open].map((source) => source.close()));
    open.clear();
  });
  afterAll(() => namespace?.close());

  async function capture(options: LiveOptions = {}): Promise<LiveSource> {
    const source = await namespace!.capture({ ...ours, ...options });
    open.add(source);
    return source;
  }

  test('no packet that was sent before stop is lost, though tcpdump holds them for a second', async () => {
    const source = await capture();
    const ports = Array.from({ length: 20_000 }, (_, i) => i % 65_536);
    namespace!.send(ports);
    source.stop();
    const rows = await drain(source);
    expect(rows.map((row) => row.id)).toEqual(ports);
    expect(source.takeLosses()).toEqual([]);
    expect(source.counters.packets).toBe(20_000);
  });

  test('the counts of the kernel are read', async () => {
    const source = await capture();
    namespace!.send([1, 2, 3]);
    await source.sampleDrops();
    expect(source.takeLosses()).toEqual([]);
  });

  test('what a small buffer does not hold is a loss: rows and drops are all that was sent', async () => {
    const source = await capture({ bufferKiB: 256 });
    // Nothing is read while this blocks the event loop.
    namespace!.send(Array.from({ length: 40_000 }, (_, i) => i % 65_536));
    await source.sampleDrops();
    source.stop();
    const rows = await drain(source);
    const losses = source.takeLosses();
    const dropped = losses.reduce((sum, loss) => sum + loss.packets, 0);
    expect(dropped).toBeGreaterThan(0);
    expect(rows.length + dropped).toBe(40_000);
    expect(new Set(losses.map((loss) => loss.reason))).toEqual(new Set(['kernel_drop']));
  });

  test('an NFLOG group: packets with the verdict of their rule, none lost at the end', async () => {
    const rules =
      'table ip t { chain c { type filter hook prerouting priority 0; log prefix "REJECT" group 7; }; }';
    namespace!.run('nft', rules);
    const source = await namespace!.capture({}, 'nflog:7');
    open.add(source);
    expect(source).toMatchObject({ name: 'nflog:7', live: true, reportsVerdicts: true });
    namespace!.send([5, 6, 7]);
    source.stop();
    const batch = new Batch();
    const seen: string[] = [];
    for (let state = source.next(batch); state !== 'end'; state = source.next(batch)) {
      for (let row = 0; row < batch.count; row++)
        seen.push(`${batch.ports[row]! >>> 16}:${(batch.meta[row]! & META_VERDICT) >>> META_VERDICT_SHIFT}`);
      if (state === 'wait') await source.ready();
    }
    namespace!.run('nft', 'flush ruleset');
    expect(seen).toEqual([5, 6, 7].map((port) => `${port}:${VERDICT_REJECT}`));
  });

  test('killed: a restart is a loss, and it comes back', async () => {
    const source = await capture();
    const first = source.pid!;
    process.kill(first, 'SIGKILL');
    const batch = new Batch();
    while (source.pid === first || source.pid === undefined) {
      if (source.next(batch) === 'wait') await source.ready();
      if (source.pid === undefined) await source.ready();
    }
    namespace!.send([7, 8]);
    source.stop();
    expect((await drain(source)).map((row) => row.id)).toEqual([7, 8]);
    expect(source.takeLosses()).toMatchObject([{ packets: -1, reason: 'restart' }]);
  });

  test('refusals in its own words', async () => {
    await expect(openLive('lo', { filter: 'no such (' })).rejects.toThrow(/filter cannot be used: .*syntax/);
    namespace!.run('ip', 'link', 'set', 'in0', 'down');
    await expect(namespace!.capture(ours)).rejects.toThrow(/is not up: ip link set/);
    namespace!.run('ip', 'link', 'set', 'in0', 'up');
  });
});
