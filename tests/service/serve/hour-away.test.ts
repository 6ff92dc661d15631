/** A service that comes back an hour after a crash: one SKIPDATA says what is missing, for each flow log of then. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { missingForLive } from '../../sources/namespace.ts';
import { until, Wire } from '../recording/wire.ts';
import { startWeir } from '../weir-process.ts';
import { createFlowLog, eventsOf } from './world.ts';

const missing = missingForLive();
const VPC = 'vpc-00000001';
const ENI = 'eni-00000002';
const NETWORK = `vpcs:
  - id: ${VPC}
    cidrs: [10.99.0.0/16]
    subnets:
      - id: subnet-00000001
        cidrs: [10.99.0.0/24]
        discover: true
        interfaces: [{ id: ${ENI}, primary: 10.99.0.2 }, { id: eni-00000003, primary: 10.99.0.3 }]
`;
const FORMAT = '${interface-id} ${start} ${end} ${log-status}';

(missing === undefined ? describe : describe.skip)(
  `an hour away${missing === undefined ? '' : ` (needs ${missing})`}`,
  () => {
    let folder: string;
    let wire: Wire;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'weir-hour-'));
      wire = new Wire();
      wire.make();
    });
    afterEach(() => {
      wire.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    test('one range for each interface that had traffic, none for a flow log made since', async () => {
      const data = join(folder, 'data');
      const config = join(folder, 'weir.yaml');
      writeFileSync(join(folder, 'network.yaml'), NETWORK);
      const source = `sources: [{ name: lan, type: live, interface: ${wire.name}, filter: udp }]\n`;
      writeFileSync(config, `network: network.yaml\n${source}`);
      const first = await startWeir(data, { config });
      const wish = { resource: VPC, format: FORMAT };
      await createFlowLog(first, { ...wish, group: 'sixty' });
      await createFlowLog(first, { ...wish, group: 'ten', interval: 600 });
      expect(await first.stop()).toBe(0);

      // All of it an hour ago: the flow logs, and what was committed last.
      const minute = Math.floor(Date.now() / 60_000) * 60 - 3600;
      const sixHundred = minute - (minute % 600);
      const store = new Database(join(data, 'weir.db'));
      store.prepare('UPDATE flow_logs SET created_at = created_at - 7200000').run();
      store.close();
      const ledger = new Database(join(data, 'spool', 'ledger.db'));
      const note = { version: 1, from60: minute, from600: sixHundred, interfaces: [ENI] };
      ledger
        .prepare('INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
        .run('note', JSON.stringify({ segment: 1_000_000, note }));
      ledger.close();

      const second = await startWeir(data, { config });
      const back = Date.now() / 1000;
      await createFlowLog(second, { ...wish, group: 'late' });
      await until('capture', () => second.log().includes('live recording begins'));
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      wire.send('10.99.0.7', '10.99.0.2', [1, 2]);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(await second.stop()).toBe(0);

      const third = await startWeir(data, { config });
      try {
        const skipped = async (group: string): Promise<string[]> =>
          (await eventsOf(third, group)).filter((line) => line.endsWith('SKIPDATA'));
        for (const [group, from] of [
          ['sixty', minute],
          ['ten', sixHundred],
        ] as const) {
          await expect.poll(() => skipped(group), { timeout: 5_000 }).toHaveLength(1);
          await new Promise((resolve) => setTimeout(resolve, 500)); // and no more
          const lost = await skipped(group);
          expect(lost).toHaveLength(1);
          const [id, start, end] = lost[0]!.split(' ');
          expect([id, Number(start)]).toEqual([ENI, from]);
          expect(Math.abs(Number(end) - back)).toBeLessThan(65);
        }
        expect(await skipped('late')).toEqual([]);
      } finally {
        await third.stop();
      }
    }, 60_000);
  },
);
