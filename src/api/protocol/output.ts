import { escapeXml } from '../../wire/xml.ts';
import type { Member, Shape, Structure } from './shapes.ts';

/**
 * Writes the members of an output as XML elements, in the order of the shape. An absent member is left out;
 * an empty list is an empty element, which clients read as `[]`; a list in a list item that is absent is
 * left out too.
 *
 * Throws a TypeError where a value is not of its shape: a fault of the handler, not of the client.
 */
export function writeOutput(shape: Structure, value: object): string {
  return writeStructure(shape, value as Readonly<Record<string, unknown>>);
}

function writeStructure(shape: Structure, value: Readonly<Record<string, unknown>>): string {
  let out = '';
  for (const member of shape.members) {
    const held = value[member.name];
    if (held !== undefined && held !== null) out += writeMember(member, held);
  }
  return out;
}

function writeMember(member: Member, value: unknown): string {
  const content = write(member.shape, value, member.name);
  return content === '' && member.shape.kind !== 'string'
    ? `<${member.element}/>`
    : `<${member.element}>${content}</${member.element}>`;
}

function write(shape: Shape, value: unknown, name: string): string {
  switch (shape.kind) {
    case 'structure':
      if (typeof value !== 'object') break;
      return writeStructure(shape, value as Readonly<Record<string, unknown>>);
    case 'list': {
      if (!Array.isArray(value)) break;
      let out = '';
      for (const item of value as unknown[]) {
        out += `<${shape.element}>${write(shape.item, item, name)}</${shape.element}>`;
      }
      return out;
    }
    case 'string':
      if (typeof value !== 'string') break;
      return escapeXml(value);
    case 'integer':
      if (typeof value !== 'number' || !Number.isFinite(value)) break;
      return String(value);
    case 'boolean':
      if (typeof value !== 'boolean') break;
      return value ? 'true' : 'false';
    case 'timestamp':
      if (!(value instanceof Date) || Number.isNaN(value.getTime())) break;
      return value.toISOString();
    case 'blob':
      if (!(value instanceof Uint8Array)) break;
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  throw new TypeError(`the output member ${name} does not hold a ${shape.kind}`);
}
