/**
 * Makes src/capture/netflow/elements.generated.ts from the list of information elements beside this script:
 *
 *     sh scripts/with-node scripts/generate-ipfix-elements.ts           write the file
 *     sh scripts/with-node scripts/generate-ipfix-elements.ts --check   fail when it differs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const LIST = new URL('ipfix-elements.txt', import.meta.url);
const TARGET = new URL('../src/capture/netflow/elements.generated.ts', import.meta.url);

/** Abstract data types (RFC 7011, section 6.1) by the list's short names. */
const TYPES: Readonly<Record<string, string>> = {
  u8: 'unsigned8',
  u16: 'unsigned16',
  u32: 'unsigned32',
  u64: 'unsigned64',
  i8: 'signed8',
  i16: 'signed16',
  i32: 'signed32',
  i64: 'signed64',
  f32: 'float32',
  f64: 'float64',
  bool: 'boolean',
  mac: 'macAddress',
  oct: 'octetArray',
  str: 'string',
  s: 'dateTimeSeconds',
  ms: 'dateTimeMilliseconds',
  us: 'dateTimeMicroseconds',
  ns: 'dateTimeNanoseconds',
  ip4: 'ipv4Address',
  ip6: 'ipv6Address',
  list: 'list',
};

const SEMANTICS: Readonly<Record<string, string>> = {
  '-': 'default',
  q: 'quantity',
  t: 'totalCounter',
  d: 'deltaCounter',
  i: 'identifier',
  f: 'flags',
  l: 'list',
  n: 'snmp',
};

const LINE = /^(\d+) ([A-Za-z][A-Za-z0-9]*) (\S+) (\S+)$/;
const LARGEST_ELEMENT = 0x7fff;

/** The generated file's text. Throws with the line's number where the list is wrong. */
export function elementTable(list: string): string {
  const names = new Set<string>();
  let last = 0;
  const rows: string[] = [];
  for (const [index, line] of list.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const [, id, name, type, semantics] = LINE.exec(line) ?? [];
    const at = `ipfix-elements.txt line ${index + 1}`;
    if (name === undefined) throw new Error(`${at}: not "id name type semantics": ${line}`);
    if (Number(id) <= last || Number(id) > LARGEST_ELEMENT)
      throw new Error(`${at}: id ${id} is not in order`);
    if (names.has(name)) throw new Error(`${at}: ${name} is there twice`);
    if (TYPES[type!] === undefined) throw new Error(`${at}: no type ${type}`);
    if (SEMANTICS[semantics!] === undefined) throw new Error(`${at}: no semantics ${semantics}`);
    last = Number(id);
    names.add(name);
    rows.push(`  [${id}, '${name}', '${TYPES[type!]}', '${SEMANTICS[semantics!]}'],`);
  }
  return [
    '// Made by scripts/generate-ipfix-elements.ts from scripts/ipfix-elements.txt. Do not edit.',
    "import type { ElementRow } from './elements.ts';",
    '',
    '/** Information elements of the IANA registry: id, name, abstract data type, semantics. */',
    'export const ELEMENT_ROWS: readonly ElementRow[] = [',
    ...rows,
    '];',
    '',
  ].join('\n');
}

if (import.meta.main) {
  const text = elementTable(readFileSync(LIST, 'utf8'));
  if (argv.includes('--check')) {
    if (readFileSync(TARGET, 'utf8') !== text) {
      throw new Error(`${fileURLToPath(TARGET)} is not what ${fileURLToPath(LIST)} makes: run the script`);
    }
  } else {
    writeFileSync(TARGET, text);
  }
}
