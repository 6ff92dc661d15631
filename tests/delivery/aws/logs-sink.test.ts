import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogsSink } from '../../../src/delivery/aws/logs.ts';
import { failureOf } from '../../../src/delivery/failures.ts';
import { EventsRefused, NoSuchLogGroup } from '../../../src/standins/storage/log-storage.ts';
import type { LogSink, StreamEvents } from '../../../src/standins/storage/log-storage.ts';
import { DAY, type LogsStore, openLogsStore, streamEvents } from './logs-store.ts';
import { type JsonFault, type JsonRequest, Refusal } from './logs-support.ts';

const GROUP = { account: '123456789012', region: 'eu-central-1', name: 'flow' };
const NOW = Date.UTC(2026, 0, 2);

let store: LogsStore;
let sink: LogSink;

beforeEach(async () => {
  store = await openLogsStore(NOW);
  sink = createLogsSink(store.server.clients);
});
afterEach(() => store.server.close());

/** The same message each: so many events. */
function many(stream: string, count: number, time = NOW): StreamEvents {
  return streamEvents(
    stream,
    Array.from({ length: count }, (_, i): [number, string] => [time + i, `${stream} ${i}`]),
  );
}

function append(batch: string, events: readonly StreamEvents[], options = {}): ReturnType<LogSink['append']> {
  return sink.append(GROUP, batch, events, NOW, undefined, options);
}

/** What a call that fails throws. */
async function thrown(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('did not fail');
    },
    (error: unknown) => error as Error,
  );
}

/** A fault for the n-th, n-th and so on request of an operation. */
function faultAt(operation: string, numbers: readonly number[], fault: JsonFault): void {
  let seen = 0;
  store.server.fault = (request: JsonRequest) =>
    request.operation === operation && numbers.includes(seen++) ? fault : undefined;
}

function putsOf(stream: string): number {
  return store.calls().filter((call) => call === `PutLogEvents ${stream}`).length;
}

describe('an append', () => {
  test('makes the group once and each stream, and puts in the order of time', async () => {
    const streams = Array.from({ length: 20 }, (_, i) => `eni-${i}-all`);
    const given = streams.map((stream) =>
      streamEvents(stream, [
        [NOW + 2, 'c'],
        [NOW, 'a'],
        [NOW + 2, 'd'],
        [NOW + 1, 'ü“\u{1f30d}'],
      ]),
    );
    expect(await append('one', given)).toEqual([]);
    expect(store.calls().filter((call) => call === 'CreateLogGroup')).toHaveLength(1);
    for (const stream of streams) {
      expect(store.messages('flow', stream)).toEqual(['a', 'ü“\u{1f30d}', 'c', 'd']);
    }
    await append('two', [many('eni-3-all', 2)]);
    expect(store.messages('flow', 'eni-3-all').slice(4)).toEqual(['eni-3-all 0', 'eni-3-all 1']);
    expect(putsOf('eni-3-all')).toBe(3);
  });

  test('of many streams has some requests under way, no more than it may; one for each stream', async () => {
    store.groups.set('flow', new Map(Array.from({ length: 30 }, (_, i) => [`s${i}`, []])));
    const given = Array.from({ length: 30 }, (_, i) => many(`s${i}`, 10_001));
    sink = createLogsSink(store.server.clients, { concurrency: 3 });
    await append('one', given);
    // How many meet is the machine's to say.
    expect(store.server.most).toBeGreaterThan(1);
    expect(store.server.most).toBeLessThanOrEqual(3);
    for (let i = 0; i < 30; i++) {
      expect(store.messages('flow', `s${i}`)).toEqual(
        Array.from({ length: 10_001 }, (_, number) => `s${i} ${number}`),
      );
    }
  });

  test('that was acknowledged is not sent again, nor is it under the name of another group', async () => {
    await append('one', [many('a', 3)]);
    await append('one', [many('a', 3)]);
    expect(store.messages('flow', 'a')).toHaveLength(3);
    await sink.append({ ...GROUP, name: 'other' }, 'one', [many('a', 3)], NOW);
    expect(store.messages('other', 'a')).toHaveLength(3);
  });

  test('under the id of one with other events is sent', async () => {
    await append('one', [many('a', 3)]);
    await append('one', [many('a', 4)]);
    expect(store.messages('flow', 'a')).toHaveLength(7);
  });
});

