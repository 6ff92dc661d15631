import { ServiceError } from '../base/service-error.ts';
import type { SignedService } from './signing-rules.ts';
import { OWN_SIGNING_ERRORS } from './own-errors.ts';

/** Why a request is refused before it is looked at. */
export type SigningFault =
  | 'no credentials'
  | 'malformed'
  | 'wrong scope'
  | 'host not signed'
  | 'headers not signed'
  | 'session token'
  | 'unknown key'
  | 'outside its time'
  | 'presign bounds'
  | 'body differs'
  | 'signature differs';

/** How one service words a refusal, and where that is known from. `detail` stands where the service explains
 * itself; EC2 mostly does not. */
export interface Wording {
  readonly code: string;
  readonly status: number;
  readonly text: string | ((detail: string) => string);
  readonly source: 'observed' | 'documented' | 'inferred' | 'own';
}

const AS_DETAILED = (detail: string): string => detail;
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret ' +
  'Access Key and signing method. Consult the service documentation for details.';

const EC2_INVALID = {
  code: 'AuthFailure',
  status: 401,
  text: 'AWS was not able to validate the provided access credentials',
} as const;
const EC2_MALFORMED = {
  code: 'AuthFailure',
  status: 401,
  text: 'Authorization header or parameters are not formatted correctly.',
} as const;

/** STS, and SQS, whose errors in both of its protocols have the same codes. */
const OF_QUERY_SERVICES: Readonly<Record<SigningFault, Wording>> = {
  'no credentials': {
    code: 'MissingAuthenticationToken',
    status: 403,
    text: 'Request is missing Authentication Token',
    source: 'observed',
  },
  malformed: { code: 'IncompleteSignature', status: 400, text: AS_DETAILED, source: 'observed' },
  'wrong scope': { code: 'SignatureDoesNotMatch', status: 403, text: AS_DETAILED, source: 'observed' },
  'host not signed': {
    code: 'SignatureDoesNotMatch',
    status: 403,
    text: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    source: 'observed',
  },
  'headers not signed': {
    code: 'SignatureDoesNotMatch',
    status: 403,
    text: AS_DETAILED,
    source: 'inferred',
  },
  'session token': {
    code: 'InvalidClientTokenId',
    status: 403,
    text: 'The security token included in the request is invalid.',
    source: 'inferred',
  },
  'unknown key': {
    code: 'InvalidClientTokenId',
    status: 403,
    text: 'The security token included in the request is invalid.',
    source: 'observed',
  },
  'outside its time': { code: 'SignatureDoesNotMatch', status: 403, text: AS_DETAILED, source: 'observed' },
  'presign bounds': { code: 'IncompleteSignature', status: 400, text: AS_DETAILED, source: 'inferred' },
  'body differs': { code: 'SignatureDoesNotMatch', status: 403, text: MISMATCH, source: 'inferred' },
  'signature differs': { code: 'SignatureDoesNotMatch', status: 403, text: MISMATCH, source: 'observed' },
};

/** The services that speak JSON 1.1. */
const OF_JSON_SERVICES: Readonly<Record<SigningFault, Wording>> = {
  'no credentials': {
    code: 'MissingAuthenticationTokenException',
    status: 400,
    text: 'Missing Authentication Token',
    source: 'inferred',
  },
  malformed: { code: 'IncompleteSignatureException', status: 400, text: AS_DETAILED, source: 'inferred' },
  'wrong scope': {
    code: 'InvalidSignatureException',
    status: 400,
    text: AS_DETAILED,
    source: 'inferred',
  },
  'host not signed': {
    code: 'InvalidSignatureException',
    status: 400,
    text: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    source: 'inferred',
  },
  'headers not signed': {
    code: 'InvalidSignatureException',
    status: 400,
    text: AS_DETAILED,
    source: 'inferred',
  },
  'session token': {
    code: 'UnrecognizedClientException',
    status: 400,
    text: 'The security token included in the request is invalid.',
    source: 'inferred',
  },
  'unknown key': {
    code: 'UnrecognizedClientException',
    status: 400,
    text: 'The security token included in the request is invalid.',
    source: 'inferred',
  },
  'outside its time': {
    code: 'InvalidSignatureException',
    status: 400,
    text: AS_DETAILED,
    source: 'inferred',
  },
  'presign bounds': {
    code: 'IncompleteSignatureException',
    status: 400,
    text: AS_DETAILED,
    source: 'inferred',
  },
  'body differs': { code: 'InvalidSignatureException', status: 400, text: MISMATCH, source: 'inferred' },
  'signature differs': {
    code: 'InvalidSignatureException',
    status: 400,
    text: MISMATCH,
    source: 'inferred',
  },
};

