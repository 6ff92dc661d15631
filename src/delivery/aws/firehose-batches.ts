/** Firehose records cut into what one PutRecordBatch takes. Pure. */
import type { StreamRecords } from '../../standins/storage/stream-storage.ts';

/** Limits of PutRecordBatch, as its reference page says them. */
export const BATCH_RECORDS = 500;
/** Of a record as it is: 1,000 KiB. */
export const RECORD_BYTES = 1000 * 1024;
/** Of a request. The page does not say whether as it is sent, in base64 and JSON: it is held to be so. */
export const BATCH_BYTES = 4 * 1024 ** 2;

/** What stands around a record's base64 in the request, and around all of them. */
const RECORD_OVERHEAD = '{"Data":""},'.length;
export const REQUEST_OVERHEAD = 512;

/** The record of a number. */
export function recordAt({ data, ends }: StreamRecords, number: number): Uint8Array {
  return data.subarray(number === 0 ? 0 : ends[number - 1], ends[number]);
}

/** What a record of so many bytes weighs in a request. */
export function encodedLength(bytes: number): number {
  return Math.ceil(bytes / 3) * 4 + RECORD_OVERHEAD;
}

/** How many of `numbers`, from the first on, go into one request; 0 only where the first is larger than a record may be. */
export function requestLength(records: StreamRecords, numbers: readonly number[]): number {
  let bytes = REQUEST_OVERHEAD;
  const most = Math.min(numbers.length, BATCH_RECORDS);
  for (let i = 0; i < most; i++) {
    const { length } = recordAt(records, numbers[i]!);
    bytes += encodedLength(length);
    if (length > RECORD_BYTES || bytes > BATCH_BYTES) return i;
  }
  return most;
}
