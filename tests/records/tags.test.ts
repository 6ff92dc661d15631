import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InterfaceFacts } from '../../src/network/lookup.ts';
import { percentEncode } from '../../src/records/percent.ts';
import { createTextWriter } from '../../src/records/text.ts';
import { parseStrict } from '../reference/strict-parser.ts';
import { linesOf, vpcFormat } from './lines.ts';
import { directoryOf, factsOf, windowOf, type Line } from './windows.ts';

const BUDGET = { interruptAfterTimeLimit: 1500, markInterruptAsFailure: false, numRuns: 500 };
const OWNER = '123456789010';
const OTHER = '210987654321';
const IDS = 'instance-tag instance-tag-2 interface-tag interface-tag-2 asg-tag asg-tag-2';
const KEYS = [
  { resourceType: 'instance', tagKeys: ['Name', 'team'] },
  { resourceType: 'network-interface', tagKeys: ['team', 'Name'] },
  { resourceType: 'auto-scaling-group', tagKeys: ['Name', 'team'] },
];
const LINE: Line = { flow: { source: '10.0.0.1', destination: '10.0.0.2', egress: 1 }, side: 'egress' };
const NODATA: Line = { status: { number: 1, kind: 'NODATA', start: 60, end: 119 } };

function instanceOf(given: Partial<NonNullable<InterfaceFacts['instance']>>): InterfaceFacts['instance'] {
  return { id: 'i-01234567890123456', accountId: OWNER, nitro: false, tags: {}, group: undefined, ...given };
}

/** The six fields of a line. */
function printed(facts: Partial<InterfaceFacts>, owner?: string, line: Line = LINE): string {
  return linesOf(vpcFormat(IDS, KEYS), [factsOf(facts)], [line], { owner })[0]!;
}

describe('percent-encoding', () => {
  test.each([
    ['my-app', 'my%2Dapp'],
    ['a b', 'a%20b'],
    ['k=v', 'k%3Dv'],
    ['100%', '100%25'],
    ['%20', '%2520'],
    ['a:b/c', 'a%3Ab%2Fc'],
    ['_.~', '%5F%2E%7E'],
    ['-', '%2D'],
    ['Ä', '%C3%84'],
    ['😀', '%F0%9F%98%80'],
    ['a\nb', 'a%0Ab'],
    ['Az09', 'Az09'],
  ])('%s', (text, expected) => {
    expect(percentEncode(text)).toBe(expected);
  });

  test('decodeURIComponent gives any value back; a lone surrogate is U+FFFD', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 256 }), (text) => {
        const encoded = percentEncode(text);
        expect(encoded).toMatch(/^([A-Za-z0-9]|%[0-9A-F]{2})*$/);
        expect(decodeURIComponent(encoded)).toBe(text);
      }),
      BUDGET,
    );
    expect(decodeURIComponent(percentEncode('a\ud800b'))).toBe('a\ufffdb');
  });
});

describe('tag fields', () => {
  const tagged: Partial<InterfaceFacts> = {
    tags: { Name: 'uplink', team: 'net' },
    instance: instanceOf({
      tags: { Name: 'web 1', team: 'shop' },
      group: { accountId: OWNER, tags: { Name: 'web', team: 'sales' } },
    }),
  };

  test('print the tags of the keys by position, for each resource', () => {
    expect(printed(tagged)).toBe('web%201 shop net uplink web sales');
    expect(printed(tagged, OWNER)).toBe('web%201 shop net uplink web sales');
    expect(printed(tagged, undefined, NODATA)).toBe('web%201 shop net uplink web sales');
  });

  test('print - without the tag, the instance or the group; an empty value prints - too', () => {
    expect(printed({ tags: { Name: 'x' } })).toBe('- - - x - -');
    expect(printed({ tags: { Name: '', team: '-' } })).toBe('- - %2D - - -');
    expect(printed({ instance: instanceOf({ tags: { team: 'a' } }) })).toBe('- a - - - -');
  });

  test('print - for what another account owns, each resource by itself', () => {
    expect(printed(tagged, OTHER)).toBe('- - - - - -');
    const shared = { ...tagged, instance: { ...tagged.instance!, accountId: OTHER } };
    expect(printed(shared)).toBe('- - net uplink web sales');
    const group = { accountId: OTHER, tags: { Name: 'web' } };
    expect(printed({ ...tagged, instance: { ...tagged.instance!, group } })).toBe(
      'web%201 shop net uplink - -',
    );
  });

  test('of an interface that a service made: its own tags, no instance; of a regional NAT gateway: none', () => {
    expect(printed({ ...tagged, kind: 'nat_gateway' })).toBe('- - net uplink - -');
    expect(printed({ ...tagged, kind: 'regional_nat_gateway', interfaceId: 'nat-1234567890abcdef' })).toBe(
      '- - - - - -',
    );
  });

  test('never print what is no tag but a member of every object', () => {
    const format = vpcFormat('interface-tag interface-tag-2', [
      { resourceType: 'network-interface', tagKeys: ['toString', '__proto__'] },
    ]);
    expect(linesOf(format, [factsOf()], [LINE])).toEqual(['- -']);
  });

  test('any values of up to 256 characters come back from the line', () => {
    const value = fc.oneof(
      fc.constantFrom(
        'a b',
        'k=v',
        'a-b',
        '100%',
        '😀'.repeat(256),
        ' '.repeat(256),
        '\u{10ffff}'.repeat(256),
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 256 }),
    );
    const ids = IDS.split(' ');
    fc.assert(
      fc.property(fc.array(value, { minLength: 6, maxLength: 6 }), (values) => {
        const [a, b, c, d, e, f] = values as [string, string, string, string, string, string];
        const group = { accountId: OWNER, tags: { Name: e, team: f } };
        const instance = instanceOf({ tags: { Name: a, team: b }, group });
        const record = parseStrict(printed({ tags: { team: c, Name: d }, instance }), ids);
        expect(ids.map((id) => decodeURIComponent(record.get(id)!))).toEqual(values);
      }),
      BUDGET,
    );
  });
});

test('the buffer has room for the largest tags, beside every other field', () => {
  const value = '\u{10ffff}'.repeat(256);
  expect(percentEncode(value)).toHaveLength(3072);
  const tags = { Name: value, team: value };
  const facts = factsOf({ tags, instance: instanceOf({ tags, group: { accountId: OWNER, tags } }) });
  const lines: Line[] = Array.from({ length: 400 }, () => [LINE, NODATA]).flat();
  const window = windowOf(lines);
  const format = vpcFormat(`srcaddr ${IDS} log-status`, KEYS);
  const text = Buffer.from(createTextWriter(format, directoryOf([facts])).write(window, 0, 800)).toString();
  const six = Array.from({ length: 6 }, () => percentEncode(value)).join(' ');
  // More than 14 MB: the buffer of 1 MB has grown several times.
  expect(text).toBe(`10.0.0.1 ${six} OK\n- ${six} NODATA\n`.repeat(400));
});
