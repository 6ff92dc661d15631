import type { TagDescription } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { sampleFlowLog } from '../../store/samples.ts';
import { Harness, type Client } from '../network/harness.ts';

const VPC = 'vpc-0a1b2c3d';
const FLOW_LOG = 'fl-0a1b2c3d4e5f60718';
const DECLARED = `
vpcs:
  - id: ${VPC}
    cidrs: [10.20.0.0/16]
    tags: { Name: declared, env: prod }
    subnets: [{ id: subnet-0a1b2c3d, cidrs: [10.20.1.0/24], interfaces: [{ id: eni-0a1b2c3d, primary: 10.20.1.10, instance: i-0a1b2c3d }] }]
`;

interface Tags {
  readonly Tags: TagDescription[];
  readonly NextToken?: string;
}

async function withFlowLog(): Promise<Harness> {
  const harness = await Harness.open(DECLARED);
  await harness.store.transaction((on) => on.flowLogs.insert([sampleFlowLog(FLOW_LOG)]));
  return harness;
}

async function tagsOf(client: Client, id: string): Promise<string[]> {
  const input = { Filters: [{ Name: 'resource-id', Values: [id] }] };
  return (await client.call<Tags>('DescribeTags', input)).Tags.map((tag) => `${tag.Key}=${tag.Value}`);
}

/** One resource of every kind. */
async function everyKind(harness: Harness): Promise<[type: string, id: string][]> {
  const client = harness.client();
  const { TransitGateway: gateway } = await client.call<{ TransitGateway: { TransitGatewayId: string } }>(
    'CreateTransitGateway',
  );
  const { TransitGatewayVpcAttachment: attachment } = await client.call<{
    TransitGatewayVpcAttachment: { TransitGatewayAttachmentId: string };
  }>('CreateTransitGatewayVpcAttachment', { ...gateway, VpcId: VPC, SubnetIds: ['subnet-0a1b2c3d'] });
  const { NatGateway: nat } = await client.call<{ NatGateway: { NatGatewayId: string } }>(
    'CreateNatGateway',
    {
      VpcId: VPC,
      AvailabilityMode: 'regional',
    },
  );
  return [
    ['vpc-flow-log', FLOW_LOG],
    ['instance', 'i-0a1b2c3d'],
    ['network-interface', 'eni-0a1b2c3d'],
    ['natgateway', nat.NatGatewayId],
    ['subnet', 'subnet-0a1b2c3d'],
    ['transit-gateway', gateway.TransitGatewayId],
    ['transit-gateway-attachment', attachment.TransitGatewayAttachmentId],
    ['vpc', VPC],
  ];
}

