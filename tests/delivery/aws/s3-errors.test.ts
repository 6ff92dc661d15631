/** What errors of the SDK, of networks and of stores mean to clients and operators. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RoleNotMapped } from '../../../src/delivery/aws/roles.ts';
import { awsFailure } from '../../../src/delivery/aws/errors.ts';
import { AttemptTimeout, failureOf } from '../../../src/delivery/failures.ts';
import { NoSuchStream } from '../../../src/standins/storage/stream-storage.ts';

function refusal(name: string, httpStatusCode: number, message = 'no', more: object = {}): Error {
  const $metadata = { httpStatusCode, requestId: 'R-1' };
  return Object.assign(new Error(message), { name, $fault: 'client', $metadata, ...more });
}

function unanswered(message: string, more: object): Error {
  return Object.assign(new Error(message), { $metadata: { attempts: 1 }, ...more });
}

describe('the service’s three messages', () => {
  test.each([
    ['AccessDenied', 403, 'Access error'],
    ['AccessDeniedException', 400, 'Access error'],
    ['NoSuchBucket', 404, 'Access error'],
    ['ResourceNotFoundException', 400, 'Access error'],
    ['InvalidAccessKeyId', 403, 'Access error'],
    ['UnrecognizedClientException', 400, 'Access error'],
    ['ExpiredToken', 400, 'Access error'],
    ['SignatureDoesNotMatch', 403, 'Access error'],
    ['InvalidSignatureException', 400, 'Access error'],
    ['RequestTimeTooSkewed', 403, 'Access error'],
    ['KMS.DisabledException', 400, 'Access error'],
    ['SomethingNew', 403, 'Access error'],
    ['SomethingNew', 401, 'Access error'],
    ['SlowDown', 503, 'Rate limited'],
    ['ThrottlingException', 400, 'Rate limited'],
    ['Throttling', 400, 'Rate limited'],
    ['ServiceUnavailableException', 500, 'Rate limited'],
    ['TooManyRequestsException', 429, 'Rate limited'],
    ['SomethingNew', 429, 'Rate limited'],
    ['com.amazonaws.firehose#ServiceUnavailableException', 503, 'Rate limited'],
    ['ThrottlingException:http://internal.amazon.com/', 400, 'Rate limited'],
    ['InternalError', 500, 'Unknown error'],
    ['PermanentRedirect', 301, 'Unknown error'],
    ['PreconditionFailed', 412, 'Unknown error'],
    ['InvalidArgument', 400, 'Unknown error'],
    ['SomethingNew', 503, 'Unknown error'],
    ['NotFound', 404, 'Unknown error'],
  ])('%s (%i): %s', (name, status, message) => {
    expect(failureOf(refusal(name, status))).toMatchObject({ state: 'failing', message });
  });

  test('an error that the SDK knows for throttling is Rate limited, whatever its name', () => {
    const error = refusal('Odd', 400, 'slowly', { $retryable: { throttling: true } });
    expect(failureOf(error).message).toBe('Rate limited');
  });

  test('what is not of the SDK is none of its business', () => {
    expect(awsFailure(new Error('x'))).toBeUndefined();
    expect(awsFailure(undefined)).toBeUndefined();
    expect(awsFailure('text')).toBeUndefined();
    expect(failureOf(Object.assign(new Error('EACCES: no'), { code: 'EACCES' })).message).toBe(
      'Access error',
    );
    expect(failureOf(new AttemptTimeout(5)).reason).toBe('no answer within 5 ms');
    expect(failureOf(new NoSuchStream({ account: '1', region: 'r', name: 'n' })).message).toBe(
      'Access error',
    );
    expect(failureOf(new RoleNotMapped('arn:aws:iam::1:role/r'))).toMatchObject({
      message: 'Access error',
      reason: expect.stringContaining('arn:aws:iam::1:role/r'),
    });
  });
});

describe('reasons', () => {
  test('say code, status, request and what to do', () => {
    expect(failureOf(refusal('NoSuchBucket', 404, 'The specified bucket does not exist.')).reason).toBe(
      'NoSuchBucket (HTTP 404, request R-1): The specified bucket does not exist: create the bucket',
    );
    expect(failureOf(refusal('Unknown', 500, 'UnknownError')).reason).toBe('HTTP 500, request R-1');
  });

  test.each([
    [
      'connect ECONNREFUSED 10.0.0.1:9000',
      { code: 'ECONNREFUSED', syscall: 'connect' },
      /nothing listens there/,
    ],
    ['connect EACCES 10.0.0.1:9000', { code: 'EACCES', syscall: 'connect' }, /^connect EACCES/],
    [
      'getaddrinfo ENOTFOUND b.minio',
      { code: 'ENOTFOUND' },
      /b\.minio: there is no host of this name.*pathStyle/,
    ],
    [
      'socket hang up',
      { code: 'ECONNRESET', name: 'TimeoutError' },
      /^ECONNRESET: socket hang up: .*before an answer/,
    ],
    ['self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, /NODE_EXTRA_CA_CERTS/],
    ['unable to get local issuer', { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }, /NODE_EXTRA_CA_CERTS/],
    ['not in altnames', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, /NODE_EXTRA_CA_CERTS/],
    ['Parse Error: Expected HTTP/', { code: 'HPE_INVALID_CONSTANT' }, /does not speak HTTP/],
    ['the request socket timed out', { name: 'TimeoutError' }, /no answer came in time/],
  ])('of networks: %s', (message, more, reason) => {
    expect(failureOf(unanswered(message, more))).toMatchObject({
      message: 'Unknown error',
      reason: expect.stringMatching(reason),
    });
  });

  test('of a host with several addresses none of which answers', () => {
    const each = Object.assign(new Error('connect ECONNREFUSED ::1:9000'), { code: 'ECONNREFUSED' });
    const all = Object.assign(new AggregateError([each, each], ''), { code: 'ECONNREFUSED', $metadata: {} });
    expect(failureOf(all).reason).toMatch(/^connect ECONNREFUSED ::1:9000: nothing listens there/);
  });

  test('hold nothing that signs requests', () => {
    const secrets = [
      "The Canonical String for this request should have been 'POST\nx-amz-security-token:FQoGZXIvYXdz//SECRET=='",
      'refused http://user:SECRET@store:9000/?X-Amz-Signature=SECRET&X-Amz-Security-Token=SECRET',
      'authorization: AWS4-HMAC-SHA256 SECRET, "sessionToken": "SECRET", secretAccessKey=SECRET',
      'the key ASIASECRETSECRETSECR is not known',
    ];
    for (const text of secrets) expect(failureOf(refusal('X', 400, text)).reason).not.toMatch(/SECRET/);
  });

  test('are one bounded line, for whatever is thrown', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3000 }),
      fc.constant(`x${'\u001B[2J\n'.repeat(500)}`),
    );
    const anything = fc.oneof(fc.anything(), text);
    const code = fc.oneof(
      anything,
      fc.constantFrom(
        'AccessDenied',
        'SlowDown',
        'NoSuchBucket',
        'TimeoutError',
        'ECONNRESET',
        'CredentialsProviderError',
      ),
    );
    const thrown = fc.record(
      {
        name: code,
        message: anything,
        code,
        $fault: anything,
        $retryable: fc.option(fc.record({ throttling: anything }, { requiredKeys: [] }), { nil: undefined }),
        $metadata: fc.record(
          { httpStatusCode: fc.oneof(fc.integer({ min: 100, max: 599 }), anything), requestId: anything },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(thrown, fc.anything()), (error) => {
        const failure = awsFailure(error);
        if (failure === undefined) return;
        expect(['Access error', 'Rate limited', 'Unknown error']).toContain(failure.message);
        expect(failure.reason.length).toBeLessThan(1200);
        expect(failure.reason).toMatch(/\S$/);
        expect(failure.reason).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202E]/u);
        const { httpStatusCode } = (error as { $metadata?: { httpStatusCode?: unknown } }).$metadata ?? {};
        const isCredentials = failure.reason.startsWith('no credentials');
        const said = typeof httpStatusCode === 'number' && !isCredentials ? `HTTP ${httpStatusCode}` : '';
        expect(failure.reason).toContain(said);
        expect(isCredentials && failure.message !== 'Access error').toBe(false);
      }),
      { interruptAfterTimeLimit: 2000, numRuns: 100_000 },
    );
  });
});
