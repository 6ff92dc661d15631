import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseNetwork } from '../../src/network/yaml.ts';
import type { Network } from '../../src/network/model.ts';
import { referenceFlows, type Flows } from './flows.ts';
import { DEFAULT_FIELDS, referenceLines } from './lines.ts';
import { captureOf, type Made } from './made.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-reference-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;

/** Writes a capture and gives its path. */
function capture(packets: readonly Made[]): string {
  const path = join(folder, `${files++}.pcap`);
  writeFileSync(path, captureOf(packets));
  return path;
}

function network(text: string): Network {
  return parseNetwork(text, 'network.yaml', { account: '123456789012', region: 'eu-central-1' });
}

const TWO = network(`
vpcs:
  - id: vpc-00000001
    cidrs: [10.0.0.0/16]
    subnets:
      - id: subnet-00000001
        cidrs: [10.0.0.0/24]
        interfaces:
          - { id: eni-00000001, primary: 10.0.0.1, secondary: [10.0.0.11] }
          - { id: eni-00000002, primary: 10.0.0.2 }
          - { id: eni-00000003, primary: 10.0.0.3, secondary: [10.0.0.33], kind: router }
      - { id: subnet-00000002, cidrs: [10.0.1.0/24], discover: true }
      - { id: subnet-00000003, cidrs: [10.0.1.128/25] }
`);

/** 2023-11-14 22:20:00, the start of a window and of an interval of ten minutes. */
const T = 1_700_000_400;

function rows(flows: Flows): string[] {
  return flows.rows
    .map((row) =>
      [
        row.interval - T,
        row.interface.id.slice(-1),
        row.direction,
        row.packets,
        row.bytes,
        row.start - T,
        row.end - T,
        row.verdict,
      ].join(' '),
    )
    .sort();
}

/** A fragment of a UDP datagram. */
function piece(at: number, offset: number, more: boolean, id = 7): Made {
  return {
    at,
    protocol: 17,
    ports: offset === 0 ? [5000, 53] : [0, 0],
    fragment: { id, offset, more },
  };
}

/** The field tcp-flags of a flow of packets with these flags. */
function flagsOf(flags: number[]): string {
  const path = capture(flags.map((it, i) => ({ at: T + i, flags: it })));
  return referenceLines([path], { network: TWO, fields: ['tcp-flags'] }).lines[0]!;
}

describe('counting', () => {
  test('both ends, one end, none; the terms add up', () => {
    const path = capture([
      { at: T + 1 },
      { at: T + 2, length: 60 },
      { at: T + 2, to: '192.0.2.1' },
      { at: T + 3, from: '192.0.2.1', to: '198.51.100.1', length: 40 },
    ]);
    const flows = referenceFlows([path], TWO, 60);
    expect(rows(flows)).toEqual([
      '0 1 egress 1 100 2 2 ACCEPT',
      '0 1 egress 2 160 1 2 ACCEPT',
      '0 2 ingress 2 160 1 2 ACCEPT',
    ]);
    expect(flows.outcomes.recorded).toEqual({ packets: 3, bytes: 260 });
    expect(flows.outcomes.unattributed).toEqual({ packets: 1, bytes: 40 });
    expect(flows.total).toEqual({ packets: 4, bytes: 300 });
  });

  test('windows are aligned to the epoch, and ten of them are an interval', () => {
    const path = capture([{ at: T + 59.999 }, { at: T + 60 }, { at: T + 599 }, { at: T + 600 }]);
    expect(rows(referenceFlows([path], TWO, 60)).filter((row) => row.includes('egress'))).toEqual([
      '0 1 egress 1 100 59 59 ACCEPT',
      '540 1 egress 1 100 599 599 ACCEPT',
      '60 1 egress 1 100 60 60 ACCEPT',
      '600 1 egress 1 100 600 600 ACCEPT',
    ]);
    expect(rows(referenceFlows([path], TWO, 600)).filter((row) => row.includes('egress'))).toEqual([
      '0 1 egress 3 300 59 599 ACCEPT',
      '600 1 egress 1 100 600 600 ACCEPT',
    ]);
  });

  test('later fragments follow the first for 30 seconds, and have no ports without it', () => {
    const path = capture([
      piece(T, 0, true),
      piece(T + 1, 1480, true),
      piece(T + 30, 2960, false),
      piece(T + 31, 4440, false),
      piece(T + 31, 1480, false, 8),
    ]);
    const { sums, flows } = referenceLines([path], { network: TWO, interval: 60 });
    expect(
      sums.filter(({ direction }) => direction === 'egress').map((it) => [it.tuple, it.packets]),
    ).toEqual([
      ['10.0.0.1 10.0.0.2 5000 53 17', 3],
      ['10.0.0.1 10.0.0.2 0 0 17', 2],
    ]);
    expect(flows.unresolvedFragments).toBe(2);
  });

  test('ICMP of several types is one line', () => {
    const path = capture([
      { at: T, protocol: 1, ports: [8, 0] },
      { at: T + 1, protocol: 1, ports: [3, 1] },
      { at: T + 2, protocol: 1, ports: [0, 0], from: '10.0.0.2', to: '10.0.0.1' },
    ]);
    expect(rows(referenceFlows([path], TWO, 60))).toEqual([
      '0 1 egress 2 200 0 1 ACCEPT',
      '0 1 ingress 1 100 2 2 ACCEPT',
      '0 2 egress 1 100 2 2 ACCEPT',
      '0 2 ingress 2 200 0 1 ACCEPT',
    ]);
  });
});