describe('tags', () => {
  test('of every kind: set, changed, described, kept over a restart, taken away', async () => {
    const harness = await withFlowLog();
    const kinds = await everyKind(harness);
    const Resources = kinds.map(([, id]) => id);
    const client = harness.client();
    expect(
      await client.call('CreateTags', { Resources, Tags: [{ Key: 'team', Value: 'a' }, { Key: 'x' }] }),
    ).toEqual({});
    await client.call('CreateTags', { Resources, Tags: [{ Key: 'team', Value: 'b' }] });
    const expected = kinds.map(([ResourceType, ResourceId]) => ({
      ResourceType,
      ResourceId,
      Key: 'team',
      Value: 'b',
    }));
    const team = { Filters: [{ Name: 'key', Values: ['team'] }] };
    expect((await client.call<Tags>('DescribeTags', team)).Tags).toEqual(expected);
    const again = (await harness.reopen(DECLARED)).client();
    expect((await again.call<Tags>('DescribeTags', team)).Tags).toEqual(expected);
    for (const [type, id] of kinds) {
      const one = {
        Filters: [
          { Name: 'resource-type', Values: [type] },
          { Name: 'key', Values: ['x'] },
        ],
      };
      expect((await again.call<Tags>('DescribeTags', one)).Tags).toEqual([
        { ResourceType: type, ResourceId: id, Key: 'x', Value: '' },
      ]);
    }
    await again.call('DeleteTags', { Resources, Tags: [{ Key: 'team' }, { Key: 'never there' }] });
    expect((await again.call<Tags>('DescribeTags', team)).Tags).toEqual([]);
    await again.call('DeleteTags', { Resources });
    expect((await again.call<Tags>('DescribeTags')).Tags.map((tag) => tag.ResourceId)).toEqual([VPC, VPC]);
  });

  test('stand at their resources, for filters too', async () => {
    const client = (await withFlowLog()).client();
    await client.call('CreateTags', { Resources: ['i-0a1b2c3d'], Tags: [{ Key: 'Name', Value: 'web' }] });
    const answer = await client.call<{ Reservations: { Instances: { Tags: object[] }[] }[] }>(
      'DescribeInstances',
      {
        Filters: [{ Name: 'tag:Name', Values: ['web'] }],
      },
    );
    expect(answer.Reservations[0]!.Instances[0]!.Tags).toEqual([{ Key: 'Name', Value: 'web' }]);
  });

  test('go into the network, as a new version', async () => {
    const harness = await withFlowLog();
    const { version } = harness.registry;
    await harness
      .client()
      .call('CreateTags', { Resources: ['i-0a1b2c3d'], Tags: [{ Key: 'Name', Value: 'web' }] });
    expect(harness.registry.version).toBe(version + 1);
    expect(harness.registry.network().instances.get('i-0a1b2c3d')!.tags).toEqual({ Name: 'web' });
    // Those of a flow log say nothing of the network.
    await harness.client().call('CreateTags', { Resources: [FLOW_LOG], Tags: [{ Key: 'Name', Value: 'x' }] });
    expect(harness.registry.version).toBe(version + 1);
    expect(
      await harness.store.read((from) =>
        from.tags.of({ account: '123456789012', region: 'eu-central-1' }, [FLOW_LOG]),
      ),
    ).toEqual(new Map([[FLOW_LOG, [{ key: 'Name', value: 'x' }]]]));
  });

  test('are taken away by value where one is given', async () => {
    const client = (await withFlowLog()).client();
    const Resources = [FLOW_LOG, 'eni-0a1b2c3d'];
    await client.call('CreateTags', {
      Resources,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '' },
      ],
    });
    await client.call('DeleteTags', {
      Resources,
      Tags: [
        { Key: 'a', Value: '2' },
        { Key: 'b', Value: '' },
      ],
    });
    for (const id of Resources) expect(await tagsOf(client, id)).toEqual(['a=1']);
    await client.call('DeleteTags', { Resources, Tags: [{ Key: 'a', Value: '1' }] });
    for (const id of Resources) expect(await tagsOf(client, id)).toEqual([]);
  });

  test('of what is deleted are gone', async () => {
    const harness = await withFlowLog();
    const client = harness.client();
    await client.call('CreateTags', { Resources: [FLOW_LOG], Tags: [{ Key: 'a' }] });
    await harness.store.transaction((on) =>
      on.flowLogs.delete({ account: '123456789012', region: 'eu-central-1' }, [FLOW_LOG]),
    );
    expect(await tagsOf(client, FLOW_LOG)).toEqual([]);
    expect(await client.refusal('CreateTags', { Resources: [VPC, FLOW_LOG], Tags: [{ Key: 'z' }] })).toEqual({
      code: 'InvalidFlowLogId.NotFound',
      message: `These flow log ids in the input list are not found: [TotalCount: 1] ${FLOW_LOG}`,
      status: 400,
    });
    expect(await tagsOf(client, VPC)).toEqual(['Name=declared', 'env=prod']); // nothing of the call was done
  });
});

