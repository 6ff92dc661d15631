import { describe, expect, test } from 'vitest';
import { isServiceError } from '../../src/base/service-error.ts';
import { ERRORS, type ErrorRow, errorText, refusal, unknownParameter } from '../../src/api/errors.ts';

const rows: [string, ErrorRow][] = Object.entries(ERRORS);

describe('the catalogue', () => {
  test.each(rows)('%s is well-formed', (_, { code, status, text }) => {
    expect(code).toMatch(/^(?:[A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)?|400)$/);
    expect([400, 403, 404, 405, 412, 415, 500, 503]).toContain(status);
    expect(text.trim()).toBe(text);
    expect(text.replaceAll(/\{[a-zA-Z]+\}/g, '')).not.toMatch(/[{}]/);
  });

  test('only faults of the server have a status that makes clients try again', () => {
    const retried = rows.filter(([, row]) => row.status >= 500).map(([name]) => name);
    expect(retried).toEqual(['requestLimit', 'internal', 'unavailable', 'serviceUnavailable']);
  });

  test('no two situations have the same code and text', () => {
    const seen = rows.map(([, row]) => `${row.code} ${row.text}`);
    expect(new Set(seen).size).toBe(seen.length);
  });

  /** What was found of the service's own answers, word by word. */
  test.each([
    [
      'flowLogAlreadyExists',
      'FlowLogAlreadyExists',
      400,
      'Error. There is an existing Flow Log with the same configuration and log destination.',
    ],
    ['dryRun', 'DryRunOperation', 412, 'Request would have succeeded, but DryRun flag is set.'],
    ['unauthorized', 'UnauthorizedOperation', 403, 'You are not authorized to perform this operation.'],
    [
      'groupNameOrDestination',
      'InvalidParameter',
      400,
      'Please only provide LogGroupName or only provide LogDestination.',
    ],
    ['invalidInterval', 'InvalidParameter', 400, 'Invalid Flow Log Max Aggregation Interval'],
    ['requestLimit', 'RequestLimitExceeded', 503, 'Request limit exceeded.'],
  ] as const)('%s', (situation, code, status, message) => {
    expect(refusal(situation)).toMatchObject({ code, status, message });
  });
});

describe('refusal', () => {
  test('fills the holes of a text', () => {
    const error = refusal('flowLogsNotFound', { count: 2, ids: ['fl-1a2b3c4d', 'fl-2b3c4d5e'] });
    expect(isServiceError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'InvalidFlowLogId.NotFound', status: 400 });
    expect(error.message).toBe(
      'These flow log ids in the input list are not found: [TotalCount: 2] fl-1a2b3c4d fl-2b3c4d5e',
    );
  });

  test('fills each hole once: what a value holds is no hole', () => {
    expect(errorText('invalidValue', { value: '{name}', name: '{reason}', reason: '$&' })).toBe(
      'Value ({name}) for parameter {reason} is invalid. $&',
    );
  });

  test('cuts long values, each item of a list on its own', () => {
    expect(unknownParameter('x'.repeat(10_000)).message).toBe(
      `The parameter ${'x'.repeat(256)}... is not recognized`,
    );
    const ids = Array.from({ length: 1_000 }, () => 'fl-0123456789abcdef0');
    expect(errorText('flowLogsNotFound', { count: 1_000, ids })).toHaveLength(
      'These flow log ids in the input list are not found: [TotalCount: 1000] '.length + 1_000 * 21 - 1,
    );
  });
});
