import { describe, expect, test } from 'vitest';
import { claimedService } from '../../src/wire/scope.ts';

function byHeader(value: string): string | undefined {
  return claimedService({ target: '/', headers: [['AUTHORIZATION', value]] });
}

describe('claimedService', () => {
  test('from the Authorization header, whatever stands around the credential', () => {
    const scope = 'Credential=AKIDEXAMPLE/20260101/eu-central-1/ec2/aws4_request';
    expect(byHeader(`AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=00`)).toBe('ec2');
    expect(byHeader(`AWS4-HMAC-SHA256 SignedHeaders=host,${scope},Signature=00`)).toBe('ec2');
    expect(byHeader('AWS4-HMAC-SHA256 Credential=A/20260101/x/sts/aws4_request')).toBe('sts');
  });
  test.each(['&', '?'])('from a presigned query behind %s, escaped or not', (mark) => {
    const escaped = `/${mark === '&' ? '?Action=X' : ''}${mark}X-Amz-Credential=A%2F20260101%2Fus-east-1%2Fs3%2Faws4_request`;
    expect(claimedService({ target: escaped, headers: [] })).toBe('s3');
    expect(
      claimedService({ target: `/?X-Amz-Credential=A/20260101/us-east-1/logs/aws4_request`, headers: [] }),
    ).toBe('logs');
  });
  test.each([
    '',
    'Basic dXNlcjpwYXNz',
    'AWS AKIDEXAMPLE:signature',
    'AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-central-1',
    'AWS4-HMAC-SHA256 Credential=////aws4_request',
    `AWS4-HMAC-SHA256 Credential=${'A/'.repeat(20_000)}`,
    `AWS4-HMAC-SHA256 Credential=AKID/20260101/eu/${'x'.repeat(100)}/aws4_request`,
  ])('nothing from %.60j', (value) => {
    expect(byHeader(value)).toBeUndefined();
  });
});
