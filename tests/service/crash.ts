import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateFlowLogsCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteFlowLogsCommand,
  DeleteSubnetCommand,
  DeleteTagsCommand,
  DeleteVpcCommand,
  EC2Client,
  EC2ServiceException,
  paginateDescribeFlowLogs,
  paginateDescribeSubnets,
  paginateDescribeTags,
  paginateDescribeVpcs,
  type Tag,
} from '@aws-sdk/client-ec2';
import { seededRandom } from '../api/protocol/random-values.ts';
import { carriedOut, type Change, type Entity, type Kind, settle, type World } from './crash-world.ts';
import { ACCOUNT } from './support.ts';
import { startWeir, type WeirProcess } from './weir-process.ts';

/**
 * kill -9 of a `weir serve` process under load. Some clients create, tag and delete, each with resources of
 * its own and one request under way, until the process is killed at a random moment. The next process on the same
 * data directory must show all that was answered, and what was not answered whole or not at all; the clients go
 * on from there.
 */

const CLIENTS = 6;
/** Resources that one client has at most, so that a description stays short. */
const MOST = 30;

export interface CrashReport {
  readonly points: number;
  /** Requests that were answered before a kill. */
  readonly answered: number;
  /** Requests that a kill cut off, and how many of them stood. */
  readonly unanswered: number;
  readonly stood: number;
  /** Creations sent again with their client token after the kill. */
  readonly resent: number;
  /** Slowest start on what a kill left, in milliseconds. */
  readonly slowestStartMs: number;
}

/** A client: its resources as far as answers told, and what it waits for. */
interface Worker {
  readonly name: string;
  world: World;
  pending: Pending | undefined;
  /** Subnets asked for so far: each has a prefix of its own. */
  subnets: number;
}

interface Pending {
  readonly change: Change;
  /** Asks for it; the ids of what was created. */
  readonly ask: (client: EC2Client) => Promise<string[]>;
  /** Whether asking again does nothing when it stands. */
  readonly idempotent: boolean;
}

/**
 * Kills the service `count` times.
 * @throws RangeError that names the seed and the point when a restart does not show what it must
 */
export async function crashService({ count, seed }: { count: number; seed: number }): Promise<CrashReport> {
  const root = mkdtempSync(join(tmpdir(), 'weir-crash-'));
  const directory = join(root, 'data');
  const random = seededRandom(seed);
  const workers = Array.from({ length: CLIENTS }, (_, k): Worker => {
    return { name: `c${k}`, world: new Map(), pending: undefined, subnets: 0 };
  });
  const report = { points: 0, answered: 0, unanswered: 0, stood: 0, resent: 0, slowestStartMs: 0 };
  let weir: WeirProcess | undefined;
  let declared: ReadonlySet<string> | undefined;
  try {
    for (;;) {
      const started = performance.now();
      weir = await startWeir(directory);
      report.slowestStartMs = Math.max(report.slowestStartMs, performance.now() - started);
      const client = clientOf(weir);
      try {
        const where = `seed ${seed}, after point ${report.points}`;
        declared ??= new Set((await describe(client, new Set())).keys());
        await judge(await describe(client, declared), { client, workers, report, where });
        if (report.points === count) break;
        const working = Promise.all(workers.map((worker) => work(client, worker, random, report)));
        await Promise.race([working, sleep(Math.floor(random() ** 2 * 400))]);
        await weir.kill();
        await working;
        if (/"level":"error"/.test(weir.log())) throw new RangeError(`${where}: ${weir.log()}`);
      } finally {
        client.destroy();
      }
      report.points++;
    }
    const code = await weir.stop();
    if (code !== 0) throw new RangeError(`the last process ended with ${code}: ${weir.log()}`);
    return report;
  } finally {
    if (weir?.alive() === true) await weir.kill();
    rmSync(root, { recursive: true, force: true });
  }
}

function clientOf({ url, region, credentials }: WeirProcess): EC2Client {
  return new EC2Client({ region, endpoint: url, credentials, maxAttempts: 1 });
}

type Report = { -readonly [K in keyof CrashReport]: CrashReport[K] };

/** Works until the connection breaks. A refusal is a fault of this test, or of the service. */
async function work(client: EC2Client, worker: Worker, random: () => number, report: Report): Promise<void> {
  for (let number = 0; ; number++) {
    const name = `${worker.name}-${report.points}-${number}`;
    const pending = nextOf(worker, name, random);
    worker.pending = pending;
    try {
      const created = await pending.ask(client);
      worker.world = carriedOut(worker.world, pending.change, created);
      worker.pending = undefined;
      report.answered++;
    } catch (error) {
      if (error instanceof EC2ServiceException || error instanceof RangeError) throw error;
      return;
    }
  }
}

