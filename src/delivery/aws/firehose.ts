/** Firehose as a stream sink: Amazon's, or another that speaks its protocol. */
import type * as Sdk from '@aws-sdk/client-firehose';
import type { Caller } from '../../standins/storage/caller.ts';
import { NoSuchStream } from '../../standins/storage/stream-storage.ts';
import type { StreamName, StreamRecords, StreamSink } from '../../standins/storage/stream-storage.ts';
import type { AwsClients } from './clients.ts';
import { recordAt, RECORD_BYTES, requestLength } from './firehose-batches.ts';
import { attemptSignal, ProgressBook } from './progress.ts';
import type { Progress } from './progress.ts';
import { errorCode } from './errors.ts';
import { untilAborted } from './until-aborted.ts';
import { patiently, waitFor } from './throttling.ts';

const MISSING = 'ResourceNotFoundException';

/** Records failed, again and again. It is told like a request that was refused with the code of the first of them. */
class RecordsFailed extends Error {
  readonly $metadata: object;

  constructor(code: string, message: string, $metadata: object) {
    super(message);
    this.name = code;
    this.$metadata = $metadata;
  }
}

interface PutProgress extends Progress {
  /** By record: 1 where it is taken. */
  readonly taken: Uint8Array;
}

interface FirehoseWay {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.FirehoseClient;
  readonly stream: StreamName;
  readonly signal: AbortSignal;
}

/** Records that were taken are remembered by the put's id: a retry sends the others. */
export function createFirehoseSink(clients: Pick<AwsClients, 'firehose'>): StreamSink {
  const book = new ProgressBook<PutProgress>();
  const wayTo = async (stream: StreamName, as?: Caller): Promise<Omit<FirehoseWay, 'signal'>> => ({
    sdk: await import('@aws-sdk/client-firehose'),
    client: await clients.firehose({ ...as, account: as?.account ?? stream.account, region: stream.region }),
    stream,
  });
  return {
    overNetwork: true,
    async put(stream, batch, records, _, as, { signal } = {}) {
      const { account, region, name } = stream;
      const count = records.ends.length;
      const progress = book.begin(
        JSON.stringify([account, region, name, batch]),
        ({ taken }) => taken.length === count,
        () => ({ taken: new Uint8Array(count), weight: 200 + count, controller: new AbortController() }),
      );
      const attempt = attemptSignal(progress, signal);
      const way = await untilAborted(wayTo(stream, as), attempt);
      try {
        await putAll({ ...way, signal: attempt }, records, progress.taken);
      } catch (error) {
        throw errorCode(error) === MISSING ? new NoSuchStream(stream) : error;
      }
    },

    async stream(stream, as, signal = new AbortController().signal) {
      const { sdk, client } = await untilAborted(wayTo(stream, as), signal);
      const command = new sdk.DescribeDeliveryStreamCommand({ DeliveryStreamName: stream.name });
      try {
        const answer = await untilAborted(client.send(command, { abortSignal: signal }), signal);
        return answer.DeliveryStreamDescription;
      } catch (error) {
        if (errorCode(error) === MISSING) return undefined;
        throw error;
      }
    },
  };
}

/** Puts what is not taken, in order: nothing overtakes a record of a request before that failed. */
async function putAll(way: FirehoseWay, records: StreamRecords, taken: Uint8Array): Promise<void> {
  let left = Array.from(taken.keys()).filter((number) => taken[number] === 0);
  while (left.length > 0) {
    const length = requestLength(records, left);
    if (length === 0) {
      const { length: bytes } = recordAt(records, left[0]!);
      throw new Error(
        `stream ${way.stream.name}: a record has ${bytes} bytes, and Firehose takes at most ${RECORD_BYTES}`,
      );
    }
    await putRequest(way, records, left.slice(0, length), taken);
    left = left.slice(length);
  }
}

/** Puts records of one request until all of them are taken: those that failed, again. */
async function putRequest(
  way: FirehoseWay,
  records: StreamRecords,
  numbers: readonly number[],
  taken: Uint8Array,
): Promise<void> {
  const { sdk, client, stream, signal } = way;
  let left = numbers;
  for (let tries = 1; ; tries++) {
    const command = new sdk.PutRecordBatchCommand({
      DeliveryStreamName: stream.name,
      Records: left.map((number) => ({ Data: recordAt(records, number) })),
    });
    const {
      FailedPutCount,
      RequestResponses: answers = [],
      $metadata,
    } = await patiently(() => client.send(command, { abortSignal: signal }), signal);
    // Answers stand in the order of the records.
    const failed = FailedPutCount === 0 ? [] : left.filter((_, i) => answers[i]?.RecordId === undefined);
    const again = new Set(failed);
    for (const number of left) if (!again.has(number)) taken[number] = 1;
    if (failed.length === 0) return;
    // As long as some are taken it goes on.
    if (failed.length < left.length) tries = 1;
    const first = answers.find((it) => it.RecordId === undefined);
    const text = `${failed.length} of ${left.length} records failed: ${first?.ErrorMessage ?? 'no reason given'}`;
    await waitFor(new RecordsFailed(first?.ErrorCode ?? 'InternalFailure', text, $metadata), tries, signal);
    left = failed;
  }
}