/**
 * Every refusal of identity/, by service. EC2's texts are from answers of the service in public reports, its
 * RequestExpired from the list of error codes; those of STS from answers in public reports; those
 * of S3 from its list of error responses; those of CloudWatch Logs, Firehose and SQS were checked against no source yet. What no
 * source shows is `inferred`.
 */
export const SIGNING_ERRORS: Readonly<Record<SignedService, Readonly<Record<SigningFault, Wording>>>> = {
  ec2: {
    'no credentials': {
      code: 'MissingParameter',
      status: 400,
      text: 'The request must contain the parameter AWSAccessKeyId',
      source: 'observed',
    },
    malformed: { ...EC2_MALFORMED, source: 'observed' },
    'wrong scope': { ...EC2_INVALID, source: 'inferred' },
    'host not signed': { ...EC2_MALFORMED, source: 'inferred' },
    'headers not signed': { ...EC2_INVALID, source: 'inferred' },
    'session token': { ...EC2_INVALID, source: 'inferred' },
    'unknown key': { ...EC2_INVALID, source: 'observed' },
    'outside its time': {
      code: 'RequestExpired',
      status: 400,
      text: 'Request has expired.',
      source: 'documented',
    },
    'presign bounds': { ...EC2_MALFORMED, source: 'inferred' },
    'body differs': { ...EC2_INVALID, source: 'inferred' },
    'signature differs': { ...EC2_INVALID, source: 'observed' },
  },
  sts: OF_QUERY_SERVICES,
  sqs: OF_QUERY_SERVICES,
  logs: OF_JSON_SERVICES,
  firehose: OF_JSON_SERVICES,
  weir: OWN_SIGNING_ERRORS,
  s3: {
    'no credentials': { code: 'AccessDenied', status: 403, text: 'Access Denied', source: 'documented' },
    malformed: {
      code: 'AuthorizationHeaderMalformed',
      status: 400,
      text: (detail) => `The authorization header is malformed; ${detail}`,
      source: 'documented',
    },
    'wrong scope': {
      code: 'AuthorizationHeaderMalformed',
      status: 400,
      text: (detail) => `The authorization header is malformed; ${detail}`,
      source: 'inferred',
    },
    'host not signed': {
      code: 'AccessDenied',
      status: 403,
      text: 'There were headers present in the request which were not signed: host',
      source: 'inferred',
    },
    'headers not signed': { code: 'AccessDenied', status: 403, text: AS_DETAILED, source: 'observed' },
    'session token': {
      code: 'InvalidToken',
      status: 400,
      text: 'The provided token is malformed or otherwise invalid.',
      source: 'documented',
    },
    'unknown key': {
      code: 'InvalidAccessKeyId',
      status: 403,
      text: 'The AWS Access Key Id you provided does not exist in our records.',
      source: 'documented',
    },
    'outside its time': {
      code: 'RequestTimeTooSkewed',
      status: 403,
      text: 'The difference between the request time and the current time is too large.',
      source: 'documented',
    },
    'presign bounds': {
      code: 'AuthorizationQueryParametersError',
      status: 400,
      text: AS_DETAILED,
      source: 'documented',
    },
    'body differs': {
      code: 'XAmzContentSHA256Mismatch',
      status: 400,
      text: "The provided 'x-amz-content-sha256' header does not match what was computed.",
      source: 'documented',
    },
    'signature differs': {
      code: 'SignatureDoesNotMatch',
      status: 403,
      text: 'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      source: 'documented',
    },
  },
};

/** Longest piece of a request that a text repeats, in characters. */
const LONGEST_DETAIL = 512;

/** The refusal of a service for a fault. `detail` is what is wrong, as STS would say it. */
export function signingError(service: SignedService, fault: SigningFault, detail = ''): ServiceError {
  const { code, status, text } = SIGNING_ERRORS[service][fault];
  const shown = detail.length > LONGEST_DETAIL ? `${detail.slice(0, LONGEST_DETAIL)}…` : detail;
  return new ServiceError(code, typeof text === 'string' ? text : text(shown), status);
}
