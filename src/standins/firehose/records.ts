/** Operations that put records. */
import { isBase64 } from '../../wire/base64.ts';
import type { JsonMembers } from '../../wire/json-members.ts';
import type { StreamRecords } from '../storage/stream-storage.ts';
import { type Operation, ownStream, STREAM_NAME, VALIDATION } from './operation.ts';
import { FULL, invalid, missing, slowDown } from './refusals.ts';

/** Of one record, before Base64; and of a batch. */
export const MAX_RECORD_BYTES = 1000 * 1024;
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;
export const MAX_RECORDS = 500;
const MAX_DATA = { max: Math.ceil(MAX_RECORD_BYTES / 3) * 4 };
/** Digits of a record's id. */
const ID_DIGITS = 56;

export const putRecord: Operation = (call, members) => {
  const name = members.requiredText('DeliveryStreamName', STREAM_NAME);
  const data = members.requiredStructure('Record').requiredText('Data', MAX_DATA);
  members.check(VALIDATION);
  const records = decoded([data]);
  call.permit();
  const stream = ownStream(call, name);
  const done = call.storage.take(stream, records, call.now);
  if (done === undefined) throw missing(stream);
  if (done.taken === 0) throw slowDown();
  return { RecordId: recordId(done.number, 0), Encrypted: false };
};

/** What there is no room for is refused record by record. */
export const putRecordBatch: Operation = (call, members) => {
  const name = members.requiredText('DeliveryStreamName', STREAM_NAME);
  const given = members
    .requiredStructures('Records', { min: 1, max: MAX_RECORDS })
    .map((record: JsonMembers) => record.requiredText('Data', MAX_DATA));
  members.check(VALIDATION);
  const records = decoded(given);
  if (records.data.length > MAX_BATCH_BYTES) throw invalid('Records size exceeds 4 MB limit');
  call.permit();
  const stream = ownStream(call, name);
  const done = call.storage.take(stream, records, call.now);
  if (done === undefined) throw missing(stream);
  return {
    FailedPutCount: given.length - done.taken,
    Encrypted: false,
    RequestResponses: given.map((_, i) =>
      i < done.taken
        ? { RecordId: recordId(done.number, i) }
        : { ErrorCode: FULL.code, ErrorMessage: FULL.text },
    ),
  };
};

function decoded(given: readonly string[]): StreamRecords {
  const pieces = given.map((data) => {
    if (!isBase64(data)) throw invalid('Data is no Base64.');
    const bytes = Buffer.from(data, 'base64');
    if (bytes.length > MAX_RECORD_BYTES) throw invalid('Record size exceeds 1000 KB limit');
    return bytes;
  });
  let end = 0;
  return { data: Buffer.concat(pieces), ends: Uint32Array.from(pieces, ({ length }) => (end += length)) };
}

function recordId(batch: number, index: number): string {
  return `${batch}${String(index).padStart(3, '0')}`.padStart(ID_DIGITS, '0');
}
