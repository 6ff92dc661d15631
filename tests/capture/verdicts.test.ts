import { expect, test } from 'vitest';
import { VERDICT_ACCEPT, VERDICT_NONE, VERDICT_REJECT } from '../../src/capture/batch.ts';
import { PrefixVerdicts } from '../../src/capture/verdicts.ts';

function find(verdicts: PrefixVerdicts, prefix: string): number {
  const bytes = Buffer.from(`xx${prefix}\0ACCEPT REJECT`);
  return verdicts.find(bytes, 2, bytes.length);
}

test('a prefix ends at a NUL, and at the end of its bytes', () => {
  const verdicts = new PrefixVerdicts();
  expect(find(verdicts, '')).toBe(VERDICT_NONE);
  expect(find(verdicts, 'ACCEPT')).toBe(VERDICT_ACCEPT);
  const bytes = Buffer.from('REJECT');
  expect(verdicts.find(bytes, 0, 6)).toBe(VERDICT_REJECT);
  expect(verdicts.find(bytes, 0, 5)).toBe(VERDICT_NONE);
});

test('more prefixes than slots, asked again and again, keep their verdicts', () => {
  const verdicts = new PrefixVerdicts(/A[0-9]*$/, /R[0-9]*$/);
  for (let round = 0; round < 3; round++)
    for (let i = 0; i < 3000; i++) {
      const letter = 'ARN'[i % 3]!;
      expect(find(verdicts, `rule ${letter}${i}`)).toBe(
        [VERDICT_ACCEPT, VERDICT_REJECT, VERDICT_NONE][i % 3],
      );
    }
});

test('a pattern with a memory of its own is matched from the start each time', () => {
  const verdicts = new PrefixVerdicts(/ACCEPT/g, /REJECT/y);
  for (let i = 0; i < 4; i++) {
    expect(find(verdicts, `ACCEPT ${i}`)).toBe(VERDICT_ACCEPT);
    expect(find(verdicts, `REJECT ${i}`)).toBe(VERDICT_REJECT);
  }
});

test('text beyond ASCII', () => {
  const verdicts = new PrefixVerdicts(/zugelassen✓/u, /abgelehnt/u);
  expect(find(verdicts, 'zugelassen✓')).toBe(VERDICT_ACCEPT);
});
