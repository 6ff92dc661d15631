import { describe, expect, test } from 'vitest';
import { isServiceError, ServiceError } from '../../src/base/service-error.ts';

describe('ServiceError', () => {
  test('carries code, text and status; 400 unless said otherwise', () => {
    const error = new ServiceError('InvalidParameter', 'Invalid Flow Log Max Aggregation Interval');
    expect(error).toMatchObject({ code: 'InvalidParameter', status: 400, name: 'ServiceError' });
    expect(error.message).toBe('Invalid Flow Log Max Aggregation Interval');
    expect(new ServiceError('DryRunOperation', 'x', 412).status).toBe(412);
  });
  test('keeps its cause, and has none when none is given', () => {
    const cause = new RangeError('why');
    expect(new ServiceError('InternalError', 'x', 500, { cause }).cause).toBe(cause);
    expect(Object.hasOwn(new ServiceError('A', 'b'), 'cause')).toBe(false);
  });
  test('is told from other errors, also from look-alikes', () => {
    expect(isServiceError(new ServiceError('A', 'b'))).toBe(true);
    expect(isServiceError(Object.assign(new Error('b'), { code: 'ECONNRESET', status: 400 }))).toBe(false);
    expect(isServiceError(undefined)).toBe(false);
  });
});
