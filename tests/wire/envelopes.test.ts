import { describe, expect, test } from 'vitest';
import {
  ec2ErrorBody,
  ec2ResponseBody,
  genericErrorBody,
  queryErrorBody,
  queryResponseBody,
} from '../../src/wire/envelopes.ts';

const ERROR = { code: 'InvalidParameter', message: 'a < b & c', status: 400 };
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

describe('error envelopes', () => {
  test('EC2', () => {
    expect(ec2ErrorBody(ERROR, 'id-1')).toBe(
      `${DECLARATION}<Response><Errors><Error><Code>InvalidParameter</Code><Message>a &lt; b &amp; c</Message>` +
        '</Error></Errors><RequestID>id-1</RequestID></Response>',
    );
  });
  test('Query: says whose fault it is', () => {
    expect(queryErrorBody(ERROR, 'id-1', 'urn:x')).toBe(
      `${DECLARATION}<ErrorResponse xmlns="urn:x"><Error><Type>Sender</Type><Code>InvalidParameter</Code>` +
        '<Message>a &lt; b &amp; c</Message></Error><RequestId>id-1</RequestId></ErrorResponse>',
    );
    expect(queryErrorBody({ ...ERROR, status: 503 }, 'id-1', 'urn:x')).toContain('<Type>Receiver</Type>');
  });
  test('generic', () => {
    expect(genericErrorBody(ERROR, 'id-1')).toBe(
      `${DECLARATION}<Error><Code>InvalidParameter</Code><Message>a &lt; b &amp; c</Message>` +
        '<RequestId>id-1</RequestId></Error>',
    );
  });
});

describe('response envelopes', () => {
  test('EC2: the request id first', () => {
    expect(ec2ResponseBody('DeleteFlowLogs', 'urn:x', 'id-1', '<unsuccessful/>')).toBe(
      `${DECLARATION}<DeleteFlowLogsResponse xmlns="urn:x"><requestId>id-1</requestId><unsuccessful/>` +
        '</DeleteFlowLogsResponse>',
    );
  });
  test('Query: a result and its metadata', () => {
    expect(queryResponseBody('GetCallerIdentity', 'urn:x', 'id-1', '<Account>1</Account>')).toBe(
      `${DECLARATION}<GetCallerIdentityResponse xmlns="urn:x"><GetCallerIdentityResult><Account>1</Account>` +
        '</GetCallerIdentityResult><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>' +
        '</GetCallerIdentityResponse>',
    );
  });
});