describe('a retry', () => {
  test('goes on behind what was acknowledged', async () => {
    faultAt('PutLogEvents', [3], new Refusal('AccessDeniedException'));
    const given = [many('a', 45_000)];
    expect((await thrown(append('one', given))).name).toBe('AccessDeniedException');
    // The first was for nothing: the stream was missing.
    expect(store.messages('flow', 'a')).toHaveLength(20_000);
    await append('one', given);
    expect(store.messages('flow', 'a')).toEqual(Array.from({ length: 45_000 }, (_, number) => `a ${number}`));
    expect(putsOf('a')).toBe(1 + 2 + 1 + 3);
  });

  test('doubles only what an answer was lost of', async () => {
    store.groups.set('flow', new Map([['a', []]]));
    faultAt('PutLogEvents', [1], 'lose');
    // One accident does not end the attempt.
    await append('one', [many('a', 30_000)]);
    const expected = Array.from({ length: 30_000 }, (_, number) => `a ${number}`);
    expect(store.messages('flow', 'a')).toEqual([...expected.slice(0, 20_000), ...expected.slice(10_000)]);
  });

  test('of hundreds of requests goes on through an accident at every tenth', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `s${i}`);
    store.groups.set('flow', new Map(names.map((name) => [name, []])));
    const broken = new Refusal('InternalFailure', { status: 500 });
    let number = 0;
    store.server.fault = () => (number++ % 10 === 9 ? (number % 20 === 0 ? broken : 'lose') : undefined);
    await append(
      'one',
      names.map((name) => many(name, 1)),
    );
    for (const name of names) expect(new Set(store.messages('flow', name))).toEqual(new Set([`${name} 0`]));
  });

  test('sends the streams that failed, and those behind them', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `s${i}`);
    store.groups.set('flow', new Map(names.map((name) => [name, []])));
    store.server.fault = ({ input }) =>
      input['logStreamName'] === 's5' ? new Refusal('InternalFailure', { status: 500 }) : undefined;
    sink = createLogsSink(store.server.clients, { concurrency: 2 });
    const given = names.map((name) => many(name, 1));
    await thrown(append('one', given));
    store.server.fault = () => undefined;
    await append('one', given);
    for (const name of names) expect(store.messages('flow', name)).toEqual([`${name} 0`]);
  });

  test('takes over from an attempt that hangs', async () => {
    store.groups.set('flow', new Map([['a', []]]));
    faultAt('PutLogEvents', [1], 'hang');
    const given = [many('a', 30_000)];
    const first = thrown(append('one', given));
    while (store.server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await append('one', given);
    expect((await first).message).toBe('another attempt has begun');
    expect(store.messages('flow', 'a')).toHaveLength(30_000);
  });

  test('comes after an attempt that was ended by its signal', async () => {
    store.groups.set('flow', new Map([['a', []]]));
    faultAt('PutLogEvents', [1], 'hang');
    const controller = new AbortController();
    const given = [many('a', 30_000)];
    const first = thrown(append('one', given, { signal: controller.signal }));
    while (store.server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort(new Error('time is up'));
    expect((await first).message).toBe('time is up');
    await append('one', given);
    expect(store.messages('flow', 'a')).toHaveLength(30_000);
  });
});

describe('throttling', () => {
  test('that passes is waited for', async () => {
    faultAt('PutLogEvents', [0, 1, 2], new Refusal('ThrottlingException'));
    await append('one', [many('a', 3)]);
    expect(store.messages('flow', 'a')).toHaveLength(3);
  });

  test('of streams that are made is waited for, too', async () => {
    faultAt('CreateLogStream', [2, 3, 5, 8], new Refusal('ThrottlingException', { status: 429 }));
    await append(
      'one',
      Array.from({ length: 10 }, (_, i) => many(`s${i}`, 1)),
    );
    expect(store.groups.get('flow')?.size).toBe(10);
  });

  test.each([
    new Refusal('ThrottlingException'),
    new Refusal('TooManyRequestsException', { status: 429 }),
    new Refusal('LimitExceededException'),
  ])('that stays is told as Rate limited: $name', async (refusal) => {
    store.server.fault = ({ operation }) => (operation === 'PutLogEvents' ? refusal : undefined);
    const error = await thrown(append('one', [many('a', 3)]));
    expect(failureOf(error).message).toBe('Rate limited');
    expect(store.server.requests.length).toBe(5);
  });

  test('is not what a service says that cannot complete requests: those are sent again all the same', async () => {
    store.server.fault = () => new Refusal('ServiceUnavailableException', { status: 500 });
    const failure = failureOf(await thrown(append('one', [many('a', 3)])));
    expect(failure.message).toBe('Unknown error');
    expect(failure.reason).toMatch(/^ServiceUnavailableException \(HTTP 500.*made for a test/);
    expect(store.server.requests.length).toBe(5);
    expect(failureOf(await thrown(sink.group(GROUP))).message).toBe('Unknown error');
  });

  test('with a long Retry-After is not waited for', async () => {
    store.server.fault = () => new Refusal('ThrottlingException', { headers: { 'retry-after': '30' } });
    expect(failureOf(await thrown(append('one', [many('a', 3)]))).message).toBe('Rate limited');
    expect(store.server.requests.length).toBe(1);
  });
});

describe('groups', () => {
  test('that are missing are not made where they may not be; streams are', async () => {
    const error = await thrown(append('one', [many('a', 1)], { create: false }));
    expect(error).toBeInstanceOf(NoSuchLogGroup);
    expect(store.groups.size).toBe(0);
    store.groups.set('flow', new Map());
    await append('one', [many('a', 1)], { create: false });
    expect(store.messages('flow', 'a')).toEqual(['a 0']);
  });

  test('that others make at the same time are no failure', async () => {
    store.server.fault = ({ operation, input }) => {
      // Another is always a moment faster.
      const streams = store.groups.get('flow');
      if (operation === 'CreateLogGroup' && streams === undefined) store.groups.set('flow', new Map());
      if (operation === 'CreateLogStream') streams?.set(input['logStreamName'] as string, []);
      return undefined;
    };
    await append('one', [many('a', 2)]);
    expect(store.messages('flow', 'a')).toEqual(['a 0', 'a 1']);
  });

  test('that may not be made are an access error', async () => {
    faultAt('CreateLogGroup', [0], new Refusal('AccessDeniedException'));
    expect(failureOf(await thrown(append('one', [many('a', 1)]))).message).toBe('Access error');
  });

  test('whose streams are known only after a moment are waited for', async () => {
    store.groups.set('flow', new Map([['a', []]]));
    faultAt('PutLogEvents', [0, 1, 2], new Refusal('ResourceNotFoundException'));
    await append('one', [many('a', 1)]);
    expect(store.messages('flow', 'a')).toEqual(['a 0']);
    faultAt('PutLogEvents', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], new Refusal('ResourceNotFoundException'));
    expect((await thrown(append('two', [many('a', 1)]))).name).toBe('ResourceNotFoundException');
  });
});

