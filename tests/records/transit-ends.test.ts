import { expect, test } from 'vitest';
import type { TransitEnd } from '../../src/rules/record-rules.ts';
import { EndTexts } from '../../src/records/transit-ends.ts';
import { NO_END } from '../../src/rules/record-rules.ts';
import { textsAt } from './stored-texts.ts';

const ENDS: readonly TransitEnd[] = Array.from({ length: 40 }, (_, i) => ({
  ...NO_END,
  vpcId: `vpc-${i}`,
  azId: i % 2 === 0 ? undefined : 'euc1-az1',
}));

/** The texts of an entry. */
function textsOf(texts: EndTexts, end: TransitEnd): string[] {
  const entry = texts.locate(end);
  return textsAt(texts.words, entry, 2).texts;
}

test.each([undefined, 30])('texts of ends are theirs, also when there is room for %s words', (room) => {
  const texts = new EndTexts(['azId', 'vpcId'], room);
  for (const i of [0, 1, 2, 39, 38, 1, 0, ...ENDS.keys()]) {
    expect(textsOf(texts, ENDS[i]!)).toEqual([i % 2 === 0 ? '- ' : 'euc1-az1 ', `vpc-${i} `]);
  }
  expect(textsOf(texts, NO_END)).toEqual(['- ', '- ']);
});
