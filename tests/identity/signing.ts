import { Buffer } from 'node:buffer';
import type { RawRequest } from '../../src/base/raw-request.ts';
import {
  canonicalHeaders,
  canonicalPath,
  canonicalQuery,
  queryParameters,
  sha256Hex,
  signatureOf,
  signingKey,
  splitTarget,
} from '../../src/identity/canonical.ts';
import type { SignedService } from '../../src/identity/signing-rules.ts';
import type { KeySource } from '../../src/identity/sigv4.ts';
import type { AccessKey } from '../../src/store/store.ts';

export const KEY: AccessKey = {
  id: 'AKIAWEIRTESTKEY23456',
  secret: 'abcdefghijklmnopqrstuvwxyz0123456789+/AB',
  account: '123456789012',
  readOnly: false,
  label: '',
  createdAt: 0,
};

/** Keys that a verification knows. */
export function keysOf(...keys: readonly AccessKey[]): KeySource {
  return { find: (id) => keys.find((key) => key.id === id) };
}

/** 2026-01-02T03:04:05Z */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
export const TIMESTAMP = '20260102T030405Z';

export interface Recipe {
  service: SignedService;
  method: string;
  target: string;
  headers: [string, string][];
  body: string;
  timestamp: string;
  /** key id/date/region/service/terminator */
  credential: string;
  signedHeaders: string[];
  secret: string;
}

/** A request by header that verifies; what is given replaces a part before it is signed. */
export function recipe(given: Partial<Recipe> = {}): Recipe {
  const service = given.service ?? 'ec2';
  return {
    service,
    method: 'POST',
    target: '/',
    headers: [
      ['Host', 'localhost:4580'],
      ['X-Amz-Date', given.timestamp ?? TIMESTAMP],
      ['Content-Type', 'application/x-www-form-urlencoded'],
    ],
    body: 'Action=DescribeFlowLogs&Version=2016-11-15',
    timestamp: TIMESTAMP,
    credential: `${KEY.id}/20260102/eu-central-1/${service}/aws4_request`,
    signedHeaders: ['content-type', 'host', 'x-amz-date'],
    secret: KEY.secret,
    ...given,
  };
}

/** Signs a recipe by header, with the functions that verification uses: for what is refused for another reason
 * than the signature. That those functions are right is shown against the SDK and published examples. */
export function signed(given: Partial<Recipe> = {}): RawRequest {
  const all = recipe(given);
  const signature = sign(all, sha256Hex(all.body), queryParameters(splitTarget(all.target).query));
  const authorization = `AWS4-HMAC-SHA256 Credential=${all.credential}, SignedHeaders=${all.signedHeaders.join(';')}, Signature=${signature}`;
  return request(all, [...all.headers, ['Authorization', authorization]], all.target);
}

/** Signs a recipe by query; `parameters` replace or (undefined) take away those of the signature. */
export function presigned(
  given: Partial<Recipe> = {},
  parameters: Readonly<Record<string, string | undefined>> = {},
): RawRequest {
  const all = recipe({
    method: 'GET',
    body: '',
    headers: [['Host', 'localhost:4580']],
    signedHeaders: ['host'],
    target: '/?Action=GetCallerIdentity&Version=2011-06-15',
    ...given,
  });
  const merged: Record<string, string | undefined> = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': all.credential,
    'X-Amz-Date': all.timestamp,
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': all.signedHeaders.join(';'),
    ...parameters,
  };
  const pairs = Object.entries(merged).flatMap(([name, value]) =>
    value === undefined || name === 'X-Amz-Signature' ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  const target = `${all.target}${all.target.includes('?') ? '&' : '?'}${pairs.join('&')}`;
  const payload = all.service === 's3' ? 'UNSIGNED-PAYLOAD' : sha256Hex(all.body);
  const signature = sign(all, payload, queryParameters(splitTarget(target).query));
  const given_ = 'X-Amz-Signature' in parameters ? parameters['X-Amz-Signature'] : signature;
  return request(all, all.headers, given_ === undefined ? target : `${target}&X-Amz-Signature=${given_}`);
}

function sign(all: Recipe, payload: string, parameters: [string, string][]): string {
  const [, date, region, service] = all.credential.split('/') as [string, string, string, string];
  const canonical = [
    all.method,
    canonicalPath(splitTarget(all.target).path, { path: all.service === 's3' ? 'as sent' : 'normalised' }),
    canonicalQuery(parameters),
    canonicalHeaders(request(all, all.headers, all.target), all.signedHeaders),
    all.signedHeaders.join(';'),
    payload,
  ].join('\n');
  const scope = { date: date ?? '', region: region ?? '', service: service ?? '' };
  return signatureOf(canonical, all.timestamp, scope, signingKey(all.secret, scope)).toString('hex');
}

function request(all: Recipe, headers: [string, string][], target: string): RawRequest {
  return { method: all.method, target, headers, body: Buffer.from(all.body) };
}