describe('tags of the network file', () => {
  test('cannot be changed or taken away, others can be added', async () => {
    const client = (await withFlowLog()).client();
    const declared = {
      code: 'OperationNotPermitted',
      message: `The tag 'env' of '${VPC}' is declared in the network file and cannot be changed or deleted through the API.`,
      status: 400,
    };
    const Resources = [VPC];
    expect(await client.refusal('CreateTags', { Resources, Tags: [{ Key: 'env', Value: 'test' }] })).toEqual(
      declared,
    );
    expect(await client.refusal('DeleteTags', { Resources, Tags: [{ Key: 'env' }] })).toEqual(declared);
    expect(await client.refusal('DeleteTags', { Resources, Tags: [{ Key: 'env', Value: 'prod' }] })).toEqual(
      declared,
    );
    await client.call('DeleteTags', { Resources, Tags: [{ Key: 'env', Value: 'test' }] }); // no such tag: no error
    await client.call('CreateTags', {
      Resources,
      Tags: [
        { Key: 'env', Value: 'prod' },
        { Key: 'team', Value: 'a' },
      ],
    });
    expect(await tagsOf(client, VPC)).toEqual(['Name=declared', 'env=prod', 'team=a']);
    await client.call('DeleteTags', { Resources });
    expect(await tagsOf(client, VPC)).toEqual(['Name=declared', 'env=prod']);
  });

  test('win over those that the API gave before the file did', async () => {
    const harness = await withFlowLog();
    await harness.client().call('CreateTags', { Resources: [VPC], Tags: [{ Key: 'team', Value: 'api' }] });
    const edited = DECLARED.replace('env: prod', 'team: file');
    expect(await tagsOf((await harness.reopen(edited)).client(), VPC)).toEqual([
      'Name=declared',
      'team=file',
    ]);
    expect(await tagsOf((await harness.reopen(DECLARED)).client(), VPC)).toEqual([
      'Name=declared',
      'env=prod',
      'team=api',
    ]);
  });
});

describe('refusals', () => {
  const tags = (count: number, prefix = 'k') =>
    Array.from({ length: count }, (_, i) => ({ Key: `${prefix}${i}` }));

  test.each([
    ['CreateTags', ['sgr-0a1b2c3d'], [{ Key: 'a' }], 'InvalidID', "The ID 'sgr-0a1b2c3d' is not valid"],
    ['CreateTags', ['x'], [{ Key: 'a' }], 'InvalidID', "The ID 'x' is not valid"],
    ['DeleteTags', ['../x'], [{ Key: 'a' }], 'InvalidID', "The ID '../x' is not valid"],
    [
      'CreateTags',
      [VPC, 'vpc-00000000'],
      [{ Key: 'a' }],
      'InvalidVpcID.NotFound',
      "The vpc ID 'vpc-00000000' does not exist",
    ],
    [
      'DeleteTags',
      ['i-00000000'],
      [{ Key: 'a' }],
      'InvalidInstanceID.NotFound',
      "The instance ID 'i-00000000' does not exist",
    ],
    [
      'DeleteTags',
      ['fl-00000000', 'fl-00000001'],
      [],
      'InvalidFlowLogId.NotFound',
      'These flow log ids in the input list are not found: [TotalCount: 2] fl-00000000 fl-00000001',
    ],
    [
      'CreateTags',
      [VPC],
      [{ Key: 'aws:x' }],
      'InvalidParameterValue',
      "Value ( aws:x ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
    ],
    [
      'DeleteTags',
      [VPC],
      [{ Key: 'aws:x' }],
      'InvalidParameterValue',
      "Value ( aws:x ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
    ],
    [
      'CreateTags',
      [VPC],
      [{ Key: 'x'.repeat(128) }],
      'InvalidParameterValue',
      'Tag key exceeds the maximum length of 127 characters',
    ],
    [
      'CreateTags',
      [VPC],
      [{ Key: 'x', Value: 'v'.repeat(257) }],
      'InvalidParameterValue',
      'Tag value exceeds the maximum length of 256 characters',
    ],
    [
      'CreateTags',
      [VPC],
      [{ Value: 'v' }],
      'MissingParameter',
      'The request must include the Tags.1.Key parameter. Add the required parameter and retry the request.',
    ],
    [
      'DeleteTags',
      [VPC],
      [{ Value: 'v' }],
      'MissingParameter',
      'The request must include the Tags.1.Key parameter. Add the required parameter and retry the request.',
    ],
    [
      'CreateTags',
      [VPC],
      tags(51),
      'TagLimitExceeded',
      'The maximum number of 50 tags per resource has been reached.',
    ],
    [
      'CreateTags',
      [VPC],
      tags(49),
      'TagLimitExceeded',
      'The maximum number of 50 tags per resource has been reached.',
    ], // two are declared
    [
      'CreateTags',
      Array.from({ length: 1001 }, () => VPC),
      [{ Key: 'a' }],
      'InvalidParameterValue',
      "Too many values for parameter 'Resources': 1001. The limit is 1000.",
    ],
  ])('%s %j %j', async (action, Resources, Tags, code, message) => {
    const harness = await withFlowLog();
    expect(await harness.client().refusal(action, { Resources, Tags })).toEqual({
      code,
      message,
      status: 400,
    });
    expect(await tagsOf(harness.client(), VPC)).toEqual(['Name=declared', 'env=prod']);
  });

  test('the limit holds for calls at the same time', async () => {
    const client = (await withFlowLog()).client();
    const calls = ['a', 'b', 'c'].map((prefix) =>
      client.call('CreateTags', { Resources: [FLOW_LOG], Tags: tags(30, prefix) }).then(
        () => 'done',
        (error: unknown) => (error as Error).name,
      ),
    );
    expect((await Promise.all(calls)).sort()).toEqual(['TagLimitExceeded', 'TagLimitExceeded', 'done']);
    expect(await tagsOf(client, FLOW_LOG)).toHaveLength(30);
  });
});

