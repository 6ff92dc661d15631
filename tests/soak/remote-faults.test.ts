/**
 * Faults of destinations that are other programs: who is told, who goes on, that the identity (S1.2) holds, and that each
 * object is there once in the end, with the bytes of an undisturbed run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeFlowLogsCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startWeir, type StatusAnswer, type Weir } from '../../src/index.ts';
import {
  ACCESS_DENIED,
  type Asked,
  type Fault,
  INTERNAL_ERROR,
  jsonError,
  SLOW_DOWN,
} from '../service/delivery/fault-proxy.ts';
import {
  identityFaults,
  isSettled,
  type Kind,
  prepareRemote,
  type Remote,
  REMOTE_WISHES,
  type RemoteOutcome,
  type RemoteTemplate,
  type RemoteWish,
  until,
} from '../service/delivery/remote-world.ts';
import { clientsOf, generate } from '../service/delivery/world.ts';

/** Seconds of event time of captures that follow each other: a fault is there for the second one. */
const LENGTHS = [300, 900] as const;
/** Log groups take nothing that is two weeks old, or hours ahead. */
const START = Math.floor(Date.now() / 1000 / 600) * 600 - 4 * 3600;
/** Less than an attempt may take: what settles within it did not wait for one that hangs. In milliseconds. */
const USUAL_MS = 15_000;

/** The machine may be busy: tests take some seconds each. */
vi.setConfig({ testTimeout: 120_000 });

/** Less than the pause before a place that could not be looked at is looked at again: records that arrive say more. */
const SOON_MS = 20_000;

let root: string;
let template: RemoteTemplate;
let captures: string[];
let expected: RemoteOutcome;
/** Milliseconds until everything was delivered, after the last replay of the undisturbed run. */
let usual: number;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'weir-remote-faults-'));
  captures = LENGTHS.map((seconds, k) => {
    const path = join(root, `traffic-${k}.pcap`);
    const start = START + (k === 0 ? 0 : LENGTHS[0]);
    generate(path, { packets: 8 * seconds, flows: 600, seconds, seed: 5 + k, hosts: 12, start });
    return path;
  });
  template = await prepareRemote(root);
  await withService('undisturbed', async ({ weir, remote }) => {
    await replayAll(weir);
    const began = performance.now();
    await settled(weir, () => true);
    usual = performance.now() - began;
    expected = await remote.outcome();
  });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Running {
  readonly weir: Weir;
  readonly remote: Remote;
  readonly directory: string;
}

async function withService(name: string, act: (running: Running) => Promise<void>): Promise<void> {
  const directory = template.copy(name);
  const remote = await template.remote(name);
  try {
    const { network } = template;
    const weir = await startWeir({ directory, network, config: remote.config });
    try {
      await act({ weir, remote, directory });
    } finally {
      await weir.close();
    }
  } finally {
    await remote.close();
    rmSync(directory, { recursive: true, force: true });
    rmSync(remote.directory, { recursive: true, force: true });
  }
}

/** In event time, with nothing published that is not complete. */
async function replayAll(weir: Weir): Promise<void> {
  for (const capture of captures) await weir.replay(capture, { flush: false });
}

type Some = (wish: RemoteWish) => boolean;

function namesOf(some: Some): string[] {
  return REMOTE_WISHES.filter(some).map(({ name }) => name);
}

function shown(status: StatusAnswer, name: string): StatusAnswer['flowLogs'][number] {
  return status.flowLogs.find(({ flowLog }) => flowLog === template.ids.get(name))!;
}

/** Waits until some flow logs have nothing more to deliver; the identity holds then. */
async function settled(weir: Weir, some: Some, ms = 60_000): Promise<void> {
  const waiting = (): string[] => {
    const status = weir.status();
    return namesOf(some).filter((name) => !isSettled(shown(status, name)));
  };
  const left = await until(waiting, (names) => names.length === 0, ms);
  const status = weir.status();
  expect(left.map((name) => shown(status, name))).toEqual([]);
  expect(identityFaults(status)).toEqual([]);
  for (const name of namesOf(some)) {
    const { selected, givenUp } = shown(status, name).amounts!;
    expect({ name, empty: selected.rows === 0, lost: givenUp.rows }).toEqual({ name, empty: false, lost: 0 });
  }
}

/** What an outcome has of some flow logs. */
function part({ objects, lines }: RemoteOutcome, some: Some): RemoteOutcome {
  const names = new Set(namesOf(some));
  return {
    objects: new Map([...objects].filter(([path]) => names.has(path.split('/')[1]!))),
    lines: new Map([...lines].filter(([name]) => names.has(name))),
  };
}

