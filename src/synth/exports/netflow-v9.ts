import type { TemplateProtocol } from './template-encoder.ts';

/** NetFlow v9 (RFC 3954) for a TemplateEncoder. */
export const NETFLOW_V9: TemplateProtocol = { version: 9, headerBytes: 20, templateSet: 0, optionsSet: 1 };

/** Scope field types (RFC 3954, section 6.1). */
export const V9_SCOPE = { system: 1, interface: 2, lineCard: 3, cache: 4, template: 5 } as const;

/** Elements that describe sampling (RFC 3954, section 8). */
export const V9_SAMPLING = {
  interval: { element: 34, length: 4 },
  algorithm: { element: 35, length: 1 },
  samplerId: { element: 48, length: 1 },
  samplerMode: { element: 49, length: 1 },
  randomInterval: { element: 50, length: 4 },
} as const;
