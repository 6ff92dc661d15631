import { describe, expect, test } from 'vitest';
import type { RawRequest } from '../../src/base/raw-request.ts';
import type { ServiceError } from '../../src/base/service-error.ts';
import type { SigningFault } from '../../src/identity/errors.ts';
import { SIGNING_ERRORS, signingError } from '../../src/identity/errors.ts';
import type { SignedService } from '../../src/identity/signing-rules.ts';
import { verifySignature } from '../../src/identity/sigv4.ts';
import { KEY, keysOf, NOW, presigned, recipe, signed } from './signing.ts';

/** The refusal of a request, as a client reads it. */
function refusal(request: RawRequest, service: SignedService): [string, number, string] {
  try {
    verifySignature(request, { service, keys: keysOf(KEY), now: NOW });
  } catch (error) {
    const { code, status, message } = error as ServiceError;
    return [code, status, message];
  }
  throw new RangeError('the request was not refused');
}

/** The same request with another Authorization header (or none, or several). */
function authorization(request: RawRequest, ...values: string[]): RawRequest {
  const headers = request.headers.filter(([name]) => name !== 'Authorization');
  return { ...request, headers: [...headers, ...values.map((value) => ['Authorization', value] as const)] };
}

const EC2_INVALID: [string, number, string] = [
  'AuthFailure',
  401,
  'AWS was not able to validate the provided access credentials',
];
const EC2_MALFORMED: [string, number, string] = [
  'AuthFailure',
  401,
  'Authorization header or parameters are not formatted correctly.',
];
const STS_MISMATCH: [string, number, string] = [
  'SignatureDoesNotMatch',
  403,
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
];
const STS_UNKNOWN: [string, number, string] = [
  'InvalidClientTokenId',
  403,
  'The security token included in the request is invalid.',
];
const incomplete = (text: string): [string, number, string] => ['IncompleteSignature', 400, text];
const mismatch = (text: string): [string, number, string] => ['SignatureDoesNotMatch', 403, text];

/** What follows where the service repeats a header by its hash. */
const HASHED = '(Hashed with SHA-256 and encoded with Base64) Authorization=HASH';

type Make = (service: SignedService) => RawRequest;
const credential = (
  service: string,
  given: { date?: string; region?: string; terminator?: string; key?: string },
) =>
  [
    given.key ?? KEY.id,
    given.date ?? '20260102',
    given.region ?? 'eu-central-1',
    service,
    given.terminator ?? 'aws4_request',
  ].join('/');
const withAuthorization = (change: (value: string) => string): Make => {
  return (service) => {
    const request = signed({ service });
    return authorization(request, change(request.headers.at(-1)![1]));
  };
};
const EXTRA_HEADERS = (name: string, value: string): [string, string][] => [
  ...recipe().headers,
  [name, value],
];