test('the undisturbed run has something of everything', () => {
  const folders = new Set([...expected.objects.keys()].map((path) => path.split('/')[1]));
  expect([...folders].toSorted()).toEqual(namesOf(({ kind }) => kind === 's3').toSorted());
  expect(expected.objects.size).toBeGreaterThanOrEqual(40);
  for (const lines of expected.lines.values()) expect(lines.length).toBeGreaterThan(200);
});

test('two runs of the same captures make the same objects, byte for byte, and the same lines', async () => {
  await withService('again', async ({ weir, remote }) => {
    await replayAll(weir);
    await settled(weir, () => true);
    expect(await remote.outcome()).toEqual(expected);
  });
});

interface Trouble {
  readonly name: string;
  readonly some: Some;
  readonly begin: (remote: Remote) => void | Promise<void>;
  readonly end: (remote: Remote) => void | Promise<void>;
  /** What clients, and operators, are told meanwhile. */
  readonly message: string;
  readonly reason: RegExp;
  /** Nobody asks for another attempt: the back-off ends by itself. */
  readonly unasked: boolean;
}

const of =
  (kind: Kind): Some =>
  (wish) =>
    wish.kind === kind;

function refused(kind: Kind): Trouble {
  return {
    name: `${kind}: connections are refused for ten minutes of event time and longer`,
    some: of(kind),
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
    some: of(kind),
    begin: ({ proxies }) => proxies[kind].failing(() => fault),
    end: ({ proxies }) => proxies[kind].repair(),
    message,
    reason,
    unasked: false,
  };
}

const DENIED = jsonError('AccessDeniedException', 'User is not authorized to perform this.');

const TROUBLES: readonly Trouble[] = [
  ...(['s3', 'logs', 'firehose'] as const).map(refused),
  answered('503 SlowDown', 's3', SLOW_DOWN, ['Rate limited', /HTTP 503/]),
  answered('403 AccessDenied', 's3', ACCESS_DENIED, ['Access error', /AccessDenied/]),
  answered('500 InternalError', 's3', INTERNAL_ERROR, ['Unknown error', /HTTP 500/]),
  answered('throttled', 'logs', jsonError('ThrottlingException', 'Rate exceeded'), [
    'Rate limited',
    /Throttling/,
  ]),
  answered('throttled', 'firehose', jsonError('ServiceUnavailableException', 'Slow down.', 503), [
    'Rate limited',
    /ServiceUnavailable/,
  ]),
  answered('not allowed', 'firehose', DENIED, ['Access error', /AccessDenied/]),
];

async function described(weir: Weir): Promise<Map<string, readonly (string | undefined)[]>> {
  const { ec2, s3 } = clientsOf(weir);
  const { FlowLogs = [] } = await ec2.send(new DescribeFlowLogsCommand({}));
  ec2.destroy();
  s3.destroy();
  return new Map(
    FlowLogs.map((it) => [it.FlowLogId!, [it.DeliverLogsStatus, it.DeliverLogsErrorMessage] as const]),
  );
}

describe.each(TROUBLES)('$name', ({ name, some, begin, end, message, reason, unasked }) => {
  test('is told, delays no other destination, and everything comes when it is over', async () => {
    await withService(name.replaceAll(/\W+/g, '-'), async ({ weir, remote }) => {
      await weir.replay(captures[0]!, { flush: false });
      await begin(remote);
      await weir.replay(captures[1]!, { flush: false });
      const others: Some = (wish) => !some(wish);
      await settled(weir, others, USUAL_MS);
      expect(part(await remote.outcome(), others)).toEqual(part(expected, others));
      const isTold = (status: StatusAnswer): boolean =>
        namesOf(some).every((it) => {
          const { message: told, reason: why = '' } = shown(status, it);
          return told === message && reason.test(why);
        });
      const status = await until(() => weir.status(), isTold);
      expect(identityFaults(status)).toEqual([]);
      for (const it of namesOf(some)) {
        const { state, message: told, reason: why, amounts } = shown(status, it);
        expect({ it, state, told }).toEqual({ it, state: 'failing', told: message });
        expect(why).toMatch(reason);
        expect(amounts!.spooled.rows).toBeGreaterThan(0);
      }
      const api = await described(weir);
      for (const { name: it } of REMOTE_WISHES) {
        const failing = namesOf(some).includes(it);
        expect([it, api.get(template.ids.get(it)!)]).toEqual([
          it,
          failing ? ['FAILED', message] : ['SUCCESS', undefined],
        ]);
      }
      await end(remote);
      if (!unasked) await weir.flush();
      await settled(weir, () => true);
      expect(await remote.outcome()).toEqual(expected);
    });
  });
});

