/** What a service tells of a network that cannot all be recorded, and of a spool that is nearly full. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSubnetCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findPlace } from '../../../src/service/endpoint/client-credentials.ts';
import { WeirClient } from '../../../src/service/endpoint/client.ts';
import { defaultConfig } from '../../../src/service/serve/config.ts';
import { type ControlOptions, RunningControl } from '../../../src/service/serve/running-control.ts';
import { writingStats } from '../endpoint/support.ts';
import { until } from '../recording/wire.ts';
import { ACCOUNT, clientOf, openService, OTHER_ACCOUNT, REGION } from '../support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-told-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the status lists what overlaps leave out, to the account of the service', async () => {
  const network = join(folder, 'network.yaml');
  const vpc = (n: number): string =>
    `  - id: vpc-0000000${n}\n    cidrs: [10.0.0.0/16]\n    subnets: [{ id: subnet-0000000${n}, cidrs: [10.0.1.0/24] }]\n`;
  writeFileSync(network, `vpcs:\n${vpc(1)}${vpc(2)}`);
  const data = join(folder, 'data');
  const service = await openService({
    directory: data,
    yaml: `network: ${network}\nsources: [{ type: live, interface: nosuchif0 }]\n`,
  });
  try {
    await until('the recording', () => service.control.status().recordings.length === 1);
    const place = findPlace({ data, to: undefined, profile: undefined }, {});
    const { conflicts, moreConflicts } = await new WeirClient(place).status();
    expect(conflicts).toHaveLength(1);
    expect(conflicts[0]).toMatch(/subnet-00000002.*subnet-00000001/);
    expect(moreConflicts).toBe(0);
    expect(service.control.status({ account: OTHER_ACCOUNT, region: REGION }).conflicts).toEqual([]);
  } finally {
    await service.close();
  }
});

test('the status lists resources that the network has no place for any more', async () => {
  const network = join(folder, 'network.yaml');
  const directory = join(folder, 'data');
  const yaml = `network: ${network}\n`;
  writeFileSync(network, 'vpcs: [{ id: vpc-00000001, cidrs: [10.0.0.0/16] }]\n');
  const first = await openService({ directory, yaml });
  const client = clientOf(first.url, await first.keys.create({ account: ACCOUNT }));
  const { Subnet } = await client.send(
    new CreateSubnetCommand({ VpcId: 'vpc-00000001', CidrBlock: '10.0.1.0/24' }),
  );
  client.destroy();
  expect(first.control.status().setAside).toEqual([]);
  await first.close();
  writeFileSync(network, 'vpcs: [{ id: vpc-00000002, cidrs: [10.0.0.0/16] }]\n');
  const second = await openService({ directory, yaml });
  try {
    const place = findPlace({ data: directory, to: undefined, profile: undefined }, {});
    const { setAside } = await new WeirClient(place).status();
    expect(setAside).toEqual([{ id: Subnet!.SubnetId, reason: expect.stringContaining('vpc-00000001') }]);
  } finally {
    await second.close();
  }
});

test.each([
  ['below nine tenths', 0.89, []],
  [
    'at nine tenths',
    0.9,
    ['the spool is 90 % full: what waits for destinations is given up beyond its bound'],
  ],
  ['full', 1, ['the spool is 100 % full: what waits for destinations is given up beyond its bound']],
])('a spool %s', (_, share, told) => {
  const config = { ...defaultConfig(), spool: { maxBytes: 1000, maxAge: 3600 } };
  const stats = { ...writingStats(new Map()), spoolBytes: share * 1000, oldestDueSeconds: 0 };
  const parts = {
    config,
    recordings: { notReady: () => [] },
    writing: { last: { stats, at: Date.now() }, failure: undefined, restarts: 0 },
  };
  const control = new RunningControl(parts as unknown as ControlOptions);
  expect(control.notReady()).toEqual(told);
});
