import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateFlowLogsCommand,
  CreateVpcCommand,
  DescribeFlowLogsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { parseConfig, parseListen } from '../../src/service/serve/config.ts';
import type { RunningService } from '../../src/service/serve/service.ts';
import { ACCOUNT, clientOf, fakeBackends, type Folder, openService, temporaryFolder } from './support.ts';

let folder: Folder;
let data: string;
const opened: RunningService[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  data = join(folder.path, 'data');
});
afterEach(async () => {
  for (const it of opened.splice(0)) await it.close();
  folder.remove();
});

async function open(options: Parameters<typeof openService>[0] = {}): Promise<RunningService> {
  const service = await openService(options);
  opened.push(service);
  return service;
}

/** All that a client sees of what it made. */
async function seen(client: EC2Client): Promise<unknown[]> {
  const { Vpcs } = await client.send(new DescribeVpcsCommand({}));
  const { FlowLogs } = await client.send(new DescribeFlowLogsCommand({}));
  const { Tags } = await client.send(new DescribeTagsCommand({}));
  return [Vpcs, FlowLogs, Tags];
}

function flowLogOf(vpc: string, folderName = ''): CreateFlowLogsCommand {
  return new CreateFlowLogsCommand({
    ResourceIds: [vpc],
    ResourceType: 'VPC',
    TrafficType: 'ALL',
    LogDestinationType: 's3',
    LogDestination: `arn:aws:s3:::flow-logs${folderName}`,
    TagSpecifications: [{ ResourceType: 'vpc-flow-log', Tags: [{ Key: 'Name', Value: 'first' }] }],
  });
}

describe('the state of a data directory', () => {
  test('is the same after a restart, also page tokens', async () => {
    const first = await open({ directory: data, backends: fakeBackends() });
    expect((statSync(data).mode & 0o777).toString(8)).toBe('700');
    const key = await first.keys.create({ account: ACCOUNT });
    const client = clientOf(first.url, key);
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.7.0.0/16' }));
    for (let n = 0; n < 7; n++) await client.send(flowLogOf(Vpc!.VpcId!, `/${n}/`));
    const before = await seen(client);
    const page = await client.send(new DescribeFlowLogsCommand({ MaxResults: 5 }));
    await first.close();

    const second = await open({ directory: data, backends: fakeBackends() });
    const again = clientOf(second.url, key);
    expect(await seen(again)).toEqual(before);
    const rest = await again.send(new DescribeFlowLogsCommand({ MaxResults: 5, NextToken: page.NextToken! }));
    const ids = [...page.FlowLogs!, ...rest.FlowLogs!].map((it) => it.FlowLogId);
    expect(new Set(ids).size).toBe(7);
    expect(rest.NextToken).toBeUndefined();
    expect(second.generation).toBe(first.generation + 1);
    expect(second.firstKey).toBeUndefined();
  });

  test('is not held any longer once a start failed', async () => {
    const holder = await open({ directory: data });
    const port = new URL(holder.url).port;
    const other = join(folder.path, 'other');
    await expect(open({ directory: other, listen: `127.0.0.1:${port}` })).rejects.toThrow(UserError);
    await open({ directory: other });
  });

  test('is refused to a second service', async () => {
    await open({ directory: data });
    await expect(open({ directory: data })).rejects.toThrow(/is in use by process \d+/);
  });
});

describe('the status of flow logs (S8.4)', () => {
  test('follows the backends over restarts: a bucket that is not there is an Access error', async () => {
    const backed = await open({ directory: data, backends: fakeBackends() });
    const key = await backed.keys.create({ account: ACCOUNT });
    const status = async (service: RunningService): Promise<unknown> => {
      const { FlowLogs } = await clientOf(service.url, key).send(new DescribeFlowLogsCommand({}));
      return FlowLogs!.map((it) => [it.FlowLogStatus, it.DeliverLogsStatus, it.DeliverLogsErrorMessage]);
    };
    const client = clientOf(backed.url, key);
    const { Vpcs } = await client.send(new DescribeVpcsCommand({}));
    await client.send(flowLogOf(Vpcs![0]!.VpcId!));
    expect(await status(backed)).toEqual([['ACTIVE', 'SUCCESS', undefined]]);
    await backed.close();
    const embedded = await open({ directory: data });
    expect(await status(embedded)).toEqual([['ACTIVE', 'FAILED', 'Access error']]);
    const { Unsuccessful } = await clientOf(embedded.url, key).send(flowLogOf(Vpcs![0]!.VpcId!, '/other'));
    expect(Unsuccessful?.length).toBe(1);
    await embedded.close();
    const again = await open({ directory: data, backends: fakeBackends() });
    expect(await status(again)).toEqual([['ACTIVE', 'SUCCESS', undefined]]);
  });
});

