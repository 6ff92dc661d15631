import * as ec2 from '@aws-sdk/client-ec2';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EC2, STS } from '../../src/api/protocol/services.ts';
import { hashedId } from '../../src/network/ids.ts';
import type { RunningService } from '../../src/service/serve/service.ts';
import {
  ACCOUNT,
  clientOf,
  type Credentials,
  fakeBackends,
  type Folder,
  openService,
  OTHER_ACCOUNT,
  OTHER_REGION,
  REGION,
  temporaryFolder,
} from './support.ts';

/** Two accounts in two regions, over a socket: every action of each against everything that the others have (S8.1). */

const DECLARED = `
vpcs:
  - id: vpc-0d1b2c3d
    cidrs: [10.20.0.0/16]
    tags: { Name: declared }
    subnets:
      - id: subnet-0d1b2c3d
        cidrs: [10.20.1.0/24]
        interfaces: [{ id: eni-0d1b2c3d, primary: 10.20.1.10, instance: i-0d1b2c3d }]
    internetGateway: { id: igw-0d1b2c3d }
    egressOnlyInternetGateway: { id: eigw-0d1b2c3d }
    vpnGateway: { id: vgw-0d1b2c3d }
    endpoints: [{ id: vpce-0d1b2c3d, type: Interface, service: com.amazonaws.eu-central-1.logs }]
    encryptionControl: { id: vpcec-0d1b2c3d, mode: monitor }
instances: [{ id: i-0d1b2c3d }]
prefixLists: [{ id: pl-0d1b2c3d, name: com.amazonaws.eu-central-1.s3, prefixes: [198.51.100.0/24] }]
peeringConnections: [{ id: pcx-0d1b2c3d, requester: { vpc: vpc-0d1b2c3d }, accepter: { vpc: vpc-0e1b2c3d } }]
transitGateways:
  - { id: tgw-0d1b2c3d, attachments: [{ id: tgw-attach-0d1b2c3d, peer: { gateway: tgw-0e1b2c3d } }] }
blockPublicAccess:
  - mode: block-ingress
    exclusions: [{ id: vpcbpa-exclude-0d1b2c3d, vpc: vpc-0d1b2c3d, mode: allow-egress }]
`;
const INSTANCE = 'i-0d1b2c3d';
/** Everybody tags with the same key, so that a filter on it would find the others' things. */
const TAG = 'owner';
const DESTINATION = { LogDestinationType: 's3', TrafficType: 'ALL' } as const;

/** An id of every kind that a scope has. */
interface Ids {
  readonly vpc: string;
  readonly subnet: string;
  readonly eni: string;
  readonly tgw: string;
  readonly attachment: string;
  readonly nat: string;
  readonly flowLog: string;
}

/** Where the owner's own request ends: it is shown something (of what is declared, the first scope only), or
 * would succeed if it were no dry run. */
type Control = 'shown' | 'declared' | 'dry run' | 'everybody';

interface Case {
  readonly control: Control;
  /** The request that reaches for what someone has. */
  readonly input: (ids: Ids) => object;
}

const ids = (of: Ids): string[] => Object.values(of) as string[];
const everybody: Case = { control: 'everybody', input: () => ({}) };
const shown = (input: Case['input']): Case => ({ control: 'shown', input });
const declared = (input: object): Case => ({ control: 'declared', input: () => input });
/** What came with a VPC and a transit gateway. */
const tableOf = (of: Ids): string => hashedId('transitGatewayRouteTable', of.tgw);
const groupOf = (of: Ids): string => hashedId('securityGroup', of.vpc);
/** Bucket names are global: each scope has its own. */
const bucketOf = (of: Ids): string => `templates-of-${of.vpc}`;
const dryRun = (input: Case['input']): Case => ({ control: 'dry run', input });

