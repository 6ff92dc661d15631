/**
 * The flow logs API next to moto server from PyPI: one client, real loopback sockets, signed requests, in turns.
 * moto slows down with every flow log that it holds, so its part is bounded by time.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SignedClient, textsOf } from '../tests/service/signed-client.ts';
import { startWeir } from '../tests/service/weir-process.ts';
import { machine, median } from './measure.ts';

const MOTO = 'moto[server]==5.2.5';
const VENV = new URL('../node_modules/.cache/moto', import.meta.url).pathname;
const ROLE = 'arn:aws:iam::123456789012:role/flow-logs';
/** What both accept: Weir's default quota of flow logs for one resource. */
const PER_RESOURCE = 250;
/** Creations in a turn. */
const TURN = 500;
/** A server is asked no more of the same question after this long, in milliseconds (but once at least). */
const QUESTION_BUDGET_MS = 15_000;
/** Requests under way at a time while flow logs are created, as from several users of the API. */
const CONNECTIONS = 8;

interface Server {
  readonly name: string;
  readonly client: SignedClient;
  readonly pid: number;
  readonly vpcs: string[];
  readonly ids: string[];
  /** Milliseconds spent in creating, and whether the time was up. */
  spent: number;
  gaveUp: boolean;
  readonly stop: () => Promise<unknown>;
}

/** A row: what was asked, and a figure for each server (undefined where it was not reached). */
interface Row {
  readonly what: string;
  readonly unit: 'per second' | 'ms' | 'MB';
  readonly figures: readonly (number | undefined)[];
  readonly note?: string;
  /** The servers did not do the same work. */
  readonly unlike?: boolean;
}

/** Runs the bench; see docs/benchmarks.md. */
export async function benchApi(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: 'string', default: '10000,100000' },
      rounds: { type: 'string', default: '15' },
      'moto-seconds': { type: 'string', default: '180' },
    },
  });
  const budget = Number(values['moto-seconds']) * 1000;
  const directory = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  const servers: Server[] = [];
  try {
    servers.push(await weir(join(directory, 'data')));
    servers.push(await moto());
    const rows: Row[] = [memoryRow('empty: memory', servers)];
    for (const size of values.sizes.split(',').map(Number)) {
      rows.push(...(await atSize(servers, size, Number(values.rounds), budget)));
    }
    process.stdout.write(table(servers, rows));
  } finally {
    for (const server of servers) {
      server.client.close();
      await server.stop();
    }
    rmSync(directory, { recursive: true, force: true });
  }
}

async function weir(directory: string): Promise<Server> {
  const child = await startWeir(directory);
  const client = new SignedClient({ ...child, connections: CONNECTIONS });
  return {
    name: 'weir',
    client,
    pid: child.pid,
    vpcs: [],
    ids: [],
    spent: 0,
    gaveUp: false,
    stop: child.stop,
  };
}

