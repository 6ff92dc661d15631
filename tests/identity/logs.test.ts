import { describe, expect, test } from 'vitest';
import type { ServiceError } from '../../src/base/service-error.ts';
import { isAllowed, authorize } from '../../src/identity/permissions.ts';
import { verifySignature } from '../../src/identity/sigv4.ts';
import { KEY, keysOf, NOW, signed } from './signing.ts';

/** What CloudWatch Logs says of signatures and of read-only keys. */

const TARGET = ['X-Amz-Target', 'Logs_20140328.DescribeLogGroups'] as [string, string];
const SIGNED = ['host', 'x-amz-date', 'x-amz-target'];
const base = {
  service: 'logs' as const,
  headers: [['Host', 'h'], ['X-Amz-Date', '20260102T030405Z'], TARGET] as [string, string][],
  signedHeaders: SIGNED,
  body: '{}',
};

function refusal(request: ReturnType<typeof signed>): [string, number, string] {
  try {
    verifySignature(request, { service: 'logs', keys: keysOf(KEY), now: NOW });
  } catch (error) {
    const { code, status, message } = error as ServiceError;
    return [code, status, message];
  }
  throw new RangeError('the request was not refused');
}

describe('signatures for logs', () => {
  test('verify', () => {
    expect(verifySignature(signed(base), { service: 'logs', keys: keysOf(KEY), now: NOW })).toMatchObject({
      account: KEY.account,
      region: 'eu-central-1',
      service: 'logs',
    });
  });

  test.each([
    [
      'none',
      { ...signed(base), headers: [['Host', 'h']] as const },
      'MissingAuthenticationTokenException',
      /^Missing Auth/,
    ],
    [
      'a scope of another service',
      signed({ ...base, credential: `${KEY.id}/20260102/eu-central-1/ec2/aws4_request` }),
      'InvalidSignatureException',
      /correct service: 'logs'/,
    ],
    [
      'an unknown key',
      signed({ ...base, credential: 'AKIANOBODY/20260102/eu-central-1/logs/aws4_request' }),
      'UnrecognizedClientException',
      /^The security token/,
    ],
    [
      'another secret',
      signed({ ...base, secret: 'another' }),
      'InvalidSignatureException',
      /^The request signature we calculated/,
    ],
    [
      'another body',
      { ...signed(base), body: Buffer.from('{"a":1}') },
      'InvalidSignatureException',
      /^The request signature we calculated/,
    ],
    [
      'an unsigned target',
      signed({ ...base, signedHeaders: ['host', 'x-amz-date'] }),
      'InvalidSignatureException',
      /not signed: x-amz-target/,
    ],
  ])('%s: refused', (_, request, code, text) => {
    const [refused, status, message] = refusal(request);
    expect([refused, status]).toEqual([code, 400]);
    expect(message).toMatch(text);
  });
});

test('a read-only key reads log events and changes nothing', () => {
  const caller = { ...KEY, accessKeyId: KEY.id, readOnly: true, region: 'eu-central-1', service: 'logs' };
  for (const action of ['DescribeLogGroups', 'GetLogEvents', 'FilterLogEvents', 'ListTagsForResource']) {
    expect(isAllowed(caller, action)).toBe(true);
  }
  for (const action of ['PutLogEvents', 'CreateLogGroup', 'TagResource', 'Listen', 'Filtered']) {
    expect(isAllowed(caller, action)).toBe(false);
  }
  expect(() => authorize(caller, 'PutLogEvents')).toThrow(
    expect.objectContaining({
      code: 'AccessDeniedException',
      status: 400,
      message: expect.stringContaining(`is not authorized to perform: logs:PutLogEvents`) as string,
    }),
  );
});
