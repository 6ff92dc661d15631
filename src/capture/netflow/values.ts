import { type Plan, isMacSlot } from './plan.ts';
import {
  ADDRESSES,
  KIND_ADDRESS4,
  KIND_ADDRESS6,
  KIND_DELTA,
  KIND_FLOAT,
  KIND_MAC,
  KIND_NTP,
  SLOTS,
} from './slots.ts';

/** Records that are read at once, column by column: the columns of a plan stay in the first-level cache. */
export const CHUNK = 64;

const WORD = 0x1_0000_0000;
/** Seconds from 1900 to 1970 (RFC 5905, section 6), and the era that begins in 2036. */
const NTP_UNIX = 2_208_988_800;
const NTP_ERA = 0x8000_0000;

/**
 * The columns that a plan's fields are read into, CHUNK records at a time. Slots without a field are 0. All are
 * reused for every set; nothing is allocated for a record.
 */
export class Values {
  /** Slot s of record k at s × CHUNK + k. */
  readonly numbers = new Float64Array(SLOTS * CHUNK);
  /** Address a of record k at a × CHUNK + k, and its first word of four at four times that. */
  readonly addresses4 = new Int32Array(ADDRESSES * CHUNK);
  readonly addresses6 = new Int32Array(ADDRESSES * CHUNK * 4);
  #written: Plan | undefined;
  /** Places of the columns that it wrote, from 0 on. */
  #places = 0;

  /** Empties what the plan before wrote, when another comes. */
  use(plan: Plan): void {
    const last = this.#written;
    if (last === plan) return;
    this.#written = plan;
    const places = this.#places;
    this.#places = 0;
    if (last === undefined) return;
    for (let op = 0; op < last.ops; op++) this.#empty(last.slots[op]!, last.kinds[op]!, 0, places);
  }

  /** Reads `count` records (at most CHUNK) of a plan with a stride, from `at` on; the caller has checked that they
   * are there. `exportMicros`: when they were exported, in microseconds since the epoch. */
  readColumns(plan: Plan, view: DataView, at: number, count: number, exportMicros: number): void {
    if (count > this.#places) this.#places = count;
    for (let op = 0; op < plan.ops; op++) {
      const size = plan.sizes[op]!;
      this.#read(plan, op, view, at + plan.offsets[op]!, size, plan.stride, 0, count, exportMicros);
    }
  }

  /** Reads one record into place `k`, its fields where walkRecord found them. */
  readRecord(
    plan: Plan,
    view: DataView,
    starts: Uint32Array,
    lengths: Uint16Array,
    k: number,
    exportMicros: number,
  ): void {
    if (k >= this.#places) this.#places = k + 1;
    for (let op = 0; op < plan.ops; op++)
      this.#read(plan, op, view, starts[op]!, lengths[op]!, 0, k, k + 1, exportMicros);
  }

  /** Reads a field of records [from, to). Its size suits its kind (readable()), or is 0: then it is not there. */
  #read(
    plan: Plan,
    op: number,
    view: DataView,
    at: number,
    size: number,
    stride: number,
    from: number,
    to: number,
    exportMicros: number,
  ): void {
    const column = plan.slots[op]! * CHUNK;
    const first = column + from;
    const last = column + to;
    const numbers = this.numbers;
    if (size === 0) {
      this.#empty(plan.slots[op]!, plan.kinds[op]!, from, to);
      return;
    }
    switch (plan.kinds[op]) {
      case KIND_ADDRESS4:
        for (let k = first; k < last; k++, at += stride) this.addresses4[k] = view.getInt32(at, false);
        return;
      case KIND_ADDRESS6:
        for (let k = first; k < last; k++, at += stride)
          for (let i = 0; i < 4; i++) this.addresses6[4 * k + i] = view.getInt32(at + 4 * i, false);
        return;
      case KIND_MAC:
        for (let k = first; k < last; k++, at += stride) {
          numbers[k] = view.getUint16(at, false);
          numbers[k + CHUNK] = view.getUint32(at + 2, false);
        }
        return;
      case KIND_NTP:
        for (let k = first; k < last; k++, at += stride)
          numbers[k] = ntpMicros(view.getUint32(at, false), view.getUint32(at + 4, false));
        return;
      case KIND_FLOAT:
        for (let k = first; k < last; k++, at += stride)
          numbers[k] = size === 8 ? view.getFloat64(at, false) : view.getFloat32(at, false);
        return;
      case KIND_DELTA:
        readUnsigned(numbers, view, at, size, stride, first, last);
        for (let k = first; k < last; k++) numbers[k] = exportMicros - numbers[k]!;
        return;
      default: {
        readUnsigned(numbers, view, at, size, stride, first, last);
        const factor = plan.factors[op]!;
        if (factor !== 1) for (let k = first; k < last; k++) numbers[k]! *= factor;
      }
    }
  }

  /** Empties places [from, to) of a column. */
  #empty(slot: number, kind: number, from: number, to: number): void {
    const first = slot * CHUNK + from;
    const last = slot * CHUNK + to;
    if (kind === KIND_ADDRESS4) this.addresses4.fill(0, first, last);
    else if (kind === KIND_ADDRESS6) this.addresses6.fill(0, 4 * first, 4 * last);
    else {
      this.numbers.fill(0, first, last);
      if (isMacSlot(slot)) this.numbers.fill(0, first + CHUNK, last + CHUNK);
    }
  }
}

/** Whole numbers of 1 to 8 octets into out[from, to). Above 2^53 the lowest bits are lost. */
function readUnsigned(
  out: Float64Array,
  view: DataView,
  at: number,
  size: number,
  stride: number,
  from: number,
  to: number,
): void {
  switch (size) {
    case 1:
      for (let k = from; k < to; k++, at += stride) out[k] = view.getUint8(at);
      return;
    case 2:
      for (let k = from; k < to; k++, at += stride) out[k] = view.getUint16(at, false);
      return;
    case 4:
      for (let k = from; k < to; k++, at += stride) out[k] = view.getUint32(at, false);
      return;
    case 8:
      for (let k = from; k < to; k++, at += stride)
        out[k] = view.getUint32(at, false) * WORD + view.getUint32(at + 4, false);
      return;
    default:
      for (let k = from; k < to; k++, at += stride) {
        let value = 0;
        for (let i = 0; i < size; i++) value = value * 256 + view.getUint8(at + i);
        out[k] = value;
      }
  }
}

/** Microseconds since 1970; 0 for the zero timestamp, which means that it is not known. */
export function ntpMicros(seconds: number, fraction: number): number {
  if (seconds === 0 && fraction === 0) return 0;
  const unix = seconds - NTP_UNIX + (seconds < NTP_ERA ? WORD : 0);
  return unix * 1_000_000 + Math.floor((fraction * 1_000_000) / WORD);
}
