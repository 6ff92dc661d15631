import { ELEMENT_ROWS } from './elements.generated.ts';

/** Abstract data types of information elements (RFC 7011, section 6.1; list: RFC 6313). */
export type ElementType =
  | 'unsigned8'
  | 'unsigned16'
  | 'unsigned32'
  | 'unsigned64'
  | 'signed8'
  | 'signed16'
  | 'signed32'
  | 'signed64'
  | 'float32'
  | 'float64'
  | 'boolean'
  | 'macAddress'
  | 'octetArray'
  | 'string'
  | 'dateTimeSeconds'
  | 'dateTimeMilliseconds'
  | 'dateTimeMicroseconds'
  | 'dateTimeNanoseconds'
  | 'ipv4Address'
  | 'ipv6Address'
  | 'list';

/** id, name, type, semantics (RFC 7012, section 3.2). */
export type ElementRow = readonly [number, string, ElementType, string];

const idsByName = new Map(ELEMENT_ROWS.map((row) => [row[1], row[0]]));
const rowsById = new Map(ELEMENT_ROWS.map((row) => [row[0], row]));

/** The id of an IANA information element. Throws for a name that the registry does not have: a typing error. */
export function elementId(name: string): number {
  const id = idsByName.get(name);
  if (id === undefined) throw new Error(`no information element is called ${name}`);
  return id;
}

/** What the registry says of an IANA information element; undefined for ids that it does not have. */
export function elementRow(id: number): ElementRow | undefined {
  return rowsById.get(id);
}
