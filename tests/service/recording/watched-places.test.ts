/** Places that are asked over a network: what they answer, how long that may take, and when they are asked again. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Place } from '../../../src/service/recording/places.ts';
import { type Ask, WatchedPlaces } from '../../../src/service/recording/watched-places.ts';

const AS = { account: '123456789012', region: 'eu-central-1' };

function bucket(name: string, folder = ''): Place {
  return { type: 's3', bucket: name, folder };
}

let answer: Ask;
let asked: string[];
let changed: string[];
let wanted: Set<string>;
let places: WatchedPlaces;

beforeEach(() => {
  asked = [];
  changed = [];
  wanted = new Set(['b']);
  answer = async () => true;
  const nameOf = (place: Place): string => (place.type === 's3' ? place.bucket : place.stream);
  places = new WatchedPlaces({
    ask: (place, as, signal) => {
      asked.push(nameOf(place));
      return answer(place, as, signal);
    },
    isWanted: (place) => wanted.has(nameOf(place)),
    onChange: (place) => changed.push(nameOf(place)),
    limitMs: 50,
    againMs: 20,
  });
});
afterEach(() => places.close());

function sdkError(name: string, status: number): Error {
  return Object.assign(new Error(name), { name, $fault: 'client', $metadata: { httpStatusCode: status } });
}

describe('a place', () => {
  test.each<[string, Ask, object]>([
    ['that is there', async () => true, { state: 'ready' }],
    [
      'that is not',
      async () => false,
      { state: 'missing', message: 'Access error', reason: 'bucket b does not exist' },
    ],
    [
      'that may not be looked at',
      () => Promise.reject(sdkError('AccessDenied', 403)),
      { state: 'denied', message: 'Access error' },
    ],
    [
      'that has too much to do',
      () => Promise.reject(sdkError('SlowDown', 503)),
      { state: 'unreached', message: 'Rate limited' },
    ],
    [
      'that cannot be reached',
      () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
      {
        state: 'unreached',
        message: 'Unknown error',
        reason: expect.stringMatching(/^bucket b cannot be looked at: .*ECONNREFUSED/),
      },
    ],
    [
      'that does not answer',
      () => new Promise(() => {}),
      {
        state: 'unreached',
        message: 'Unknown error',
        reason: 'bucket b cannot be looked at: no answer within 50 ms',
      },
    ],
    [
      'whose question ends with its signal',
      (_, __, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('aborted by the SDK'))),
        ),
      { state: 'unreached', reason: 'bucket b cannot be looked at: no answer within 50 ms' },
    ],
  ])('%s', async (_, ask, state) => {
    answer = ask;
    expect(places.known(bucket('b'), AS)).toBeUndefined();
    expect(await places.look(bucket('b'), AS)).toMatchObject(state);
    expect(places.known(bucket('b'), AS)).toMatchObject(state);
  });

  test('is the same in any folder, and another for another caller', async () => {
    await places.look(bucket('b', 'one/'), AS);
    expect(places.known(bucket('b', 'two/'), AS)).toEqual({ state: 'ready' });
    expect(places.known(bucket('b'), { ...AS, account: '210987654321' })).toBeUndefined();
    expect(places.known(bucket('b'), { ...AS, roles: { role: 'r' } })).toBeUndefined();
  });

  test('is asked once for all who want to know at a time', async () => {
    await Promise.all(Array.from({ length: 10 }, () => places.look(bucket('b'), AS)));
    expect(asked).toEqual(['b']);
    await places.look(bucket('b'), AS);
    expect(asked).toEqual(['b', 'b']);
  });
});

test('only so many are asked at a time, and all in the end', async () => {
  let now = 0;
  let most = 0;
  answer = async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 2));
    now--;
    return true;
  };
  const names = Array.from({ length: 23 }, (_, n) => `bucket-${n}`);
  await Promise.all(names.map((name) => places.look(bucket(name), AS)));
  expect(asked.toSorted()).toEqual(names.toSorted());
  expect(most).toBe(4);
});

describe('what is not ready', () => {
  test('is asked again until it is, where a flow log waits for it', async () => {
    let there = false;
    answer = async () => there;
    await places.look(bucket('b'), AS);
    await places.look(bucket('nobody’s'), AS);
    places.start();
    await vi.waitFor(() => expect(asked.filter((name) => name === 'b').length).toBeGreaterThan(2));
    expect(changed).toEqual([]);
    there = true;
    await vi.waitFor(() => expect(changed).toEqual(['b']));
    expect(places.known(bucket('b'), AS)).toEqual({ state: 'ready' });
    const count = asked.length;
    await new Promise((resolve) => setTimeout(resolve, 70));
    expect(asked).toHaveLength(count); // whatever fails from here on is told by who delivers
    expect(asked.filter((name) => name === 'nobody’s')).toHaveLength(1);
  });

  test('and is found otherwise by a client’s question, is told too', async () => {
    answer = async () => false;
    await places.look(bucket('b'), AS);
    answer = async () => true;
    await places.look(bucket('b'), AS);
    expect(changed).toEqual(['b']);
    await places.look(bucket('b'), AS);
    expect(changed).toEqual(['b']);
  });
});
