import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AwsClients } from '../../../src/delivery/aws/clients.ts';
import {
  BATCH_BYTES,
  BATCH_RECORDS,
  encodedLength,
  RECORD_BYTES,
  recordAt,
  requestLength,
} from '../../../src/delivery/aws/firehose-batches.ts';
import { createFirehoseSink } from '../../../src/delivery/aws/firehose.ts';
import { failureOf } from '../../../src/delivery/failures.ts';
import { NoSuchStream } from '../../../src/standins/storage/stream-storage.ts';
import type { StreamRecords, StreamSink } from '../../../src/standins/storage/stream-storage.ts';
import { type JsonServer, openJsonServer, Refusal } from './logs-support.ts';

const STREAM = { account: '123456789012', region: 'eu-central-1', name: 'flow' };

let server: JsonServer;
let sink: StreamSink;
/** Records as they were taken, and the lengths of requests. */
let taken: string[];
let requests: number[];
/** The code that a record fails with. */
let failing: (record: string) => string | undefined;

beforeEach(async () => {
  taken = [];
  requests = [];
  failing = () => undefined;
  server = await openJsonServer(({ operation, input }) => {
    if (input['DeliveryStreamName'] !== STREAM.name) throw new Refusal('ResourceNotFoundException');
    if (operation === 'DescribeDeliveryStream') {
      return {
        DeliveryStreamDescription: { DeliveryStreamName: STREAM.name, DeliveryStreamStatus: 'ACTIVE' },
      };
    }
    if (operation !== 'PutRecordBatch') throw new Refusal('UnknownOperationException');
    const records = (input['Records'] as { Data: string }[]).map(({ Data }) => Buffer.from(Data, 'base64'));
    requests.push(records.length);
    const size = JSON.stringify(input).length;
    if (records.length > 500 || size > 4 * 1024 ** 2 || records.some(({ length }) => length > 1_024_000)) {
      throw new Refusal('InvalidArgumentException');
    }
    const answers = records.map((record) => {
      const text = record.toString();
      const ErrorCode = failing(text);
      if (ErrorCode !== undefined) return { ErrorCode, ErrorMessage: 'made for a test' };
      taken.push(text);
      return { RecordId: String(taken.length) };
    });
    const FailedPutCount = answers.filter((answer) => 'ErrorCode' in answer).length;
    return { FailedPutCount, RequestResponses: answers };
  });
  sink = createFirehoseSink(server.clients);
});
afterEach(() => server.close());

function records(texts: readonly string[]): StreamRecords {
  const pieces = texts.map((text) => Buffer.from(text));
  let end = 0;
  return { data: Buffer.concat(pieces), ends: Uint32Array.from(pieces, ({ length }) => (end += length)) };
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `{"message":"${i}"}\n`);
}

function put(batch: string, texts: readonly string[], signal?: AbortSignal): Promise<void> {
  return sink.put(STREAM, batch, records(texts), 0, undefined, signal === undefined ? {} : { signal });
}

async function thrown(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('did not fail');
    },
    (error: unknown) => error as Error,
  );
}

