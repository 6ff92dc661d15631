import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNetwork } from '../../src/network/yaml.ts';
import { NO_KIN } from '../../src/network/lookup.ts';
import { Snapshot } from '../../src/network/snapshot.ts';
import { VPC_FIELDS } from '../../src/records/catalogue.ts';
import { InterfaceTexts } from '../../src/records/interface-texts.ts';
import {
  PIECE_FIRST,
  PIECE_PRIMARY,
  PIECE_REWRITES,
  PIECE_TOTAL,
  PIECE_WORDS,
} from '../../src/records/line-layout.ts';
import { PieceCache } from '../../src/records/pieces.ts';
import type { Segment } from '../../src/records/pieces.ts';
import { textsAt } from './stored-texts.ts';

const NETWORK = parseNetwork(
  `
vpcs:
  - id: vpc-0000000a
    cidrs: [10.0.0.0/8, "fd00:a::/32"]
    subnets:
      - { id: subnet-0000000a, cidrs: [10.0.0.0/9], discover: true, azId: euc1-az1 }
      - { id: subnet-0000000b, cidrs: [10.128.0.0/9, "fd00:a::/64"], discover: true, placement: { sublocationType: localzone, sublocationId: fra-1 } }
  - id: vpc-0000000b
    account: "210987654321"
    cidrs: [172.16.0.0/12]
    subnets:
      - id: subnet-0000000c
        cidrs: [172.16.0.0/12]
        discover: true
        interfaces:
          - { id: eni-0000000d, primary: 172.16.0.10 }
`,
  'n.yaml',
  { account: '123456789012', region: 'eu-central-1' },
);

/** Every constant field there is, the id in the middle of a piece and in a piece of its own as well. */
const ID: Segment = { per: 'interface', value: 'interfaceId' };
const PIECES: readonly (readonly Segment[])[] = [
  [{ text: '2 ' }, ID, { text: ' ' }, ID, { text: ' ' }],
  VPC_FIELDS.flatMap(({ filling }): Segment[] =>
    filling.per === 'row' ||
    filling.per === 'rule' ||
    filling.per === 'format' ||
    filling.per === 'next-hop' ||
    filling.per === 'end'
      ? []
      : [filling, { text: ' ' }],
  ),
  [ID],
  [{ text: 'OK ' }],
];

/** Words of an entry: as many as it says, to the end of its last piece. */
function entryOf(cache: PieceCache, number: number): number[] {
  const entry = cache.locate(number);
  const { words } = cache;
  const { end } = textsAt(words, entry + PIECE_FIRST, PIECES.length);
  expect(words[entry + PIECE_WORDS]).toBe(end - entry);
  return [...words.subarray(entry, end)];
}

test('pieces of discovered interfaces are the same whether made from facts or after their kin', () => {
  const address4 = fc.tuple(
    fc.constantFrom(10, 172),
    fc.integer({ min: 0, max: 255 }),
    fc.integer({ min: 1, max: 250 }),
  );
  const address6 = fc.integer({ min: 2, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(
      fc.array(fc.oneof(address4, address6), { maxLength: 40 }),
      fc.constantFrom(1 << 22, 200),
      (addresses, room) => {
        const snapshot = Snapshot.build(NETWORK, { version: 1, scopes: 'all' });
        const numbers = addresses
          .map((it) =>
            typeof it === 'number'
              ? snapshot.find6(0, 0xfd00000a | 0, 0, 0, it, true)
              : snapshot.find4(0, (it[0] << 24) | ((it[0] === 172 ? 16 : it[1]) << 16) | it[2], true),
          )
          .filter((number) => number > 0);
        const texts = new InterfaceTexts(snapshot, [
          { resourceType: 'network-interface', tagKeys: ['Name'] },
        ]);
        const kin = new PieceCache(PIECES, texts, room);
        const alone = new PieceCache(PIECES, {
          facts: (number) => texts.facts(number),
          text: (facts, filling) => texts.text(facts, filling),
        });
        for (const number of [...numbers, ...numbers.toReversed()]) {
          expect(entryOf(kin, number)).toEqual(entryOf(alone, number));
        }
      },
    ),
    { numRuns: 200, interruptAfterTimeLimit: 3000, markInterruptAsFailure: false },
  );
});

test('kin is told by subnet and family, and declared interfaces have none', () => {
  const snapshot = Snapshot.build(NETWORK, { version: 1, scopes: 'all' });
  const at = (a: number, b: number): number =>
    snapshot.kinOf(snapshot.find4(0, (a << 24) | (b << 16) | 9, true));
  const six = (d: number): number => snapshot.kinOf(snapshot.find6(0, 0xfd00000a | 0, 0, 0, d, true));
  expect(at(10, 1)).toBe(at(10, 2));
  expect(six(5)).toBe(six(6));
  expect(new Set([at(10, 1), at(10, 200), six(5), at(172, 17), NO_KIN]).size).toBe(5);
  expect(snapshot.kinOf(snapshot.numberOf('eni-0000000d'))).toBe(NO_KIN);
});

test('a primary address is printed for IPv4 only', () => {
  const snapshot = Snapshot.build(NETWORK, { version: 1, scopes: 'all' });
  const cache = new PieceCache([[ID]], new InterfaceTexts(snapshot));
  const heads = [3, 4].map((last) => {
    const four = cache.locate(snapshot.find4(0, (10 << 24) | last, true));
    const head = [...cache.words.subarray(four, four + PIECE_FIRST)];
    const six = cache.locate(snapshot.find6(0, 0xfd00000a | 0, 0, 0, last, true));
    return [head, cache.words[six + PIECE_REWRITES]];
  });
  const head = (last: number): number[] => {
    const words: number[] = [];
    words[PIECE_REWRITES] = -1;
    words[PIECE_PRIMARY] = (10 << 24) | last;
    words[PIECE_TOTAL] = 'eni-'.length + 17;
    words[PIECE_WORDS] = PIECE_FIRST + 1 + 6;
    return words;
  };
  expect(heads).toEqual([
    [head(3), 0],
    [head(4), 0],
  ]);
});
