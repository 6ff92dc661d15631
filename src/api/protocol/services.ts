import {
  ec2ErrorBody,
  ec2ResponseBody,
  queryErrorBody,
  queryResponseBody,
  type WireError,
} from '../../wire/envelopes.ts';
import type { ServiceError } from '../../base/service-error.ts';
import { refusal } from '../errors.ts';
import { EC2_SHAPES, STS_SHAPES } from './shapes.generated.ts';
import { linkOperations, type Operation } from './shapes.ts';

export type ServiceName = 'ec2' | 'sts';

/** A Query service: its version, its operations, and how it words answers. */
export interface ServiceDefinition {
  /** As in the credential scope. */
  readonly name: ServiceName;
  readonly version: string;
  readonly operations: ReadonlyMap<string, Operation>;
  /** The refusals of what the service does not know, in its own words. */
  unknownAction(action: string): ServiceError;
  unknownVersion(action: string, version: string): ServiceError;
  errorBody(error: WireError, requestId: string): string;
  responseBody(action: string, requestId: string, members: string): string;
}

const EC2_NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const STS_VERSION = '2011-06-15';
const STS_NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

export const EC2: ServiceDefinition = {
  name: 'ec2',
  version: '2016-11-15',
  operations: linkOperations(EC2_SHAPES),
  unknownAction: (action) => refusal('invalidAction', { action }),
  unknownVersion: (_, version) => refusal('noSuchVersion', { version, service: 'AmazonEC2' }),
  errorBody: ec2ErrorBody,
  responseBody: (action, requestId, members) => ec2ResponseBody(action, EC2_NAMESPACE, requestId, members),
};

export const STS: ServiceDefinition = {
  name: 'sts',
  version: STS_VERSION,
  operations: linkOperations(STS_SHAPES),
  unknownAction: (action) => refusal('noSuchOperation', { action, version: STS_VERSION }),
  unknownVersion: (action, version) => refusal('noSuchOperation', { action, version }),
  errorBody: (error, requestId) => queryErrorBody(error, requestId, STS_NAMESPACE),
  responseBody: (action, requestId, members) => queryResponseBody(action, STS_NAMESPACE, requestId, members),
};

export const SERVICES: ReadonlyMap<string, ServiceDefinition> = new Map([
  [EC2.name, EC2],
  [STS.name, STS],
]);