interface Judging {
  readonly client: EC2Client;
  readonly workers: readonly Worker[];
  readonly report: Report;
  readonly where: string;
}

/** Compares what is there with what must be, and lets the clients know what became of their last requests. */
async function judge(found: World, { client, workers, report, where }: Judging): Promise<void> {
  const waiting = workers.flatMap(({ pending }) => (pending === undefined ? [] : [pending]));
  const answered = new Map(workers.flatMap(({ world }) => [...world]));
  const { stood, faults } = settle(
    answered,
    waiting.map(({ change }) => change),
    found,
  );
  if (faults.length > 0) throw new RangeError(`${where}: ${faults.join('; ')}`);
  report.unanswered += waiting.length;
  report.stood += stood.size;
  for (const worker of workers) {
    const { pending } = worker;
    if (pending === undefined) continue;
    worker.pending = undefined;
    worker.world = settle(worker.world, [pending.change], ownedBy(worker, found)).world;
    if (!pending.idempotent) continue;
    // As a client does whose connection broke: the same request again, with the same client token.
    const before = worker.world;
    const created = await pending.ask(client);
    report.resent++;
    if (stood.has(pending.change)) {
      if (!created.every((id) => before.has(id))) {
        throw new RangeError(`${where}: ${created.join()} were made anew under a token that was used`);
      }
    } else worker.world = carriedOut(before, pending.change, created);
  }
}

/** What was made by a client: the value of the tag begins with its name. */
function ownedBy(worker: Worker, found: World): World {
  return new Map([...found].filter(([, { tags }]) => tags['made']?.startsWith(`${worker.name}-`)));
}

/** Everything but what the network declares, with the tags that describing it and DescribeTags agree on. */
async function describe(client: EC2Client, declared: ReadonlySet<string>): Promise<World> {
  const found = new Map<string, Entity>();
  const add = (kind: Kind, id = '', on = '', tags: readonly Tag[] = []): void => {
    if (declared.has(id)) return;
    found.set(id, { kind, on, tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key!, Value!])) });
  };
  for await (const { Vpcs = [] } of paginateDescribeVpcs({ client }, {})) {
    for (const { VpcId, Tags } of Vpcs) add('vpc', VpcId, '', Tags);
  }
  for await (const { Subnets = [] } of paginateDescribeSubnets({ client }, {})) {
    for (const { SubnetId, VpcId, Tags } of Subnets) add('subnet', SubnetId, VpcId, Tags);
  }
  for await (const { FlowLogs = [] } of paginateDescribeFlowLogs({ client }, {})) {
    for (const { FlowLogId, ResourceId, Tags } of FlowLogs) add('flow-log', FlowLogId, ResourceId, Tags);
  }
  const listed = new Map<string, Record<string, string>>();
  for await (const { Tags = [] } of paginateDescribeTags({ client }, {})) {
    for (const { ResourceId, Key, Value } of Tags) {
      listed.set(ResourceId!, { ...listed.get(ResourceId!), [Key!]: Value! });
    }
  }
  for (const [id, tags] of listed) {
    const own = found.get(id)?.tags;
    const differs = Object.entries(tags).some(([key, value]) => own?.[key] !== value);
    if (differs || Object.keys(own ?? {}).length !== Object.keys(tags).length) {
      throw new RangeError(
        `${id} has the tags ${JSON.stringify(tags)} in DescribeTags, else ${JSON.stringify(own)}`,
      );
    }
  }
  return found;
}

/** The next request of a client, by chance, from what it has. */
function nextOf(worker: Worker, name: string, random: () => number): Pending {
  const { world } = worker;
  const of = (kind: Kind): string[] =>
    [...world].flatMap(([id, entity]) => (entity.kind === kind ? [id] : []));
  const some = (ids: readonly string[], most: number): string[] => {
    const count = 1 + Math.floor(random() * Math.min(most, ids.length));
    return ids.toSorted(() => random() - 0.5).slice(0, count);
  };
  const [vpcs, subnets, logs] = [of('vpc'), of('subnet'), of('flow-log')];
  if (vpcs.length === 0) return makeVpc(name);
  const bare = [...vpcs, ...subnets].filter((id) => ![...world.values()].some(({ on }) => on === id));
  // A world that is full loses more than it gets, and goes on getting: creations are what is sent again.
  const dice = world.size >= MOST && random() < 0.7 ? 0.7 + random() * 0.3 : random();
  if (dice < 0.05) return makeVpc(name);
  if (dice < 0.12) return makeSubnet(name, some(vpcs, 1)[0]!, worker.subnets++);
  if (dice < 0.4)
    return makeFlowLogs(name, some(random() < 0.5 || subnets.length === 0 ? vpcs : subnets, 4), world);
  if (dice < 0.55) return putTags(some([...world.keys()], 5), name);
  if (dice < 0.7) return takeTags(some([...world.keys()], 5));
  if (dice > 0.95 && bare.length > 0) return removeBare(some(bare, 1)[0]!, world);
  return logs.length === 0 ? makeVpc(name) : removeFlowLogs(some(logs, 5));
}

