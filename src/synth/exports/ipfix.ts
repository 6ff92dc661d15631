import type { TemplateProtocol } from './template-encoder.ts';

/** IPFIX (RFC 7011) for a TemplateEncoder. */
export const IPFIX: TemplateProtocol = { version: 10, headerBytes: 16, templateSet: 2, optionsSet: 3 };

/** Elements that describe packet sampling (RFC 5477, section 8.2), and the scopes they are told for. */
export const IPFIX_SAMPLING = {
  ingressInterface: { element: 10, length: 4 },
  templateId: { element: 145, length: 2 },
  observationDomainId: { element: 149, length: 4 },
  selectorId: { element: 302, length: 8 },
  selectorAlgorithm: { element: 304, length: 2 },
  packetInterval: { element: 305, length: 4 },
  packetSpace: { element: 306, length: 4 },
  size: { element: 309, length: 4 },
  population: { element: 310, length: 4 },
} as const;
