/** `weir serve` with a capture on its standard input. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { weir } from '../../record/run.ts';
import { CAPTURE, createFlowLog, eventsOf, NETWORK, VPC } from './world.ts';
import { startWeir } from '../weir-process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-stdin-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what comes by standard input is delivered to the flow logs that were there', async () => {
  const data = join(folder, 'data');
  const config = join(folder, 'weir.yaml');
  writeFileSync(config, `network: ${NETWORK}\n`);
  const first = await startWeir(data, { config });
  await createFlowLog(first, { resource: VPC, group: 'all' });
  expect(await first.stop()).toBe(0);

  writeFileSync(config, `network: ${NETWORK}\nsources: [{ type: stdin, vpcs: [${VPC}] }]\n`);
  const second = await startWeir(data, { config, input: CAPTURE });
  try {
    const options = ['--network', NETWORK, '--interval', '60', '--no-header', '--summary', 'none'];
    const recorded = weir(['record', CAPTURE, ...options])
      .stdout.toString()
      .trimEnd()
      .split('\n');
    await expect
      .poll(async () => (await eventsOf(second, 'all')).length, { timeout: 15_000, interval: 100 })
      .toBe(recorded.length);
    expect((await eventsOf(second, 'all')).toSorted()).toEqual(recorded.toSorted());
    expect(second.log()).toContain('captures of the configuration are replayed');
  } finally {
    expect(await second.stop()).toBe(0);
  }
}, 40_000);