/** Bodies that are put, and those of JSON protocols. */
function isDelivery({ method, operation }: Asked): boolean {
  return operation === undefined
    ? method === 'PUT' || method === 'POST'
    : operation === 'PutLogEvents' || operation === 'PutRecordBatch';
}

describe('one bucket hangs', () => {
  test('others of the same S3, log groups and streams come in their usual time', async () => {
    await withService('hangs', async ({ weir, remote }) => {
      const hangs: Some = ({ bucket }) => bucket === 'records';
      const others: Some = (wish) => !hangs(wish);
      remote.proxies.s3.failing(({ target }) => (target.startsWith('/records') ? { do: 'hang' } : undefined));
      await replayAll(weir);
      const began = performance.now();
      await settled(weir, others, USUAL_MS);
      expect(performance.now() - began).toBeLessThan(3 * usual + 3000);
      expect(remote.proxies.s3.faults).toBeGreaterThan(0);
      expect(part(await remote.outcome(), others)).toEqual(part(expected, others));
      expect(part(await remote.outcome(), hangs).objects.size).toBe(0);
      const status = weir.status();
      for (const name of namesOf(hangs)) expect(shown(status, name).amounts!.delivered.rows).toBe(0);
      remote.proxies.s3.repair();
      await settled(weir, () => true, SOON_MS);
      expect(await remote.outcome()).toEqual(expected);
    });
  });

  test.each(['logs', 'firehose'] as const)('all of %s hangs: the others do not wait', async (kind) => {
    await withService(`hangs-${kind}`, async ({ weir, remote }) => {
      const others: Some = (wish) => wish.kind !== kind;
      remote.proxies[kind].failing(() => ({ do: 'hang' }));
      await replayAll(weir);
      const began = performance.now();
      await settled(weir, others, USUAL_MS);
      expect(performance.now() - began).toBeLessThan(3 * usual + 3000);
      expect(part(await remote.outcome(), others)).toEqual(part(expected, others));
      remote.proxies[kind].repair();
      await settled(weir, () => true, SOON_MS);
      expect(await remote.outcome()).toEqual(expected);
    });
  });
});

describe('in the middle of requests', () => {
  /** Every other request that delivers, by kind and target: each meets it once, and its retry does not. */
  function everyFirst(fault: Fault): (asked: Asked) => Fault | undefined {
    const seen = new Set<string>();
    return (asked) => {
      if (!isDelivery(asked) || seen.has(asked.target)) return undefined;
      seen.add(asked.target);
      return fault;
    };
  }

  test.each(['lose', 'cut'] as const)('%s: each object is there once, with its bytes', async (fault) => {
    await withService(`s3-${fault}`, async ({ weir, remote }) => {
      remote.proxies.s3.failing(everyFirst({ do: fault }));
      await replayAll(weir);
      await settled(weir, () => true);
      expect(remote.proxies.s3.faults).toBeGreaterThanOrEqual(expected.objects.size);
      expect(await remote.outcome()).toEqual(expected);
    });
  });

  test.each(['logs', 'firehose'] as const)(
    'lost answers of %s: every record is there, and no more than were sent again are there twice',
    async (kind) => {
      await withService(`${kind}-lose`, async ({ weir, remote }) => {
        let number = 0;
        remote.proxies[kind].failing((asked) =>
          isDelivery(asked) && number++ % 5 === 4 ? { do: 'lose' } : undefined,
        );
        await replayAll(weir);
        await settled(weir, () => true);
        expect(remote.proxies[kind].faults).toBeGreaterThan(2);
        const outcome = await remote.outcome();
        expect(outcome.objects).toEqual(expected.objects);
        for (const [name, lines] of outcome.lines) {
          const wanted = expected.lines.get(name)!;
          // Those of the other kind are there once.
          const again = lines.length - wanted.length;
          expect([...new Set(lines)]).toEqual([...new Set(wanted)]);
          expect(again).toBeLessThan(namesOf(of(kind)).includes(name) ? 0.8 * wanted.length : 1);
        }
      });
    },
  );

  test('records of a put that fail one by one are put again, the others are not', async () => {
    await withService('partial', async ({ weir, remote }) => {
      remote.firehose.failing = (number) => number % 3 === 1;
      await replayAll(weir);
      await settled(weir, () => true);
      expect(remote.firehose.failed).toBeGreaterThan(100);
      expect(await remote.outcome()).toEqual(expected);
    });
  });
});
