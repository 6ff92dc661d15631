/** Log events are tidied by a running service, and nothing else waits for it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../../src/service/serve/config.ts';
import { startService } from '../../../src/service/serve/service.ts';
import { DAY_MS, MAINTENANCE } from '../../../src/standins/storage/logs-maintenance.ts';
import { openLogStorage } from '../../../src/standins/storage/logs.ts';
import { ACCOUNT, REGION } from '../support.ts';
import { until } from '../recording/wire.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-upkeep-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Appends batches of some events each, a minute apart. */
async function fill(name: string, batches: number, events: number, from: number): Promise<void> {
  const storage = openLogStorage(join(folder, 'logs'));
  const lines = Array.from(
    { length: events },
    (_, n) => `2 ${ACCOUNT} eni-1 10.0.${n >> 8}.${n & 255} ACCEPT OK`,
  );
  const messages = Buffer.from(lines.join(''));
  let end = 0;
  const ends = Uint32Array.from(lines, (line) => (end += line.length));
  for (let batch = 0; batch < batches; batch++) {
    const timestamps = new Float64Array(events).fill(from + batch * 60_000);
    await storage.append(
      { account: ACCOUNT, region: REGION, name },
      `${name}-${batch}`,
      [{ stream: 'eni-1-all', timestamps, ends, messages }],
      Date.now(),
    );
  }
}

async function eventsOf(name: string): Promise<number> {
  const group = { account: ACCOUNT, region: REGION, name };
  const request = { from: 0, to: Infinity, limit: Infinity, maxBytes: Infinity, budget: Infinity };
  const page = await openLogStorage(join(folder, 'logs')).read(group, request, Date.now());
  return page!.events.length;
}

test('a running service merges segments and lets go of what is too old, on a thread of its own', async () => {
  const many = MAINTENANCE.maxSmall + 8;
  await fill('merged', many, 500, Date.now() - DAY_MS / 2);
  await fill('old', 3, 10, Date.now() - 3 * DAY_MS);
  await fill('old', 1, 10, Date.now());
  const storage = openLogStorage(join(folder, 'logs'));
  await storage.changeGroup({ account: ACCOUNT, region: REGION, name: 'old' }, (it) => ({
    tags: it.tags,
    retentionInDays: 1,
  }));
  const segments = (): number =>
    readdirSync(join(folder, 'logs'), { recursive: true }).filter((it) => String(it).endsWith('.seg')).length;
  const before = segments();
  const service = await startService({
    config: parseConfig('listen: 127.0.0.1:0\n', 'weir.yaml'),
    directory: folder,
    times: { upkeepMs: 100 },
  });
  try {
    await until('a merge', () => service.control.metrics().upkeep.merges > 0, 20);
    const { upkeep } = service.control.metrics();
    expect(upkeep).toMatchObject({ failures: 0 });
    expect(upkeep.expired).toBeGreaterThan(0);
    expect(upkeep.merged).toBeGreaterThan(many / 2 - 1);
    expect(segments()).toBeLessThanOrEqual(before); // what is replaced stays for its readers for a while
    expect(await eventsOf('merged')).toBe(many * 500);
    const text = await (await fetch(`${service.url}/metrics`)).text();
    expect(text).toMatch(/^\S*log_upkeep_runs_total\{result="done"\} [1-9]/m);
  } finally {
    const begun = performance.now();
    await service.close();
    expect(performance.now() - begun).toBeLessThan(5_000);
  }
  // Some runs more: nothing begins again after the close.
  const { runs } = service.control.metrics().upkeep;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(service.control.metrics().upkeep.runs).toBe(runs);
}, 40_000);