/** A request of every action that is served. */
const CASES: Readonly<Record<string, Case>> = {
  CreateFlowLogs: dryRun((of) => ({
    ...DESTINATION,
    ResourceIds: [of.vpc],
    ResourceType: 'VPC',
    LogDestination: 'arn:aws:s3:::bucket/more',
  })),
  DescribeFlowLogs: shown((of) => ({ FlowLogIds: [of.flowLog] })),
  DeleteFlowLogs: dryRun((of) => ({ FlowLogIds: [of.flowLog] })),
  GetFlowLogsIntegrationTemplate: shown((of) => ({
    FlowLogId: of.flowLog,
    ConfigDeliveryS3DestinationArn: `arn:aws:s3:::${bucketOf(of)}`,
    IntegrateServices: {
      AthenaIntegrations: [
        {
          IntegrationResultS3DestinationArn: `arn:aws:s3:::${bucketOf(of)}/results/`,
          PartitionLoadFrequency: 'daily',
        },
      ],
    },
  })),
  CreateTags: dryRun((of) => ({ Resources: ids(of), Tags: [{ Key: TAG, Value: 'thief' }] })),
  DeleteTags: dryRun((of) => ({ Resources: ids(of) })),
  DescribeTags: shown((of) => ({ Filters: [{ Name: 'resource-id', Values: ids(of) }] })),
  CreateVpc: { control: 'everybody', input: () => ({ CidrBlock: '10.9.0.0/16' }) },
  DescribeVpcs: shown((of) => ({ VpcIds: [of.vpc] })),
  DeleteVpc: dryRun((of) => ({ VpcId: of.vpc })),
  DescribeVpcAttribute: shown((of) => ({ VpcId: of.vpc, Attribute: 'enableDnsSupport' })),
  CreateSubnet: dryRun((of) => ({ VpcId: of.vpc, CidrBlock: '10.1.2.0/24' })),
  DescribeSubnets: shown((of) => ({ SubnetIds: [of.subnet] })),
  DeleteSubnet: dryRun((of) => ({ SubnetId: of.subnet })),
  CreateNetworkInterface: dryRun((of) => ({ SubnetId: of.subnet })),
  DescribeNetworkInterfaces: shown((of) => ({ NetworkInterfaceIds: [of.eni] })),
  DeleteNetworkInterface: dryRun((of) => ({ NetworkInterfaceId: of.eni })),
  DescribeNetworkInterfaceAttribute: shown((of) => ({
    NetworkInterfaceId: of.eni,
    Attribute: 'description',
  })),
  CreateTransitGateway: everybody,
  DescribeTransitGateways: shown((of) => ({ TransitGatewayIds: [of.tgw] })),
  DeleteTransitGateway: dryRun((of) => ({ TransitGatewayId: of.tgw })),
  CreateTransitGatewayVpcAttachment: dryRun((of) => ({
    TransitGatewayId: of.tgw,
    VpcId: of.vpc,
    SubnetIds: [of.subnet],
  })),
  DescribeTransitGatewayVpcAttachments: shown((of) => ({ TransitGatewayAttachmentIds: [of.attachment] })),
  DescribeTransitGatewayAttachments: shown((of) => ({ TransitGatewayAttachmentIds: [of.attachment] })),
  DeleteTransitGatewayVpcAttachment: dryRun((of) => ({ TransitGatewayAttachmentId: of.attachment })),
  CreateNatGateway: dryRun((of) => ({ VpcId: of.vpc, AvailabilityMode: 'regional' })),
  DescribeNatGateways: shown((of) => ({ NatGatewayIds: [of.nat] })),
  DeleteNatGateway: dryRun((of) => ({ NatGatewayId: of.nat })),
  DescribeInstances: declared({ InstanceIds: [INSTANCE] }),
  DescribeRouteTables: shown((of) => ({ RouteTableIds: [hashedId('routeTable', of.vpc)] })),
  DescribeInternetGateways: declared({ InternetGatewayIds: ['igw-0d1b2c3d'] }),
  DescribeEgressOnlyInternetGateways: declared({ EgressOnlyInternetGatewayIds: ['eigw-0d1b2c3d'] }),
  DescribeVpnGateways: declared({ VpnGatewayIds: ['vgw-0d1b2c3d'] }),
  DescribeTransitGatewayPeeringAttachments: declared({
    TransitGatewayAttachmentIds: ['tgw-attach-0d1b2c3d'],
  }),
  DescribeTransitGatewayRouteTables: shown((of) => ({ TransitGatewayRouteTableIds: [tableOf(of)] })),
  GetTransitGatewayRouteTableAssociations: shown((of) => ({ TransitGatewayRouteTableId: tableOf(of) })),
  GetTransitGatewayRouteTablePropagations: shown((of) => ({ TransitGatewayRouteTableId: tableOf(of) })),
  SearchTransitGatewayRoutes: shown((of) => ({
    TransitGatewayRouteTableId: tableOf(of),
    Filters: [{ Name: 'type', Values: ['propagated'] }],
  })),
  DescribeVpcPeeringConnections: declared({ VpcPeeringConnectionIds: ['pcx-0d1b2c3d'] }),
  DescribeVpcEndpoints: declared({ VpcEndpointIds: ['vpce-0d1b2c3d'] }),
  DescribeSecurityGroups: shown((of) => ({ GroupIds: [groupOf(of)] })),
  DescribeSecurityGroupRules: shown((of) => ({ Filters: [{ Name: 'group-id', Values: [groupOf(of)] }] })),
  DescribeNetworkAcls: shown((of) => ({ NetworkAclIds: [hashedId('networkAcl', of.vpc)] })),
  DescribeManagedPrefixLists: declared({ PrefixListIds: ['pl-0d1b2c3d'] }),
  GetManagedPrefixListEntries: declared({ PrefixListId: 'pl-0d1b2c3d' }),
  DescribePrefixLists: declared({ PrefixListIds: ['pl-0d1b2c3d'] }),
  DescribeVpcBlockPublicAccessOptions: everybody,
  DescribeVpcBlockPublicAccessExclusions: declared({ ExclusionIds: ['vpcbpa-exclude-0d1b2c3d'] }),
  DescribeVpcEncryptionControls: declared({ VpcEncryptionControlIds: ['vpcec-0d1b2c3d'] }),
  DescribeRegions: everybody,
  DescribeAvailabilityZones: everybody,
  DescribeAccountAttributes: everybody,
};

