/** A VPC of one's own inside of the network that a service has without a description (S2.1). */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import { expect, test } from 'vitest';
import { startWeir } from '../../../src/index.ts';
import { clientsOf, createFlowLogs, eventsOf, generate } from './world.ts';

test('what is made over the API inside of discovered ranges is recorded, and the ranges around it too', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-own-vpc-'));
  const capture = join(directory, 'traffic.pcap');
  // Hosts of the subnet, and as many beside it.
  const traffic = {
    packets: 2_000,
    flows: 300,
    seconds: 60,
    seed: 3,
    hosts: 26,
    ipv6: 0,
    start: 1_795_229_000,
  };
  generate(capture, { ...traffic, cidr: '10.1.0.0/27' });
  const weir = await startWeir({ directory: join(directory, 'data') });
  const { ec2, s3 } = clientsOf(weir);
  try {
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}));
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16' }));
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({ VpcId: Vpc!.VpcId!, CidrBlock: '10.1.0.0/28' }),
    );
    const { NetworkInterface } = await ec2.send(
      new CreateNetworkInterfaceCommand({ SubnetId: Subnet!.SubnetId!, PrivateIpAddress: '10.1.0.5' }),
    );
    const wish = { to: 'logs', interval: 60, traffic: 'ALL' } as const;
    const logged = { own: Vpc!.VpcId!, around: Vpcs![0]!.VpcId! };
    for (const [name, id] of Object.entries(logged)) {
      await createFlowLogs(ec2, weir.account, { ...wish, name, resource: { type: 'VPC', ids: [id] } });
    }
    await weir.replay(readFileSync(capture));
    const events = async (name: string): Promise<string[][]> =>
      (await eventsOf(join(directory, 'data'), weir, name)).map((line) => line.split(' ').slice(2));
    const own = (await events('own')).filter((fields) => fields.at(-1) === 'OK');
    expect(own.length).toBeGreaterThan(5);
    expect(new Set(own.map((fields) => fields[2]))).toEqual(new Set([NetworkInterface!.NetworkInterfaceId]));
    expect(own.every((fields) => fields.slice(3, 5).includes('10.1.0.5'))).toBe(true);
    // Its subnet's other addresses are nobody's; those beyond it are discovered as ever.
    const around = (await events('around')).flatMap((fields) => [fields.slice(3, 5)]);
    const isInside = (address: string): boolean => Number(address.split('.')[3]) < 16;
    expect(around.length).toBeGreaterThan(5);
    expect(around.filter((ends) => ends.every(isInside))).toEqual([]);
  } finally {
    ec2.destroy();
    s3.destroy();
    await weir.close();
    rmSync(directory, { recursive: true });
  }
});
