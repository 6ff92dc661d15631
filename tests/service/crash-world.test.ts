import { describe, expect, test } from 'vitest';
import { carriedOut, type Change, type Entity, settle, type World } from './crash-world.ts';

const log = (made: string, more: Record<string, string> = {}): Entity => ({
  kind: 'flow-log',
  on: 'vpc-1',
  tags: { made, ...more },
});
const answered: World = new Map([
  ['fl-1', log('a', { x: '1' })],
  ['fl-2', log('a', { x: '2' })],
]);
const create: Change = { kind: 'create', name: 'b', entities: [log('b', { n: '1' }), log('b', { n: '2' })] };
const remove: Change = { kind: 'delete', ids: ['fl-1', 'fl-2'] };
const tag: Change = { kind: 'tag', ids: ['fl-1', 'fl-2'], tags: { k: 'v' } };
const untag: Change = { kind: 'untag', ids: ['fl-1', 'fl-2'], keys: ['x'] };

describe('the judge of what a kill left', () => {
  test('nothing lost', () => {
    expect(settle(answered, [], answered)).toEqual({ world: answered, stood: new Set(), faults: [] });
  });

  test.each([create, remove, tag, untag])('$kind: whole or absent', (change) => {
    const after = carriedOut(answered, change, ['fl-8', 'fl-9']);
    expect(settle(answered, [change], answered)).toEqual({ world: answered, stood: new Set(), faults: [] });
    const stood = settle(answered, [change], after);
    expect(stood.faults).toEqual([]);
    expect(stood.stood).toEqual(new Set([change]));
    expect(new Map(stood.world)).toEqual(new Map(after));
  });

  test.each([create, remove, tag, untag])('$kind: not by half', (change) => {
    const half = new Map(carriedOut(answered, change, ['fl-8', 'fl-9']));
    if (change.kind === 'create') half.delete('fl-9');
    else half.set('fl-2', answered.get('fl-2')!);
    expect(settle(answered, [change], half).faults).not.toEqual([]);
  });

  test('a flow log without its tags, one that nobody asked for, one that is lost', () => {
    const bare = new Map([...answered, ['fl-8', { ...log('b'), tags: {} }]]) as World;
    expect(settle(answered, [create], bare).faults).toEqual(['fl-8 must not be there: flow-log on vpc-1 []']);
    expect(settle(answered, [], carriedOut(answered, create, ['fl-8', 'fl-9'])).faults).toHaveLength(2);
    expect(settle(answered, [], new Map([['fl-1', answered.get('fl-1')!]])).faults[0]).toMatch(
      /^fl-2 must be .*, and is not there$/,
    );
  });
});
