/** `record --netflow`, `--ipfix` and `--sflow`: what exporters tell is what is written, once, and no loss is hidden. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  encoder,
  ExporterSocket,
  exportSummaryOf,
  listening,
  type Protocol,
  type Sent,
} from './exporters.ts';
import { leaveMinute, weir } from './run.ts';

const PATIENCE = 60_000;
const CIDR = ['--cidr', '10.0.0.0/8,fd00::/8'];
const FLAGS: Readonly<Record<Protocol, string>> = {
  v5: '--netflow',
  v9: '--netflow',
  ipfix: '--ipfix',
  sflow: '--sflow',
};

/** The lines of a flow between two hosts that are both held, without the ids of their interfaces. */
function linesFor({ from, to, ports, protocol = 17, packets, bytes, start, end }: Sent): string[] {
  const rest = `${from} ${to} ${ports.join(' ')} ${protocol} ${packets} ${bytes} ${start} ${end} ACCEPT OK`;
  return [`egress ${rest}`, `ingress ${rest}`];
}

function withoutIds(lines: readonly string[]): string[] {
  return lines.map((line) => line.slice(line.indexOf(' ') + 1));
}

describe('records are what exporters told', () => {
  test.each<Protocol>(['v5', 'v9', 'ipfix', 'sflow'])(
    '%s',
    async (protocol) => {
      const { port, end } = await listening(FLAGS[protocol], ...CIDR, '--summary', 'json');
      const socket = await ExporterSocket.open(port);
      const now = Math.floor(Date.now() / 1000);
      // A sample of sFlow is one packet at the time of its datagram.
      const sampled = protocol === 'sflow';
      const times = sampled ? { start: now, end: now } : { start: now - 30, end: now - 1 };
      const flows: Sent[] = [
        { from: '10.0.0.1', to: '10.0.0.2', ports: [1024, 53], packets: 4, bytes: 400, ...times },
        { from: '10.0.0.2', to: '10.0.0.1', ports: [53, 1024], packets: 2, bytes: 1000, ...times },
      ];
      if (protocol === 'v9' || protocol === 'ipfix') {
        flows.push({ from: 'fd00::1', to: 'fd00::2', ports: [9, 10], packets: 1, bytes: 60, ...times });
      }
      await socket.send(encoder(protocol).datagram(flows));
      await sleep(300);
      socket.close();
      const { lines, run } = await end();
      const wanted = flows.flatMap(linesFor);
      const strip = (line: string): string => (sampled ? line.replace(/ \d+ \d+ ACCEPT/, ' * ACCEPT') : line);
      expect(withoutIds(lines).map(strip).sort()).toEqual(wanted.map(strip).sort());
      const summary = exportSummaryOf(run);
      const packets = flows.reduce((sum, it) => sum + it.packets, 0);
      expect(summary.in).toEqual({ packets, bytes: flows.reduce((sum, it) => sum + it.bytes, 0) });
      expect(summary.outcomes.recorded).toEqual(summary.in);
      expect(summary.identity).toBe(true);
      expect(summary.exports).toMatchObject([
        {
          source: '127.0.0.1:0',
          datagrams: 1,
          packets,
          not_allowed: 0,
          exporters: [{ address: '127.0.0.1' }],
        },
      ]);
    },
    PATIENCE,
  );
});

