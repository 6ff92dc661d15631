import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NETFLOW_DATAGRAMS, SFLOW_DATAGRAMS } from '../../capture/netflow/datagrams.ts';
import { Collector } from '../../capture/netflow/support.ts';
import { ethernet, ipv4, pcap, udp } from '../../capture/build.ts';
import { hasTool, tsharkFields } from '../read-capture.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-exports-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The datagrams in a capture, to a port that says what they are. */
function fields(datagrams: readonly Uint8Array[], port: number, names: readonly string[]): string[][] {
  const path = join(folder, `${port}.pcap`);
  const frames = datagrams.map((bytes) => ethernet(0x0800, ipv4(udp(50_000, port, bytes), { protocol: 17 })));
  writeFileSync(path, pcap(frames));
  return tsharkFields(path, names);
}

const numbers = (cell: string | undefined) => (cell ?? '').split(',').filter(Boolean).map(Number);

describe.skipIf(!hasTool('tshark'))('tshark reads what the encoders write', () => {
  test('NetFlow v5, v9 and IPFIX: the same flows as the decoder, nothing malformed', () => {
    const rows = fields(NETFLOW_DATAGRAMS, 2055, [
      'cflow.version',
      'cflow.packets',
      'cflow.srcport',
      '_ws.malformed',
    ]);
    expect(rows.map((row) => row[3] ?? '')).toEqual(NETFLOW_DATAGRAMS.map(() => ''));
    expect(new Set(rows.map((row) => row[0]))).toEqual(new Set(['5', '9', '10']));
    const collector = new Collector({ settings: () => ({}) });
    const sampled = NETFLOW_DATAGRAMS.flatMap((bytes) => collector.push(bytes));
    const ours = [...sampled, ...collector.end()].filter((row) => row.sport > 40_000).map((row) => row.sport);
    const theirs = rows.flatMap((row) => numbers(row[2])).filter((port) => port > 40_000);
    expect(theirs.length).toBeGreaterThan(50);
    // Those of templates with ports are all there; biflows count twice here, once there.
    expect(new Set(theirs)).toEqual(new Set(ours));
  });
  test('sFlow: the samples, nothing malformed', () => {
    const [row] = fields(SFLOW_DATAGRAMS, 6343, [
      'sflow_245.numsamples',
      'sflow_245.header_protocol',
      '_ws.malformed',
    ]);
    // This tshark passes over samples of discarded packets.
    expect(row).toEqual(['7', '1,1']);
  });
});
