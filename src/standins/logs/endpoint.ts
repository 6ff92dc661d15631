/** The embedded CloudWatch Logs: what of its API delivered records are read with, and a little more. */
import type { PageTokens } from '../../base/page-token.ts';
import type { Endpoint } from '../../wire/endpoint.ts';
import type { AnsweringOptions } from '../answering.ts';
import { createJsonEndpoint } from '../json-service.ts';
import type { LogStorage } from '../storage/logs.ts';
import * as groups from './groups.ts';
import type { LogsCall } from './operation.ts';
import { putLogEvents } from './put-log-events.ts';
import { filterLogEvents, getLogEvents } from './read-events.ts';
import { unavailable } from './refusals.ts';
import * as streams from './streams.ts';

export const LOGS_TARGET = 'Logs_20140328';
/** A batch of 1 MB, each character escaped, and its names. */
export const MAX_LOGS_BODY_BYTES = 8 * 1024 * 1024;

export interface LogsEndpointOptions extends AnsweringOptions<'logs'> {
  readonly storage: LogStorage;
  readonly pageTokens: PageTokens;
}

export function createLogsEndpoint({
  storage,
  pageTokens: tokens,
  ...options
}: LogsEndpointOptions): Endpoint {
  return createJsonEndpoint<'logs', LogsCall>(options, {
    service: 'logs',
    target: LOGS_TARGET,
    maxBodyBytes: MAX_LOGS_BODY_BYTES,
    operations: {
      CreateLogGroup: groups.createLogGroup,
      DeleteLogGroup: groups.deleteLogGroup,
      DescribeLogGroups: groups.describeLogGroups,
      PutRetentionPolicy: groups.putRetentionPolicy,
      DeleteRetentionPolicy: groups.deleteRetentionPolicy,
      TagResource: groups.tagResource,
      UntagResource: groups.untagResource,
      ListTagsForResource: groups.listTagsForResource,
      ListTagsLogGroup: groups.listTagsLogGroup,
      CreateLogStream: streams.createLogStream,
      DeleteLogStream: streams.deleteLogStream,
      DescribeLogStreams: streams.describeLogStreams,
      PutLogEvents: putLogEvents,
      GetLogEvents: getLogEvents,
      FilterLogEvents: filterLogEvents,
    },
    call: (common) => ({ ...common, storage, tokens }),
    fault: unavailable,
  });
}
