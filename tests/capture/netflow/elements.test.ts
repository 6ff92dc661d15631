import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { elementTable } from '../../../scripts/generate-ipfix-elements.ts';
import { ELEMENT_ROWS } from '../../../src/capture/netflow/elements.generated.ts';
import { elementId, elementRow } from '../../../src/capture/netflow/elements.ts';
import { elementUse } from '../../../src/capture/netflow/slots.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('information elements', () => {
  test('the generated table is what the list makes', () => {
    expect(read('src/capture/netflow/elements.generated.ts')).toBe(
      elementTable(read('scripts/ipfix-elements.txt')),
    );
  });
  test('a list that is wrong is refused, with its line', () => {
    expect(() => elementTable('# x\n1 a u8 -\n1 b u8 -')).toThrow('line 3: id 1 is not in order');
    expect(() => elementTable('1 a u8 -\n2 a u8 -')).toThrow('line 2: a is there twice');
    expect(() => elementTable('1 a u9 -')).toThrow('line 1: no type u9');
    expect(() => elementTable('1 a u8 z')).toThrow('line 1: no semantics z');
    expect(() => elementTable('one a u8 -')).toThrow('line 1: not "id name type semantics"');
  });
  test('names and ids of RFC 7012 and its registry', () => {
    expect(elementId('octetDeltaCount')).toBe(1);
    expect(elementId('postNATSourceIPv4Address')).toBe(225);
    expect(elementRow(150)).toEqual([150, 'flowStartSeconds', 'dateTimeSeconds', 'default']);
    expect(elementRow(65)).toBeUndefined();
    expect(() => elementId('noSuchElement')).toThrow('noSuchElement');
    expect(ELEMENT_ROWS.length).toBeGreaterThan(400);
  });
  test('counters of both kinds, and only counters, are told as such', () => {
    const counters = ELEMENT_ROWS.filter(
      ([, , , semantics]) => semantics === 'deltaCounter' || semantics === 'totalCounter',
    );
    expect(counters.filter(([, , type]) => !/^unsigned(32|64)$/.test(type))).toEqual([]);
    const deltas = ELEMENT_ROWS.filter(([, name]) => /(Octet|Packet)DeltaCount$/.test(name));
    expect(new Set(deltas.map(([, , , semantics]) => semantics))).toEqual(new Set(['deltaCounter']));
  });
  test('reverse elements of biflows are used where the plain ones have another direction', () => {
    expect(elementUse(29_305, 1)).toMatchObject({ slot: elementUse(0, 1)!.slot + 15 });
    expect(elementUse(29_305, 7)).toBeUndefined();
    expect(elementUse(12_345, 1)).toBeUndefined();
  });
});
