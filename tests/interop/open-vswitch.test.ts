/**
 * Open vSwitch in userspace as an exporter of real traffic: what Weir records of its IPFIX and sFlow is what a tcpdump
 * saw at the port of one host.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { only, type Totals, totalsOf, totalsOfExports } from './exported-totals.ts';
import { type Exports, LEFT, LEFT6, missingForSwitch, OpenVswitch, RIGHT, RIGHT6 } from './open-vswitch.ts';

/** It reports a flow a second after its first packet, and looks twice a second whether it has to. */
const CACHED_MILLISECONDS = 3000;

const missing = missingForSwitch();
const folder = mkdtempSync(join(tmpdir(), 'weir-ovs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(missing !== undefined)(
  `Open vSwitch${missing === undefined ? '' : ` (needs ${missing})`}`,
  () => {
    const ovs = new OpenVswitch(join(folder, 'ovs'));
    beforeAll(() => ovs.start());
    afterAll(() => ovs.close());

    async function exported(
      flag: string,
      exports: Exports,
      ...more: string[]
    ): Promise<{ got: Totals; wanted: Totals }> {
      const capture = join(folder, `${Date.now()}.pcap`);
      const got = await totalsOfExports(flag, more, async (port) => {
        await ovs.export(exports, port);
        await ovs.talk(capture);
        await sleep(CACHED_MILLISECONDS);
        await ovs.stopExport(exports);
      });
      return { got, wanted: totalsOf(capture) };
    }

    function check({ got, wanted }: { got: Totals; wanted: Totals }): void {
      const hosts = new Set([LEFT, RIGHT, LEFT6, RIGHT6]);
      const between = (key: string): boolean =>
        key
          .split(' ')
          .slice(1, 3)
          .every((address) => hosts.has(address));
      expect(only(got, between)).toEqual(only(wanted, between));
      // Pings, three connections and the datagrams, over IPv4 and IPv6: the last have no answers.
      expect(only(wanted, between).size).toBeGreaterThanOrEqual(2 * 2 * (2 + 6 + 1));
      expect(wanted.summary.in.packets).toBeGreaterThan(600);
      const [source] = got.summary.exports!;
      expect(Object.entries(source!.lost).filter(([, count]) => count !== 0)).toEqual([]);
      expect(Object.keys(source!.decoded).filter((name) => name.startsWith('rejected'))).toEqual([]);
    }

    const IPFIX = ['sampling=1', 'obs_domain_id=7', 'obs_point_id=3'];

    for (const [name, settings] of [
      ['flows of a second', ['cache_active_timeout=1', 'cache_max_flows=1000']],
      ['each packet by itself', []],
    ] as const) {
      test(`IPFIX, ${name}: metered where it comes in and where it goes out, counted once`, async () => {
        const exports = { column: 'ipfix', settings: [...IPFIX, ...settings] } as const;
        const both = await exported('--ipfix', exports, '--sampling-rate', '1');
        check(both);
        expect(both.got.summary.outcomes.duplicate.packets).toBeGreaterThanOrEqual(
          both.wanted.summary.in.packets - 20,
        );
      });
    }

    test('sFlow, each packet a sample', async () => {
      const settings = ['agent=lo', 'sampling=1', 'header=128', 'polling=1'];
      const both = await exported('--sflow', { column: 'sflow', settings });
      check(both);
      expect(both.got.summary.outcomes.duplicate.packets).toBe(0);
    });
  },
);
