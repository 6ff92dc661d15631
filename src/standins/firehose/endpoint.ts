/** The embedded Firehose: Direct PUT streams to the embedded S3 and to HTTP endpoints. */
import type { Endpoint } from '../../wire/endpoint.ts';
import type { AnsweringOptions } from '../answering.ts';
import { createJsonEndpoint } from '../json-service.ts';
import type { StreamStorage } from '../storage/streams.ts';
import type { FirehoseCall } from './operation.ts';
import * as records from './records.ts';
import { internalFailure } from './refusals.ts';
import * as streams from './streams.ts';

export const FIREHOSE_TARGET = 'Firehose_20150804';
/** A batch of 4 MB in Base64, and its names. */
export const MAX_FIREHOSE_BODY_BYTES = 8 * 1024 * 1024;

export interface FirehoseEndpointOptions extends AnsweringOptions<'firehose'> {
  readonly storage: StreamStorage;
}

export function createFirehoseEndpoint({ storage, ...options }: FirehoseEndpointOptions): Endpoint {
  return createJsonEndpoint<'firehose', FirehoseCall>(options, {
    service: 'firehose',
    target: FIREHOSE_TARGET,
    maxBodyBytes: MAX_FIREHOSE_BODY_BYTES,
    operations: {
      CreateDeliveryStream: streams.createDeliveryStream,
      DescribeDeliveryStream: streams.describeDeliveryStream,
      ListDeliveryStreams: streams.listDeliveryStreams,
      DeleteDeliveryStream: streams.deleteDeliveryStream,
      TagDeliveryStream: streams.tagDeliveryStream,
      UntagDeliveryStream: streams.untagDeliveryStream,
      ListTagsForDeliveryStream: streams.listTagsForDeliveryStream,
      PutRecord: records.putRecord,
      PutRecordBatch: records.putRecordBatch,
    },
    call: (common) => ({ ...common, storage }),
    fault: internalFailure,
  });
}
