/** docs/records.md is what its script makes. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { recordsPage } from '../../scripts/records-page.ts';
import { filledFrom } from '../../scripts/records-page-sources.ts';
import { fieldsOf } from '../../src/records/catalogue.ts';

const written = readFileSync(new URL('../../docs/records.md', import.meta.url), 'utf8');

/** The cells of a table's rows, by the heading that it stands under. */
function rowsUnder(heading: string): string[][] {
  const section = written.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!;
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => row.split(/ \| /).map((cell) => cell.replaceAll(/^\| | \|$/g, '')));
}

describe('docs/records.md', () => {
  test('is what scripts/records-page.ts makes', () => {
    expect(written).toBe(recordsPage());
  });

  test.each([
    ['VPC flow logs', 'vpc', 54],
    ['Transit gateway flow logs', 'transit-gateway', 36],
  ] as const)('%s: every field has all that is said of it, and a scenario', (heading, kind, count) => {
    const rows = rowsUnder(heading);
    expect(rows.map(([id]) => id)).toEqual(fieldsOf(kind).map(({ id }) => `\`${id}\``));
    expect(rows).toHaveLength(count);
    for (const row of rows) {
      expect(row).toHaveLength(7);
      expect(row.filter((cell) => cell === '')).toEqual([]);
      expect(row[6]).toMatch(/^\[[\w-]+\]\(\.\.\/examples/);
    }
  });

  test('a value of the catalogue that the page has no words for is a fault', () => {
    const field = fieldsOf('vpc').find(({ id }) => id === 'account-id')!;
    const filling = { per: 'rule', value: 'no-such-rule' } as unknown as typeof field.filling;
    expect(() => filledFrom({ ...field, filling })).toThrow(/no-such-rule/);
  });
});
