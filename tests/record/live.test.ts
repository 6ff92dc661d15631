/** `record -i` between two real hosts: nothing uncounted, losses shown, verdicts of a real firewall. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { referenceLines } from '../reference/lines.ts';
import { missingForLive } from '../sources/namespace.ts';
import { CLIENT, CLIENT6, type Hosts, openHosts, SERVER, SERVER6, tcpdumpOf } from './hosts.ts';
import {
  allOutcomes,
  formatOf,
  leaveMinute,
  linesOf,
  type Running,
  start,
  summaryOf,
  temporary,
  until,
} from './run.ts';

const missing = missingForLive();
const run = missing === undefined ? describe : describe.skip;
const FILTER = `host ${CLIENT} or (host ${CLIENT6} and (tcp or udp))`;
const FIELDS =
  'interface-id flow-direction pkt-srcaddr pkt-dstaddr srcport dstport protocol packets bytes action log-status';

run(`live interfaces${missing === undefined ? '' : ` (needs ${missing})`}`, () => {
  const folder = temporary();
  let hosts: Hosts;
  afterAll(() => hosts.close());
  let network = '';
  beforeAll(async () => {
    hosts = await openHosts('record');
    network = folder.file(
      'network.yaml',
      `vpcs:
  - id: vpc-00000001
    cidrs: [10.99.0.0/16, "fd99::/64"]
    subnets:
      - id: subnet-00000001
        cidrs: [10.99.0.0/24, "fd99::/64"]
        interfaces:
          - { id: eni-00000002, primary: ${SERVER}, ipv6: ["${SERVER6}"] }
          - { id: eni-00000009, primary: 10.99.0.9 }
`,
    );
  });

  /** Starts to record on the server; resolves when it captures, which the header line tells. */
  async function recording(...args: string[]): Promise<Running> {
    const options = [
      '--interval',
      '60',
      '--format',
      formatOf(FIELDS),
      '--summary',
      'json',
      '--network',
      network,
    ];
    const running = start(['record', ...args, ...options], { namespace: hosts.server });
    await until('the header', () => running.stdout().includes('\n') || running.child.exitCode !== null);
    return running;
  }

  test('TCP, UDP, ICMP over IPv4 and IPv6: no packet uncounted against a tcpdump of its own', async () => {
    const path = join(folder.path, 'wire.pcap');
    chmodSync(folder.path, 0o777);
    const args = ['netns', 'exec', hosts.server, 'tcpdump', '-Z', 'root', '-i', 'eth0', '-n', '-s', '192'];
    const other = spawn('ip', [...args, '-B', '32768', '-w', path, FILTER], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    other.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    await until('the other tcpdump', () => said.includes('listening on'));
    const running = await recording('-i', 'eth0', '--filter', FILTER);
    const to = [SERVER, SERVER6];
    await hosts.talk({ connections: 20, size: 300_000, datagrams: 8000, to });
    hosts.run(hosts.client, 'ping', '-q', '-c', '20', '-i', '0.01', SERVER);
    const { lines, stderr } = await interrupted(running);
    // The kernel hands packets over a second late at most.
    await sleep(1500);
    other.kill('SIGINT');
    await once(other, 'close');
    expect(said).toMatch(/\n0 packets dropped by kernel/);
    const reference = referenceLines([path], { interval: 60 });
    const summary = summaryOf(stderr);
    expect(summary.lost).toBe(0);
    expect(summary.in).toEqual(reference.flows.total);
    // Both directions at the server, as sums over the windows that the test happened to meet.
    const wanted = new Map<string, [number, number]>();
    for (const { direction, tuple, packets, bytes } of reference.sums) {
      const [from, ,] = tuple.split(' ');
      const leaving = from === SERVER || from === SERVER6;
      if (leaving === (direction === 'egress')) addTo(wanted, `${direction} ${tuple}`, packets, bytes);
    }
    const got = new Map<string, [number, number]>();
    for (const line of lines.filter((text) => text.endsWith('OK'))) {
      const [id, direction, from, to, sport, dport, protocol, packets, bytes] = line.split(' ');
      expect(id).toBe('eni-00000002');
      addTo(got, [direction, from, to, sport, dport, protocol].join(' '), Number(packets), Number(bytes));
    }
    expect(got).toEqual(wanted);
    expect(summary.in.packets).toBeGreaterThan(16_000);
  });

  test('kill -9 of the capture: SKIPDATA for whom had traffic, and recording comes back', async () => {
    await leaveMinute(12);
    const running = await recording('-i', 'eth0', '--filter', 'udp port 7001');
    const child = tcpdumpOf(running.child.pid!)!;
    await hosts.talk({ datagrams: 300, to: [SERVER] });
    await sleep(1200);
    process.kill(child, 'SIGKILL');
    // What is sent without a capture is lost; its number is not known.
    await hosts.talk({ datagrams: 10, pause: 0.01, to: [SERVER] });
    await until('it captures again', () => running.stderr().includes('captures again'));
    expect(tcpdumpOf(running.child.pid!)).not.toBe(child);
    await hosts.talk({ datagrams: 200, to: [SERVER] });
    const { lines, stderr } = await interrupted(running);
    expect(lines.filter((line) => line.endsWith('SKIPDATA'))).toEqual([
      'eni-00000002 - - - - - - - - - SKIPDATA',
    ]);
    const packets = lines.filter((line) => line.endsWith(' OK')).map((line) => Number(line.split(' ')[7]));
    expect(packets.reduce((sum, it) => sum + it, 0)).toBeGreaterThanOrEqual(500);
    expect(packets).toContain(300);
    expect(packets).toContain(200);
    expect(stderr).toMatch(/tcpdump on eth0 ended \(.*\); it is started again in 0\.5 s/);
    expect(summaryOf(stderr).restarts).toBe(1);
  });

  describe('a firewall that logs to NFLOG', () => {
    beforeAll(() => {
      const rules = `table inet t { chain c { type filter hook input priority 0;
        tcp dport 22 log prefix "REJECT ssh " group 5 reject with tcp reset;
        udp dport 7001 log prefix "ACCEPT echo " group 5 accept; }; }`;
      hosts.run(hosts.server, 'nft', rules);
    });
    const knock = `
import socket
for host in ('${SERVER}', '${SERVER6}'):
    s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET); s.bind(('', 4022))
    try: s.connect((host, 22))
    except ConnectionRefusedError: pass
    s.close()
`;

    test('-i nflog:5: what its rules accept and reject', async () => {
      const running = await recording('-i', 'nflog:5');
      hosts.run(hosts.client, 'python3', '-c', knock);
      await hosts.talk({ datagrams: 5, to: [SERVER, SERVER6] });
      const { lines, stderr } = await interrupted(running);
      const own = lines
        .filter((line) => line.endsWith(' OK'))
        .map((line) => line.replace(/ \d+ 7001 /, ' * 7001 '));
      const first = 'eni-00000002 ingress';
      const sizes = [0, 1, 2, 3, 4].reduce((sum, it) => sum + it, 0);
      expect(own.map((line) => line.replace(/ 6 1 \d+ /, ' 6 1 * ')).sort()).toEqual(
        [
          `${first} ${CLIENT} ${SERVER} 4022 22 6 1 * REJECT OK`,
          `${first} ${CLIENT6} ${SERVER6} 4022 22 6 1 * REJECT OK`,
          `${first} ${CLIENT} ${SERVER} * 7001 17 5 ${5 * 28 + sizes} ACCEPT OK`,
          `${first} ${CLIENT6} ${SERVER6} * 7001 17 5 ${5 * 48 + sizes} ACCEPT OK`,
        ].sort(),
      );
      expect(summaryOf(stderr).outcomes.recorded.packets).toBe(12);
    });

    test('-i eth0 -i nflog:5: the wire counts, the firewall sets the verdict, of the answer too', async () => {
      await leaveMinute(10);
      const running = await recording('-i', 'eth0', '-i', 'nflog:5', '--no-promiscuous');
      hosts.run(hosts.client, 'python3', '-c', knock);
      await hosts.talk({ connections: 1, size: 10, to: [SERVER] });
      await sleep(1500);
      const { lines, stderr } = await interrupted(running);
      const cells = lines.filter((line) => line.endsWith(' OK')).map((line) => line.split(' '));
      const actions = (port: string): string[] =>
        cells
          .filter((row) => (row[4] === port || row[5] === port) && row[2]!.startsWith('10.'))
          .map((row) => `${row[1]} ${row[7]} ${row[9]}`)
          .sort();
      expect(actions('22')).toEqual(['egress 1 REJECT', 'ingress 1 REJECT']);
      expect(actions('7000').map((text) => text.split(' ')[2])).toEqual(['ACCEPT', 'ACCEPT']);
      expect(stderr).toContain('weir: nflog:5 only sets verdicts');
      expect(summaryOf(stderr).outcomes.verdict_only.packets).toBe(2);
    });
  });

  test('--duration ends by itself, and an interface without traffic is well', async () => {
    const running = await recording('-i', 'lo', '--duration', '1');
    const { status, stdout, stderr } = await running.ended;
    expect({ status, lines: linesOf(stdout).length }).toEqual({ status: 0, lines: 1 });
    expect(summaryOf(stderr)).toMatchObject({ identity: true, in: { packets: 0 }, restarts: 0 });
  });
});

/** Ctrl-C: what is open is written, exit code 0. */
async function interrupted(running: Running): Promise<{ lines: string[]; stderr: string }> {
  running.child.kill('SIGINT');
  const { status, stdout, stderr } = await running.ended;
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const summary = summaryOf(stderr);
  expect(summary.identity).toBe(true);
  expect(allOutcomes(summary)).toEqual(summary.in);
  return { lines: linesOf(stdout).slice(1), stderr };
}

function addTo(sums: Map<string, [number, number]>, key: string, packets: number, bytes: number): void {
  const sum = sums.get(key) ?? [0, 0];
  sums.set(key, [sum[0] + packets, sum[1] + bytes]);
}