describe('requests', () => {
  test('hold any records within every limit, in order, as many as fit', () => {
    const run = fc.record({
      count: fc.integer({ min: 1, max: 1200 }),
      length: fc.oneof(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 900, max: RECORD_BYTES })),
    });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 5 }), (runs) => {
        const lengths = runs.flatMap(({ count, length }) =>
          Array<number>(Math.min(count, Math.ceil(8_000_000 / (length + 1)))).fill(length),
        );
        let end = 0;
        const ends = Uint32Array.from(lengths, (length) => (end += length));
        const all = { data: new Uint8Array(end), ends };
        let left = [...lengths.keys()];
        while (left.length > 0) {
          const length = requestLength(all, left);
          const request = left.slice(0, length).map((number) => recordAt(all, number).length);
          expect(length).toBeGreaterThan(0);
          expect(length).toBeLessThanOrEqual(BATCH_RECORDS);
          expect(request).toEqual(lengths.slice(left[0], left[0]! + length));
          const weight = request.reduce((sum, bytes) => sum + encodedLength(bytes), 0);
          expect(weight).toBeLessThanOrEqual(BATCH_BYTES);
          const next = left[length];
          const isFull = length === BATCH_RECORDS || next === undefined;
          expect(isFull || weight + encodedLength(lengths[next]!) > BATCH_BYTES - 1024).toBe(true);
          left = left.slice(length);
        }
      }),
      { interruptAfterTimeLimit: 3_000, numRuns: 300 },
    );
  });

  test('carry all records, in order, within what the stream takes', async () => {
    await put('one', numbered(1201));
    expect(taken).toEqual(numbered(1201));
    expect(requests).toEqual([500, 500, 201]);
    const large = Array.from({ length: 7 }, (_, i) => String(i).repeat(RECORD_BYTES));
    await put('two', large);
    expect(taken.slice(1201)).toEqual(large);
    expect(requests.slice(3)).toEqual([3, 3, 1]);
  });

  test('never carry a record that is too large: it is told, what stands before it goes', async () => {
    const error = await thrown(put('one', ['a', 'x'.repeat(RECORD_BYTES + 1), 'b']));
    expect(error.message).toBe('stream flow: a record has 1024001 bytes, and Firehose takes at most 1024000');
    expect(taken).toEqual(['a']);
  });
});