/** [what is wrong, the request, EC2's refusal, STS's refusal] */
const FAILURES: [string, Make, [string, number, string], [string, number, string]][] = [
  [
    'no credentials at all',
    (service) => authorization(signed({ service })),
    ['MissingParameter', 400, 'The request must contain the parameter AWSAccessKeyId'],
    ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
  ],
  [
    'two Authorization headers',
    (service) => {
      const request = signed({ service });
      return authorization(request, request.headers.at(-1)![1], request.headers.at(-1)![1]);
    },
    EC2_MALFORMED,
    incomplete('The request is signed more than once.'),
  ],
  [
    'a header and a presigned query',
    (service) => ({ ...signed({ service }), target: presigned({ service }).target }),
    EC2_MALFORMED,
    incomplete('The request is signed more than once.'),
  ],
  [
    'another scheme',
    (service) => authorization(signed({ service }), 'Bearer abc'),
    EC2_MALFORMED,
    incomplete(
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=HASH",
    ),
  ],
  [
    'another algorithm',
    withAuthorization((value) => value.replace('SHA256', 'SHA1')),
    EC2_MALFORMED,
    incomplete("Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1' (only AWS4-HMAC-SHA256 for now). "),
  ],
  ...['Credential', 'Signature', 'SignedHeaders'].map((name): (typeof FAILURES)[number] => [
    `no ${name}`,
    withAuthorization((value) => value.replace(new RegExp(`${name}=[^,]*,? ?`), '')),
    EC2_MALFORMED,
    incomplete(`Authorization header requires '${name}' parameter. ${HASHED}`),
  ]),
  [
    'a parameter twice',
    withAuthorization((value) => `${value}, Signature=00`),
    EC2_MALFORMED,
    incomplete(`Authorization header has 'Signature' more than once. ${HASHED}`),
  ],
  [
    'a piece without equals sign',
    withAuthorization((value) => value.replace('SignedHeaders=', 'SignedHeaders ')),
    EC2_MALFORMED,
    incomplete(
      "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): 'HASH'.",
    ),
  ],
  [
    'no date',
    (service) => signed({ service, headers: [['Host', 'h']], signedHeaders: ['host'] }),
    EC2_MALFORMED,
    incomplete(
      `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ${HASHED}`,
    ),
  ],
  [
    'two dates',
    (service) => signed({ service, headers: EXTRA_HEADERS('x-amz-date', '20260102T030405Z') }),
    EC2_MALFORMED,
    incomplete("The request has 'x-amz-date' more than once."),
  ],
  ...['2026-01-02T03:04:05Z', '20260231T030405Z', 'yesterday', '20260102T030460Z'].map(
    (date): (typeof FAILURES)[number] => [
      `the date ${date}`,
      (service) => signed({ service, timestamp: date }),
      EC2_MALFORMED,
      incomplete(
        `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
      ),
    ],
  ),
  [
    'a credential of four parts',
    (service) => signed({ service, credential: 'a/b/c/d' }),
    EC2_MALFORMED,
    incomplete(
      "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'",
    ),
  ],
  [
    'a region that cannot be',
    (service) =>
      signed({ service, credential: credential(service, { region: '../x'.replace('/', '') + '_' }) }),
    EC2_INVALID,
    mismatch("Credential should be scoped to a valid region, not '..x_'."),
  ],
  [
    'another service',
    (service) => signed({ service, credential: credential('dynamodb', {}) }),
    EC2_INVALID,
    mismatch("Credential should be scoped to correct service: 'sts'."),
  ],
  [
    'another terminator',
    (service) => signed({ service, credential: credential(service, { terminator: 'aws5_request' }) }),
    EC2_INVALID,
    mismatch("Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."),
  ],
  [
    'another day',
    (service) => signed({ service, credential: credential(service, { date: '20260101' }) }),
    EC2_INVALID,
    mismatch(
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260101' != '20260102', from '20260102T030405Z'.",
    ),
  ],
  [
    'two things wrong in the scope',
    (service) => signed({ service, credential: credential('s4', { terminator: 'x' }) }),
    EC2_INVALID,
    mismatch(
      "Credential should be scoped to correct service: 'sts'. Credential should be scoped with a valid terminator: 'aws4_request', not 'x'.",
    ),
  ],
  [
    'the host not signed',
    (service) => signed({ service, signedHeaders: ['content-type', 'x-amz-date'] }),
    EC2_MALFORMED,
    mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."),
  ],
  [
    'x-amz- headers not signed',
    (service) => signed({ service, headers: EXTRA_HEADERS('X-Amz-Target', 'x'), signedHeaders: ['host'] }),
    EC2_INVALID,
    mismatch('There were headers present in the request which were not signed: x-amz-date, x-amz-target'),
  ],
  [
    'an unknown key',
    (service) => signed({ service, credential: credential(service, { key: 'AKIANOBODY' }) }),
    EC2_INVALID,
    STS_UNKNOWN,
  ],
  [
    'a session token',
    (service) =>
      signed({
        service,
        headers: EXTRA_HEADERS('X-Amz-Security-Token', 'FwoGZXIvYXdzE'),
        signedHeaders: ['host', 'x-amz-date', 'x-amz-security-token'],
      }),
    EC2_INVALID,
    STS_UNKNOWN,
  ],
  [
    'a presigned session token',
    (service) => presigned({ service }, { 'X-Amz-Security-Token': 'FwoGZXIvYXdzE' }),
    EC2_INVALID,
    STS_UNKNOWN,
  ],
  [
    'a time long ago',
    (service) => signed({ service, timestamp: '20260102T024800Z', credential: credential(service, {}) }),
    ['RequestExpired', 400, 'Request has expired.'],
    mismatch(
      'Signature expired: 20260102T024800Z is now earlier than 20260102T024905Z (20260102T030405Z - 15 min.)',
    ),
  ],
  [
    'a time far ahead',
    (service) => signed({ service, timestamp: '20260102T032000Z' }),
    ['RequestExpired', 400, 'Request has expired.'],
    mismatch(
      'Signature not yet current: 20260102T032000Z is still later than 20260102T031905Z (20260102T030405Z + 15 min.)',
    ),
  ],
  ['another secret', (service) => signed({ service, secret: 'another' }), EC2_INVALID, STS_MISMATCH],
  [
    'another body',
    (service) => ({ ...signed({ service }), body: Buffer.from('Action=DeleteFlowLogs') }),
    EC2_INVALID,
    STS_MISMATCH,
  ],
  [
    'a signature that is no hex',
    withAuthorization((value) => value.replace(/Signature=.*/, `Signature=${'z'.repeat(64)}`)),
    EC2_INVALID,
    STS_MISMATCH,
  ],
  [
    'a signature in upper case',
    withAuthorization((value) => value.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase())),
    EC2_INVALID,
    STS_MISMATCH,
  ],
  ['a signature cut short', withAuthorization((value) => value.slice(0, -2)), EC2_INVALID, STS_MISMATCH],
  ...['UNSIGNED-PAYLOAD', '0'.repeat(64), ''].map((declared): (typeof FAILURES)[number] => [
    `x-amz-content-sha256 ${JSON.stringify(declared)}`,
    (service) =>
      signed({
        service,
        headers: EXTRA_HEADERS('X-Amz-Content-SHA256', declared),
        signedHeaders: ['host', 'x-amz-content-sha256', 'x-amz-date'],
      }),
    EC2_INVALID,
    STS_MISMATCH,
  ]),
  ...['Algorithm', 'Credential', 'Signature', 'SignedHeaders', 'Date', 'Expires'].map(
    (name): (typeof FAILURES)[number] => [
      `presigned without X-Amz-${name}`,
      (service) => presigned({ service }, { [`X-Amz-${name}`]: undefined }),
      EC2_MALFORMED,
      incomplete(
        `AWS query-string parameters must include 'X-Amz-${name}'. Re-examine the query-string parameters.`,
      ),
    ],
  ),
  [
    'presigned with a parameter twice',
    (service) => presigned({ service, target: '/?X-Amz-Date=20260102T030405Z' }),
    EC2_MALFORMED,
    incomplete("AWS query-string parameters must have one 'X-Amz-Date'."),
  ],
  [
    'presigned with another algorithm',
    (service) => presigned({ service }, { 'X-Amz-Algorithm': 'AWS4-ECDSA-P256-SHA256' }),
    EC2_MALFORMED,
    incomplete("Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). "),
  ],
  ...(
    [
      [
        '604801',
        'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
      ],
      ['-1', 'X-Amz-Expires must be non-negative'],
      ['0', 'X-Amz-Expires must be non-negative'],
      ['1e3', 'X-Amz-Expires should be a number'],
      ['sixty', 'X-Amz-Expires should be a number'],
    ] as const
  ).map(([value, text]): (typeof FAILURES)[number] => [
    `presigned for ${value} seconds`,
    (service) => presigned({ service }, { 'X-Amz-Expires': value }),
    EC2_MALFORMED,
    incomplete(text),
  ]),
  [
    'presigned too early',
    (service) => presigned({ service, timestamp: '20260102T032000Z' }),
    ['RequestExpired', 400, 'Request has expired.'],
    mismatch(
      'Signature not yet current: 20260102T032000Z is still later than 20260102T031905Z (20260102T030405Z + 15 min.)',
    ),
  ],
  [
    'presigned and expired',
    (service) => presigned({ service, timestamp: '20260102T020000Z' }),
    ['RequestExpired', 400, 'Request has expired.'],
    mismatch(
      'Signature expired: 20260102T020000Z is now earlier than 20260102T030305Z (20260102T030405Z - 60 s.)',
    ),
  ],
  [
    'presigned with another signature',
    (service) => presigned({ service }, { 'X-Amz-Signature': '0'.repeat(64) }),
    EC2_INVALID,
    STS_MISMATCH,
  ],
];

/** The headers of a request to S3 that declares its payload, or does not. */
function s3Headers(payload?: string): [string, string][] {
  const headers: [string, string][] = [
    ['Host', 'h'],
    ['X-Amz-Date', '20260102T030405Z'],
  ];
  if (payload !== undefined) headers.push(['X-Amz-Content-SHA256', payload]);
  return headers;
}

describe('every failure has the code, status and text of the service', () => {
  describe.each(FAILURES)('%s', (_, make, ec2, sts) => {
    test('EC2', () => {
      expect(refusal(make('ec2'), 'ec2')).toEqual(ec2);
    });
    test('STS', () => {
      const [code, status, message] = refusal(make('sts'), 'sts');
      expect([code, status, message.replace(/[A-Za-z0-9+/]{43}=/, 'HASH')]).toEqual(sts);
      expect(message).not.toContain(KEY.secret);
    });
  });

  test('S3 takes only the payload words that are served, and wants one', () => {
    const names = ['host', 'x-amz-content-sha256', 'x-amz-date'];
    const streaming = signed({
      service: 's3',
      headers: s3Headers('STREAMING-AWS4-HMAC-SHA256-PAYLOAD'),
      signedHeaders: names,
    });
    expect(refusal(streaming, 's3').slice(0, 2)).toEqual(['XAmzContentSHA256Mismatch', 400]);
    const none = signed({ service: 's3', headers: s3Headers(), signedHeaders: ['host', 'x-amz-date'] });
    expect(refusal(none, 's3').slice(0, 2)).toEqual(['AuthorizationHeaderMalformed', 400]);
  });
});

describe('the catalogue', () => {
  test('words every fault for every service, with a status of refusals', () => {
    for (const [service, faults] of Object.entries(SIGNING_ERRORS)) {
      for (const [fault, wording] of Object.entries(faults)) {
        const error = signingError(service as SignedService, fault as SigningFault, 'the detail');
        expect([400, 401, 403]).toContain(error.status);
        expect(error.code).toMatch(/^[A-Z][A-Za-z0-9]+$/);
        expect(error.message).not.toBe('');
        expect(['observed', 'documented', 'inferred', 'own']).toContain(wording.source);
      }
    }
  });

  test('repeats no more than a bounded piece of a request', () => {
    expect(signingError('sts', 'malformed', 'x'.repeat(100_000)).message.length).toBeLessThan(600);
  });
});
