import type { Plan } from './plan.ts';
import {
  REVERSE,
  SLOT_DURATION,
  SLOT_END,
  SLOT_END_UPTIME,
  SLOT_START,
  SLOT_START_UPTIME,
  SLOT_SYSTEM_INIT,
} from './slots.ts';
import { CHUNK, type Values } from './values.ts';
import type { ExportContext } from './context.ts';

/** sysUpTime counts milliseconds in 32 bits, and begins anew after 49.7 days. */
const WRAP_MILLIS = 0x1_0000_0000;
const MILLIS = 1000;
const MAX_MICROS = 0xffffffff * 1_000_000;
/** Of a flow whose end is before its start by modular arithmetic: durations above this are none. */
const LONGEST_MILLIS = 0x8000_0000;

/** What had to be done to make sense of a record's times. */
export const TIMES_CLAMPED = 1;
export const TIMES_INVERTED = 2;
export const TIMES_UNKNOWN = 4;

/** Whether records of a plan have no times but sysUpTime, and do not tell what that counts from. */
export function needsBoot(plan: Plan): boolean {
  const { has } = plan;
  return (
    (has[SLOT_START_UPTIME]! | has[SLOT_END_UPTIME]!) !== 0 &&
    (has[SLOT_START]! | has[SLOT_END]! | has[SLOT_SYSTEM_INIT]!) === 0
  );
}

/** Start and end of flows, in microseconds since the epoch. The same object for all records. */
export class FlowTimes {
  start = 0;
  end = 0;

  /**
   * Sets start and end of record `k` from whichever of the encodings its plan has: absolute times first, then
   * sysUpTime; a duration or one of the two stands in for the other. `base`: 0, or REVERSE for a biflow's other
   * direction. Returns TIMES_ bits.
   */
  read(plan: Plan, values: Values, k: number, base: number, context: ExportContext): number {
    const { has } = plan;
    const numbers = values.numbers;
    let start = numbers[(base + SLOT_START) * CHUNK + k]!;
    let end = numbers[(base + SLOT_END) * CHUNK + k]!;
    let state = 0;
    if (start === 0 && end === 0 && (has[base + SLOT_END_UPTIME]! | has[base + SLOT_START_UPTIME]!) !== 0) {
      const boot = numbers[SLOT_SYSTEM_INIT * CHUNK + k]! || context.bootMicros || context.domain.systemInit;
      if (boot !== 0) {
        const first = numbers[(base + SLOT_START_UPTIME) * CHUNK + k]!;
        const last = numbers[(base + SLOT_END_UPTIME) * CHUNK + k]!;
        state |= this.#fromUptime(
          boot,
          has[base + SLOT_START_UPTIME] === 0 ? last : first,
          has[base + SLOT_END_UPTIME] === 0 ? first : last,
          context.exportMicros,
        );
        start = this.start;
        end = this.end;
      }
    }
    const duration = numbers[(base + SLOT_DURATION) * CHUNK + k]!;
    if (end === 0) {
      if (start === 0 && base === REVERSE) return this.read(plan, values, k, 0, context);
      end = start === 0 ? context.exportMicros : start + duration;
      if (start === 0) state |= TIMES_UNKNOWN;
    }
    if (start === 0) start = end - duration;
    return state | this.#settle(start, end, context);
  }

  /** Sets start and end from sysUpTime of a flow's first and last packet (v5). Returns TIMES_ bits. */
  readUptime(first: number, last: number, context: ExportContext): number {
    const state = this.#fromUptime(context.bootMicros, first, last, context.exportMicros);
    return state | this.#settle(this.start, this.end, context);
  }

  /** The wrap is resolved by the export time, which cannot be half of it away. */
  #fromUptime(boot: number, first: number, last: number, exportMicros: number): number {
    const end = boot + last * MILLIS;
    const wraps = Math.round((exportMicros - end) / (WRAP_MILLIS * MILLIS));
    this.end = end + wraps * WRAP_MILLIS * MILLIS;
    const lasted = (last - first) % WRAP_MILLIS;
    const duration = lasted < 0 ? lasted + WRAP_MILLIS : lasted;
    if (duration > LONGEST_MILLIS) {
      this.start = this.end;
      return TIMES_INVERTED;
    }
    this.start = this.end - duration * MILLIS;
    return 0;
  }

  /** Shifts to the receiver's clock where that is wanted, and clamps to the receive time (S7.4). */
  #settle(start: number, end: number, context: ExportContext): number {
    let state = 0;
    if (context.domain.exporter.settings.clock === 'receiver') {
      const shift = context.receiveMicros - context.exportMicros;
      start += shift;
      end += shift;
    }
    if (start > end) {
      state |= TIMES_INVERTED;
      start = end;
    }
    if (end > context.receiveMicros) {
      state |= TIMES_CLAMPED;
      end = context.receiveMicros;
    }
    if (start > end) start = end;
    this.end = Math.min(Math.max(0, end), MAX_MICROS);
    this.start = Math.min(Math.max(0, start), MAX_MICROS);
    return state;
  }
}
