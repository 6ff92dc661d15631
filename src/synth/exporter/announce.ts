/** Templates and options data of the made-up exporters (NetFlow v9, IPFIX). */
import { COMMON_FIELDS4, COMMON_FIELDS6, type ExportField, FIELDS } from '../exports/elements.ts';
import type { FlowExport } from '../exports/flow.ts';
import { IPFIX, IPFIX_SAMPLING } from '../exports/ipfix.ts';
import { NETFLOW_V9, V9_SAMPLING, V9_SCOPE } from '../exports/netflow-v9.ts';
import { TemplateEncoder } from '../exports/template-encoder.ts';
import type { ExporterOptions } from './datagram.ts';

const TEMPLATE4 = 256;
const TEMPLATE6 = 257;
const OPTIONS_TEMPLATE = 258;
/** Number of the only sampler of an exporter, where it samples. */
const SAMPLER = 1;
/** samplerMode 2, selectorAlgorithm 3: random n out of N (RFC 7270; RFC 5477, section 8.2.1). */
const V9_RANDOM = 2;
const IPFIX_RANDOM = 3;
/** samplingAlgorithm 1, selectorAlgorithm 1: every so many packets, here each one. */
const SYSTEMATIC = 1;

/** An encoder with its templates: writes them, and knows which of them a flow is written by. */
export interface Announcer {
  readonly encoder: TemplateEncoder;
  readonly sampler: number;
  /** Fields of the records of both families. */
  readonly fields4: readonly ExportField[];
  readonly fields6: readonly ExportField[];
  /** Writes all templates, the options template and the options data. */
  announce(): void;
  templateOf(flow: FlowExport): number;
}

/** @param boot milliseconds since the epoch */
export function announcerOf(
  options: Pick<ExporterOptions, 'kind' | 'sampling' | 'vlans' | 'sequence'>,
  exporter: number,
  boot: number,
): Announcer {
  const v9 = options.kind === 'netflow-v9';
  const encoder = new TemplateEncoder(v9 ? NETFLOW_V9 : IPFIX, {
    boot,
    domain: exporter + 1,
    sequence: options.sequence,
  });
  const sampler = options.sampling > 1 ? SAMPLER : 0;
  const more: ExportField[] = [];
  if (options.vlans) more.push(FIELDS.vlan);
  if (sampler !== 0) more.push(v9 ? FIELDS.sampler : FIELDS.selector);
  const fields4 = [...fieldsOf(COMMON_FIELDS4, v9), ...more];
  const fields6 = [...fieldsOf(COMMON_FIELDS6, v9), ...more];
  return {
    encoder,
    sampler,
    fields4,
    fields6,
    announce: () => {
      encoder.template(TEMPLATE4, fields4);
      encoder.template(TEMPLATE6, fields6);
      if (v9) announceV9(encoder, options.sampling, sampler);
      else announceIpfix(encoder, options.sampling, sampler, exporter + 1);
    },
    templateOf: (flow) => (flow.ipv6 ? TEMPLATE6 : TEMPLATE4),
  };
}

/** IPFIX: absolute times, and counters of 64 bits. */
function fieldsOf(common: readonly ExportField[], v9: boolean): ExportField[] {
  if (v9) return [...common];
  return common.map((field) => {
    if (field === FIELDS.startUptime) return FIELDS.startMillis;
    if (field === FIELDS.endUptime) return FIELDS.endMillis;
    if (field === FIELDS.octets4) return FIELDS.octets;
    return field === FIELDS.packets4 ? FIELDS.packets : field;
  });
}

function announceV9(encoder: TemplateEncoder, rate: number, sampler: number): void {
  const scope = { element: V9_SCOPE.system, length: 4 };
  if (sampler === 0) {
    encoder.optionsTemplate(OPTIONS_TEMPLATE, [scope], [V9_SAMPLING.interval, V9_SAMPLING.algorithm]);
    encoder.options(OPTIONS_TEMPLATE, [
      [4, 0],
      [4, rate],
      [1, SYSTEMATIC],
    ]);
    return;
  }
  const { samplerId, samplerMode, randomInterval } = V9_SAMPLING;
  encoder.optionsTemplate(OPTIONS_TEMPLATE, [scope], [samplerId, samplerMode, randomInterval]);
  encoder.options(OPTIONS_TEMPLATE, [
    [4, 0],
    [1, sampler],
    [1, V9_RANDOM],
    [4, rate],
  ]);
}

function announceIpfix(encoder: TemplateEncoder, rate: number, sampler: number, domain: number): void {
  const { observationDomainId, selectorId, selectorAlgorithm, packetInterval, packetSpace } = IPFIX_SAMPLING;
  if (sampler === 0) {
    encoder.optionsTemplate(
      OPTIONS_TEMPLATE,
      [observationDomainId],
      [selectorAlgorithm, packetInterval, packetSpace],
    );
    encoder.options(OPTIONS_TEMPLATE, [
      [4, domain],
      [2, SYSTEMATIC],
      [4, 1],
      [4, rate - 1],
    ]);
    return;
  }
  const { size, population } = IPFIX_SAMPLING;
  encoder.optionsTemplate(OPTIONS_TEMPLATE, [selectorId], [selectorAlgorithm, size, population]);
  encoder.options(OPTIONS_TEMPLATE, [
    [8, sampler],
    [2, IPFIX_RANDOM],
    [4, 1],
    [4, rate],
  ]);
}
