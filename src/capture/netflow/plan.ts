import { LONG_LENGTH, VARIABLE_LENGTH } from './constants.ts';
import {
  ADDRESSES,
  KIND_ADDRESS4,
  KIND_ADDRESS6,
  KIND_FLOAT,
  KIND_MAC,
  KIND_NTP,
  REVERSE,
  SLOTS,
  SLOT_DST_MAC_HIGH,
  SLOT_SRC_MAC_HIGH,
  elementUse,
} from './slots.ts';
import type { ElementUse } from './slots.ts';

/** One field specifier of a template. */
export interface TemplateField {
  readonly enterprise: number;
  readonly element: number;
  /** Octets in each record, or VARIABLE_LENGTH. */
  readonly length: number;
}

/**
 * A template compiled: which octets of a record go to which column. Records of fixed length are read column by
 * column, `stride` apart; others are walked one by one.
 */
export interface Plan {
  /** Octets of a record; 0 where they vary. */
  readonly stride: number;
  /** The least octets of a record: what is left of a set below this is padding. */
  readonly minimum: number;
  readonly ops: number;
  /** For each op. Offsets only where the stride is fixed. */
  readonly kinds: Uint8Array;
  readonly slots: Uint8Array;
  readonly factors: Float64Array;
  readonly offsets: Uint32Array;
  readonly sizes: Uint16Array;
  /** For each field: its length in the template, and its op or -1. */
  readonly lengths: Uint16Array;
  readonly opOfField: Int16Array;
  /** 1 for each slot, IPv4 and IPv6 address column that an op writes. */
  readonly has: Uint8Array;
  readonly has4: Uint8Array;
  readonly has6: Uint8Array;
  /** Whether any reverse slot is written. */
  readonly reverse: boolean;
  /** Records of this template are options data. */
  readonly options: boolean;
}

/** Compiles the fields of a template, or undefined when its records would have no octets. Never throws. */
export function compilePlan(fields: readonly TemplateField[], options: boolean): Plan | undefined {
  const chosen = new Map<number, { field: number; use: ElementUse }>();
  let minimum = 0;
  let fixed = true;
  const offsets: number[] = [];
  for (const [index, field] of fields.entries()) {
    offsets.push(minimum);
    if (field.length === VARIABLE_LENGTH) fixed = false;
    minimum += field.length === VARIABLE_LENGTH ? 1 : field.length;
    const use = elementUse(field.enterprise, field.element);
    if (use === undefined || !readable(use.kind, field.length)) continue;
    const target = targetOf(use);
    const known = chosen.get(target);
    if (known === undefined || use.rank < known.use.rank) chosen.set(target, { field: index, use });
  }
  if (minimum === 0 || minimum > 0xffff) return undefined;
  const ops = [...chosen.values()].sort((a, b) => a.field - b.field);
  const plan = {
    stride: fixed ? minimum : 0,
    minimum,
    ops: ops.length,
    kinds: Uint8Array.from(ops, (op) => op.use.kind),
    slots: Uint8Array.from(ops, (op) => op.use.slot),
    factors: Float64Array.from(ops, (op) => op.use.factor),
    offsets: Uint32Array.from(ops, (op) => offsets[op.field]!),
    sizes: Uint16Array.from(ops, (op) => fields[op.field]!.length),
    lengths: Uint16Array.from(fields, (field) => field.length),
    opOfField: new Int16Array(fields.length).fill(-1),
    has: new Uint8Array(SLOTS),
    has4: new Uint8Array(ADDRESSES),
    has6: new Uint8Array(ADDRESSES),
    reverse: false,
    options,
  };
  for (const [index, { field, use }] of ops.entries()) {
    plan.opOfField[field] = index;
    if (use.kind === KIND_ADDRESS4) plan.has4[use.slot] = 1;
    else if (use.kind === KIND_ADDRESS6) plan.has6[use.slot] = 1;
    else plan.has[use.slot] = 1;
  }
  plan.reverse = plan.has.subarray(REVERSE, 2 * REVERSE).includes(1);
  return plan;
}

/** Slots, IPv4 and IPv6 addresses are numbered apart. */
function targetOf(use: ElementUse): number {
  if (use.kind === KIND_ADDRESS4) return SLOTS + use.slot;
  return use.kind === KIND_ADDRESS6 ? SLOTS + ADDRESSES + use.slot : use.slot;
}

/** Whether a field of this length can be read as that kind; one that cannot is skipped. */
export function readable(kind: number, length: number): boolean {
  if (length === VARIABLE_LENGTH) return true;
  switch (kind) {
    case KIND_ADDRESS4:
      return length === 4;
    case KIND_ADDRESS6:
      return length === 16;
    case KIND_MAC:
      return length === 6;
    case KIND_NTP:
      return length === 8;
    case KIND_FLOAT:
      return length === 4 || length === 8;
    default:
      return length >= 1 && length <= 8;
  }
}

/** Whether a slot takes two columns: MAC addresses have their low 32 bits in the next one. */
export function isMacSlot(slot: number): boolean {
  return slot === SLOT_SRC_MAC_HIGH || slot === SLOT_DST_MAC_HIGH;
}

/**
 * The octets of the record at `at` of a plan without a stride, after setting `starts` and `lengths` of each op
 * (a length of 0 where a field cannot be read); -1 when it does not end at or before `end`.
 */
export function walkRecord(
  plan: Plan,
  bytes: Uint8Array,
  at: number,
  end: number,
  starts: Uint32Array,
  lengths: Uint16Array,
): number {
  let next = at;
  for (let field = 0; field < plan.lengths.length; field++) {
    let length = plan.lengths[field]!;
    if (length === VARIABLE_LENGTH) {
      if (next >= end) return -1;
      length = bytes[next++]!;
      if (length === LONG_LENGTH) {
        if (next + 2 > end) return -1;
        length = (bytes[next]! << 8) | bytes[next + 1]!;
        next += 2;
      }
    }
    if (next + length > end) return -1;
    const op = plan.opOfField[field]!;
    if (op >= 0) {
      starts[op] = next;
      lengths[op] = readable(plan.kinds[op]!, length) ? length : 0;
    }
    next += length;
  }
  return next - at;
}