/** Describe actions that list what a scope has; their answers without an input are all that it sees. */
const LISTS = Object.keys(CASES).filter((action) => /^Describe.*(?<!Attribute)$/.test(action));

/** The owner's request was refused only because it asked no more, or because other things of its own hold on. */
const WOULD_SUCCEED = new Set([
  'DryRunOperation',
  'DependencyViolation',
  'DuplicateTransitGatewayAttachment',
]);

type Answer = { readonly output: object } | { readonly code: string; readonly status: number };
type CommandClass = new (input: object) => Parameters<ec2.EC2Client['send']>[0];

class Owner {
  readonly name: string;
  readonly #client: ec2.EC2Client;
  readonly #sts: STSClient;
  readonly #s3: S3Client;
  readonly account: string;
  ids!: Ids;

  constructor(url: string, account: string, region: string, key: Credentials) {
    this.name = `${account} in ${region}`;
    this.account = account;
    this.#client = clientOf(url, key, region);
    const settings = {
      region,
      endpoint: url,
      credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
      maxAttempts: 1,
    };
    this.#sts = new STSClient(settings);
    this.#s3 = new S3Client({ ...settings, forcePathStyle: true });
  }

  async ask(action: string, input: object): Promise<Answer> {
    const command = new (ec2 as unknown as Record<string, CommandClass>)[`${action}Command`]!(input);
    try {
      const { $metadata: _, ...output } = (await this.#client.send(command)) as { $metadata: unknown };
      return { output };
    } catch (error) {
      const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
      return { code: name, status: $metadata?.httpStatusCode ?? 0 };
    }
  }

  async must<Output>(action: string, input: object): Promise<Output> {
    const answer = await this.ask(action, input);
    if ('code' in answer) throw new RangeError(`${action} of ${this.name}: ${answer.code}`);
    return answer.output as Output;
  }

  async identity(): Promise<{ Account?: string | undefined; Arn?: string | undefined }> {
    return this.#sts.send(new GetCallerIdentityCommand({}));
  }

  /** Everything that the scope sees. */
  async sees(): Promise<string> {
    const answers: unknown[] = [];
    for (const action of LISTS) answers.push(await this.must(action, {}));
    for (const action of ['DescribeVpcAttribute', 'DescribeNetworkInterfaceAttribute']) {
      answers.push(await this.must(action, CASES[action]!.input(this.ids)));
    }
    return JSON.stringify(answers);
  }

  /** One of everything, with the same tag and the same client tokens as every other scope. */
  async furnish(): Promise<void> {
    const made = async (action: string, member: string, input: object): Promise<Record<string, string>> =>
      (await this.must<Record<string, Record<string, string>>>(action, input))[member]!;
    const vpc = (await made('CreateVpc', 'Vpc', { CidrBlock: '10.1.0.0/16' }))['VpcId']!;
    const subnet = (await made('CreateSubnet', 'Subnet', { VpcId: vpc, CidrBlock: '10.1.1.0/24' }))[
      'SubnetId'
    ]!;
    const eni = (
      await made('CreateNetworkInterface', 'NetworkInterface', { SubnetId: subnet, ClientToken: 'same' })
    )['NetworkInterfaceId']!;
    const tgw = (await made('CreateTransitGateway', 'TransitGateway', {}))['TransitGatewayId']!;
    const attachment = (
      await made('CreateTransitGatewayVpcAttachment', 'TransitGatewayVpcAttachment', {
        TransitGatewayId: tgw,
        VpcId: vpc,
        SubnetIds: [subnet],
      })
    )['TransitGatewayAttachmentId']!;
    const nat = (
      await made('CreateNatGateway', 'NatGateway', {
        VpcId: vpc,
        AvailabilityMode: 'regional',
        ClientToken: 'same',
      })
    )['NatGatewayId']!;
    const { FlowLogIds } = await this.must<{ FlowLogIds: string[] }>('CreateFlowLogs', {
      ...DESTINATION,
      ResourceIds: [vpc],
      ResourceType: 'VPC',
      LogDestination: 'arn:aws:s3:::bucket',
      ClientToken: 'same',
    });
    this.ids = { vpc, subnet, eni, tgw, attachment, nat, flowLog: FlowLogIds[0]! };
    await this.#s3.send(new CreateBucketCommand({ Bucket: bucketOf(this.ids) }));
    await this.must('CreateTags', { Resources: ids(this.ids), Tags: [{ Key: TAG, Value: this.name }] });
  }
}

/** How a request for what someone else has may end. */
const STRANGERS = /^nothing$|^400 (?:[\w.]+NotFound|InvalidParameter\w*|InvalidID)$/;

function outcomeOf(answer: Answer): string {
  if ('code' in answer) return `${answer.status} ${answer.code}`;
  return holdsNothing(answer.output) ? 'nothing' : 'answered';
}

function holdsNothing(output: object): boolean {
  return Object.values(output).every((it) => Array.isArray(it) && it.length === 0);
}

let folder: Folder;
let service: RunningService;
let owners: Owner[];

beforeAll(async () => {
  folder = temporaryFolder();
  const network = folder.file('network.yaml', DECLARED);
  service = await openService({ yaml: `network: ${network}\n`, backends: fakeBackends() });
  owners = [];
  for (const account of [ACCOUNT, OTHER_ACCOUNT]) {
    const key = await service.keys.create({ account });
    for (const region of [REGION, OTHER_REGION]) owners.push(new Owner(service.url, account, region, key));
  }
  for (const owner of owners) await owner.furnish();
});

afterAll(async () => {
  await service.close();
  folder.remove();
});

const pairs = [0, 1, 2, 3].flatMap((thief) =>
  [0, 1, 2, 3].filter((owner) => owner !== thief).map((owner) => [thief, owner] as const),
);

describe('two accounts and two regions', () => {
  test('there is a case for every action that is served, and none besides', () => {
    expect(Object.keys(CASES).sort()).toEqual([...EC2.operations.keys()].sort());
    expect([...STS.operations.keys()]).toEqual(['GetCallerIdentity']);
  });

  test('every scope has things of its own, and every case finds the owner’s', async () => {
    expect(new Set(owners.flatMap((it) => ids(it.ids))).size).toBe(4 * 7);
    for (const [n, owner] of owners.entries()) {
      expect((await owner.identity()).Account).toBe(owner.account);
      for (const [action, { control, input }] of Object.entries(CASES)) {
        if (control === 'declared' && n > 0) continue;
        const request = input(owner.ids);
        const answer = await owner.ask(
          action,
          control === 'dry run' ? { ...request, DryRun: true } : request,
        );
        const found = 'output' in answer ? !holdsNothing(answer.output) : WOULD_SUCCEED.has(answer.code);
        expect({ action, found, answer }).toMatchObject({ found: true });
      }
    }
  });

  test.each(pairs)('scope %i cannot reach what scope %i has, with any action', async (i, j) => {
    const [thief, owner] = [owners[i]!, owners[j]!];
    const before = await owner.sees();
    for (const id of ids(thief.ids)) expect(before).not.toContain(id);
    expect(before).toContain(owner.name);
    expect(before).not.toContain(thief.name);
    for (const [action, { control, input }] of Object.entries(CASES)) {
      if (control === 'declared' && j > 0) continue;
      const answer = await thief.ask(action, input(owner.ids));
      const told = ids(owner.ids).filter((id) => JSON.stringify(answer).includes(id));
      expect({ action, outcome: outcomeOf(answer), told }).toEqual({
        action,
        outcome: expect.stringMatching(control === 'everybody' ? /^answered$/ : STRANGERS) as string,
        told: [],
      });
    }
    expect(await owner.sees()).toBe(before);
  });

  test('lists by filter show what is one’s own', async () => {
    for (const owner of owners) {
      const input = { Filters: [{ Name: 'tag-key', Values: [TAG] }] };
      for (const action of ['DescribeVpcs', 'DescribeSubnets', 'DescribeNetworkInterfaces']) {
        const [list] = Object.values(await owner.must<object>(action, input)) as [unknown[]];
        expect({ action, count: list.length }).toEqual({ action, count: 1 });
      }
      const found = await owner.must<{ FlowLogs: { FlowLogId: string }[] }>('DescribeFlowLogs', {
        Filter: [{ Name: 'tag-key', Values: [TAG] }],
      });
      expect(found.FlowLogs.map((it) => it.FlowLogId)).toEqual([owner.ids.flowLog]);
    }
  });

  test('a page token is good for its own scope only', async () => {
    const [first, ...others] = owners;
    const more = Array.from({ length: 6 }, (_, n) => `arn:aws:s3:::bucket/page-${n}`);
    for (const LogDestination of more) {
      await first!.must('CreateFlowLogs', {
        ...DESTINATION,
        ResourceIds: [first!.ids.vpc],
        ResourceType: 'VPC',
        LogDestination,
      });
    }
    const page = await first!.must<{ NextToken: string }>('DescribeFlowLogs', { MaxResults: 5 });
    for (const other of others) {
      const answer = await other.ask('DescribeFlowLogs', { MaxResults: 5, NextToken: page.NextToken });
      expect(answer).toMatchObject({ status: 400 });
    }
    await first!.must('DescribeFlowLogs', { MaxResults: 5, NextToken: page.NextToken });
  });
});
