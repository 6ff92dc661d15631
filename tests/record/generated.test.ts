/**
 * Generated captures: per interval, 5-tuple, interface and direction, packets and bytes are those of counts that
 * share nothing with the command, at both ends.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { referenceLines } from '../reference/lines.ts';
import { hasTshark, sharkPackets } from '../reference/tshark.ts';
import { formatOf, generate, record, temporary } from './run.ts';
import {
  differences,
  packetsOf,
  TALLY_FIELDS,
  tallyCapture,
  tallyLines,
  tallyShark,
  widen,
} from './tally.ts';

const inCi = process.env['CI'] === 'true';
const folder = temporary();
const FIELDS =
  'version interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status ' +
  'vpc-id subnet-id tcp-flags type pkt-srcaddr pkt-dstaddr region flow-direction';
/** Half of the hosts are somebody else's. */
const HOSTS = ['--cidr', '10.7.0.0/16', '192.0.2.0/24', '2001:db8:7::/64', 'fd00:7::/64'];
const OURS = ['10.7.0.0/16', 'fd00:7::/64'];
const ours = (address: string): boolean => address.startsWith('10.7.') || address.startsWith('fd00:7:');

describe('100,000 packets: the lines of the reference', () => {
  test.each<[string, 60 | 600, string[]]>([
    ['plain.pcap', 60, []],
    ['mixed.pcapng', 600, ['--icmp', '8', '--fragments', '6', '--ipv6', '30', '--seconds', '1500']],
    ['tagged.pcap.gz', 60, ['--vlans', '7', '--fragments', '10', '--udp', '60', '--ipv6', '50', ...HOSTS]],
    ['double.pcapng.gz', 600, ['--vlans', '40', '--qinq', '--icmp', '15', '--ipv6', '20', ...HOSTS]],
  ])('%s, interval %i', (name, interval, flags) => {
    const path = generate(join(folder.path, name), '--seed', String(interval), ...flags);
    const cidrs = flags.includes('--cidr') ? OURS : undefined;
    const options = ['--interval', String(interval), '--format', formatOf(FIELDS)];
    const { lines, summary } = record([
      path,
      ...options,
      ...(cidrs === undefined ? [] : ['--cidr', cidrs.join(',')]),
    ]);
    const reference = referenceLines([path], {
      interval,
      fields: FIELDS.split(' '),
      ...(cidrs === undefined ? {} : { cidrs }),
    });
    const own = [...lines].sort();
    const different = own.findIndex((line, i) => line !== reference.lines[i]);
    expect([own.length, own[different]]).toEqual([reference.lines.length, reference.lines[different]]);
    const { not_ip, malformed, excluded, unattributed, duplicate, recorded, ...others } = summary.outcomes;
    expect({ not_ip, malformed, excluded, unattributed, duplicate, recorded }).toEqual(
      reference.flows.outcomes,
    );
    expect(Object.values(others).map(({ packets }) => packets)).toEqual([0, 0]);
    expect(summary.in).toEqual(reference.flows.total);
    expect(summary.in.packets).toBe(100_000);
    expect(summary.records).toBe(lines.length);
    expect(unattributed.packets > 0).toBe(cidrs !== undefined);
  });
});

describe('the counts of tshark', () => {
  test.skipIf(!hasTshark() && !inCi).each<[number, string[]]>([
    [60, ['--vlans', '5', '--icmp', '10', '--fragments', '5', '--ipv6', '40', ...HOSTS]],
    [600, ['--vlans', '5', '--qinq', '--seconds', '1300', '--udp', '50', '--packets', '40000']],
  ])('interval %i (needs tshark)', (interval, flags) => {
    const path = generate(join(folder.path, `shark-${interval}.pcap`), '--seed', '11', ...flags);
    const mine = flags.includes('--cidr');
    const options = ['--interval', String(interval), '--format', formatOf(TALLY_FIELDS)];
    const { lines } = record([path, ...options, ...(mine ? ['--cidr', OURS.join(',')] : [])]);
    const packets = sharkPackets(path);
    expect(packets.length).toBeGreaterThanOrEqual(40_000);
    const counted = tallyShark(packets, interval, mine ? ours : () => true);
    const { tally, doubled } = tallyLines(lines, interval);
    expect(differences(tally, counted)).toEqual([]);
    expect(doubled).toEqual([]);
    expect(packetsOf(tally, 'egress')).toBe(packetsOf(counted, 'egress'));
  });
});

describe('a million packets: the counts of a plain reading', () => {
  test('per interval of 60 and of 600 s, at both ends', { timeout: 60_000 }, () => {
    const flags = ['--vlans', '3', '--icmp', '3', '--fragments', '2', '--ipv6', '10', '--seconds', '700'];
    const path = join(folder.path, 'million.pcap');
    generate(path, '--packets', '1000000', '--seed', '5', ...flags);
    const minutes = tallyCapture(path, 60, () => true);
    for (const interval of [60, 600]) {
      const options = ['--interval', String(interval), '--format', formatOf(TALLY_FIELDS)];
      const { lines, summary } = record([path, ...options]);
      const { tally, doubled, interfaces } = tallyLines(lines, interval);
      expect(differences(tally, widen(minutes, interval))).toEqual([]);
      expect(doubled).toEqual([]);
      expect(packetsOf(tally, 'egress')).toBe(1_000_000);
      expect(packetsOf(tally, 'ingress')).toBe(1_000_000);
      expect(interfaces.size).toBeGreaterThan(5000);
      expect(summary.outcomes.recorded.packets).toBe(1_000_000);
      expect(summary.late.packets).toBe(0);
    }
  });
});
