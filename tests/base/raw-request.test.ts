import { describe, expect, test } from 'vitest';
import { headerValues, type RawRequest } from '../../src/base/raw-request.ts';

describe('headerValues', () => {
  const request: RawRequest = {
    method: 'POST',
    target: '/',
    headers: [
      ['Host', 'localhost'],
      ['x-Amz-Date', '20260101T000000Z'],
      ['X-AMZ-DATE', 'again'],
    ],
    body: new Uint8Array(0),
  };
  test('ignores case, keeps order and repetition', () => {
    expect(headerValues(request, 'X-Amz-Date')).toEqual(['20260101T000000Z', 'again']);
  });
  test('is empty for a header that is not there, and for names of the prototype', () => {
    expect(headerValues(request, 'authorization')).toEqual([]);
    expect(headerValues(request, '__proto__')).toEqual([]);
  });
});
