/**
 * Deliveries to HTTP endpoints, by their specification of request and response (Firehose Developer Guide, "HTTP
 * endpoint delivery request and response specifications").
 */
import { gzip as gzipCallback } from 'node:zlib';
import { promisify } from 'node:util';
import { messageOf } from '../../base/errors.ts';
import { post, type PostAnswer } from '../http-post.ts';
import type { StreamName, StreamRecords } from '../storage/stream-storage.ts';
import type { HttpDelivery } from '../storage/streams-config.ts';
import type { DeliveryPlan } from '../storage/streams-plan.ts';

const gzip = promisify(gzipCallback);
const PROTOCOL_VERSION = '1.0';
/** Longest answer that is read, bytes: what the specification lets an endpoint say. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Of an endpoint's error message, characters that are told. */
const SHOWN = 256;

/** Why an endpoint did not take a request. */
export class Refused extends Error {
  /** As Firehose's log has it. */
  readonly code: string;
  /** Trying again is of no use: the request is too large for the endpoint. */
  readonly isFinal: boolean;

  constructor(code: string, message: string, isFinal = false) {
    super(message);
    this.name = 'Refused';
    this.code = code;
    this.isFinal = isFinal;
  }
}

export function streamArn({ region, account, name }: StreamName): string {
  return `arn:aws:firehose:${region}:${account}:deliverystream/${name}`;
}

/** Sends a plan's records; returns how many they were. @throws {Refused} */
export async function postRecords(
  stream: StreamName,
  to: HttpDelivery,
  plan: DeliveryPlan,
  batches: () => Iterable<StreamRecords>,
  signal: AbortSignal,
): Promise<number> {
  const records: { data: string }[] = [];
  for (const record of recordsOf(batches())) records.push({ data: record.toString('base64') });
  const json = JSON.stringify({ requestId: plan.uuid, timestamp: plan.at, records });
  const body = to.gzip ? await gzip(json) : Buffer.from(json);
  const headers = {
    'content-type': 'application/json',
    ...(to.gzip ? { 'content-encoding': 'gzip' } : {}),
    'x-amz-firehose-protocol-version': PROTOCOL_VERSION,
    'x-amz-firehose-request-id': plan.uuid,
    'x-amz-firehose-source-arn': streamArn(stream),
    ...(to.accessKey === undefined ? {} : { 'x-amz-firehose-access-key': to.accessKey }),
    ...(Object.keys(to.attributes).length === 0
      ? {}
      : { 'x-amz-firehose-common-attributes': JSON.stringify({ commonAttributes: to.attributes }) }),
    'user-agent': 'Amazon Kinesis Data Firehose Agent/1.0',
  };
  const posted = { headers, body: Uint8Array.from(body), signal };
  const answer = await post(to.url, posted, MAX_ANSWER_BYTES).catch((error: unknown) => {
    throw new Refused('HttpEndpoint.ConnectionFailed', messageOf(error));
  });
  check(answer, plan.uuid);
  return records.length;
}

/** The records of batches, one by one. */
export function* recordsOf(batches: Iterable<StreamRecords>): Generator<Buffer> {
  for (const { data, ends } of batches) {
    let from = 0;
    for (const end of ends) {
      yield Buffer.from(data.buffer, data.byteOffset + from, end - from);
      from = end;
    }
  }
}

function check({ status, text }: PostAnswer, requestId: string): void {
  let said: { requestId?: unknown; errorMessage?: unknown } = {};
  try {
    said = (JSON.parse(text) ?? {}) as typeof said;
  } catch {
    // It says nothing that can be read: the status, or the missing id, tells.
  }
  if (status !== 200) {
    const why = typeof said.errorMessage === 'string' ? `: ${said.errorMessage.slice(0, SHOWN)}` : '';
    throw new Refused(
      'HttpEndpoint.DestinationException',
      `the endpoint answered with status ${status}${why}`,
      status === 413,
    );
  }
  if (said.requestId !== requestId) {
    throw new Refused(
      'HttpEndpoint.InvalidResponseFromDestination',
      "the endpoint's answer does not repeat the id of the request",
    );
  }
}
