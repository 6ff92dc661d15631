import { describe, expect, test } from 'vitest';
import { parseLogFormat } from '../../src/records/formats.ts';
import type { FormatError, FormatResult } from '../../src/records/formats.ts';
import { MAX_TAG_KEY_LENGTH } from '../../src/records/tag-fields.ts';

type Specifications = Record<string, readonly string[]>;

function parse(text: string, keys: Specifications | [string, readonly string[]][]): FormatResult {
  const entries = Array.isArray(keys) ? keys : Object.entries(keys);
  const tagFields = entries.map(([resourceType, tagKeys]) => ({ resourceType, tagKeys }));
  return parseLogFormat(text, { kind: 'vpc', tagFields });
}

describe('tag fields with their keys', () => {
  test.each<[string, Specifications]>([
    ['${instance-tag}', { instance: ['Name'] }],
    ['${instance-tag-2} ${instance-tag}', { instance: ['Name', 'env'] }],
    // The first key may stay unused: only a specification without any field of its own is refused.
    ['${interface-tag-2}', { 'network-interface': ['a', 'b'] }],
    ['${asg-tag} ${interface-tag}', { 'network-interface': ['a'], 'auto-scaling-group': ['b'] }],
    ['${asg-tag}', { 'auto-scaling-group': ['k'.repeat(MAX_TAG_KEY_LENGTH)] }],
    ['${asg-tag}', { 'auto-scaling-group': ['🐟'.repeat(MAX_TAG_KEY_LENGTH)] }],
  ])('%s', (text, keys) => {
    const tagFields = Object.entries(keys).map(([resourceType, tagKeys]) => ({ resourceType, tagKeys }));
    expect(parse(text, keys)).toMatchObject({ ok: true, format: { version: 11, text, tagFields } });
  });
});

describe('tag fields that are refused', () => {
  test.each<[string, [string, readonly string[]][], FormatError['reason'], string]>([
    [
      '${srcaddr} ${asg-tag}',
      [],
      'tag-key-missing',
      '${asg-tag} needs a tag key for auto-scaling-group at character 12',
    ],
    [
      '${instance-tag-2}',
      [['instance', ['a']]],
      'tag-key-missing',
      '${instance-tag-2} needs a second tag key',
    ],
    ['${instance-tag}', [['network-interface', ['a']]], 'tag-key-missing', '${instance-tag} needs a tag key'],
    ['${srcaddr}', [['instance', ['a']]], 'tag-field-missing', '${instance-tag} is not in the log format'],
    [
      '${instance-tag}',
      [
        ['instance', ['a']],
        ['auto-scaling-group', ['a', 'b']],
      ],
      'tag-field-missing',
      'tag keys for auto-scaling-group are given',
    ],
    [
      '${instance-tag}',
      [
        ['instance', ['a']],
        ['instance', ['b']],
      ],
      'tag-resource-twice',
      'for instance is given twice',
    ],
    ['${instance-tag}', [['Instance', ['a']]], 'tag-resource-type', '"Instance" has no tag fields'],
    [
      '${instance-tag}',
      [['vpc', ['a']]],
      'tag-resource-type',
      'only instance, network-interface, auto-scaling-group',
    ],
    ['${instance-tag}', [['instance', []]], 'tag-key-count', 'has 0 keys, 1 or 2 are allowed'],
    ['${instance-tag}', [['instance', ['a', 'b', 'c']]], 'tag-key-count', 'has 3 keys'],
    ['${instance-tag}', [['instance', ['']]], 'tag-key-length', 'not 1 to 128 characters long'],
    ['${instance-tag}', [['instance', ['a', 'k'.repeat(129)]]], 'tag-key-length', 'not 1 to 128 characters'],
    ['${instance-tag}', [['instance', ['🐟'.repeat(129)]]], 'tag-key-length', 'not 1 to 128 characters'],
    [
      '${instance-tag}',
      ['instance', 'network-interface', 'auto-scaling-group', 'instance'].map((type) => [type, ['a']]),
      'tag-specification-count',
      '4 tag field specifications, at most 3',
    ],
  ])('%s with %j', (text, keys, reason, message) => {
    expect(parse(text, keys)).toMatchObject({ ok: false, reason, message: expect.stringContaining(message) });
  });

  test('faults of the text come before faults of the keys', () => {
    expect(parse('${instance-tag} ${nonsense}', [])).toMatchObject({ reason: 'unknown-field' });
  });

  test('transit gateway formats have no tag fields, so any specification lacks its field', () => {
    const tagFields = [{ resourceType: 'instance', tagKeys: ['Name'] }];
    expect(parseLogFormat('${srcaddr}', { kind: 'transit-gateway', tagFields })).toMatchObject({
      reason: 'tag-field-missing',
      field: 'instance-tag',
    });
  });
});
