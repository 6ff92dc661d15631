/**
 * Faults of destinations that are other programs: who is told, who goes on, that the identity (S1.2) holds, and that each
 * object is there once in the end, with the bytes of an undisturbed run. In event time: no time of the machine's is compared.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeFlowLogsCommand } from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import { startWeir, type StatusAnswer, type Weir } from '../../../src/index.ts';
import {
  ACCESS_DENIED,
  type Asked,
  type Fault,
  INTERNAL_ERROR,
  jsonError,
  SLOW_DOWN,
} from './fault-proxy.ts';
import {
  identityFaults,
  isSettled,
  type Kind,
  prepareRemote,
  type Remote,
  type RemoteOutcome,
  type RemoteTemplate,
  type RemoteWish,
  until,
} from './remote-world.ts';
import { clientsOf, generate } from './world.ts';

/** Seconds of event time of captures that follow each other: a fault is there for the second one, over ten minutes. */
const LENGTHS = [300, 900] as const;
/** Log groups take nothing that is two weeks old, or hours ahead. */
const START = Math.floor(Date.now() / 1000 / 600) * 600 - 4 * 3600;
/** Until everything must have come, on any machine. In milliseconds. */
const PATIENCE_MS = 90_000;

export interface FaultWorldSize {
  readonly wishes: readonly RemoteWish[];
  /** Each is a log stream, and a request for each window. */
  readonly hosts: number;
  readonly packetsPerSecond: number;
}

export interface Running {
  readonly weir: Weir;
  readonly remote: Remote;
}

type Some = (wish: RemoteWish) => boolean;

const all: Some = () => true;
const of =
  (kind: Kind): Some =>
  (wish) =>
    wish.kind === kind;
const but =
  (some: Some): Some =>
  (wish) =>
    !some(wish);

/** Captures, flow logs over them, and what an undisturbed run delivers. */
export class FaultWorld {
  readonly expected: RemoteOutcome;
  readonly #root: string;
  readonly #wishes: readonly RemoteWish[];
  readonly #template: RemoteTemplate;
  readonly #captures: readonly string[];

  private constructor(
    from: Pick<FaultWorldSize, 'wishes'> & {
      readonly root: string;
      readonly template: RemoteTemplate;
      readonly captures: readonly string[];
    },
    expected: RemoteOutcome,
  ) {
    this.#root = from.root;
    this.#wishes = from.wishes;
    this.#template = from.template;
    this.#captures = from.captures;
    this.expected = expected;
  }

  static async prepare({ wishes, hosts, packetsPerSecond }: FaultWorldSize): Promise<FaultWorld> {
    const root = mkdtempSync(join(tmpdir(), 'weir-remote-faults-'));
    const captures = LENGTHS.map((seconds, k) => {
      const path = join(root, `traffic-${k}.pcap`);
      const start = START + (k === 0 ? 0 : LENGTHS[0]);
      generate(path, {
        packets: packetsPerSecond * seconds,
        flows: 50 * hosts,
        seconds,
        seed: 5 + k,
        hosts,
        start,
      });
      return path;
    });
    const from = { root, wishes, captures, template: await prepareRemote(root, wishes) };
    const nothing: RemoteOutcome = { objects: new Map(), lines: new Map() };
    let expected = nothing;
    const world = new FaultWorld(from, nothing);
    await world.run('undisturbed', async (running) => {
      await world.replay(running);
      await world.settled(running.weir);
      expected = await running.remote.outcome();
    });
    return new FaultWorld(from, expected);
  }

