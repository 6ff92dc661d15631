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
import { ParquetColumns } from '../src/records/parquet/columns.ts';
import { ParquetFile } from '../src/records/parquet/file.ts';
import { NULL_INT32 } from '../src/records/parquet/integer-chunk.ts';
import { InterfaceStrings } from '../src/records/parquet/interface-strings.ts';
import { BATCH, BENCH_FIELDS, factOf, Lines, pathOf } from './parquet-lines.ts';

const FACTS = ['account-id', 'interface-id', 'vpc-id', 'subnet-id', 'instance-id'];
/** Both compress at level 1. */
const LEVEL = 1;
/** The row groups of hyparquet-writer, its own default behind the first. */
const PEER_ROWS = 100_000;

function idColumn(): Int32Array {
  return new Int32Array(BATCH);
}

function writeOurs(rows: number, path: string): number {
  const columns = new ParquetColumns(BENCH_FIELDS);
  const { strings, addresses } = columns;
  const file = new ParquetFile(BENCH_FIELDS);
  const out = openSync(path, 'w');
  writeSync(out, file.header());
  const close = (): void => {
    const { bytes, summary } = columns.close();
    writeSync(out, bytes);
    file.add(summary);
  };
  const lines = new Lines(rows);
  const batch: Record<string, Int32Array | Float64Array> = {
    version: new Int32Array(BATCH).fill(2),
    srcaddr: idColumn(),
    dstaddr: idColumn(),
    srcport: lines.sourcePorts,
    dstport: lines.destinationPorts,
    protocol: lines.protocols,
    packets: lines.packets,
    bytes: lines.bytes,
    start: lines.starts,
    end: lines.ends,
    action: idColumn(),
    'log-status': idColumn(),
    'tcp-flags': lines.flags,
    'flow-direction': idColumn(),
    'traffic-path': new Int32Array(BATCH),
  };
  const facts = new InterfaceStrings(strings, FACTS.length, (number, k) => factOf(FACTS[k]!, number));
  const factColumns = FACTS.map((id) => (batch[id] = idColumn()));
  const inOrder = BENCH_FIELDS.map(({ id }) => batch[id]!);
  let inWriter = 0;
  while (lines.next()) {
    const began = performance.now();
    // Batches do not divide a row group's rows here: what has no room goes into the next.
    for (let from = 0; from < lines.count;) {
      const count = Math.min(columns.room, lines.count - from);
      fillFacts(lines, from, count, facts, factColumns);
      fillRows(lines, from, count);
      columns.appendBatch(
        count,
        inOrder.map((values) => (values.length === BATCH ? values.subarray(from, from + count) : values)),
      );
      from += count;
      if (columns.room === 0) close();
    }
    inWriter += performance.now() - began;
  }
  const began = performance.now();
  if (columns.rows > 0) close();
  writeSync(out, file.trailer());
  closeSync(out);
  return inWriter + performance.now() - began;

  function fillRows(lines: Lines, from: number, count: number): void {
    const { sources, destinations } = lines;
    const { srcaddr, dstaddr, action } = batch as Record<string, Int32Array>;
    const direction = batch['flow-direction']!;
    const path = batch['traffic-path']!;
    const [accept, reject] = [strings.ofText('ACCEPT'), strings.ofText('REJECT')];
    const [ingress, egress] = [strings.ofText('ingress'), strings.ofText('egress')];
    batch['log-status']!.fill(strings.ofText('OK'), from, from + count);
    for (let i = from; i < from + count; i++) {
      const at = 4 * i;
      if (lines.six[i] === 0) {
        srcaddr![i] = addresses.ofIPv4(sources[at + 3]!);
        dstaddr![i] = addresses.ofIPv4(destinations[at + 3]!);
      } else {
        srcaddr![i] = addresses.ofIPv6(sources[at]!, sources[at + 1]!, sources[at + 2]!, sources[at + 3]!);
        const [a, b, c] = [destinations[at]!, destinations[at + 1]!, destinations[at + 2]!];
        dstaddr![i] = addresses.ofIPv6(a, b, c, destinations[at + 3]!);
      }
      action![i] = lines.rejected[i] === 0 ? accept : reject;
      const out = lines.egress[i] === 1;
      direction[i] = out ? egress : ingress;
      path[i] = out ? pathOf(lines.interfaces[i]!) : NULL_INT32;
    }
  }
}

/** What follows from the interface: runs of lines have the same. */
function fillFacts(
  lines: Lines,
  from: number,
  count: number,
  facts: InterfaceStrings,
  columns: readonly Int32Array[],
): void {
  const { interfaces } = lines;
  for (let i = from; i < from + count;) {
    const number = interfaces[i]!;
    let end = i + 1;
    while (end < from + count && interfaces[end] === number) end++;
    const place = facts.locate(number);
    columns.forEach((column, k) => column.fill(facts.ids[place + k]!, i, end));
    i = end;
  }
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
