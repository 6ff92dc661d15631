/** IPFIX files as SOURCE: told by their first bytes, alone, one after the other, and beside captures. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { encoder, RECORD_FIELDS, type Sent } from './exporters.ts';
import { formatOf, generate, record, temporary, weir } from './run.ts';

const START = 1_700_000_400;
const ARGS = ['--interval', '60', '--format', formatOf(RECORD_FIELDS), '--cidr', '10.0.0.0/8'];
const folder = temporary();

function flow(host: number, end: number, packets = 5): Sent {
  return {
    from: `10.0.0.${host}`,
    to: '192.0.2.1',
    ports: [1024, 443],
    protocol: 6,
    packets,
    bytes: 100 * packets,
    start: end - 3,
    end,
  };
}

function lineOf({ from, to, ports, protocol, packets, bytes, start, end }: Sent): string {
  return `egress ${from} ${to} ${ports.join(' ')} ${protocol} ${packets} ${bytes} ${start} ${end} ACCEPT OK`;
}

function withoutIds(lines: readonly string[]): string[] {
  return lines.map((line) => line.slice(line.indexOf(' ') + 1));
}

describe('IPFIX files', () => {
  const early = [flow(1, START + 5), flow(2, START + 20), flow(1, START + 70)];
  const [one, two] = [encoder('ipfix'), encoder('ipfix')];
  const message = one.datagram(early);
  const path = folder.file('flows.ipfix', message);

  test('keep the times of their flows', () => {
    const { lines, summary } = record([path, ...ARGS]);
    expect(withoutIds(lines)).toEqual(early.map(lineOf));
    expect(summary.in).toEqual({ packets: 15, bytes: 1500 });
  });

  test('are told by their bytes inside of gzip, whatever their names', () => {
    const packed = folder.file('flows.pcap', gzipSync(message));
    expect(record([packed, ...ARGS]).lines).toEqual(record([path, ...ARGS]).lines);
  });

  test('one after the other are one place: a flow that goes on in the next file is not doubled, nor left out', () => {
    const later = [flow(1, START + 75, 7)];
    const next = folder.file('next.ipfix', two.datagram(later));
    const { lines, summary } = record([path, next, ...ARGS]);
    const sum = { ...flow(1, START + 75, 12), start: START + 67 };
    expect(withoutIds(lines)).toEqual([lineOf(early[0]!), lineOf(early[1]!), lineOf(sum)]);
    expect(summary.outcomes.duplicate.packets).toBe(0);
  });

  test('go between captures by time', () => {
    const capture = generate(
      `${folder.path}/trace.pcap`,
      '--packets',
      '2000',
      '--flows',
      '100',
      '--seconds',
      '300',
      '--start',
      String(START),
      '--ipv6',
      '0',
    );
    const whole = record([capture, ...ARGS]);
    // Flows of other hosts, all along the capture.
    const between = Array.from({ length: 9 }, (_, k) => ({
      ...flow(1, START + 10 + 30 * k),
      from: '10.255.255.254',
    }));
    const beside = folder.file('beside.ipfix', encoder('ipfix').datagram(between));
    for (const paths of [
      [capture, beside],
      [beside, capture],
    ]) {
      const { lines, summary } = record([...paths, ...ARGS]);
      expect(summary.late.packets).toBe(0);
      const own = lines.filter((line) => line.includes(' 10.255.255.254 '));
      expect(own.reduce((sum, line) => sum + Number(line.split(' ')[7]), 0)).toBe(45);
      expect(lines.filter((line) => !own.includes(line)).sort()).toEqual([...whole.lines].sort());
      expect(summary.in.packets).toBe(whole.summary.in.packets + 45);
    }
  });

  test('that are cut off are recorded to there, and said to be', () => {
    const cut = folder.file('cut.ipfix', Buffer.concat([message, message.subarray(0, 30)]));
    const run = weir(['record', cut, ...ARGS, '--no-header']);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/cut\.ipfix is truncated at byte \d+: /);
    expect(withoutIds(run.stdout.toString().trimEnd().split('\n'))).toEqual(early.map(lineOf));
  });

  test('a sampling rate is for them, and not for captures', () => {
    const { lines } = record([path, ...ARGS, '--sampling-rate', '10']);
    expect(lines[0]).toContain(' 50 5000 ');
    const run = weir(['record', `${folder.path}/trace.pcap`, '--sampling-rate', '10']);
    expect(run.stderr).toContain('--sampling-rate is for exporters and IPFIX files');
    expect(run.status).toBe(2);
  });
});
