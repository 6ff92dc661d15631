import { parquetColumn } from '../catalogue.ts';
import type { Field } from '../catalogue.ts';
import {
  CONVERTED_INT_32,
  CONVERTED_INT_64,
  CONVERTED_UTF8,
  INTEGER_REPETITION,
  STRING_REPETITION,
  TYPE_BYTE_ARRAY,
  TYPE_INT32,
  TYPE_INT64,
} from './constants.ts';
import type { LogFormat } from '../formats.ts';
import { LIST_OF_STRUCTS } from './thrift.ts';
import type { ThriftWriter } from './thrift.ts';

/** What a column follows from: a field of the catalogue. */
export type ColumnField = Pick<Field, 'id' | 'type'>;

/** The columns of a log format's rows, in the order of its fields. Plain data: a layout of delivery keeps them. */
export function parquetColumnsOf({ fields }: Pick<LogFormat, 'fields'>): readonly ColumnField[] {
  return fields.map(({ id, type }) => ({ id, type }));
}

/** `Type` of a column's values as they are stored. */
export function physicalType(field: ColumnField): number {
  if (field.type === 'STRING') return TYPE_BYTE_ARRAY;
  return field.type === 'INT_32' ? TYPE_INT32 : TYPE_INT64;
}

/** Field `id` of the footer: the list of schema elements, a root and a leaf for each column, in the given order. */
export function writeSchema(thrift: ThriftWriter, id: number, fields: readonly ColumnField[]): void {
  thrift.list(id, LIST_OF_STRUCTS, fields.length + 1);
  thrift.elementStruct();
  thrift.text(4, 'schema');
  thrift.i32(5, fields.length);
  thrift.end();
  for (const field of fields) writeLeaf(thrift, field);
}

/** The type twice, for readers of every age: as `converted_type` and as `logicalType`. */
function writeLeaf(thrift: ThriftWriter, field: ColumnField): void {
  thrift.elementStruct();
  thrift.i32(1, physicalType(field));
  thrift.i32(3, field.type === 'STRING' ? STRING_REPETITION : INTEGER_REPETITION);
  thrift.text(4, parquetColumn(field.id));
  if (field.type === 'STRING') {
    thrift.i32(6, CONVERTED_UTF8);
    thrift.struct(10);
    thrift.emptyStruct(1);
  } else {
    const short = field.type === 'INT_32';
    thrift.i32(6, short ? CONVERTED_INT_32 : CONVERTED_INT_64);
    thrift.struct(10);
    thrift.struct(10);
    thrift.i8(1, short ? 32 : 64);
    thrift.bool(2, true);
    thrift.end();
  }
  thrift.end();
  thrift.end();
}
