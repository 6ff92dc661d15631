/**
 * Faults of destinations that are other programs: who is told, who goes on, that the identity (S1.2) holds, and that each
 * object is there once in the end, with the bytes of an undisturbed run. In event time: no time of the machine's is compared.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeFlowLogsCommand } from '@aws-sdk/client-ec2';
import { vi } from 'vitest';
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
  type BUCKETS,
  identityFaults,
  isSettled,
  type Kind,
  prepareRemote,
  type Remote,
  type RemoteOutcome,
  type RemoteTemplate,
  type RemoteWish,
} from './remote-world.ts';
import { fill, mountOver } from './disks.ts';
import { clientsOf, generate } from './world.ts';

/** Seconds of event time of captures that follow each other: a fault is there for the second one, over ten minutes. */
const LENGTHS = [300, 900] as const;
/** Log groups take nothing that is two weeks old, or hours ahead. */
const START = Math.floor(Date.now() / 1000 / 600) * 600 - 4 * 3600;
/** Until everything must have come, on any machine. */
const PATIENCE = { timeout: 240_000, interval: 100 };

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
      await world.replayAll(running);
      expected = await running.remote.outcome();
    });
    return new FaultWorld(from, expected);
  }

  close(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /**
   * A service of its own, and destinations of its own.
   * @param prepare is given the data directory before the service starts; the function that it returns is called in the end
   */
  async run(
    name: string,
    act: (running: Running) => Promise<void>,
    prepare: (directory: string) => () => void = () => () => {},
  ): Promise<void> {
    const directory = this.#template.copy(name);
    const remote = await this.#template.remote(name);
    const restore = prepare(directory);
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
      restore();
      rmSync(directory, { recursive: true, force: true });
      rmSync(remote.directory, { recursive: true, force: true });
    }
  }

  /** In event time, with nothing published that is not complete: the `nth` capture. */
  async replay({ weir }: Pick<Running, 'weir'>, nth: 0 | 1): Promise<void> {
    await weir.replay(this.#captures[nth]!, { flush: false });
  }

  /** Both captures. Resolves when each flow log is delivered, or fails. */
  async replayAll({ weir }: Pick<Running, 'weir'>): Promise<void> {
    for (const nth of [0, 1] as const) await this.replay({ weir }, nth);
    await weir.flush();
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

  /** What an outcome has of some flow logs. */
  part({ objects, lines }: RemoteOutcome, some: Some): RemoteOutcome {
    const names = new Set(this.names(some));
    return {
      objects: new Map([...objects].filter(([path]) => names.has(path.split('/')[1]!))),
      lines: new Map([...lines].filter(([name]) => names.has(name))),
    };
  }

  /**
   * Waits until some flow logs have everything there, and say so; the identity holds then, and nothing is lost.
   * @param cut whose connections ended in the middle of requests: their events and records are there at least once
   */
  async complete({ weir, remote }: Running, some: Some = all, cut: Some = () => false): Promise<void> {
    const names = new Set(this.names(cut));
    const seen = ({ objects, lines }: RemoteOutcome): RemoteOutcome => ({
      objects,
      lines: new Map([...lines].map(([name, own]) => [name, names.has(name) ? [...new Set(own)] : own])),
    });
    const expected = seen(this.part(this.expected, some));
    await vi.waitFor(
      async () => deepEqual(seen(this.part(await remote.outcome(), some)), expected),
      PATIENCE,
    );
    await this.settled(weir, some);
  }

  /** What some flow logs say of themselves follows within a second or so. */
  async settled(weir: Weir, some: Some = all): Promise<void> {
    await vi.waitFor(() => {
      const status = weir.status();
      deepEqual(identityFaults(status), []);
      const left = this.names(some).filter((name) => !isSettled(this.shown(status, name)));
      deepEqual(
        left.map((name) => this.shown(status, name)),
        [],
      );
      for (const name of this.names(some)) equal(this.shown(status, name).amounts!.givenUp.rows, 0);
    }, PATIENCE);
  }
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

/**
 * Troubles of some kinds at once: each is told and delays no other destination, and everything comes when they are over.
 * How many rows of a flow log waited for that, at least.
 */
export async function checkTroubles(world: FaultWorld, troubles: readonly Trouble[]): Promise<number> {
  const toldOf = (wish: RemoteWish): Trouble | undefined => troubles.find(({ kind }) => kind === wish.kind);
  const some: Some = (wish) => toldOf(wish) !== undefined;
  const name = troubles.map((it) => it.name.replaceAll(/\W+/g, '-')).join('-and-');
  let waited = Infinity;
  await world.run(name, async (running) => {
    const { weir, remote } = running;
    await world.replay(running, 0);
    for (const { begin } of troubles) await begin(remote);
    await world.replay(running, 1);
    await weir.flush();
    // All the while the trouble is there.
    await world.complete(running, but(some));
    const failing = new Map<string, string>();
    await vi.waitFor(() => {
      const status = weir.status();
      deepEqual(identityFaults(status), []);
      for (const { kind, message, reason } of troubles) {
        for (const it of world.names(of(kind))) {
          const { state, message: told, reason: why, amounts } = world.shown(status, it);
          deepEqual({ it, state, told }, { it, state: 'failing', told: message });
          match(why!, reason);
          ok(amounts!.spooled.rows > 0);
          waited = Math.min(waited, amounts!.spooled.rows);
          failing.set(it, message);
        }
      }
    }, PATIENCE);
    const api = await described(weir);
    for (const it of world.names()) {
      const message = failing.get(it);
      const told = message === undefined ? ['SUCCESS', undefined] : ['FAILED', message];
      deepEqual([it, api.get(world.idOf(it))], [it, told]);
    }
    for (const { end } of troubles) await end(remote);
    if (!troubles.every(({ unasked }) => unasked)) await weir.flush();
    await world.complete(running, all, some);
  });
  return waited;
}

/**
 * Some requests of a kind hang: what goes elsewhere comes while the first of them do, before a delivery is given up. How
 * many those were.
 */
export async function checkHanging(
  world: FaultWorld,
  kind: Kind,
  bucket?: (typeof BUCKETS)[number],
): Promise<number> {
  const some: Some = (wish) => wish.kind === kind && (bucket === undefined || wish.bucket === bucket);
  let hanging = 0;
  await world.run(`hangs-${kind}`, async (running) => {
    const { weir, remote } = running;
    const proxy = remote.proxies[kind];
    proxy.failing(({ target }) => (target.startsWith(`/${bucket ?? ''}`) ? { do: 'hang' } : undefined));
    for (const nth of [0, 1] as const) await world.replay(running, nth);
    const flushed = weir.flush();
    await world.complete(running, but(some));
    ({ hanging } = proxy);
    const status = weir.status();
    for (const name of world.names(some)) {
      const { reason = 'cannot be looked at', amounts } = world.shown(status, name);
      // The service's own look at a place is no delivery, and is given up sooner.
      match(reason, /cannot be looked at/);
      equal(amounts?.delivered.rows ?? 0, 0);
    }
    proxy.repair();
    await flushed;
    await world.complete(running);
  });
  return hanging;
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
 * no more than were sent again are there twice. How many accidents there were, where there were fewest.
 */
export async function checkAccidents(
  world: FaultWorld,
  { s3, lost = [] }: { readonly s3?: 'lose' | 'cut'; readonly lost?: readonly ('logs' | 'firehose')[] },
): Promise<number> {
  let accidents = Infinity;
  await world.run(`accidents-${s3 ?? lost.join('-')}`, async (running) => {
    const { proxies } = running.remote;
    if (s3 !== undefined) proxies.s3.failing(onceEach(s3));
    for (const kind of lost) proxies[kind].failing(loseEachFifth());
    await world.replayAll(running);
    const twice = new Set(lost.flatMap((kind) => world.names(of(kind))));
    await vi.waitFor(async () => {
      const outcome = await running.remote.outcome();
      deepEqual(outcome.objects, world.expected.objects);
      for (const [name, lines] of outcome.lines) {
        const wanted = world.expected.lines.get(name)!;
        deepEqual([...new Set(lines)], [...new Set(wanted)]);
        const again = lines.length - wanted.length;
        ok(again < (twice.has(name) ? 0.8 * wanted.length : 1), `${name}: ${again} again`);
      }
    }, PATIENCE);
    await world.settled(running.weir);
    if (s3 !== undefined) ok(proxies.s3.faults >= world.expected.objects.size);
    const kinds: readonly Kind[] = s3 === undefined ? lost : ['s3', ...lost];
    accidents = Math.min(...kinds.map((kind) => proxies[kind].faults));
  });
  return accidents;
}

/** Records of a put that fail one by one are put again, the others are not. How many failed. */
export async function checkPartialFailures(world: FaultWorld): Promise<number> {
  let failed = 0;
  await world.run('partial', async (running) => {
    const { firehose } = running.remote;
    firehose.failing = (number) => number % 3 === 1;
    await world.replayAll(running);
    await world.complete(running);
    ({ failed } = firehose);
  });
  return failed;
}

/** Left of the spool's disk, bytes: some windows find room in it. */
const LEFT_BYTES = 64 << 10;

/**
 * S3 refuses connections, and the disk of the spool is full of what waits for it: recording waits, what is for others goes,
 * and nothing is lost. How many commits the disk refused. Takes root.
 */
export async function checkFullSpool(world: FaultWorld): Promise<number> {
  let place = '';
  let refused = 0;
  const onDisk = (directory: string): (() => void) => {
    place = join(directory, 'spool');
    return mountOver(place, '16m');
  };
  const act = async (running: Running): Promise<void> => {
    const { weir, remote } = running;
    await world.replay(running, 0);
    await remote.proxies.s3.down();
    const filler = fill(place, LEFT_BYTES);
    let over = false;
    const replay = world.replay(running, 1).finally(() => (over = true));
    await vi.waitFor(async () => {
      const text = await (await fetch(`${weir.url}/metrics`)).text();
      refused = Number(/^weir_spool_commit_retries_total (\d+)$/m.exec(text)?.[1]);
      ok(refused > 1);
    }, PATIENCE);
    equal(over, false);
    deepEqual(identityFaults(weir.status()), []);
    rmSync(filler);
    await replay;
    await weir.flush();
    await world.complete(running, but(of('s3')));
    await remote.proxies.s3.up();
    await weir.flush();
    await world.complete(running);
  };
  await world.run('spool-full', act, onDisk);
  return refused;
}
