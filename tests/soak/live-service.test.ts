/**
 * `weir serve` in real time, on a host with a real firewall: how fresh records are, what the firewall's verdicts make
 * of them, and what SKIPDATA says after a kill and after a clean stop.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Hosts, openHosts, SERVER } from '../record/hosts.ts';
import { temporary } from '../record/run.ts';
import { createFlowLog, eventsOf } from '../service/serve/world.ts';
import { startWeir, type WeirProcess } from '../service/weir-process.ts';
import { missingForLive } from '../sources/namespace.ts';

const missing = missingForLive();
const run = missing === undefined ? describe : describe.skip;
const VPC = 'vpc-00000001';
const ENI = 'eni-00000002';
const NETWORK = `vpcs:
  - id: ${VPC}
    cidrs: [10.99.0.0/16]
    subnets:
      - id: subnet-00000001
        cidrs: [10.99.0.0/24]
        interfaces: [{ id: ${ENI}, primary: ${SERVER} }]
`;
const FORMAT =
  '${interface-id} ${flow-direction} ${srcport} ${dstport} ${packets} ${start} ${end} ${action} ${log-status}';
/** How the test reaches the service on its host: beside the wire that is captured. */
const OURS = '10.98.7.1';
const THEIRS = '10.98.7.2';
const RULES = `table inet t { chain c { type filter hook input priority 0;
  tcp dport 22 log prefix "REJECT ssh " group 5 reject with tcp reset;
  udp dport 7001 log prefix "ACCEPT echo " group 5 accept; }; }`;
const KNOCK = `
import socket
s = socket.socket(); s.bind(('', 4022))
try: s.connect(('${SERVER}', 22))
except ConnectionRefusedError: pass
`;
const GRACE = 2;

