import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileFilters, type FilterInput } from '../../src/flow-logs/filters.ts';
import type { FlowLogRow, Tag } from '../../src/store/store.ts';
import { sampleFlowLog } from '../store/samples.ts';
import { callOf, createWorld, id, refusedBy, type World } from './fakes.ts';

interface Sample {
  readonly row: FlowLogRow;
  readonly tags: readonly Tag[];
}

/** Few letters, so that values meet; those that patterns give a meaning to are among them. */
const LETTERS = ['a', 'B', '*', '?', '\\', '😀'];
const text = fc.string({ unit: fc.constantFrom(...LETTERS), maxLength: 4 });
/** A pattern, at times made of a text by escaping it or by putting wildcards in. */
const pattern = fc.oneof(
  text,
  text.map((it) => it.replaceAll(/[*?\\]/gu, String.raw`\$&`)),
  text.map((it) => `${it}*`),
);
const sample = fc.record({
  group: fc.option(text, { nil: undefined }),
  traffic: fc.constantFrom(undefined, 'ALL', 'REJECT'),
  status: fc.constantFrom('SUCCESS' as const, 'FAILED' as const),
  resource: fc.constantFrom(id('vpc', 1), id('vpc', 2), id('eni', 1)),
  tags: fc.uniqueArray(fc.record({ key: fc.constantFrom('a', 'aB', 'B*'), value: text }), {
    selector: (tag) => tag.key,
    maxLength: 2,
  }),
});
const filter = fc.oneof(
  fc.record({
    name: fc.constantFrom('log-group-name', 'tag-key', 'tag:a', 'tag:aB', 'tag:B*'),
    values: fc.array(pattern, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    name: fc.constant('traffic-type'),
    values: fc.subarray(['ALL', 'A*', 'R?JECT', 'all'], { minLength: 1 }),
  }),
  fc.record({
    name: fc.constant('deliver-log-status'),
    values: fc.subarray(['SUCCESS', 'F*', '*'], { minLength: 1 }),
  }),
  fc.record({
    name: fc.constantFrom('resource-id', 'flow-log-id'),
    values: fc.subarray([id('vpc', 1), 'vpc-*', 'eni-????????????????1', 'fl-*1', id('fl', 2), id('fl', 3)], {
      minLength: 1,
    }),
  }),
);

/** The rules read naively: by regular expressions, a filter at a time. */
function naive({ row, tags }: Sample, filters: readonly FilterInput[]): boolean {
  return filters.every(({ name = '', values }) => {
    const held: (string | undefined)[] = name.startsWith('tag:')
      ? tags.filter((tag) => `tag:${tag.key}` === name).map((tag) => tag.value)
      : name === 'tag-key'
        ? tags.map((tag) => tag.key)
        : [
            {
              'deliver-log-status': row.deliverLogsStatus,
              'log-destination-type': row.logDestinationType,
              'flow-log-id': row.id,
              'log-group-name': row.logGroupName,
              'resource-id': row.resourceId,
              'traffic-type': row.trafficType,
            }[name],
          ];
    return values.some((value) => held.some((it) => it !== undefined && naiveExpression(value).test(it)));
  });
}

function naiveExpression(value: string): RegExp {
  const source = value.replaceAll(/\\(.)|[\s\S]/gu, (token, escaped?: string) => {
    if (escaped !== undefined) return `\\u{${escaped.codePointAt(0)!.toString(16)}}`;
    if (token === '*') return '.*';
    return token === '?' ? '.' : `\\u{${token.codePointAt(0)!.toString(16)}}`;
  });
  return new RegExp(`^(?:${source})$`, 'su');
}

describe('filters', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    return () => world.store.close();
  });

  test('find what a naive reading of the rules finds, by the store and by themselves', async () => {
    const property = fc.asyncProperty(
      fc.array(sample, { minLength: 1, maxLength: 12 }),
      fc.array(fc.array(filter, { maxLength: 3 }), { minLength: 1, maxLength: 6 }),
      async (given, questions) => {
        const samples = await replaceAll(world, given);
        for (const filters of questions) {
          const expected = samples.filter((it) => naive(it, filters)).map((it) => it.row.id);
          const { flowLogs } = await world.flowLogs.describe(callOf(), { filters });
          expect(flowLogs.map((flowLog) => flowLog.id)).toEqual(expected);
        }
      },
    );
    await fc.assert(property, {
      numRuns: 5000,
      interruptAfterTimeLimit: 2500,
      markInterruptAsFailure: false,
    });
  });

  test('leave to the store what it can leave out', () => {
    const all: FilterInput[] = [
      { name: 'resource-id', values: ['a', String.raw`b\*`, 'a'] },
      { name: 'tag:Owner', values: ['x', 'y'] },
      { name: 'tag-key', values: ['k'] },
      { name: 'traffic-type', values: ['ALL'] },
    ];
    expect(compileFilters(all, ['fl-1'])).toMatchObject({
      complete: true,
      query: {
        ids: ['fl-1'],
        resourceIds: ['a', 'b*'],
        trafficTypes: ['ALL'],
        tags: [{ key: 'Owner', values: ['x', 'y'] }, { key: 'k' }],
      },
    });
  });

  test.each<[string, FilterInput[], string[] | undefined]>([
    ['a wildcard', [{ name: 'resource-id', values: ['a', 'b*'] }], undefined],
    ['keys of which one is enough', [{ name: 'tag-key', values: ['a', 'b'] }], undefined],
    ['ids that are asked for twice', [{ name: 'flow-log-id', values: ['a'] }], ['b']],
  ])('match %s themselves', (_, filters, ids) => {
    expect(compileFilters(filters, ids).complete).toBe(false);
  });

  test('have no power over objects', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'tag:']) {
      const described = world.flowLogs.describe(callOf(), { filters: [{ name, values: ['x'] }] });
      expect(await refusedBy(described)).toEqual({ situation: 'invalidFilter', values: [{ name }] });
    }
  });
});

/** Puts flow logs with given members in the place of all that are there. */
async function replaceAll(
  { store }: World,
  given: readonly {
    readonly group: string | undefined;
    readonly traffic: string | undefined;
    readonly status: 'SUCCESS' | 'FAILED';
    readonly resource: string;
    readonly tags: readonly Tag[];
  }[],
): Promise<Sample[]> {
  return store.transaction(async (on) => {
    for (const { account, region, id: old } of await on.flowLogs.all()) {
      await on.flowLogs.delete({ account, region }, [old]);
    }
    const rows = await on.flowLogs.insert(
      given.map((it, i) =>
        sampleFlowLog(id('fl', i), {
          logGroupName: it.group,
          trafficType: it.traffic,
          deliverLogsStatus: it.status,
          resourceId: it.resource,
        }),
      ),
    );
    for (const [i, row] of rows.entries()) await on.tags.put(row, [row.id], given[i]!.tags);
    return rows.map((row, i) => ({ row, tags: given[i]!.tags }));
  });
}
