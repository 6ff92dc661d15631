import {
  ENTERPRISE_BIT,
  FIRST_DATA_SET,
  SET_HEADER_BYTES,
  V9_SCOPE_INTERFACE,
  V9_SCOPE_LINE_CARD,
  V9_SCOPE_TEMPLATE,
} from './constants.ts';
import { elementId } from './elements.ts';
import type { Domain } from './exporters.ts';
import type { TemplateField } from './plan.ts';
import type { RecordReader } from './records.ts';

const V9_FIELD_BYTES = 4;

/** The element that a v9 scope field corresponds to; others are skipped. */
const SCOPE_ELEMENTS = new Map([
  [V9_SCOPE_INTERFACE, elementId('ingressInterface')],
  [V9_SCOPE_LINE_CARD, elementId('lineCardId')],
  [V9_SCOPE_TEMPLATE, elementId('templateId')],
]);
const SKIPPED = elementId('paddingOctets');

/**
 * Template sets of NetFlow v9 and IPFIX. Each reads the templates of bytes[at, end), which begins behind the set's
 * header, and returns false when they are malformed: then those before the fault are taken, the rest is not.
 */

/** RFC 3954, section 5.2: template id 2 | field count 2 | (type 2 | length 2) of each field. */
export function readV9Templates(
  reader: RecordReader,
  domain: Domain,
  view: DataView,
  at: number,
  end: number,
  now: number,
): boolean {
  while (end - at >= 4) {
    const id = view.getUint16(at, false);
    const count = view.getUint16(at + 2, false);
    at += 4;
    // Zeros to the next 4 bytes.
    if (id === 0 && count === 0) continue;
    if (id < FIRST_DATA_SET || count === 0 || count * V9_FIELD_BYTES > end - at) return false;
    const fields = readV9Fields(view, at, count, false);
    at += count * V9_FIELD_BYTES;
    reader.define(domain, id, fields, 0, now);
  }
  return true;
}

/**
 * RFC 3954, section 6.1: template id 2 | scope length 2 | option length 2 | (type 2 | length 2) of each scope field,
 * then of each option. Both lengths are in bytes.
 */
export function readV9OptionsTemplates(
  reader: RecordReader,
  domain: Domain,
  view: DataView,
  at: number,
  end: number,
  now: number,
): boolean {
  while (end - at >= 6) {
    const id = view.getUint16(at, false);
    const scopeBytes = view.getUint16(at + 2, false);
    const optionBytes = view.getUint16(at + 4, false);
    at += 6;
    if (id === 0 && scopeBytes === 0 && optionBytes === 0) continue;
    if (id < FIRST_DATA_SET || scopeBytes + optionBytes > end - at) return false;
    if (scopeBytes % V9_FIELD_BYTES !== 0 || optionBytes % V9_FIELD_BYTES !== 0) return false;
    const scopes = scopeBytes / V9_FIELD_BYTES;
    const fields = readV9Fields(view, at, scopes, true);
    fields.push(...readV9Fields(view, at + scopeBytes, optionBytes / V9_FIELD_BYTES, false));
    at += scopeBytes + optionBytes;
    if (fields.length === 0) return false;
    // Options without a scope are of the whole domain.
    reader.define(domain, id, fields, Math.max(1, scopes), now);
  }
  return true;
}

function readV9Fields(view: DataView, at: number, count: number, scope: boolean): TemplateField[] {
  const fields: TemplateField[] = [];
  for (let i = 0; i < count; i++) {
    const type = view.getUint16(at + 4 * i, false);
    const element = scope ? (SCOPE_ELEMENTS.get(type) ?? SKIPPED) : type;
    fields.push({ enterprise: 0, element, length: view.getUint16(at + 4 * i + 2, false) });
  }
  return fields;
}

/**
 * RFC 7011, section 3.4: template id 2 | field count 2, of options: scope field count 2, then of each field: element 2 |
 * length 2, and enterprise number 4 where the element's highest bit is set. A field count of 0 is a withdrawal
 * (section 8.1), which `withdraw` is told of: id 2 or 3 means all templates of that kind.
 */
export function readIpfixTemplates(
  reader: RecordReader,
  domain: Domain,
  view: DataView,
  at: number,
  end: number,
  options: boolean,
  withdraw: (id: number) => void,
  now: number,
): boolean {
  while (end - at >= SET_HEADER_BYTES) {
    const id = view.getUint16(at, false);
    const count = view.getUint16(at + 2, false);
    at += 4;
    if (count === 0) {
      // Zeros to the set's end.
      if (id === 0) continue;
      withdraw(id);
      continue;
    }
    if (id < FIRST_DATA_SET) return false;
    let scopes = 0;
    if (options) {
      if (end - at < 2) return false;
      scopes = view.getUint16(at, false);
      at += 2;
      if (scopes === 0 || scopes > count) return false;
    }
    const fields: TemplateField[] = [];
    for (let i = 0; i < count; i++) {
      if (end - at < 4) return false;
      const element = view.getUint16(at, false);
      const length = view.getUint16(at + 2, false);
      at += 4;
      if ((element & ENTERPRISE_BIT) === 0) {
        fields.push({ enterprise: 0, element, length });
        continue;
      }
      if (end - at < 4) return false;
      fields.push({
        enterprise: view.getUint32(at, false),
        element: element & ~ENTERPRISE_BIT,
        length,
      });
      at += 4;
    }
    reader.define(domain, id, fields, scopes, now);
  }
  return true;
}