describe('whose traffic', () => {
  test('discovered where a subnet says so, the longest prefix decides, some addresses never', () => {
    const path = capture(
      ['10.0.1.5', '10.0.1.0', '10.0.1.255', '10.0.1.200', '10.0.0.9'].map((to) => ({
        at: T,
        from: '192.0.2.1',
        to,
      })),
    );
    const flows = referenceFlows([path], TWO, 60);
    expect(flows.rows.map((row) => row.destination)).toEqual(['10.0.1.5']);
    expect(flows.rows[0]!.interface).toMatchObject({
      vpc: 'vpc-00000001',
      subnet: 'subnet-00000002',
      declared: false,
    });
    expect(flows.rows[0]!.interface.id).toMatch(/^eni-[0-9a-f]{17}$/);
    expect(flows.outcomes.unattributed.packets).toBe(4);
  });

  test('a secondary address prints the primary one, at its own side only; a router prints the packet', () => {
    const fields = ['interface-id', 'srcaddr', 'dstaddr', 'pkt-srcaddr', 'pkt-dstaddr', 'version'];
    const path = capture([
      { at: T, from: '10.0.0.2', to: '10.0.0.11' },
      { at: T, from: '192.0.2.1', to: '10.0.0.33' },
    ]);
    expect(referenceLines([path], { network: TWO, fields }).lines).toEqual([
      'eni-00000001 10.0.0.2 10.0.0.1 10.0.0.2 10.0.0.11 3',
      'eni-00000002 10.0.0.2 10.0.0.11 10.0.0.2 10.0.0.11 3',
      'eni-00000003 192.0.2.1 10.0.0.33 192.0.2.1 10.0.0.33 3',
    ]);
  });

  test('without a network the private ranges are held; --cidr holds others', () => {
    const path = capture([{ at: T, from: '198.51.100.7', to: '10.0.0.2' }]);
    expect(referenceLines([path]).sums.map((it) => it.direction)).toEqual(['ingress']);
    const other = referenceLines([path], { cidrs: ['198.51.100.0/24'], account: '000000000001' });
    expect(other.sums.map((it) => it.direction)).toEqual(['egress']);
    expect(other.lines[0]).toMatch(
      /^2 000000000001 eni-[0-9a-f]{17} 198\.51\.100\.7 10\.0\.0\.2 1000 80 6 1 100 /,
    );
  });

  test('a flow of two files counts at the one that had it first in the window', () => {
    const first = capture([{ at: T + 1 }, { at: T + 61 }]);
    const second = capture([{ at: T + 2 }, { at: T + 3 }, { at: T + 60 }, { at: T + 62, ports: [1, 2] }]);
    const flows = referenceFlows([first, second], TWO, 60);
    expect(rows(flows).filter((row) => row.includes('egress'))).toEqual([
      '0 1 egress 1 100 1 1 ACCEPT',
      '60 1 egress 1 100 60 60 ACCEPT',
      '60 1 egress 1 100 62 62 ACCEPT',
    ]);
    expect(flows.outcomes.duplicate.packets).toBe(3);
  });
});

