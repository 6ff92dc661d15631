import { type ExportCounters, NOTE_SAMPLING_CAPPED } from './counters.ts';
import type { Domain } from './exporters.ts';
import type { ExportLimits } from './limits.ts';
import type { Plan } from './plan.ts';
import { rateOf } from './sampling.ts';
import {
  SLOT_INGRESS,
  SLOT_PACKET_INTERVAL,
  SLOT_PACKET_SPACE,
  SLOT_SAMPLER,
  SLOT_SAMPLING_INTERVAL,
  SLOT_SAMPLING_POPULATION,
  SLOT_SAMPLING_PROBABILITY,
  SLOT_SAMPLING_SIZE,
  SLOT_SEQUENCE,
} from './slots.ts';
import { CHUNK, type Values } from './values.ts';

/** The sampling rate of each record of a chunk (S7.3). */
export class RowRates {
  /** 0: not known. */
  readonly rates = new Float64Array(CHUNK);
  readonly #limits: ExportLimits;
  readonly #counters: ExportCounters;

  constructor(limits: ExportLimits, counters: ExportCounters) {
    this.#limits = limits;
    this.#counters = counters;
  }

  /**
   * Sets the rates of `count` records: what the record says of itself, else its sampler, its interface, its template,
   * its domain, else what is configured. False when one is not known and may yet be told: then the records wait.
   * `final`: they have waited long enough.
   */
  resolve(
    plan: Plan,
    templateId: number,
    values: Values,
    count: number,
    domain: Domain,
    now: number,
    final: boolean,
  ): boolean {
    const { sampling } = domain;
    const configured = domain.exporter.settings.samplingRate ?? 0;
    const fallback = this.#cap(sampling.templates.get(templateId) ?? (sampling.whole || configured));
    const rates = this.rates;
    rates.fill(fallback, 0, count);
    const own = tellsRate(plan);
    const sampler = (plan.has[SLOT_SAMPLER]! | plan.has[SLOT_SEQUENCE]!) !== 0;
    const waiting = !final && configured === 0;
    const young = waiting && now - domain.firstSeen < this.#limits.holdForSampling;
    if (!own && !sampler && sampling.interfaces.size === 0) return fallback > 0 || !young;
    const numbers = values.numbers;
    for (let k = 0; k < count; k++) {
      let rate = own ? recordRate(numbers, k) : 0;
      let id = 0;
      if (rate === 0 && sampler) {
        id = numbers[SLOT_SAMPLER * CHUNK + k]!;
        if (id === 0) id = sampling.sequences.get(numbers[SLOT_SEQUENCE * CHUNK + k]!) ?? 0;
        if (id !== 0) rate = sampling.selectors.get(id) ?? 0;
      }
      if (rate === 0 && sampling.interfaces.size > 0)
        rate = sampling.interfaces.get(numbers[SLOT_INGRESS * CHUNK + k]!) ?? 0;
      if (rate > 0) rates[k] = this.#cap(rate);
      else if (waiting && (id !== 0 ? this.#newSampler(domain, id, now) : young && fallback === 0))
        return false;
    }
    return true;
  }

  /** Whether the options that describe a sampler may still be on their way. */
  #newSampler(domain: Domain, id: number, now: number): boolean {
    const since = domain.unknownSamplers.get(id);
    if (since !== undefined) return now - since < this.#limits.holdForSampling;
    if (domain.unknownSamplers.size >= this.#limits.samplers) return false;
    domain.unknownSamplers.set(id, now);
    return true;
  }

  #cap(rate: number): number {
    if (rate <= this.#limits.samplingRate) return rate;
    this.#counters.notes[NOTE_SAMPLING_CAPPED]!++;
    return this.#limits.samplingRate;
  }
}

/** Whether records of a plan describe their sampling themselves. */
function tellsRate(plan: Plan): boolean {
  return (
    (plan.has[SLOT_SAMPLING_INTERVAL]! |
      plan.has[SLOT_PACKET_INTERVAL]! |
      plan.has[SLOT_SAMPLING_SIZE]! |
      plan.has[SLOT_SAMPLING_PROBABILITY]!) !==
    0
  );
}

/** The rate that record `k` of a chunk tells, 0 without one. */
export function recordRate(numbers: Float64Array, k: number): number {
  return rateOf(
    numbers[SLOT_SAMPLING_INTERVAL * CHUNK + k]!,
    numbers[SLOT_PACKET_INTERVAL * CHUNK + k]!,
    numbers[SLOT_PACKET_SPACE * CHUNK + k]!,
    numbers[SLOT_SAMPLING_SIZE * CHUNK + k]!,
    numbers[SLOT_SAMPLING_POPULATION * CHUNK + k]!,
    numbers[SLOT_SAMPLING_PROBABILITY * CHUNK + k]!,
  );
}