run(`a live service${missing === undefined ? '' : ` (needs ${missing})`}`, () => {
  const folder = temporary();
  const device = `wl${process.pid.toString(36)}`;
  let hosts: Hosts;
  beforeAll(async () => {
    hosts = await openHosts('live');
    hosts.run(hosts.server, 'nft', RULES);
    const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
    ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'control', 'netns', hosts.server);
    ip('addr', 'add', `${OURS}/30`, 'dev', device);
    ip('link', 'set', device, 'up');
    ip('-n', hosts.server, 'addr', 'add', `${THEIRS}/30`, 'dev', 'control');
    ip('-n', hosts.server, 'link', 'set', 'control', 'up');
  });
  afterAll(() => hosts.close()); // and with its host the wire

  test('freshness, verdicts of NFLOG, and one SKIPDATA for each gap', async () => {
    folder.file('network.yaml', NETWORK);
    const config = folder.file(
      'weir.yaml',
      `network: network.yaml
grace: ${GRACE}
sources:
  - { name: wire, type: live, interface: eth0 }
  - { name: firewall, type: nflog, group: 5 }
`,
    );
    const data = `${folder.path}/data`;
    const start = async (): Promise<WeirProcess> => {
      const it = await startWeir(data, { config, namespace: hosts.server, listen: `${THEIRS}:0` });
      await expect
        .poll(async () => (await fetch(`${it.url}/readyz`)).status, { timeout: 15_000, interval: 100 })
        .toBe(200);
      return it;
    };
    const skipped = async (group: string): Promise<string[][]> =>
      (await eventsOf(weir, group))
        .filter((line) => line.endsWith('SKIPDATA'))
        .map((line) => line.split(' '));

    /** What was spooled at the end of a run is delivered by the next one: all of it, and no more. */
    const settled = async (group: string, count: number): Promise<string[][]> => {
      await expect.poll(() => skipped(group), { timeout: 10_000, interval: 50 }).toHaveLength(count);
      await sleep(500);
      return skipped(group);
    };

    let weir = await start();
    const s3 = new S3Client({ ...weir, endpoint: weir.url, forcePathStyle: true, maxAttempts: 1 });
    await s3.send(new CreateBucketCommand({ Bucket: 'records' }));
    const common = { resource: VPC, format: FORMAT };
    await createFlowLog(weir, { ...common, group: 'sixty' });
    await createFlowLog(weir, { ...common, group: 'ten', interval: 600 });
    await createFlowLog(weir, { ...common, group: 'refused', traffic: 'REJECT' });
    await createFlowLog(weir, { ...common, bucket: 'records' });
    // The first window that begins with flow logs there.
    const begin = 60 * Math.ceil(Date.now() / 60_000);
    await sleep(begin * 1000 + 1500 - Date.now());
    hosts.run(hosts.client, 'python3', '-c', KNOCK);
    await hosts.talk({ connections: 2, size: 1000, datagrams: 20, to: [SERVER] });

    // Log events are readable within 5 s of the window's close, by the client's clock.
    const close = begin + 60 + GRACE;
    await sleep(close * 1000 - 500 - Date.now());
    await expect
      .poll(async () => (await eventsOf(weir, 'refused')).length, { timeout: 6_000, interval: 50 })
      .toBeGreaterThan(0);
    expect(Date.now() / 1000 - close).toBeLessThan(5);
    const metrics = await (await fetch(`${weir.url}/metrics`)).text();
    const worst = (name: string, text: string): number =>
      Number(new RegExp(`^\\S*${name}\\{of="worst"\\} (\\S+)$`, 'm').exec(text)![1]);
    expect(worst('logs_freshness_seconds', metrics)).toBeLessThan(5);

    // The wire counts, the firewall says REJECT: of what came in, and of the answer.
    const refused = (await eventsOf(weir, 'refused')).map((line) => line.split(' '));
    expect(
      refused.map(([id, way, from, to, packets, , , action]) => [id, way, from, to, packets, action]),
    ).toEqual(
      expect.arrayContaining([
        [ENI, 'ingress', '4022', '22', '1', 'REJECT'],
        [ENI, 'egress', '22', '4022', '1', 'REJECT'],
      ]),
    );
    expect(refused.length).toBe(2);
    const all = (await eventsOf(weir, 'sixty')).map((line) => line.split(' '));
    const echoed = all.filter((row) => row[3] === '7001').reduce((sum, row) => sum + Number(row[4]), 0);
    expect(echoed).toBe(20);

    // An object is there within 10 s of the slot's completion, which a flush brings about.
    const asked = Date.now();
    await flush(weir, data);
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: 'records' }));
    expect(KeyCount).toBeGreaterThan(0);
    expect(Date.now() - asked).toBeLessThan(10_000);
    s3.destroy();

    // Killed: one SKIPDATA from the end of what was committed last, also for 600 s; none for a flow log made later.
    expect(await skipped('sixty')).toEqual([]);
    await weir.kill();
    weir = await start();
    await createFlowLog(weir, { ...common, group: 'late' });
    await hosts.talk({ datagrams: 5, to: [SERVER] });
    await sleep(1500);
    expect(await weir.stop()).toBe(0);
    weir = await start();
    const afterKill = await settled('sixty', 1);
    expect(afterKill.map((row) => [row[0], row[5]])).toEqual([[ENI, String(begin + 60)]]);
    expect((await settled('ten', 1)).map((row) => row[0])).toEqual([ENI]);
    expect(await skipped('late')).toEqual([]);

    // Stopped in good order: one more, for what passed between the two runs.
    await hosts.talk({ datagrams: 5, to: [SERVER] });
    await sleep(1500);
    expect(await weir.stop()).toBe(0);
    weir = await start();
    expect((await settled('sixty', 2)).length).toBe(2);
    expect((await settled('ten', 2)).length).toBe(2);
    expect(await skipped('late')).toEqual([]);
    expect(await weir.stop()).toBe(0);
  }, 240_000);
});

async function flush(weir: WeirProcess, data: string): Promise<void> {
  const { WeirClient } = await import('../../src/service/endpoint/client.ts');
  const { findPlace } = await import('../../src/service/endpoint/client-credentials.ts');
  expect(weir.alive()).toBe(true);
  await new WeirClient(findPlace({ data, to: undefined, profile: undefined }, {})).flush();
}
