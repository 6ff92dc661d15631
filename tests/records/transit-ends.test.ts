import { expect, test } from 'vitest';
import type { TransitEnd } from '../../src/rules/record-rules.ts';
import { END_FIRST, END_TOTAL, EndTexts } from '../../src/records/transit-ends.ts';
import { NO_END } from '../../src/rules/record-rules.ts';
import { storedAfter, writeStored } from '../../src/records/word-store.ts';

const ENDS: readonly TransitEnd[] = Array.from({ length: 40 }, (_, i) => ({
  ...NO_END,
  vpcId: `vpc-${i}`,
  azId: i % 2 === 0 ? undefined : 'euc1-az1',
}));

/** The texts of an entry. */
function textsOf(texts: EndTexts, end: TransitEnd): string[] {
  const entry = texts.locate(end);
  const { words } = texts;
  const out: string[] = [];
  for (let at = entry + END_FIRST; out.length < 2; at = storedAfter(words, at)) {
    const bytes = new Uint8Array(64);
    out.push(
      Buffer.from(bytes.subarray(0, writeStored(new DataView(bytes.buffer), 0, words, at))).toString(),
    );
  }
  expect(words[entry + END_TOTAL]).toBe(out.join('').length);
  return out;
}

test.each([undefined, 30])('texts of ends are theirs, also when there is room for %s words', (room) => {
  const texts = new EndTexts(['azId', 'vpcId'], room);
  for (const i of [0, 1, 2, 39, 38, 1, 0, ...ENDS.keys()]) {
    expect(textsOf(texts, ENDS[i]!)).toEqual([i % 2 === 0 ? '- ' : 'euc1-az1 ', `vpc-${i} `]);
  }
  expect(textsOf(texts, NO_END)).toEqual(['- ', '- ']);
});