describe('events that are refused', () => {
  const mixed = (): StreamEvents[] => [
    streamEvents('a', [
      [NOW, 'good'],
      [NOW - 15 * DAY, 'old'],
      [NOW + DAY / 2, 'new'],
      [NOW - 15 * DAY + 1, 'old'],
    ]),
    streamEvents('b', [
      [NOW, ''],
      [NOW, 'good'],
    ]),
  ];
  const refused = [
    { stream: 'b', events: Uint32Array.of(0), reason: 'no event' },
    { stream: 'a', events: Uint32Array.of(1, 3), reason: 'too old' },
    { stream: 'a', events: Uint32Array.of(2), reason: 'too new' },
  ];

  test.each([false, true])(
    'are told, the others taken (indices of the last of a kind: %s)',
    async (inexact) => {
      store.inexact = inexact;
      expect(await append('one', mixed())).toEqual(refused);
      expect(store.messages('flow', 'a')).toEqual(['good']);
      expect(store.messages('flow', 'b')).toEqual(['good']);
      // A retry tells the same and sends nothing.
      const before = store.server.requests.length;
      expect(await append('one', mixed())).toEqual(refused);
      expect(store.server.requests.length).toBe(before);
    },
  );

  test('before an attempt failed are told when a later one is done', async () => {
    faultAt('PutLogEvents', [2], new Refusal('AccessDeniedException'));
    sink = createLogsSink(store.server.clients, { concurrency: 1 });
    await thrown(append('one', mixed()));
    expect(await append('one', mixed())).toEqual(refused);
    expect(store.messages('flow', 'a')).toEqual(['good']);
  });

  test('all of them are an error that says why, once and for all', async () => {
    const given = [many('a', 12_000, NOW - 20 * DAY)];
    const error = await thrown(append('one', given));
    expect(error).toBeInstanceOf(EventsRefused);
    expect(error.message).toBe('log group flow takes none of 12000 events: older than 14 days');
    expect((error as EventsRefused).refused.map(({ events }) => events.length)).toEqual([10_000, 2000]);
    const before = store.server.requests.length;
    expect(await thrown(append('one', given))).toBeInstanceOf(EventsRefused);
    expect(store.server.requests.length).toBe(before);
  });
});

describe('stores of before 2023', () => {
  test('are given the sequence token that they ask for', async () => {
    store.tokens = true;
    await append('one', [many('a', 25_000)]);
    await append('two', [many('a', 1)]);
    expect(store.messages('flow', 'a')).toHaveLength(25_001);
  });

  test('that say that a batch is there already are believed', async () => {
    store.groups.set('flow', new Map([['a', []]]));
    faultAt('PutLogEvents', [1], new Refusal('DataAlreadyAcceptedException'));
    await append('one', [many('a', 30_000)]);
    expect(store.messages('flow', 'a')).toHaveLength(20_000);
  });

  test('are not asked for ever', async () => {
    const members = { expectedSequenceToken: 'never right' };
    store.groups.set('flow', new Map([['a', []]]));
    store.server.fault = () => new Refusal('InvalidSequenceTokenException', { members });
    expect((await thrown(append('one', [many('a', 1)]))).name).toBe('InvalidSequenceTokenException');
    expect(store.server.requests.length).toBe(2);
  });
});
