/**
 * One run of one writer, a process of its own: `parquet-write.ts weir|hyparquet-writer ROWS FILE`. Prints milliseconds
 * as JSON: in all, from the first line to the closed file, and those in the writer alone.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { fileWriter, ParquetWriter, schemaFromColumnData } from 'hyparquet-writer';
import type { BasicType, ColumnSource } from 'hyparquet-writer';
import { formatIPv4, formatIPv6 } from '../src/base/addresses.ts';
import { parquetColumn } from '../src/records/catalogue.ts';
import { ParquetFile } from '../src/records/parquet/file.ts';
import { LineColumns } from '../src/records/parquet/line-columns.ts';
import { BENCH_FIELDS, FACTS, factOf, Lines, pathOf } from './parquet-lines.ts';
import { LineTexts } from './parquet-texts.ts';

/** Both compress at level 1. */
const LEVEL = 1;
/** The row groups of hyparquet-writer, its own default behind the first. */
const PEER_ROWS = 100_000;

function writeOurs(rows: number, path: string): number {
  const columns = new LineColumns(BENCH_FIELDS);
  const file = new ParquetFile(BENCH_FIELDS);
  const out = openSync(path, 'w');
  writeSync(out, file.header());
  const drain = (): void => {
    for (const { bytes, summary } of columns.take()) {
      writeSync(out, bytes);
      file.add(summary);
    }
  };
  const lines = new Lines(rows);
  const texts = new LineTexts();
  let inWriter = 0;
  while (lines.next()) {
    const text = texts.of(lines);
    const began = performance.now();
    columns.append(text);
    if (columns.rows === 0) drain();
    inWriter += performance.now() - began;
  }
  const began = performance.now();
  drain();
  writeSync(out, file.trailer());
  closeSync(out);
  return inWriter + performance.now() - began;
}

function writePeer(rows: number, path: string): number {
  const types = { INT_32: 'INT32', INT_64: 'INT64', STRING: 'STRING' } as const;
  let values: Record<string, unknown[]> = {};
  const begin = (): void => {
    values = Object.fromEntries(BENCH_FIELDS.map(({ id }) => [id, []]));
  };
  const sources = (): ColumnSource[] =>
    BENCH_FIELDS.map(({ id, type }) => ({
      name: parquetColumn(id),
      data: values[id]!,
      type: types[type] satisfies BasicType,
      nullable: true,
    }));
  begin();
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: schemaFromColumnData({ columnData: sources() }),
    codec: 'GZIP',
    compressors: { GZIP: (bytes) => gzipSync(bytes, { level: LEVEL }) },
  });
  let inWriter = 0;
  const flush = (): void => {
    const began = performance.now();
    void writer.write({ columnData: sources(), rowGroupSize: PEER_ROWS });
    inWriter += performance.now() - began;
    begin();
  };
  const lines = new Lines(rows);
  // Lines of an interface share their strings, as ours do.
  const facts: string[][] = [];
  while (lines.next()) {
    for (let i = 0; i < lines.count; i++) {
      const number = lines.interfaces[i]!;
      facts[number] ??= FACTS.map((id) => factOf(id, number));
      addPeerRow(values, lines, i, facts[number]);
      if (values['version']!.length === PEER_ROWS) flush();
    }
  }
  if (values['version']!.length > 0) flush();
  const began = performance.now();
  void writer.finish();
  return inWriter + performance.now() - began;
}

function addPeerRow(
  values: Record<string, unknown[]>,
  lines: Lines,
  i: number,
  facts: readonly string[],
): void {
  const egress = lines.egress[i] === 1;
  values['version']!.push(2);
  FACTS.forEach((id, k) => values[id]!.push(facts[k]));
  values['srcaddr']!.push(address(lines.sources, i, lines.six[i]!));
  values['dstaddr']!.push(address(lines.destinations, i, lines.six[i]!));
  values['srcport']!.push(lines.sourcePorts[i]);
  values['dstport']!.push(lines.destinationPorts[i]);
  values['protocol']!.push(lines.protocols[i]);
  values['packets']!.push(BigInt(lines.packets[i]!));
  values['bytes']!.push(BigInt(lines.bytes[i]!));
  values['start']!.push(BigInt(lines.starts[i]!));
  values['end']!.push(BigInt(lines.ends[i]!));
  values['action']!.push(lines.rejected[i] === 0 ? 'ACCEPT' : 'REJECT');
  values['log-status']!.push('OK');
  values['tcp-flags']!.push(lines.flags[i]);
  values['flow-direction']!.push(egress ? 'egress' : 'ingress');
  values['traffic-path']!.push(egress ? pathOf(lines.interfaces[i]!) : null);
}

function address(words: Int32Array, i: number, six: number): string {
  const [a, b, c, d] = [words[4 * i]!, words[4 * i + 1]!, words[4 * i + 2]!, words[4 * i + 3]!];
  return six === 0 ? formatIPv4(d >>> 0) : formatIPv6(a >>> 0, b >>> 0, c >>> 0, d >>> 0);
}

const [name = '', rows = '', path = ''] = process.argv.slice(2);
const write = { weir: writeOurs, 'hyparquet-writer': writePeer }[name];
if (write === undefined) throw new Error(`no writer ${name}`);
const began = performance.now();
const inWriter = write(Number(rows), path);
process.stdout.write(`${JSON.stringify({ all: performance.now() - began, inWriter })}\n`);