describe('the bootstrap key', () => {
  const well = { WEIR_ACCESS_KEY_ID: 'test', WEIR_SECRET_ACCESS_KEY: 'test' };

  test('of the environment is good, in its account, and is not kept', async () => {
    const environment = { ...well, WEIR_ACCOUNT_ID: '210987654321' };
    const service = await open({ directory: data, environment });
    const client = clientOf(service.url, { id: 'test', secret: 'test' });
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.7.0.0/16' }));
    expect(Vpc!.OwnerId).toBe('210987654321');
    await service.close();
    const without = await open({ directory: data });
    const after = clientOf(without.url, { id: 'test', secret: 'test' });
    await expect(after.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({ name: 'AuthFailure' });
  });

  test.each(['0.0.0.0:0', '[::]:0'])('that anyone knows is refused at %s', async (listen) => {
    await expect(open({ listen, environment: well })).rejects.toThrow(/well-known or short/);
  });

  test('of one’s own may be used there', async () => {
    const own = { id: 'AKIAOFOURCI', secret: 'c1Rv0nfW8sKq2Zy7Lh4Txg' };
    const environment = { WEIR_ACCESS_KEY_ID: own.id, WEIR_SECRET_ACCESS_KEY: own.secret };
    const service = await open({ listen: '0.0.0.0:0', environment });
    const client = clientOf(`http://127.0.0.1:${service.address.port}`, own);
    expect((await client.send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(1);
  });
});

describe('weir.yaml', () => {
  test('has a default for every key', () => {
    const defaults = {
      account: '123456789012',
      region: 'eu-central-1',
      listen: { host: '127.0.0.1', port: 4580 },
      network: undefined,
      flowLogsPerResource: 250,
    };
    expect(parseConfig('', 'weir.yaml')).toMatchObject(defaults);
    expect(parseConfig('# nothing\n', 'weir.yaml')).toMatchObject(defaults);
  });

  test('is read whole; paths are taken from its folder', () => {
    const text =
      'account: "210987654321"\nregion: us-east-1\nlisten: "[::1]:80"\n' +
      'network: ./network.yaml\nflowLogsPerResource: 5\n';
    expect(parseConfig(text, '/etc/weir/weir.yaml')).toMatchObject({
      account: '210987654321',
      region: 'us-east-1',
      listen: { host: '::1', port: 80 },
      network: '/etc/weir/network.yaml',
      flowLogsPerResource: 5,
    });
  });

  test.each<[string, string, RegExp]>([
    ['no mapping', '- a\n', /weir\.yaml:1:1: .*/],
    ['bad YAML', 'account: "1\n', /weir\.yaml:\d+:\d+: /],
    ['an unknown key', 'region: eu-central-1\nregions: []\n', /weir\.yaml:2:1: .*regions/],
    ['a key twice', 'region: eu-central-1\nregion: us-east-1\n', /weir\.yaml:2:1: /],
    ['an account that YAML reads as a number', 'account: 123456789012\n', /weir\.yaml:1:10: /],
    ['an account of 11 digits', 'account: "12345678901"\n', /weir\.yaml:1:10: .*12 digits/],
    ['a region that is none', '\nregion: Frankfurt am Main\n', /weir\.yaml:2:9: .*region/],
    ['a host without a port', 'listen: localhost\n', /weir\.yaml:1:9: .*HOST:PORT/],
    ['a port beyond 65535', 'listen: 127.0.0.1:65536\n', /weir\.yaml:1:9: .*HOST:PORT/],
    ['an IPv6 host without brackets', 'listen: "::1:4580"\n', /weir\.yaml:1:9: .*HOST:PORT/],
    ['an empty path', 'network: ""\n', /weir\.yaml:1:10: /],
    ['a quota of none', 'flowLogsPerResource: 0\n', /weir\.yaml:1:22: /],
    ['a quota that is no number', 'flowLogsPerResource: many\n', /weir\.yaml:1:22: /],
    ['half a flow log', 'flowLogsPerResource: 1.5\n', /weir\.yaml:1:22: /],
  ])('%s is an error at its place', (_, text, message) => {
    const parse = (): unknown => parseConfig(text, 'weir.yaml');
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(message);
  });

  test('every fault is named, not the first alone', () => {
    expect(() => parseConfig('account: 1\nlisten: x\nother: 1\n', 'weir.yaml')).toThrow(
      /weir\.yaml:1:10: [\s\S]*weir\.yaml:2:9: [\s\S]*weir\.yaml:3:1: /,
    );
  });

  test('a network file with a fault stops the start, with its place', async () => {
    const network = folder.file('network.yaml', 'vpcs:\n  - id: vpc-1\n    cidrs: [10.0.0.0/8]\n');
    await expect(open({ yaml: `network: ${network}\n`, directory: data })).rejects.toThrow(
      /network\.yaml:2:9: /,
    );
    await open({ directory: data });
  });

  test.each<[string, unknown]>([
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['localhost:4580', { host: 'localhost', port: 4580 }],
    ['[::]:65535', { host: '::', port: 65535 }],
    [':4580', undefined],
    ['127.0.0.1:', undefined],
    ['127.0.0.1:-1', undefined],
    ['127.0.0.1:+80', undefined],
    ['http://127.0.0.1:80', undefined],
    ['[::1:80', undefined],
  ])('listen: %s', (text, expected) => {
    expect(parseListen(text)).toEqual(expected);
  });
});
