import { describe, expect, test } from 'vitest';
import { checkTags, tagsOfSpecifications } from '../../../src/api/actions/tags/tag-input.ts';

const KEY_127 = 'k'.repeat(127);
const VALUE_256 = 'v'.repeat(256);

function many(count: number): { Key: string }[] {
  return Array.from({ length: count }, (_, i) => ({ Key: `k${i}` }));
}

describe('tags of a request', () => {
  test('as long and as many as they may be, in characters and not in bytes', () => {
    const emoji = '😀'.repeat(127);
    expect(checkTags([{ Key: KEY_127, Value: VALUE_256 }, { Key: emoji }])).toEqual([
      { key: KEY_127, value: VALUE_256 },
      { key: emoji, value: '' },
    ]);
    expect(checkTags(many(50))).toHaveLength(50);
  });

  test.each([
    ['no key', [{ Value: 'x' }], 'MissingParameter', 'Tags.1.Key'],
    ['an empty key', [{ Key: '' }], 'InvalidParameterValue', 'Tag key cannot be empty'],
    [
      'a long key',
      [{ Key: `${KEY_127}k` }],
      'InvalidParameterValue',
      'Tag key exceeds the maximum length of 127 characters',
    ],
    [
      'a long value',
      [{ Key: 'k', Value: `${VALUE_256}v` }],
      'InvalidParameterValue',
      'Tag value exceeds the maximum length of 256 characters',
    ],
    [
      'a reserved key',
      [{ Key: 'aws:x' }],
      'InvalidParameterValue',
      "Tag keys starting with 'aws:' are reserved",
    ],
    ['a reserved key in capitals', [{ Key: 'AWS:x' }], 'InvalidParameterValue', 'reserved'],
    [
      'a key twice',
      [{ Key: 'k' }, { Key: 'k' }],
      'InvalidParameterValue',
      "Duplicate tag key 'k' specified.",
    ],
    ['51 tags', many(51), 'TagLimitExceeded', 'The maximum number of 50 tags per resource has been reached.'],
  ])('%s', (_, tags, code, message) => {
    expect(() => checkTags(tags)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });
});

describe('tag specifications', () => {
  test('give tags to what is created', () => {
    const specifications = [{ ResourceType: 'vpc', Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] }];
    expect(tagsOfSpecifications(specifications, 'vpc')).toEqual([
      { key: 'a', value: '1' },
      { key: 'b', value: '' },
    ]);
    expect(tagsOfSpecifications(undefined, 'vpc')).toEqual([]);
  });

  const tagged = { ResourceType: 'vpc', Tags: [{ Key: 'a' }] };
  test.each([
    [[{ Tags: [{ Key: 'a' }] }], 'MissingParameter', 'TagSpecifications.1.ResourceType'],
    [[{ ResourceType: 'subnet', Tags: [{ Key: 'a' }] }], 'InvalidParameterValue', "'subnet' is not a valid"],
    [[{ ResourceType: 'vpc' }], 'InvalidParameterValue', 'Too few values'],
    [[tagged, tagged], 'InvalidParameterValue', 'may not be specified more than once'],
    [[{ ResourceType: 'vpc', Tags: [{ Value: 'x' }] }], 'MissingParameter', 'TagSpecifications.1.Tags.1.Key'],
  ])('%j: %s', (specifications, code, message) => {
    expect(() => tagsOfSpecifications(specifications, 'vpc')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });
});