describe('exporters are told apart', () => {
  test(
    'two on one path: a flow counts once',
    async () => {
      await leaveMinute(10);
      const { port, end } = await listening('--netflow', ...CIDR, '--summary', 'json');
      const now = Math.floor(Date.now() / 1000);
      const flow: Sent = {
        from: '10.0.0.1',
        to: '10.0.0.2',
        ports: [1024, 443],
        protocol: 6,
        packets: 10,
        bytes: 5000,
        start: now - 5,
        end: now - 1,
      };
      for (const address of ['127.0.0.1', '127.0.0.2']) {
        const socket = await ExporterSocket.open(port, address);
        await socket.send(encoder('v9').datagram([flow]));
        await sleep(300);
        socket.close();
      }
      const { lines, run } = await end();
      expect(withoutIds(lines).sort()).toEqual(linesFor(flow).sort());
      const summary = exportSummaryOf(run);
      expect(summary.in.packets).toBe(20);
      expect(summary.outcomes.recorded.packets).toBe(10);
      expect(summary.outcomes.duplicate.packets).toBe(10);
      expect(summary.identity).toBe(true);
      expect(summary.exports[0]!.exporters.map(({ address, rows }) => [address, rows])).toEqual([
        ['127.0.0.1', 1],
        ['127.0.0.2', 1],
      ]);
    },
    PATIENCE,
  );

  test(
    'a gap in the numbers of one is SKIPDATA for those it saw, and for nobody else',
    async () => {
      await leaveMinute(15);
      const { port, end } = await listening('--netflow', ...CIDR, '--summary', 'json');
      const now = Math.floor(Date.now() / 1000);
      const of = (host: number): Sent => ({
        from: `10.0.0.${host}`,
        to: '192.0.2.1',
        ports: [1024, 443],
        packets: 1,
        bytes: 100,
        start: now - 2,
        end: now - 1,
      });
      const lossy = await ExporterSocket.open(port, '127.0.0.1');
      const whole = await ExporterSocket.open(port, '127.0.0.2');
      const [one, other] = [encoder('v5'), encoder('v5')];
      await lossy.send(one.datagram([of(1)]));
      one.datagram([of(1), of(1), of(1)]); // lost on the way
      await lossy.send(one.datagram([of(1)]));
      await whole.send(other.datagram([of(7)]));
      // Numbers settle for a second against reordering, and are looked at every second.
      await sleep(4000);
      lossy.close();
      whole.close();
      const { lines, run } = await end();
      const held = (host: number): string =>
        lines.find((line) => line.includes(` 10.0.0.${host} `))!.split(' ')[0]!;
      const skipped = lines.filter((line) => line.endsWith(' SKIPDATA'));
      expect(skipped.map((line) => line.split(' ')[0])).toEqual([held(1)]);
      const [source] = exportSummaryOf(run).exports;
      expect(source!.lost).toMatchObject({ sequence_gap: 3 });
      expect(source!.exporters).toEqual([
        { address: '127.0.0.1', rows: 2, lost: { sequence_gap: 3 } },
        { address: '127.0.0.2', rows: 1, lost: {} },
      ]);
    },
    PATIENCE,
  );

  test(
    'who is not allowed is counted, and named with the flag that lets him in',
    async () => {
      const { port, end } = await listening('--netflow', ...CIDR, '--exporter', '127.0.0.2');
      const now = Math.floor(Date.now() / 1000);
      const flow: Sent = {
        from: '10.0.0.1',
        to: '10.0.0.2',
        ports: [1, 2],
        packets: 1,
        bytes: 100,
        start: now,
        end: now,
      };
      const socket = await ExporterSocket.open(port, '127.0.0.9');
      for (let k = 0; k < 3; k++) await socket.send(encoder('v5').datagram([flow]));
      await sleep(300);
      socket.close();
      const { lines, run } = await end();
      expect(lines).toEqual([]);
      expect(run.stderr).toContain(
        '3 datagrams not taken, of exporters that are not allowed: 127.0.0.9 (3); to take them: --exporter 127.0.0.9\n',
      );
    },
    PATIENCE,
  );
});

describe('wrong use', () => {
  test.each<[string, string[], RegExp]>([
    ['no port', ['--netflow', '127.0.0.1'], /"127\.0\.0\.1" is nothing to listen on: write ADDRESS:PORT/],
    ['files beside', ['--netflow', ':0', 'a.pcap'], /capture files and exporters .* keep different times/],
    [
      'an exporter for nothing',
      ['-i', 'lo', '--exporter', '::1'],
      /--exporter is for exporters: give --netflow/,
    ],
    ['a prefix that is none', ['--sflow', ':0', '--exporter', '10.0.0.0/33'], /no good prefix length/],
    ['TCP of NetFlow', ['--netflow', ':0', '--transport', 'tcp'], /--transport tcp is for --ipfix/],
    ['a rate of 0', ['--netflow', ':0', '--sampling-rate', '0'], /--sampling-rate 0: one packet in 1 to/],
    ['a buffer of nothing', ['--netflow', ':0', '--receive-buffer', '9'], /--receive-buffer 9: a size from/],
    ['a tunnel that is none', ['a.pcap', '--tunnels', 'ipip'], /--tunnels ipip: there is vxlan, geneve/],
  ])('%s', (_, args, message) => {
    const run = weir(['record', ...args]);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(2);
  });
});
