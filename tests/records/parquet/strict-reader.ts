/** A second reading of the Parquet format, for flat columns, that takes nothing on trust and leaves no byte unread. */
import { crc32, gunzipSync } from 'node:zlib';

type Struct = Map<number, Thrift>;
type Thrift = bigint | boolean | Buffer | Struct | Thrift[];

class Bytes {
  at: number;
  readonly #bytes: Buffer;
  readonly end: number;
  constructor(bytes: Buffer, from = 0, to = bytes.length) {
    this.#bytes = bytes;
    this.at = from;
    this.end = to;
  }
  byte(): number {
    if (this.at >= this.end) throw new Error(`read past ${this.end}`);
    return this.#bytes[this.at++]!;
  }
  take(length: number): Buffer {
    if (this.at + length > this.end) throw new Error(`read ${length} bytes past ${this.end}`);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
      if (shift > 63n) throw new Error('endless varint');
    }
  }
  zigzag(): bigint {
    const value = this.varint();
    return value & 1n ? -((value + 1n) / 2n) : value / 2n;
  }
  struct(): Struct {
    const out: Struct = new Map();
    let id = 0;
    for (let head = this.byte(); head !== 0; head = this.byte()) {
      if (head >>> 4 === 0) throw new Error('long field ids are not expected');
      id += head >>> 4;
      out.set(id, this.#value(head & 15, true));
    }
    return out;
  }
  #value(type: number, field: boolean): Thrift {
    if (type === 1 && field) return true;
    if (type === 2 && field) return false;
    if (type === 3) return BigInt((this.byte() << 24) >> 24);
    if (type >= 4 && type <= 6) return this.zigzag();
    if (type === 8) return this.take(Number(this.varint()));
    if (type === 12) return this.struct();
    if (type !== 9) throw new Error(`thrift type ${type}`);
    const head = this.byte();
    const count = head >>> 4 === 15 ? Number(this.varint()) : head >>> 4;
    return Array.from({ length: count }, () => this.#value(head & 15, false));
  }
}

export type Value = number | Buffer | null;

export interface ChunkRead {
  readonly path: string;
  readonly dictionary: number | undefined;
  readonly pages: number;
  readonly values: readonly Value[];
  readonly nulls: number;
  readonly min: Buffer | undefined;
  readonly max: Buffer | undefined;
}

export interface FileRead {
  readonly createdBy: string;
  readonly columns: readonly {
    readonly name: string;
    readonly type: number;
    readonly repetition: number;
    readonly converted: number;
  }[];
  readonly rows: number;
  readonly groups: readonly { readonly rows: number; readonly chunks: readonly ChunkRead[] }[];
}

const number = (struct: Struct, id: number): number => {
  const value = struct.get(id);
  if (typeof value !== 'bigint') throw new Error(`field ${id} is no number`);
  return Number(value);
};
const list = (struct: Struct, id: number): Thrift[] => struct.get(id) as Thrift[];

function same(what: string, got: unknown, wanted: unknown): void {
  if (got !== wanted) throw new Error(`${what}: ${String(got)} instead of ${String(wanted)}`);
}

/** Reads a whole file; throws where anything in it contradicts anything else. */
export function readStrictly(file: Uint8Array): FileRead {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  same('first bytes', bytes.toString('latin1', 0, 4), 'PAR1');
  same('last bytes', bytes.toString('latin1', bytes.length - 4), 'PAR1');
  const footerAt = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  const reader = new Bytes(bytes, footerAt, bytes.length - 8);
  const footer = reader.struct();
  same('end of the footer', reader.at, bytes.length - 8);
  same('version', number(footer, 1), 1);
  const [root, ...leaves] = list(footer, 2) as Struct[];
  same('leaves', number(root!, 5), leaves.length);
  const columns = leaves.map((leaf) => ({
    name: (leaf.get(4) as Buffer).toString(),
    type: number(leaf, 1),
    repetition: number(leaf, 3),
    converted: number(leaf, 6),
  }));
  leaves.forEach((leaf, k) => checkLogicalType(leaf.get(10) as Struct, columns[k]!.converted));
  const orders = list(footer, 7) as Struct[];
  same('column orders', orders.length, leaves.length);
  for (const order of orders) same('order', (order.get(1) as Struct).size, 0);
  let next = 4;
  const groups = (list(footer, 4) as Struct[]).map((group, ordinal) => {
    const rows = number(group, 3);
    same('ordinal', number(group, 7), ordinal);
    same('place of the row group', number(group, 5), next);
    const begun = next;
    let plain = 0;
    const chunks = (list(group, 1) as Struct[]).map((chunk, k) => {
      const meta = chunk.get(3) as Struct;
      const read = readChunk(bytes, meta, next, rows, columns[k]!.type);
      same('path', read.path, columns[k]!.name);
      next += number(meta, 7);
      plain += number(meta, 6);
      return read;
    });
    same('columns of a row group', chunks.length, columns.length);
    same('plain bytes of a row group', number(group, 2), plain);
    same('stored bytes of a row group', number(group, 6), next - begun);
    return { rows, chunks };
  });
  same('place of the footer', footerAt, next);
  const rows = number(footer, 3);
  same(
    'rows',
    rows,
    groups.reduce((sum, group) => sum + group.rows, 0),
  );
  return { createdBy: (footer.get(6) as Buffer).toString(), columns, rows, groups };
}

