/** A million packets against tshark: per interval, 5-tuple, interface and direction, packets and bytes. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatOf, generate, record, temporary } from '../record/run.ts';
import {
  differences,
  packetsOf,
  TALLY_FIELDS,
  tallyLines,
  tallyShark,
  widen,
  type Tally,
} from '../record/tally.ts';
import { hasTshark, sharkPackets } from '../reference/tshark.ts';

const inCi = process.env['CI'] === 'true';
const folder = temporary();
/** tshark's answers are read whole: parts of this many packets. */
const PART = 100_000;
const PARTS = 10;

test.skipIf(!hasTshark() && !inCi)('interval 60 and 600, both ends (needs tshark)', () => {
  const flags = ['--vlans', '9', '--icmp', '4', '--ipv6', '25', '--fragments', '2', '--seconds', '130'];
  const begin = 1_700_000_400;
  const minutes: Tally = new Map();
  const paths: string[] = [];
  for (let part = 0; part < PARTS; part++) {
    const path = join(folder.path, `part-${part}.pcap`);
    const own = ['--seed', String(part), '--start', String(begin + 131 * part)];
    paths.push(generate(path, '--packets', String(PART), ...flags, ...own));
    for (const [key, [packets, bytes]] of tallyShark(sharkPackets(path), 60, () => true)) {
      const sum = minutes.get(key) ?? [0, 0];
      minutes.set(key, [sum[0] + packets, sum[1] + bytes]);
    }
  }
  for (const interval of [60, 600]) {
    const options = ['--interval', String(interval), '--format', formatOf(TALLY_FIELDS)];
    const { lines, summary } = record([...paths, ...options]);
    const { tally, doubled } = tallyLines(lines, interval);
    expect(differences(tally, widen(minutes, interval))).toEqual([]);
    expect(doubled).toEqual([]);
    expect(packetsOf(tally, 'egress')).toBe(PART * PARTS);
    expect(packetsOf(tally, 'ingress')).toBe(PART * PARTS);
    expect(summary.outcomes.recorded.packets).toBe(PART * PARTS);
  }
});
