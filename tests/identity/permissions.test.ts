import { describe, expect, test } from 'vitest';
import type { ServiceError } from '../../src/base/service-error.ts';
import type { Caller } from '../../src/identity/caller.ts';
import { callerIdentity } from '../../src/identity/caller.ts';
import { authorize, isAllowed } from '../../src/identity/permissions.ts';

const caller: Caller = {
  accessKeyId: 'AKIAWEIRTESTKEY23456',
  account: '123456789012',
  readOnly: true,
  region: 'eu-central-1',
  service: 'ec2',
};

describe('a read-only key', () => {
  test.each([
    ['DescribeFlowLogs', true],
    ['DescribeTags', true],
    ['GetCallerIdentity', true],
    ['GetFlowLogsIntegrationTemplate', true],
    ['CreateFlowLogs', false],
    ['DeleteFlowLogs', false],
    ['CreateTags', false],
    ['Getaway', false],
    ['describeFlowLogs', false],
    ['', false],
  ])('%s: %s', (action, allowed) => {
    expect(isAllowed({ readOnly: true }, action)).toBe(allowed);
    expect(isAllowed({ readOnly: false }, action)).toBe(true);
  });

  test('is refused in EC2’s words, with an encoded account of the decision', () => {
    let refused: ServiceError | undefined;
    try {
      authorize(caller, 'CreateFlowLogs');
    } catch (error) {
      refused = error as ServiceError;
    }
    expect([refused?.code, refused?.status]).toEqual(['UnauthorizedOperation', 403]);
    const text =
      /^You are not authorized to perform this operation\. Encoded authorization failure message: ([\w-]+)$/;
    const decision: unknown = JSON.parse(
      Buffer.from(text.exec(refused!.message)![1]!, 'base64url').toString('utf8'),
    );
    expect(decision).toMatchObject({
      allowed: false,
      context: {
        principal: { arn: 'arn:aws:iam::123456789012:user/AKIAWEIRTESTKEY23456' },
        action: 'ec2:CreateFlowLogs',
      },
    });
  });

  test('is refused by other services in theirs', () => {
    expect(() => authorize({ ...caller, service: 'sts' }, 'AssumeRole')).toThrow(
      expect.objectContaining({
        code: 'AccessDenied',
        status: 403,
        message:
          'User: arn:aws:iam::123456789012:user/AKIAWEIRTESTKEY23456 is not authorized to perform: sts:AssumeRole',
      }),
    );
  });

  test('passes where it may', () => {
    expect(authorize(caller, 'DescribeFlowLogs')).toBeUndefined();
    expect(authorize({ ...caller, readOnly: false }, 'CreateFlowLogs')).toBeUndefined();
  });
});

test('a caller is a user of its account', () => {
  expect(callerIdentity(caller)).toEqual({
    account: '123456789012',
    userId: 'AIDAWEIRTESTKEY23456',
    arn: 'arn:aws:iam::123456789012:user/AKIAWEIRTESTKEY23456',
  });
  expect(callerIdentity({ ...caller, accessKeyId: 'test' }).userId).toMatch(/^AIDA[A-Z]{16}$/);
});