async function moto(): Promise<Server> {
  const program = join(VENV, 'bin/moto_server');
  if (!existsSync(program)) {
    process.stderr.write(`weir: installing ${MOTO}\n`);
    for (const argv of [
      ['python3', '-m', 'venv', VENV],
      [join(VENV, 'bin/pip'), 'install', '-q', MOTO],
    ]) {
      if (spawnSync(argv[0]!, argv.slice(1), { stdio: 'inherit' }).status !== 0) {
        throw new Error(`${argv.join(' ')} failed`);
      }
    }
  }
  const port = await freePort();
  const child = spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await listening(port, child);
  const client = new SignedClient({
    host: '127.0.0.1',
    port,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    connections: CONNECTIONS,
  });
  const stop = (): Promise<unknown> => {
    child.kill();
    return ended;
  };
  return { name: 'moto', client, pid: child.pid!, vpcs: [], ids: [], spent: 0, gaveUp: false, stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null) throw new Error(`moto_server ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (open) return;
    await sleep(100);
  }
  throw new Error('moto_server does not listen');
}

/** Brings each server to a number of flow logs, in turns, and then asks them, in turns. */
async function atSize(
  servers: readonly Server[],
  size: number,
  rounds: number,
  budget: number,
): Promise<Row[]> {
  const rates = servers.map((): number[] => []);
  while (servers.some((server) => wants(server, size))) {
    for (const [k, server] of servers.entries()) {
      if (!wants(server, size)) continue;
      rates[k]!.push(await createTurn(server, Math.min(TURN, size - server.ids.length)));
      if (server.name === 'moto' && server.spent > budget) server.gaveUp = true;
    }
    process.stderr.write(`\r${servers.map(({ name, ids }) => `${name} ${ids.length}`).join(', ')}   `);
  }
  process.stderr.write('\n');
  const there = servers.map((server) => server.ids.length >= size);
  const label = size.toLocaleString('en');
  const reached = servers
    .filter((_, k) => !there[k])
    .map(({ name, ids }) => `${name} was stopped at ${ids.length.toLocaleString('en')}`)
    .join(', ');
  const rows: Row[] = [
    {
      what: `create up to ${label}, ${CONNECTIONS} at a time`,
      unit: 'per second',
      figures: rates.map((list) => (list.length === 0 ? undefined : median(list))),
      note: reached,
    },
  ];
  const last = rates.map((list, k) => (there[k] ? median(list.slice(-5)) : undefined));
  rows.push({ what: `create at ${label}`, unit: 'per second', figures: last });
  for (const question of QUESTIONS) rows.push(await askAll(servers, there, label, question, rounds));
  rows.push(memoryRow(`${label}: peak memory`, servers, there));
  return rows;
}

function wants(server: Server, size: number): boolean {
  return !server.gaveUp && server.ids.length < size;
}

/** Creates some flow logs, one a call; flow logs per second. */
async function createTurn(server: Server, count: number): Promise<number> {
  const from = server.ids.length;
  while (server.vpcs.length * PER_RESOURCE < from + count) {
    const body = await server.client.ask('CreateVpc', { CidrBlock: '10.0.0.0/16' });
    server.vpcs.push(textsOf(body, 'vpcId')[0]!);
  }
  const started = performance.now();
  let next = from;
  const one = async (): Promise<void> => {
    while (next < from + count) {
      const k = next++;
      const body = await server.client.ask('CreateFlowLogs', {
        'ResourceId.1': server.vpcs[Math.floor(k / PER_RESOURCE)]!,
        ResourceType: 'VPC',
        TrafficType: 'ALL',
        LogDestinationType: 'cloud-watch-logs',
        LogGroupName: `/flow-logs/${k % PER_RESOURCE}`,
        DeliverLogsPermissionArn: ROLE,
        'TagSpecification.1.ResourceType': 'vpc-flow-log',
        'TagSpecification.1.Tag.1.Key': 'Name',
        'TagSpecification.1.Tag.1.Value': `bench-${k}`,
      });
      const id = /fl-[0-9a-f]+/.exec(body)?.[0];
      if (id === undefined) throw new Error(`nothing was created: ${body.slice(0, 500)}`);
      server.ids.push(id);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  const took = performance.now() - started;
  server.spent += took;
  return (count / took) * 1000;
}

interface Question {
  readonly what: string;
  readonly note?: string;
  /** The form of a round, and how many flow logs its answer must have. */
  readonly form: (server: Server, round: number) => { form: Record<string, string>; count: number };
}

const QUESTIONS: readonly Question[] = [
  {
    what: 'describe one id',
    form: ({ ids }, round) => ({
      form: { 'FlowLogId.1': ids[(round * 7919) % ids.length]! },
      count: 1,
    }),
  },
  {
    what: 'describe a page of 1000',
    note: 'moto has no pages: its answer has all of them',
    form: ({ name, ids }) => ({
      form: { MaxResults: '1000' },
      count: name === 'moto' ? ids.length : 1000,
    }),
  },
  {
    what: 'filter, 250 found (resource-id)',
    form: ({ vpcs }, round) => ({
      form: {
        'Filter.1.Name': 'resource-id',
        'Filter.1.Value.1': vpcs[(round * 31) % vpcs.length]!,
      },
      count: PER_RESOURCE,
    }),
  },
  {
    what: 'filter, 1 found (tag:Name)',
    form: ({ ids }, round) => ({
      form: {
        'Filter.1.Name': 'tag:Name',
        'Filter.1.Value.1': `bench-${(round * 7919) % ids.length}`,
      },
      count: 1,
    }),
  },
];

async function askAll(
  servers: readonly Server[],
  there: readonly boolean[],
  label: string,
  question: Question,
  rounds: number,
): Promise<Row> {
  const times = servers.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [k, server] of servers.entries()) {
      const spent = times[k]!.reduce((sum, time) => sum + time, 0);
      if (!there[k] || (round > 0 && spent > QUESTION_BUDGET_MS)) continue;
      const { form, count } = question.form(server, round);
      const started = performance.now();
      const body = await server.client.ask('DescribeFlowLogs', form);
      times[k]!.push(performance.now() - started);
      const found = textsOf(body, 'flowLogId').length;
      if (found !== count) throw new Error(`${server.name}: ${question.what}: ${found} instead of ${count}`);
    }
  }
  return {
    what: `${question.what}, of ${label}`,
    unit: 'ms',
    figures: times.map((list) => (list.length === 0 ? undefined : median(list))),
    ...(question.note === undefined ? {} : { note: question.note, unlike: true }),
  };
}

/** The most memory that the processes held so far. */
function memoryRow(what: string, servers: readonly Server[], there?: readonly boolean[]): Row {
  const figures = servers.map(({ pid }, k) => {
    if (there?.[k] === false) return undefined;
    const kilobytes = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
    return (Number(kilobytes) * 1024) / 1e6;
  });
  return { what, unit: 'MB', figures };
}

function table(servers: readonly Server[], rows: readonly Row[]): string {
  const lines = [
    `${machine()}; ${MOTO}`,
    '',
    `| | ${servers.map(({ name }) => name).join(' | ')} | weir is better by |`,
    `|---|${servers.map(() => '---:').join('|')}|---:|`,
    ...rows.map(({ what, unit, figures, note, unlike }) => {
      const cells = figures.map((figure) => (figure === undefined ? '-' : shown(figure)));
      const [ours, theirs] = figures;
      const ratio =
        ours === undefined || theirs === undefined || unlike === true
          ? '-'
          : (unit === 'per second' ? ours / theirs : theirs / ours).toFixed(1);
      const remark = note === undefined || note === '' ? '' : ` (${note})`;
      return `| ${what}, ${unit}${remark} | ${cells.join(' | ')} | ${ratio} |`;
    }),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function shown(figure: number): string {
  return figure >= 100 ? Math.round(figure).toLocaleString('en') : figure.toPrecision(3);
}
