/**
 * Writes docs/records.md anew from the field catalogue and the scenarios:
 *
 *   sh scripts/with-node scripts/records-page.ts
 *
 * A test compares the page with what this would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { defaultFieldsOf, type Field, fieldsOf, type FormatKind } from '../src/records/catalogue.ts';
import { readScenario, type Scenario, scenarioNames } from '../src/service/fixture/scenario.ts';
import { filledFrom } from './records-page-sources.ts';

const PAGE = new URL('../docs/records.md', import.meta.url);
/** Scenarios named for a field: those that have the fewest others. */
const NAMED = 3;

/** The page. */
export function recordsPage(): string {
  const scenarios = scenarioNames().map((name) => readScenario(name));
  return [
    '# Every field of every record',
    '',
    '<!-- Made by scripts/records-page.ts from the field catalogue and examples/scenarios: change those. -->',
    '',
    'What each field says, what fills it, when it is `-`, and a scenario that shows it: a capture, a network and the',
    'lines that come of them, most of them the documented ones. `weir fixture NAME` writes them, in any format',
    '([fixtures](fixtures.md)). How formats are written is in [formats](formats.md), the keys of network.yaml in',
    '[network.yaml](network.md).',
    '',
    '## VPC flow logs',
    '',
    'The 54 fields, in the order of the documentation. Nothing of a network file is needed for those that packets fill; of',
    'the others, what the model does not hold is `-`.',
    '',
    ...fieldTable('vpc', scenarios),
    '',
    '## Transit gateway flow logs',
    '',
    'The 36 fields, in the order of their default format. Each record is of an attachment: `ingress` where traffic comes',
    'into the gateway, `egress` where it leaves.',
    '',
    ...fieldTable('transit-gateway', scenarios),
    '',
    '## Scenarios',
    '',
    '| scenario | what it shows | documented in |',
    '|---|---|---|',
    ...scenarios.map((it) => `| ${link(it.name)} | ${cell(it.shows)} | ${cell(it.source)} |`),
    '',
  ].join('\n');
}

function fieldTable(kind: FormatKind, scenarios: readonly Scenario[]): string[] {
  const shown = scenarios.filter((it) => it.kind === kind).map((it) => ({ it, filled: filledIn(it) }));
  const rows = fieldsOf(kind).map((field) => {
    const showing = shown
      .filter(({ filled }) => filled.has(field.id))
      .sort((a, b) => a.filled.size - b.filled.size)
      .slice(0, NAMED)
      .map(({ it }) => link(it.name));
    return `| ${[...aboutField(field), showing.join(', ') || '-'].join(' | ')} |`;
  });
  return [
    '| field | version | Parquet | says | filled from | `-` | shown by |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ];
}

function aboutField(field: Field): string[] {
  const { id, version, type, meaning, absent } = field;
  return [`\`${id}\``, String(version), type, cell(meaning), cell(filledFrom(field)), cell(absent)];
}

/** The fields that have a value in at least one line. */
function filledIn({ format, kind, expected }: Scenario): Set<string> {
  const ids =
    format?.split(' ').map((token) => token.slice(2, -1)) ?? defaultFieldsOf(kind).map(({ id }) => id);
  const lines = readFileSync(expected, 'utf8').split('\n').slice(0, -1);
  const values = lines.map((line) => line.split(' '));
  return new Set(ids.filter((_, k) => values.some((line) => line[k] !== '-')));
}

function link(name: string): string {
  return `[${name}](../examples/scenarios/${name}/expected.txt)`;
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

if (import.meta.main) writeFileSync(PAGE, recordsPage());
