/** The fields that log formats draw from. */
import type { Field } from './filling.ts';
import { TRANSIT_GATEWAY_FIELDS } from './transit-gateway-fields.ts';
import { VPC_FIELDS } from './vpc-fields.ts';

export type { Field } from './filling.ts';
export { TRANSIT_GATEWAY_FIELDS } from './transit-gateway-fields.ts';
export { VPC_FIELDS } from './vpc-fields.ts';

/** Which catalogue a log format draws from. */
export type FormatKind = 'vpc' | 'transit-gateway';

/** How many fields of VPC_FIELDS make the default format: those of version 2. */
const VPC_DEFAULT_COUNT = 14;

const BY_ID: Record<FormatKind, ReadonlyMap<string, Field>> = {
  vpc: new Map(VPC_FIELDS.map((entry) => [entry.id, entry])),
  'transit-gateway': new Map(TRANSIT_GATEWAY_FIELDS.map((entry) => [entry.id, entry])),
};

/** All fields of a catalogue, in the vendor's order. */
export function fieldsOf(kind: FormatKind): readonly Field[] {
  return kind === 'vpc' ? VPC_FIELDS : TRANSIT_GATEWAY_FIELDS;
}

/** The fields of a kind's default format, in order: 14 for VPCs, all 36 for transit gateways. */
export function defaultFieldsOf(kind: FormatKind): readonly Field[] {
  return kind === 'vpc' ? VPC_FIELDS.slice(0, VPC_DEFAULT_COUNT) : TRANSIT_GATEWAY_FIELDS;
}

/** The field with an id (exact, lower case) in a catalogue, or undefined. */
export function findField(kind: FormatKind, id: string): Field | undefined {
  return BY_ID[kind].get(id);
}

/** Name of a field's Parquet column: the id with underscores. */
export function parquetColumn(id: string): string {
  return id.replaceAll('-', '_');
}
