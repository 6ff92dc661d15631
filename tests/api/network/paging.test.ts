import type { NetworkInterface, Vpc } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { Harness, OTHER_ACCOUNT, type Client } from './harness.ts';

interface Page {
  readonly Vpcs: Vpc[];
  readonly NextToken?: string;
}

async function create(client: Client): Promise<string> {
  const { Vpc: vpc } = await client.call<{ Vpc: Vpc }>('CreateVpc', { CidrBlock: '10.0.0.0/16' });
  return vpc.VpcId!;
}

describe('pages', () => {
  test('hold each resource that stays exactly once, while others come and go', async () => {
    const client = (await Harness.open()).client();
    const stay = new Set<string>();
    for (let i = 0; i < 23; i++) stay.add(await create(client));
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page: Page = await client.call('DescribeVpcs', { MaxResults: 5, NextToken });
      expect(page.Vpcs.length).toBeLessThanOrEqual(5);
      seen.push(...page.Vpcs.map((vpc) => vpc.VpcId!));
      ({ NextToken } = page);
      await create(client);
      const last = seen.at(-1)!;
      stay.delete(last);
      await client.call('DeleteVpc', { VpcId: last });
    } while (NextToken !== undefined);
    expect(new Set(seen).size).toBe(seen.length);
    for (const id of stay) expect(seen).toContain(id);
  });

  test('the last one has no token, also when it is full', async () => {
    const client = (await Harness.open()).client();
    for (let i = 0; i < 10; i++) await create(client);
    const first: Page = await client.call('DescribeVpcs', { MaxResults: 5 });
    const second: Page = await client.call('DescribeVpcs', { MaxResults: 5, NextToken: first.NextToken });
    expect([first.Vpcs.length, second.Vpcs.length, second.NextToken]).toEqual([5, 5, undefined]);
    const whole: Page = await client.call('DescribeVpcs', { MaxResults: 100_000 });
    expect([whole.Vpcs.length, whole.NextToken]).toEqual([10, undefined]);
  });

  test('without a size hold a thousand', async () => {
    const interfaces = Array.from(
      { length: 1001 },
      (_, i) => `{ id: eni-${i.toString(16).padStart(8, '0')}, primary: 10.0.${i >> 8}.${i & 255} }`,
    );
    const client = (
      await Harness.open(`
vpcs: [{ id: vpc-0a1b2c3d, cidrs: [10.0.0.0/16], subnets: [{ id: subnet-0a1b2c3d, cidrs: [10.0.0.0/16], interfaces: [${interfaces.join(', ')}] }] }]
`)
    ).client();
    interface Interfaces {
      readonly NetworkInterfaces: NetworkInterface[];
      readonly NextToken?: string;
    }
    const first: Interfaces = await client.call('DescribeNetworkInterfaces');
    expect(first.NetworkInterfaces).toHaveLength(1000);
    const rest: Interfaces = await client.call('DescribeNetworkInterfaces', { NextToken: first.NextToken });
    expect(rest.NetworkInterfaces.map((it) => it.NetworkInterfaceId)).toEqual(['eni-000003e8']);
    expect(rest.NextToken).toBeUndefined();
  });

  test('of ids that are asked for, each once and in order', async () => {
    const client = (await Harness.open()).client();
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.push(await create(client));
    const input = { VpcIds: [...ids, ...ids], MaxResults: 5 };
    const first: Page = await client.call('DescribeVpcs', input);
    const rest = { ...input, NextToken: first.NextToken };
    const second: Page = await client.call('DescribeVpcs', rest);
    expect([...first.Vpcs, ...second.Vpcs].map((vpc) => vpc.VpcId)).toEqual(ids.toSorted());
    // One that goes between two pages is no error.
    await client.call('DeleteVpc', { VpcId: second.Vpcs[0]!.VpcId });
    expect((await client.call<Page>('DescribeVpcs', rest)).Vpcs).toHaveLength(1);
  });

  test('a token is good for its own account, region, action, filters and ids, and over a restart', async () => {
    const harness = await Harness.open();
    const client = harness.client();
    for (let i = 0; i < 6; i++) await create(client);
    const Filters = [{ Name: 'state', Values: ['available'] }];
    const { NextToken } = await client.call<Page>('DescribeVpcs', { MaxResults: 5, Filters });
    const bad = { code: 'InvalidPaginationToken', status: 400 };
    expect(await client.refusal('DescribeVpcs', { NextToken })).toMatchObject(bad);
    expect(await client.refusal('DescribeSubnets', { NextToken, Filters })).toMatchObject(bad);
    for (const other of [{ account: OTHER_ACCOUNT }, { region: 'us-east-1' }]) {
      expect(await harness.client(other).refusal('DescribeVpcs', { NextToken, Filters })).toMatchObject(bad);
    }
    expect(await client.refusal('DescribeVpcs', { NextToken: `${NextToken}A`, Filters })).toMatchObject(bad);
    const again = (await harness.reopen()).client();
    expect((await again.call<Page>('DescribeVpcs', { NextToken, Filters, MaxResults: 7 })).Vpcs).toHaveLength(
      1,
    );
  });
});
