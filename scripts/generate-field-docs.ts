/**
 * Writes the tables of docs/formats.md anew from the field catalogue:
 *
 *   sh scripts/with-node scripts/generate-field-docs.ts
 *
 * A test compares the page with what this would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fieldsOf, type FormatKind } from '../src/records/catalogue.ts';

const PAGE = new URL('../docs/formats.md', import.meta.url);

/** The table of a catalogue: fields in the vendor's order. */
function fieldTable(kind: FormatKind): string {
  const rows = fieldsOf(kind).map(({ id, version, type, meaning, absent }) => {
    const texts = [meaning, absent].map((text) => text.replaceAll('|', String.raw`\|`));
    return `| \`${id}\` | ${version} | ${type} | ${texts.join(' | ')} |`;
  });
  return ['| field | version | Parquet | what it says | prints `-` |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

/** The page with its tables as the catalogue has them; each stands between two comments that name its kind. */
export function withFieldTables(page: string): string {
  return (['vpc', 'transit-gateway'] as const).reduce((text, kind) => {
    const [from, to] = [`<!-- fields: ${kind} -->`, `<!-- end: ${kind} -->`];
    const begin = text.indexOf(from);
    const end = text.indexOf(to);
    if (begin < 0 || end < begin) throw new Error(`docs/formats.md has no place for the fields of ${kind}`);
    return `${text.slice(0, begin + from.length)}\n${fieldTable(kind)}\n${text.slice(end)}`;
  }, page);
}

if (import.meta.main) writeFileSync(PAGE, withFieldTables(readFileSync(PAGE, 'utf8')));
