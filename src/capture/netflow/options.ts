import type { Domain } from './exporters.ts';
import type { Plan } from './plan.ts';
import { recordRate } from './rates.ts';
import {
  SLOT_INGRESS,
  SLOT_NOT_SENT_FLOWS,
  SLOT_SAMPLER,
  SLOT_SEQUENCE,
  SLOT_SYSTEM_INIT,
  SLOT_TEMPLATE,
} from './slots.ts';
import { CHUNK, type Values } from './values.ts';

/**
 * Takes from `count` options records what rows need: sampling rates (by selector or sampler, interface, template, or
 * for the whole domain: S7.3), the exporter's boot time, the flows that it lost itself. Returns whether a rate or
 * the boot time became known that was not known at all before.
 */
export function readOptions(plan: Plan, values: Values, count: number, domain: Domain): boolean {
  const { numbers } = values;
  const { sampling } = domain;
  let learnt = false;
  for (let k = 0; k < count; k++) {
    const init = numbers[SLOT_SYSTEM_INIT * CHUNK + k]!;
    if (init > 0) {
      learnt ||= domain.systemInit === 0;
      domain.systemInit = init;
    }
    if (plan.has[SLOT_NOT_SENT_FLOWS] !== 0) domain.notSentFlows = numbers[SLOT_NOT_SENT_FLOWS * CHUNK + k]!;
    const selector = numbers[SLOT_SAMPLER * CHUNK + k]!;
    const sequence = numbers[SLOT_SEQUENCE * CHUNK + k]!;
    if (sequence !== 0 && selector !== 0) {
      learnt = !sampling.sequences.has(sequence) || learnt;
      sampling.set(sampling.sequences, sequence, selector);
    }
    const rate = recordRate(numbers, k);
    if (rate <= 0) continue;
    const template = numbers[SLOT_TEMPLATE * CHUNK + k]!;
    const ifIndex = numbers[SLOT_INGRESS * CHUNK + k]!;
    if (plan.has[SLOT_SAMPLER] !== 0 && selector !== 0) {
      learnt = !sampling.selectors.has(selector) || learnt;
      sampling.set(sampling.selectors, selector, rate);
      domain.unknownSamplers.delete(selector);
    } else if (template !== 0) {
      learnt = !sampling.templates.has(template) || learnt;
      sampling.set(sampling.templates, template, rate);
    } else if (ifIndex !== 0) {
      learnt = !sampling.interfaces.has(ifIndex) || learnt;
      sampling.set(sampling.interfaces, ifIndex, rate);
    } else {
      learnt ||= sampling.whole === 0;
      sampling.whole = rate;
    }
  }
  return learnt;
}