function checkLogicalType(type: Struct, converted: number): void {
  if (converted === 0) {
    same('string', (type.get(1) as Struct).size, 0);
  } else {
    const integer = type.get(10) as Struct;
    same('bits', number(integer, 1), converted === 17 ? 32 : 64);
    same('signed', integer.get(2), true);
  }
}

function readChunk(bytes: Buffer, meta: Struct, start: number, rows: number, type: number): ChunkRead {
  same('type', number(meta, 1), type);
  same('codec', number(meta, 4), 2);
  same('values', number(meta, 5), rows);
  const encodings = (list(meta, 2) as bigint[]).map(Number);
  const dictionaryAt = meta.has(11) ? number(meta, 11) : undefined;
  same('first page', dictionaryAt ?? number(meta, 9), start);
  const end = start + number(meta, 7);
  const values: Value[] = [];
  let dictionary: readonly Value[] | undefined;
  let pages = 0;
  let plain = 0;
  let at = start;
  while (at < end) {
    const reader = new Bytes(bytes, at, end);
    const header = reader.struct();
    const headerBytes = reader.at - at;
    const stored = reader.take(number(header, 3));
    same('CRC of a page', number(header, 4), crc32(stored) | 0);
    checkGzip(stored);
    const page = gunzipSync(stored);
    same('bytes of a page', page.length, number(header, 2));
    plain += headerBytes + page.length;
    if (number(header, 1) === 2) {
      same('dictionary page', at, dictionaryAt);
      const head = header.get(7) as Struct;
      same('encoding', number(head, 2), 2);
      dictionary = readPlain(new Bytes(page), type, number(head, 1));
    } else {
      same('page type', number(header, 1), 0);
      if (pages === 0) same('first data page', at, number(meta, 9));
      pages++;
      const head = header.get(5) as Struct;
      same('levels', `${number(head, 3)} ${number(head, 4)}`, '3 3');
      same('encoding', number(head, 2), dictionary === undefined ? 0 : 2);
      same('encodings', encodings.join(' '), `${number(head, 2)} 3`);
      readData(page, type, number(head, 1), dictionary, values);
    }
    at = reader.at;
  }
  same('end of the chunk', at, end);
  same('plain bytes', plain, number(meta, 6));
  same('rows of the pages', values.length, rows);
  const statistics = meta.get(12) as Struct;
  const nulls = number(statistics, 3);
  same('nulls', nulls, values.filter((value) => value === null).length);
  same('both bounds', statistics.has(5), statistics.has(6));
  return {
    path: (list(meta, 3) as Buffer[])[0]!.toString(),
    dictionary: dictionary?.length,
    pages,
    values,
    nulls,
    max: statistics.get(5) as Buffer | undefined,
    min: statistics.get(6) as Buffer | undefined,
  };
}

/** No name, no time, nothing of the machine. */
function checkGzip(bytes: Buffer): void {
  same('gzip header', bytes.toString('hex', 0, 10), '1f8b08000000000000ff');
}

function readData(
  page: Buffer,
  type: number,
  rows: number,
  dictionary: readonly Value[] | undefined,
  values: Value[],
): void {
  const levelsEnd = 4 + page.readUInt32LE(0);
  const levels = readHybrid(new Bytes(page, 4, levelsEnd), 1, rows);
  const count = levels.reduce((sum, level) => sum + level, 0);
  let present: readonly Value[];
  if (dictionary === undefined) present = readPlain(new Bytes(page, levelsEnd), type, count);
  else {
    const width = page[levelsEnd]!;
    present = readHybrid(new Bytes(page, levelsEnd + 1), width, count).map((index) => {
      if (index >= dictionary.length) throw new Error(`entry ${index} of ${dictionary.length}`);
      return dictionary[index]!;
    });
  }
  let next = 0;
  for (const level of levels) values.push(level === 0 ? null : present[next++]!);
}

/** So many values, with nothing left behind them; padding of the last group is 0. */
function readHybrid(reader: Bytes, width: number, count: number): number[] {
  const out: number[] = [];
  while (reader.at < reader.end) {
    const head = Number(reader.varint());
    if (head % 2 === 0) {
      let value = 0;
      for (let bits = 0; bits < width; bits += 8) value |= reader.byte() << bits;
      for (let i = 0; i < head / 2; i++) out.push(value);
      if (out.length > count) throw new Error(`a run past value ${count}`);
    } else {
      const groups = reader.take(((head - 1) / 2) * width);
      for (let i = 0; i < (head - 1) * 4; i++) {
        let value = 0;
        for (let bit = 0; bit < width; bit++) {
          const at = i * width + bit;
          value |= ((groups[at >>> 3]! >>> (at & 7)) & 1) << bit;
        }
        out.push(value);
      }
    }
  }
  if (out.length < count || out.length >= count + 8) throw new Error(`${out.length} values of ${count}`);
  if (out.slice(count).some((value) => value !== 0)) throw new Error('padding is not 0');
  return out.slice(0, count);
}

function readPlain(reader: Bytes, type: number, count: number): Value[] {
  const out: Value[] = [];
  for (let i = 0; i < count; i++) {
    if (type === 1) out.push(reader.take(4).readInt32LE());
    else if (type === 2) out.push(Number(reader.take(8).readBigInt64LE()));
    else out.push(reader.take(reader.take(4).readUInt32LE()));
  }
  same('end of the values', reader.at, reader.end);
  return out;
}
