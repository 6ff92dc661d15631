/** The capture of a live interface dies in the middle of a window: what the windows around it show, in full. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Hosts, openHosts, SERVER, tcpdumpOf } from '../record/hosts.ts';
import { formatOf, leaveMinute, linesOf, start, summaryOf, temporary, until } from '../record/run.ts';
import { missingForLive } from '../sources/namespace.ts';

const missing = missingForLive();
const run = missing === undefined ? describe : describe.skip;

run(`live interfaces${missing === undefined ? '' : ` (needs ${missing})`}`, () => {
  const folder = temporary();
  let hosts: Hosts;
  beforeAll(async () => {
    hosts = await openHosts('soak');
  });
  afterAll(() => hosts.close());

  test('SKIPDATA in its window only, no NODATA in it, and whole windows after it', async () => {
    const network = folder.file(
      'network.yaml',
      `vpcs:
  - id: vpc-00000001
    cidrs: [10.99.0.0/16]
    subnets:
      - id: subnet-00000001
        cidrs: [10.99.0.0/24]
        interfaces:
          - { id: eni-00000002, primary: ${SERVER} }
          - { id: eni-00000009, primary: 10.99.0.9 }
`,
    );
    const format = formatOf('interface-id start end packets log-status');
    const options = ['--network', network, '--format', format, '--interval', '60', '--summary', 'json'];
    // The first window is cut by the start, the second has the loss, the third and fourth are whole.
    await leaveMinute(15);
    const args = ['record', '-i', 'eth0', '--filter', 'udp port 7001', '--no-header', ...options];
    const running = start(args, { namespace: hosts.server });
    await until('its tcpdump', () => tcpdumpOf(running.child.pid!) !== undefined);
    const talking = hosts.talk({ datagrams: 5000, pause: 0.05, to: [SERVER] });
    const second = Math.floor(Date.now() / 60_000) * 60 + 60;
    await sleep(1000 * (second + 20) - Date.now());
    process.kill(tcpdumpOf(running.child.pid!)!, 'SIGKILL');
    await until('it captures again', () => running.stderr().includes('captures again'));
    // Nobody has to end the recording to see it: the window's end is enough.
    await until('SKIPDATA', () => running.stdout().includes('SKIPDATA'), 60);
    expect(Math.floor(Date.now() / 1000)).toBeLessThan(second + 60 + 5);
    await sleep(1000 * (second + 180 + 8) - Date.now());
    running.child.kill('SIGINT');
    const { status, stdout, stderr } = await running.ended;
    await talking;
    expect(status).toBe(0);
    expect(summaryOf(stderr)).toMatchObject({ identity: true, restarts: 1 });
    const lines = linesOf(stdout).map((line) => line.split(' '));
    const statusLines = (kind: string): string[] =>
      lines.filter((row) => row[4] === kind).map((row) => row.slice(0, 3).join(' '));
    expect(statusLines('SKIPDATA')).toEqual([`eni-00000002 ${second} ${second + 59}`]);
    expect(statusLines('NODATA')).toEqual([
      `eni-00000009 ${second + 60} ${second + 119}`,
      `eni-00000009 ${second + 120} ${second + 179}`,
    ]);
    const packetsFrom = (begin: number): number =>
      lines
        .filter((row) => row[4] === 'OK' && Number(row[1]) >= begin && Number(row[1]) < begin + 60)
        .reduce((sum, row) => sum + Number(row[3]), 0);
    // Some 20 datagrams a second; the loss is of one or two seconds.
    expect(packetsFrom(second)).toBeGreaterThan(400);
    expect(packetsFrom(second + 60)).toBeGreaterThan(packetsFrom(second));
    expect(packetsFrom(second + 120)).toBeGreaterThan(packetsFrom(second));
  });
});