  close(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** A service of its own, and destinations of its own. */
  async run(name: string, act: (running: Running) => Promise<void>): Promise<void> {
    const directory = this.#template.copy(name);
    const remote = await this.#template.remote(name);
    try {
      const { network } = this.#template;
      const weir = await startWeir({ directory, network, config: remote.config });
      try {
        await act({ weir, remote });
      } finally {
        // What hangs would keep the end waiting.
        for (const proxy of Object.values(remote.proxies)) proxy.repair();
        await weir.close();
      }
    } finally {
      await remote.close();
      rmSync(directory, { recursive: true, force: true });
      rmSync(remote.directory, { recursive: true, force: true });
    }
  }

  /** In event time, with nothing published that is not complete: the `nth` capture, or all. */
  async replay({ weir }: Pick<Running, 'weir'>, nth?: number): Promise<void> {
    const captures = nth === undefined ? this.#captures : [this.#captures[nth]!];
    for (const capture of captures) await weir.replay(capture, { flush: false });
  }

  names(some: Some = all): string[] {
    return this.#wishes.filter(some).map(({ name }) => name);
  }

  shown(status: StatusAnswer, name: string): StatusAnswer['flowLogs'][number] {
    return status.flowLogs.find(({ flowLog }) => flowLog === this.#template.ids.get(name))!;
  }

  idOf(name: string): string {
    return this.#template.ids.get(name)!;
  }

  /** Waits until some flow logs have nothing more to deliver; the identity holds then, and nothing is lost. */
  async settled(weir: Weir, some: Some = all): Promise<void> {
    const waiting = (): string[] => {
      const status = weir.status();
      return this.names(some).filter((name) => !isSettled(this.shown(status, name)));
    };
    const left = await until(waiting, (names) => names.length === 0, PATIENCE_MS);
    const status = weir.status();
    expect(left.map((name) => this.shown(status, name))).toEqual([]);
    expect(identityFaults(status)).toEqual([]);
    for (const name of this.names(some)) {
      const { selected, givenUp } = this.shown(status, name).amounts!;
      expect({ name, empty: selected.rows === 0, lost: givenUp.rows }).toEqual({
        name,
        empty: false,
        lost: 0,
      });
    }
  }

  /** What an outcome has of some flow logs. */
  part({ objects, lines }: RemoteOutcome, some: Some): RemoteOutcome {
    const names = new Set(this.names(some));
    return {
      objects: new Map([...objects].filter(([path]) => names.has(path.split('/')[1]!))),
      lines: new Map([...lines].filter(([name]) => names.has(name))),
    };
  }

  /** Some flow logs have everything there. */
  async isComplete({ weir, remote }: Running, some: Some = all): Promise<void> {
    await this.settled(weir, some);
    expect(this.part(await remote.outcome(), some)).toEqual(this.part(this.expected, some));
  }
}

/** The undisturbed run tells something apart. */
export function checkExpected(
  world: FaultWorld,
  least: { readonly objects: number; readonly lines: number },
): void {
  const { objects, lines } = world.expected;
  const folders = new Set([...objects.keys()].map((path) => path.split('/')[1]));
  expect([...folders].toSorted()).toEqual(world.names(of('s3')).toSorted());
  expect(objects.size).toBeGreaterThanOrEqual(least.objects);
  expect([...lines.keys()].toSorted()).toEqual(world.names(but(of('s3'))).toSorted());
  for (const own of lines.values()) expect(own.length).toBeGreaterThan(least.lines);
}

export interface Trouble {
  readonly name: string;
  readonly kind: Kind;
  readonly begin: (remote: Remote) => void | Promise<void>;
  readonly end: (remote: Remote) => void | Promise<void>;
  /** What clients, and operators, are told meanwhile. */
  readonly message: string;
  readonly reason: RegExp;
  /** Nobody asks for another attempt: the back-off ends by itself. */
  readonly unasked: boolean;
}

function refused(kind: Kind): Trouble {
  return {
    name: `${kind}: connections are refused for ten minutes of event time and longer`,
    kind,
    begin: ({ proxies }) => proxies[kind].down(),
    end: ({ proxies }) => proxies[kind].up(),
    message: 'Unknown error',
    reason: /ECONNREFUSED/,
    unasked: kind === 'logs',
  };
}

function answered(
  name: string,
  kind: Kind,
  fault: Fault,
  [message, reason]: readonly [string, RegExp],
): Trouble {
  return {
    name: `${kind}: ${name}`,
    kind,
    begin: ({ proxies }) => proxies[kind].failing(() => fault),
    end: ({ proxies }) => proxies[kind].repair(),
    message,
    reason,
    unasked: false,
  };
}

const DENIED = jsonError('AccessDeniedException', 'User is not authorized to perform this.');

/** By a short name. */
export const TROUBLES = {
  's3 refused': refused('s3'),
  'logs refused': refused('logs'),
  'firehose refused': refused('firehose'),
  's3 503': answered('503 SlowDown', 's3', SLOW_DOWN, ['Rate limited', /HTTP 503/]),
  's3 403': answered('403 AccessDenied', 's3', ACCESS_DENIED, ['Access error', /AccessDenied/]),
  's3 500': answered('500 InternalError', 's3', INTERNAL_ERROR, ['Unknown error', /HTTP 500/]),
  'logs throttled': answered('throttled', 'logs', jsonError('ThrottlingException', 'Rate exceeded'), [
    'Rate limited',
    /Throttling/,
  ]),
  'firehose throttled': answered(
    'throttled',
    'firehose',
    jsonError('ServiceUnavailableException', 'Slow down.', 503),
    ['Rate limited', /ServiceUnavailable/],
  ),
  'firehose 400': answered('not allowed', 'firehose', DENIED, ['Access error', /AccessDenied/]),
} as const satisfies Record<string, Trouble>;

async function described(weir: Weir): Promise<Map<string, readonly (string | undefined)[]>> {
  const { ec2, s3 } = clientsOf(weir);
  const { FlowLogs = [] } = await ec2.send(new DescribeFlowLogsCommand({}));
  ec2.destroy();
  s3.destroy();
  return new Map(
    FlowLogs.map((it) => [it.FlowLogId!, [it.DeliverLogsStatus, it.DeliverLogsErrorMessage] as const]),
  );
}

/** Troubles of some kinds at once: each is told and delays no other destination, and everything comes when they are over. */
export async function checkTroubles(world: FaultWorld, troubles: readonly Trouble[]): Promise<void> {
  const toldOf = (wish: RemoteWish): Trouble | undefined => troubles.find(({ kind }) => kind === wish.kind);
  const some: Some = (wish) => toldOf(wish) !== undefined;
  const name = troubles.map((it) => it.name.replaceAll(/\W+/g, '-')).join('-and-');
  await world.run(name, async (running) => {
    const { weir, remote } = running;
    await world.replay(running, 0);
    for (const { begin } of troubles) await begin(remote);
    await world.replay(running, 1);
    // All the while the trouble is there.
    await world.isComplete(running, but(some));
    const isTold = (status: StatusAnswer): boolean =>
      troubles.every(({ kind, message, reason }) =>
        world.names(of(kind)).every((it) => {
          const { message: told, reason: why = '' } = world.shown(status, it);
          return told === message && reason.test(why);
        }),
      );
    const status = await until(() => weir.status(), isTold, PATIENCE_MS);
    expect(identityFaults(status)).toEqual([]);
    const failing = new Map<string, string>();
    for (const { kind, message, reason } of troubles) {
      for (const it of world.names(of(kind))) {
        const { state, message: told, reason: why, amounts } = world.shown(status, it);
        expect({ it, state, told }).toEqual({ it, state: 'failing', told: message });
        expect(why).toMatch(reason);
        expect(amounts!.spooled.rows).toBeGreaterThan(0);
        failing.set(it, message);
      }
    }
    const api = await described(weir);
    for (const it of world.names()) {
      const message = failing.get(it);
      expect([it, api.get(world.idOf(it))]).toEqual([
        it,
        message === undefined ? ['SUCCESS', undefined] : ['FAILED', message],
      ]);
    }
    for (const { end } of troubles) await end(remote);
    if (!troubles.every(({ unasked }) => unasked)) await weir.flush();
    await world.isComplete(running);
  });
}

/** One bucket hangs: what goes to another bucket, to log groups and streams comes while the first request hangs. */
export async function checkHangingBucket(world: FaultWorld): Promise<void> {
  const hangs: Some = ({ bucket }) => bucket === 'records';
  await world.run('hangs', async (running) => {
    const { remote } = running;
    const { s3 } = remote.proxies;
    s3.failing(({ target }) => (target.startsWith('/records') ? { do: 'hang' } : undefined));
    await world.replay(running);
    await world.isComplete(running, but(hangs));
    stillHang(world, running, 's3', hangs);
    expect(world.part(await remote.outcome(), hangs).objects.size).toBe(0);
    s3.repair();
    await world.isComplete(running);
  });
}

/** All of a kind hangs: the others come while its first requests hang. */
export async function checkHangingKind(world: FaultWorld, kind: Kind): Promise<void> {
  await world.run(`hangs-${kind}`, async (running) => {
    running.remote.proxies[kind].failing(() => ({ do: 'hang' }));
    await world.replay(running);
    await world.isComplete(running, but(of(kind)));
    stillHang(world, running, kind, of(kind));
    running.remote.proxies[kind].repair();
    await world.isComplete(running);
  });
}

/** The others were complete before any delivery that hangs was given up: they have not waited for one. */
function stillHang(world: FaultWorld, { weir, remote }: Running, kind: Kind, some: Some): void {
  expect(remote.proxies[kind].hanging).toBeGreaterThan(0);
  const status = weir.status();
  for (const name of world.names(some)) {
    const { reason = 'cannot be looked at', amounts } = world.shown(status, name);
    // The service's own look at a place is no delivery, and is given up sooner.
    expect(reason).toContain('cannot be looked at');
    expect(amounts!.delivered.rows).toBe(0);
  }
}

/** Bodies that are put, and those of JSON protocols. */
function isDelivery({ method, operation }: Asked): boolean {
  return operation === undefined
    ? method === 'PUT' || method === 'POST'
    : operation === 'PutLogEvents' || operation === 'PutRecordBatch';
}

/** Each object's first request meets an accident: its answer is lost, or its body is cut off in the middle. */
function onceEach(fault: 'lose' | 'cut'): (asked: Asked) => Fault | undefined {
  const seen = new Set<string>();
  return (asked) => {
    if (!isDelivery(asked) || seen.has(asked.target)) return undefined;
    seen.add(asked.target);
    return { do: fault };
  };
}

/** Each fifth answer is lost. */
function loseEachFifth(): (asked: Asked) => Fault | undefined {
  let number = 0;
  return (asked) => (isDelivery(asked) && number++ % 5 === 4 ? { do: 'lose' } : undefined);
}

/**
 * Accidents in the middle of requests: each object is there once, with its bytes, every event and record is there, and
 * no more than were sent again are there twice.
 */
export async function checkAccidents(
  world: FaultWorld,
  { s3, lost = [] }: { readonly s3?: 'lose' | 'cut'; readonly lost?: readonly ('logs' | 'firehose')[] },
): Promise<void> {
  await world.run(`accidents-${s3 ?? lost.join('-')}`, async (running) => {
    const { proxies } = running.remote;
    if (s3 !== undefined) proxies.s3.failing(onceEach(s3));
    for (const kind of lost) proxies[kind].failing(loseEachFifth());
    await world.replay(running);
    await world.settled(running.weir);
    if (s3 !== undefined) expect(proxies.s3.faults).toBeGreaterThanOrEqual(world.expected.objects.size);
    for (const kind of lost) expect(proxies[kind].faults).toBeGreaterThan(2);
    const outcome = await running.remote.outcome();
    expect(outcome.objects).toEqual(world.expected.objects);
    const twice = new Set(lost.flatMap((kind) => world.names(of(kind))));
    for (const [name, lines] of outcome.lines) {
      const wanted = world.expected.lines.get(name)!;
      expect([...new Set(lines)]).toEqual([...new Set(wanted)]);
      expect(lines.length - wanted.length).toBeLessThan(twice.has(name) ? 0.8 * wanted.length : 1);
    }
  });
}

/** Records of a put that fail one by one are put again, the others are not. */
export async function checkPartialFailures(world: FaultWorld): Promise<void> {
  await world.run('partial', async (running) => {
    const { firehose } = running.remote;
    firehose.failing = (number) => number % 3 === 1;
    await world.replay(running);
    await world.isComplete(running);
    expect(firehose.failed).toBeGreaterThan(50);
  });
}