describe('time', () => {
  test('a capture cut into files by rotation is one', () => {
    const parts = [
      [{ at: T + 20 }, { at: T + 21 }],
      [{ at: T + 1 }, { at: T + 20 }],
    ].map(capture);
    const flows = referenceFlows(parts, TWO, 60);
    expect(rows(flows)[0]).toBe('0 1 egress 4 400 1 21 ACCEPT');
  });

  test('what comes after its window has closed is late, and a line of its own', () => {
    const path = capture([{ at: T + 10 }, { at: T + 61.9 }, { at: T + 50 }, { at: T + 62 }, { at: T + 51 }]);
    const flows = referenceFlows([path], TWO, 60);
    expect(flows.late).toBe(1);
    expect(rows(flows).filter((row) => row.includes('egress'))).toEqual([
      '0 1 egress 1 100 51 51 ACCEPT',
      '0 1 egress 2 200 10 50 ACCEPT',
      '60 1 egress 2 200 61 62 ACCEPT',
    ]);
  });

  test('a jump of more than an hour needs 16 packets that agree', () => {
    const later = (count: number): Made[] =>
      Array.from({ length: count }, (_, i) => ({ at: T + 10_000 + i / 100 }));
    const few = referenceFlows([capture([{ at: T + 30 }, ...later(15), { at: T + 31 }])], TWO, 60);
    expect(few.outliers).toBe(15);
    expect(rows(few)[0]).toBe('0 1 egress 17 1700 28 31 ACCEPT');
    const many = referenceFlows([capture([{ at: T + 30 }, ...later(17)])], TWO, 60);
    expect(many.outliers).toBe(15);
    expect(rows(many)).toContain('9960 1 egress 2 200 10000 10000 ACCEPT');
  });

  test('NODATA for whole intervals only, at most ten of a gap, and for declared interfaces only', () => {
    const path = capture([{ at: T }, { at: T + 60, to: '192.0.2.1' }, { at: T + 119 }]);
    const nodata = referenceLines([path], { network: TWO, interval: 60 }).lines.filter((line) =>
      line.endsWith('NODATA'),
    );
    expect(nodata).toEqual([
      `2 123456789012 eni-00000003 - - - - - - - ${T} ${T + 59} - NODATA`,
      `2 123456789012 eni-00000003 - - - - - - - ${T + 60} ${T + 119} - NODATA`,
    ]);
    const gap = referenceFlows([capture([{ at: T }, { at: T + 3000 }])], TWO, 60);
    expect(gap.silences.filter((it) => it.interface.id === 'eni-00000001').map((it) => it.start - T)).toEqual(
      Array.from({ length: 10 }, (_, i) => 60 * (i + 1)),
    );
  });
});

describe('verdicts', () => {
  test('a report is for the row, the other direction, and what follows of the connection', () => {
    const back: Omit<Made, 'at'> = { from: '10.0.0.2', to: '10.0.0.1', ports: [80, 1000], prefix: '' };
    const path = capture([
      { at: T, prefix: '' },
      { at: T + 1, prefix: 'REJECT ' },
      { at: T + 2, ...back },
      { at: T + 70, ...back },
      { at: T + 71, ports: [1, 2], prefix: '' },
      { at: T + 700, ...back },
    ]);
    const flows = referenceFlows([path], TWO, 60);
    expect(rows(flows).filter((row) => row.includes('egress'))).toEqual([
      '0 1 egress 2 200 0 1 REJECT',
      '0 2 egress 1 100 2 2 REJECT',
      '60 1 egress 1 100 71 71 ACCEPT',
      '60 2 egress 1 100 70 70 REJECT',
      '660 2 egress 1 100 700 700 ACCEPT',
    ]);
  });

  test('only two different reports split a row', () => {
    const path = capture([
      { at: T, prefix: 'ACCEPT ' },
      { at: T + 1, prefix: 'REJECT ' },
      { at: T + 2, prefix: '' },
      { at: T + 3, prefix: 'REJECT ' },
    ]);
    expect(rows(referenceFlows([path], TWO, 60)).filter((row) => row.includes('egress'))).toEqual([
      '0 1 egress 2 200 0 2 ACCEPT',
      '0 1 egress 2 200 1 3 REJECT',
    ]);
  });
});

describe('lines', () => {
  test('flags are OR-ed; 16 needs SYN and ACK in one packet', () => {
    expect([[16], [2, 16], [18, 16], [2, 17], [18, 25], [0xc2], [4]].map(flagsOf)).toEqual([
      '0',
      '2',
      '18',
      '3',
      '19',
      '2',
      '4',
    ]);
  });

  test('fields of version 5, and the version of what was asked', () => {
    const path = capture([{ at: T + 5 }]);
    const fields = [
      'version',
      ...DEFAULT_FIELDS.slice(1),
      'vpc-id',
      'instance-id',
      'type',
      'region',
      'traffic-path',
    ];
    expect(referenceLines([path], { network: TWO, fields: [...fields, 'flow-direction'] }).lines[0]).toBe(
      `5 123456789012 eni-00000001 10.0.0.1 10.0.0.2 1000 80 6 1 100 ${T + 5} ${T + 5} ACCEPT OK vpc-00000001 - IPv4 eu-central-1 1 egress`,
    );
    expect(() => referenceLines([path], { fields: ['colour'] })).toThrow('colour');
  });
});