const tagList = (tags: Readonly<Record<string, string>>): Tag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

function makeVpc(name: string): Pending {
  const tags = { made: name, a: '1' };
  return {
    change: { kind: 'create', name, entities: [{ kind: 'vpc', on: '', tags }] },
    idempotent: false,
    ask: async (client) => {
      const TagSpecifications = [{ ResourceType: 'vpc' as const, Tags: tagList(tags) }];
      const { Vpc } = await client.send(
        new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', TagSpecifications }),
      );
      return [Vpc!.VpcId!];
    },
  };
}

function makeSubnet(name: string, VpcId: string, number: number): Pending {
  const tags = { made: name, b: '2' };
  return {
    change: { kind: 'create', name, entities: [{ kind: 'subnet', on: VpcId, tags }] },
    idempotent: false,
    ask: async (client) => {
      const TagSpecifications = [{ ResourceType: 'subnet' as const, Tags: tagList(tags) }];
      const CidrBlock = `10.0.${(number >> 4) & 255}.${(number & 15) << 4}/28`;
      const { Subnet } = await client.send(new CreateSubnetCommand({ VpcId, CidrBlock, TagSpecifications }));
      return [Subnet!.SubnetId!];
    },
  };
}

/** One flow log for each resource, all with the same tags, under a client token. */
function makeFlowLogs(name: string, on: readonly string[], world: World): Pending {
  const tags = { made: name, x: '1', y: 'two words' };
  const subnets = world.get(on[0]!)!.kind === 'subnet';
  return {
    change: { kind: 'create', name, entities: on.map((id) => ({ kind: 'flow-log', on: id, tags })) },
    idempotent: true,
    ask: async (client) => {
      const { FlowLogIds = [], Unsuccessful = [] } = await client.send(
        new CreateFlowLogsCommand({
          ResourceIds: [...on],
          ResourceType: subnets ? 'Subnet' : 'VPC',
          TrafficType: 'ALL',
          LogGroupName: `/crash-test/${name}`,
          DeliverLogsPermissionArn: `arn:aws:iam::${ACCOUNT}:role/flow-logs`,
          ClientToken: name,
          TagSpecifications: [{ ResourceType: 'vpc-flow-log', Tags: tagList(tags) }],
        }),
      );
      if (Unsuccessful.length > 0) throw new RangeError(`unsuccessful: ${JSON.stringify(Unsuccessful)}`);
      return FlowLogIds;
    },
  };
}

function putTags(ids: readonly string[], value: string): Pending {
  const tags = { later: value, x: value };
  return {
    change: { kind: 'tag', ids, tags },
    idempotent: false,
    ask: async (client) => {
      await client.send(new CreateTagsCommand({ Resources: [...ids], Tags: tagList(tags) }));
      return [];
    },
  };
}

function takeTags(ids: readonly string[]): Pending {
  const keys = ['later', 'y', 'a'];
  return {
    change: { kind: 'untag', ids, keys },
    idempotent: false,
    ask: async (client) => {
      await client.send(new DeleteTagsCommand({ Resources: [...ids], Tags: keys.map((Key) => ({ Key })) }));
      return [];
    },
  };
}

function removeFlowLogs(ids: readonly string[]): Pending {
  return {
    change: { kind: 'delete', ids },
    idempotent: false,
    ask: async (client) => {
      const { Unsuccessful = [] } = await client.send(new DeleteFlowLogsCommand({ FlowLogIds: [...ids] }));
      if (Unsuccessful.length > 0) throw new RangeError(`unsuccessful: ${JSON.stringify(Unsuccessful)}`);
      return [];
    },
  };
}

/** A VPC or subnet that nothing hangs on. */
function removeBare(id: string, world: World): Pending {
  const { kind } = world.get(id)!;
  return {
    change: { kind: 'delete', ids: [id] },
    idempotent: false,
    ask: async (client) => {
      if (kind === 'vpc') await client.send(new DeleteVpcCommand({ VpcId: id }));
      else await client.send(new DeleteSubnetCommand({ SubnetId: id }));
      return [];
    },
  };
}
