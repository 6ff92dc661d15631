/**
 * Every folder of examples/: the reference makes expected.txt of its capture, tshark counts the same, and so
 * does the command. After a new recording: sh scripts/with-node examples/expected.ts
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { examples, referenceOf, type Example } from '../reference/examples.ts';
import { hasTshark, sharkPackets, type SharkPacket } from '../reference/tshark.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const inCi = process.env['CI'] === 'true';
const all = examples().map((example) => [example.name, example] as const);

function expectedOf(example: Example): string[] {
  return readFileSync(example.expected, 'utf8').split('\n').slice(0, -1);
}

function find(name: string): Example {
  return all.find(([other]) => other === name)![1];
}

function tupleOf(packet: SharkPacket): string {
  const { source, destination, sourcePort, destinationPort, protocol } = packet;
  return [source, destination, sourcePort, destinationPort, protocol].join(' ');
}

interface Count {
  packets: number;
  bytes: number;
}

/** tshark's packets by window and 5-tuple. What passed several places of the router counts at the first. */
function countShark(packets: readonly SharkPacket[]): Map<string, Count> {
  const owners = new Map<string, string>();
  const counts = new Map<string, Count>();
  for (const packet of packets) {
    const key = `${packet.second - (packet.second % 60)} ${tupleOf(packet)}`;
    const flow = `${key} ${packet.icmp}`;
    if (!owners.has(flow)) owners.set(flow, packet.point);
    if (owners.get(flow) !== packet.point) continue;
    const count = counts.get(key) ?? { packets: 0, bytes: 0 };
    counts.set(key, count);
    count.packets++;
    count.bytes += packet.length;
  }
  return counts;
}

describe('the folder', () => {
  test('has examples of what a capture can be', () => {
    const kinds = all.map(([, { capture }]) => capture.slice(capture.indexOf('.', ROOT.length)));
    expect(new Set(kinds)).toEqual(new Set(['.pcap', '.pcap.gz', '.pcapng']));
    expect(all.length).toBeGreaterThanOrEqual(12);
  });

  test('stays small', () => {
    const files = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' });
    const sizes = files.map((file) => statSync(join(ROOT, 'examples', file)).size);
    expect(Math.max(...sizes)).toBeLessThan(100_000);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_000_000);
  });

  test.each(all)('%s is described, with the command to run', (name, example) => {
    const text = readFileSync(join(ROOT, 'examples', name, 'README.md'), 'utf8');
    expect(text).toContain(`./weir record ${example.capture.slice(ROOT.length)} --network `);
  });
});

describe('the reference makes the expected lines', () => {
  test.each(all)('%s', (_name, example) => {
    const { lines, flows } = referenceOf(example);
    expect(lines).toEqual(expectedOf(example));
    expect(flows.outcomes.malformed.packets).toBe(0);
    expect(flows.late).toBe(0);
    expect(flows.outliers).toBe(0);
    expect(flows.unresolvedFragments).toBe(0);
  });

  test('and what they are there to show', () => {
    const actions = (name: string): string[] => expectedOf(find(name)).map((line) => line.split(' ')[12]!);
    expect(new Set(actions('scan'))).toEqual(new Set(['ACCEPT', 'REJECT']));
    expect(new Set(actions('scan-wire'))).toEqual(new Set(['ACCEPT']));
    const flagsOf = (name: string, from: string): string[] => {
      const fields = ['start', 'srcaddr', 'interface-id', 'dstport', 'tcp-flags'];
      const cells = referenceOf(find(name), 60, fields).lines.map((line) => line.split(' '));
      return cells.filter((row) => row[1] === from && row[2]!.endsWith('10a')).map((row) => row[4]!);
    };
    expect(flagsOf('ssh', '10.20.1.10')).toEqual(['2', '0', '1']);
    expect(flagsOf('ssh', '10.20.2.20')).toEqual(['18', '0', '1']);
    expect(referenceOf(find('offload')).flows.offloaded).toBeGreaterThan(5);
    expect(expectedOf(find('ping')).filter((line) => line.endsWith(' NODATA'))).toHaveLength(1);
    expect(referenceOf(find('cooked')).lines).toEqual(referenceOf(find('cooked-v1')).lines);
  });
});

describe.skipIf(!hasTshark() && !inCi)('tshark counts the same', () => {
  test.each(all)('%s', (_name, example) => {
    const counts = countShark(sharkPackets(example.capture));
    const { sums, flows } = referenceOf(example);
    const held = new Set<string>();
    // Per window, 5-tuple, interface and direction.
    const own = Map.groupBy(sums, ({ interval, tuple }) => `${interval} ${tuple}`);
    for (const [key, rows] of own) {
      held.add(key);
      for (const { packets, bytes } of rows)
        expect({ key, packets, bytes }).toEqual({ key, ...counts.get(key) });
      expect(new Set(rows.map((row) => `${row.interfaceId} ${row.direction}`)).size).toBe(rows.length);
    }
    const rest = [...counts].filter(([key]) => !held.has(key));
    const left = rest.reduce((sum, [, { packets }]) => sum + packets, 0);
    expect(left).toBe(flows.outcomes.unattributed.packets);
  });
});

describe.skipIf(!existsSync(join(ROOT, 'src/cli/record.ts')))('weir record writes the expected lines', () => {
  test.each(all)('%s', (_name, example) => {
    const run = spawnSync(
      join(ROOT, 'weir'),
      ['record', example.capture, '--network', example.network, '--interval', '60', '--no-header'],
      { encoding: 'utf8' },
    );
    expect({ status: run.status, stderr: run.status === 0 ? '' : run.stderr }).toEqual({
      status: 0,
      stderr: '',
    });
    expect(run.stdout.split('\n').slice(0, -1).sort()).toEqual(expectedOf(example));
  });
});