describe('DescribeTags', () => {
  test('pages hold each tag once, whatever comes and goes', async () => {
    const harness = await withFlowLog();
    const kinds = await everyKind(harness);
    const client = harness.client();
    const Resources = kinds.map(([, id]) => id);
    const Tags = Array.from({ length: 11 }, (_, i) => ({ Key: `k${i}`, Value: String(i) }));
    await client.call('CreateTags', { Resources, Tags });
    const filters = { Filters: [{ Name: 'key', Values: ['k*'] }] };
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page: Tags = await client.call('DescribeTags', { ...filters, MaxResults: 5, NextToken });
      expect(page.Tags.length).toBeLessThanOrEqual(5);
      seen.push(...page.Tags.map((tag) => `${tag.ResourceId} ${tag.Key}`));
      ({ NextToken } = page);
      // The tag that the next page begins behind is gone by then, and a new one is before it.
      const last = page.Tags.at(-1)!;
      await client.call('DeleteTags', { Resources: [last.ResourceId], Tags: [{ Key: last.Key }] });
    } while (NextToken !== undefined);
    expect(seen).toHaveLength(8 * 11);
    expect(new Set(seen).size).toBe(8 * 11);
  });

  test.each([
    [{ Name: 'resource-type', Values: ['vpc'] }, 2],
    [{ Name: 'resource-type', Values: ['v*'] }, 3],
    [{ Name: 'value', Values: ['prod', 'x'] }, 2],
    [{ Name: 'tag:env', Values: ['prod'] }, 1],
    [{ Name: 'resource-id', Values: ['fl-*'] }, 1],
    [{ Name: 'key', Values: ['N*'] }, 1],
  ])('filter %j', async (filter, count) => {
    const client = (await withFlowLog()).client();
    await client.call('CreateTags', { Resources: [FLOW_LOG], Tags: [{ Key: 'a', Value: 'x' }] });
    expect((await client.call<Tags>('DescribeTags', { Filters: [filter] })).Tags).toHaveLength(count);
  });
});
