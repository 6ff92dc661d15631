/** Codes that services refuse requests with, and what operators can do about them. */

/** Less is wanted. A quota is one, too. */
export const THROTTLED_CODES: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'KMS.ThrottlingException',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'ServiceQuotaExceededException',
  // S3 ("reduce your request rate") and Firehose ("exceeded the throughput limits of the stream"). Not so of CloudWatch
  // Logs: errors.ts, LogsUnavailable.
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'SlowDown',
  'SlowDownRead',
  'SlowDownWrite',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequests',
  'TooManyRequestsException',
]);

/** It may not be done, or what it is to be done to is not there. */
export const REFUSED_CODES: ReadonlySet<string> = new Set([
  'AccessControlListNotSupported',
  'AccessDenied',
  'AccessDeniedException',
  'AccountProblem',
  'AllAccessDisabled',
  'AuthFailure',
  'ExpiredToken',
  'ExpiredTokenException',
  'Forbidden',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidKMSResourceException',
  'InvalidSecurity',
  'InvalidSignatureException',
  'InvalidToken',
  'KMS.DisabledException',
  'KMS.InvalidKeyUsageException',
  'KMS.KMSInvalidStateException',
  'KMS.NotFoundException',
  'KMSAccessDeniedException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'NoSuchBucket',
  'NotSignedUp',
  'OptInRequired',
  'RegionDisabledException',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'ResourceNotFoundException',
  'SignatureDoesNotMatch',
  'UnauthorizedAccess',
  'UnauthorizedOperation',
  'UnrecognizedClientException',
]);

const KEY = "see the destination's profile, credentials or roles";
const EXPIRED = 'session credentials have expired: renew them';
const CLOCK = "set this machine's clock";
const REGION = "set the destination's region";
const KMS = 'the key must be there, enabled, and its policy must allow its use';

export const ADVICE: ReadonlyMap<string, string> = new Map([
  ['AccessDenied', 'allow it to these credentials, in their own policy and in that of the destination'],
  [
    'AccessDeniedException',
    'allow it to these credentials, in their own policy and in that of the destination',
  ],
  ['AccessControlListNotSupported', "switch the destination's acl off"],
  [
    'NotImplemented',
    "the store does not know what is asked for: see the destination's acl, encryption and conditional",
  ],
  ['NoSuchBucket', 'create the bucket'],
  ['ResourceNotFoundException', 'create it'],
  ['InvalidAccessKeyId', `the access key is not known there: ${KEY}`],
  ['InvalidClientTokenId', `the access key is not known there: ${KEY}`],
  ['UnrecognizedClientException', `the access key is not known there: ${KEY}`],
  ['SignatureDoesNotMatch', `the secret key is another, or something on the way changes requests: ${KEY}`],
  [
    'InvalidSignatureException',
    `the secret key is another, or something on the way changes requests: ${KEY}`,
  ],
  ['ExpiredToken', EXPIRED],
  ['ExpiredTokenException', EXPIRED],
  ['InvalidToken', `the session token is not valid: ${KEY}`],
  ['RequestTimeTooSkewed', CLOCK],
  ['RequestExpired', CLOCK],
  ['PermanentRedirect', REGION],
  ['AuthorizationHeaderMalformed', REGION],
  ['IllegalLocationConstraintException', REGION],
  ['KMS.DisabledException', KMS],
  ['KMS.NotFoundException', KMS],
  ['KMS.KMSInvalidStateException', KMS],
  ['KMS.InvalidKeyUsageException', KMS],
  ['KMSAccessDeniedException', KMS],
  ['InvalidKMSResourceException', KMS],
]);

/** For answers that have no code, as those to HEAD: what their status says. */
export const STATUS_ADVICE: ReadonlyMap<number, string> = new Map([
  [429, 'fewer requests are asked for'],
  [503, 'fewer requests are asked for, or it is not available at the moment'],
]);

const ENDPOINT = "see the destination's endpoint";

export const NETWORK_ADVICE: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', `nothing listens there: ${ENDPOINT}`],
  [
    'ENOTFOUND',
    `there is no host of this name: ${ENDPOINT} (and pathStyle: bucket names are host names without)`,
  ],
  ['EAI_AGAIN', 'the name server does not answer'],
  ['EHOSTUNREACH', `no way leads there: ${ENDPOINT}`],
  ['ENETUNREACH', `no way leads there: ${ENDPOINT}`],
  ['ECONNRESET', 'the connection was closed before an answer came'],
  ['EPIPE', 'the connection was closed before an answer came'],
  ['ETIMEDOUT', 'no answer came in time'],
  ['TimeoutError', 'no answer came in time'],
  ['EPROTO', `it does not speak TLS as it is spoken here: ${ENDPOINT} (http or https?)`],
  ['HPE_', `what answers does not speak HTTP: ${ENDPOINT}`],
  ['CERTIFICATE', "its certificate is not trusted here: name the authority's file in NODE_EXTRA_CA_CERTS"],
]);

/** What OpenSSL's checks of a certificate are called by Node. */
export const TLS_CODES =
  /^(?:CERT_|CRL_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA$|INVALID_PURPOSE$|HOSTNAME_MISMATCH$)/;