describe('records that fail', () => {
  test('are sent again, and no others; what comes behind their request waits', async () => {
    let left = 3;
    failing = (record) =>
      / *"(?:7|8|499)"/.test(record) && left-- > 0 ? 'ServiceUnavailableException' : undefined;
    await put('one', numbered(600));
    const first = numbered(500).filter((_, i) => ![7, 8, 499].includes(i));
    expect(taken).toEqual([
      ...first,
      ...[7, 8, 499].map((i) => numbered(500)[i]),
      ...numbered(600).slice(500),
    ]);
    expect(requests).toEqual([500, 3, 100]);
  });

  test('one by one are waited for as long as some are taken', async () => {
    let requestsBefore = 0;
    failing = () => {
      // The first record of a request is taken.
      if (requestsBefore === requests.length) return 'ServiceUnavailableException';
      requestsBefore = requests.length;
      return undefined;
    };
    await put('one', numbered(12));
    expect(taken).toEqual(numbered(12));
    expect(requests).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test.each([
    ['ServiceUnavailableException', 'Rate limited'],
    ['InternalFailure', 'Unknown error'],
  ])('for ever with %s are told as %s; a retry sends them and what follows', async (code, message) => {
    failing = (record) => (record.includes('"3"') ? code : undefined);
    const failure = failureOf(await thrown(put('one', numbered(600))));
    expect(failure.message).toBe(message);
    expect(failure.reason).toContain('1 of 1 records failed: made for a test');
    failing = () => undefined;
    await put('one', numbered(600));
    expect(taken.toSorted()).toEqual(numbered(600).toSorted());
    expect(requests).toEqual([500, 1, 1, 1, 1, 101]);
    await put('one', numbered(600));
    expect(taken).toHaveLength(600);
  });

  test('without a word about each are all sent again', async () => {
    await server.close();
    let answers = 0;
    server = await openJsonServer(({ input }) => {
      const count = (input['Records'] as unknown[]).length;
      return ++answers === 1
        ? { FailedPutCount: 1, RequestResponses: [] }
        : { FailedPutCount: 0, RequestResponses: Array.from({ length: count }, () => ({ RecordId: 'x' })) };
    });
    sink = createFirehoseSink(server.clients);
    await put('one', numbered(3));
    expect(server.requests.map(({ input }) => (input['Records'] as unknown[]).length)).toEqual([3, 3]);
  });
});

describe('requests that fail', () => {
  test('of a stream that is throttled are waited for, and told when that stays', async () => {
    const refusal = new Refusal('ServiceUnavailableException', { status: 503 });
    server.fault = () => (server.requests.length <= 2 ? refusal : undefined);
    await put('one', numbered(3));
    expect(taken).toEqual(numbered(3));
    server.fault = () => refusal;
    expect(failureOf(await thrown(put('two', numbered(3)))).message).toBe('Rate limited');
  });

  test('after others that were taken: a retry goes on behind those', async () => {
    server.fault = () =>
      server.requests.length === 2 ? new Refusal('InternalFailure', { status: 500 }) : undefined;
    expect(failureOf(await thrown(put('one', numbered(1100)))).message).toBe('Unknown error');
    await put('one', numbered(1100));
    expect(taken).toEqual(numbered(1100));
  });

  test('for a lost answer double what was under way, and no more', async () => {
    server.fault = () => (server.requests.length === 2 ? 'lose' : undefined);
    await thrown(put('one', numbered(1100)));
    await put('one', numbered(1100));
    expect(taken).toEqual([...numbered(1000), ...numbered(1100).slice(500)]);
  });

  test('for a hang end by the signal, or with the next attempt', async () => {
    server.fault = () => (server.requests.length <= 2 ? 'hang' : undefined);
    const controller = new AbortController();
    const first = thrown(put('one', numbered(3), controller.signal));
    while (server.requests.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort(new Error('time is up'));
    expect((await first).message).toBe('time is up');
    const second = thrown(put('one', numbered(3)));
    while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await put('one', numbered(3));
    expect((await second).message).toBe('another attempt has begun');
    expect(taken).toEqual(numbered(3));
  });
});

describe('streams', () => {
  test('are there or not', async () => {
    expect(await sink.stream(STREAM)).toMatchObject({ DeliveryStreamStatus: 'ACTIVE' });
    expect(await sink.stream({ ...STREAM, name: 'other' })).toBeUndefined();
    await expect(sink.put({ ...STREAM, name: 'other' }, 'one', records(['a']), 0)).rejects.toThrow(
      NoSuchStream,
    );
    server.fault = () => new Refusal('AccessDeniedException');
    expect(failureOf(await thrown(sink.stream(STREAM))).message).toBe('Access error');
  });

  test('of another account are reached by both roles, in their own region', async () => {
    const asked: unknown[] = [];
    const one = createFirehoseSink({
      firehose: (as) => {
        asked.push(as);
        return server.clients.firehose(as);
      },
    });
    const roles = { role: 'arn:aws:iam::1:role/a', crossAccountRole: 'arn:aws:iam::2:role/b' };
    const stream = { account: '210987654321', region: 'us-east-1', name: STREAM.name };
    const as = { account: STREAM.account, region: 'eu-central-1', roles };
    // Nothing stands for the roles here.
    expect(failureOf(await thrown(one.put(stream, 'one', records(['a']), 0, as))).message).toBe(
      'Access error',
    );
    expect(asked).toEqual([{ account: STREAM.account, region: 'us-east-1', roles }]);
  });
});

test('the key of a cross-account role signs', async () => {
  const seen: string[] = [];
  const { createServer } = await import('node:http');
  const http = createServer((request, response) => {
    seen.push(
      /Credential=([^/]+)\/\d+\/([^/]+)/
        .exec(request.headers.authorization ?? '')!
        .slice(1)
        .join(' '),
    );
    response.end('{"FailedPutCount":0,"RequestResponses":[]}');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const key = (accessKeyId: string): object => ({ credentials: { accessKeyId, secretAccessKey: 'x' } });
  const clients = new AwsClients({
    endpoint: `http://127.0.0.1:${(http.address() as { port: number }).port}`,
    ...key('OWN'),
    roles: [
      { role: 'arn:aws:iam::1:role/a', ...key('SOURCE') },
      { role: 'arn:aws:iam::2:role/b', ...key('DESTINATION') },
    ],
  });
  const one = createFirehoseSink(clients);
  const as = { account: STREAM.account, region: STREAM.region };
  const roles = { role: 'arn:aws:iam::1:role/a', crossAccountRole: 'arn:aws:iam::2:role/b' };
  await one.put(STREAM, '1', records(['a']), 0, as);
  await one.put(STREAM, '2', records(['a']), 0, { ...as, roles: { role: roles.role } });
  await one.put({ ...STREAM, region: 'us-east-1' }, '3', records(['a']), 0, { ...as, roles });
  expect(seen).toEqual(['OWN eu-central-1', 'SOURCE eu-central-1', 'DESTINATION us-east-1']);
  clients.destroy();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});
