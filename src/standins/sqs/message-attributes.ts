/** Attributes of messages: checked, kept as JSON, shown again, and their MD5 (Amazon SQS Developer Guide, "Calculating
 * the MD5 message digest for message attributes"). */
import { createHash } from 'node:crypto';
import { isBase64 } from '../../wire/base64.ts';
import { isObject } from '../../wire/json.ts';
import { invalidRequest, malformed } from './refusals.ts';

/** One attribute: a text (strings, numbers) or bytes in Base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const MOST = 10;
const NAME = /^(?!\.)(?!.*\.\.)(?!.*\.$)[A-Za-z0-9_.-]{1,256}$/;
const RESERVED = /^(?:aws|amazon)\./i;
const DATA_TYPE = /^(String|Number|Binary)(?:\.[^\0]{1,240})?$/;
const NUMBER = /^-?[0-9]{1,38}(?:\.[0-9]{1,38})?(?:[eE][+-]?[0-9]{1,3})?$/;

/** @throws {ServiceError} InvalidParameterValue */
export function givenMessageAttributes(
  given: Readonly<Record<string, unknown>> | undefined,
): MessageAttributes {
  const entries = Object.entries(given ?? {});
  if (entries.length > MOST) {
    throw invalidRequest(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${MOST}].`,
    );
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, checked(name, value)]));
}

function checked(name: string, value: unknown): MessageAttribute {
  if (!NAME.test(name) || RESERVED.test(name)) {
    throw invalidRequest(`The message attribute name '${name.slice(0, 64)}' is invalid.`);
  }
  if (!isObject(value)) throw malformed('A message attribute is not a structure.');
  const { DataType: type, StringValue: text, BinaryValue: bytes } = value;
  const [, kind] = typeof type === 'string' ? (DATA_TYPE.exec(type) ?? []) : [];
  if (kind === undefined) throw invalidRequest(`The type of message attribute '${name}' is invalid.`);
  if (kind === 'Binary') {
    if (typeof bytes !== 'string' || bytes === '' || !isBase64(bytes)) throw noValue(name, type as string);
    return { DataType: type as string, BinaryValue: bytes };
  }
  if (typeof text !== 'string' || text === '') throw noValue(name, type as string);
  if (kind === 'Number' && !NUMBER.test(text)) {
    throw invalidRequest(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
  return { DataType: type as string, StringValue: text };
}

function noValue(name: string, type: string): Error {
  return invalidRequest(
    `The message attribute '${name}' of type '${type.slice(0, 64)}' has no value of that type.`,
  );
}

/** What they add to a message's size, bytes. */
export function attributesSize(attributes: MessageAttributes): number {
  let size = 0;
  for (const [name, attribute] of Object.entries(attributes)) {
    size += Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + valueOf(attribute).length;
  }
  return size;
}

/** In hex. */
export function attributesMd5(attributes: MessageAttributes): string {
  const hash = createHash('md5');
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).sort((a, b) => (a < b ? -1 : 1))) {
    const attribute = attributes[name]!;
    add(Buffer.from(name));
    add(Buffer.from(attribute.DataType));
    hash.update(Buffer.of(attribute.BinaryValue === undefined ? 1 : 2));
    add(valueOf(attribute));
  }
  return hash.digest('hex');
}

/** Those that a client wants to see: by name, by the beginning (`foo.*`), or all (`All`, `.*`). */
export function wantedOf(attributes: MessageAttributes, names: readonly string[]): MessageAttributes {
  const isWanted = (name: string): boolean =>
    names.some(
      (it) => it === 'All' || it === name || (it.endsWith('.*') && name.startsWith(it.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
}

function valueOf({ StringValue, BinaryValue }: MessageAttribute): Buffer {
  return BinaryValue === undefined ? Buffer.from(StringValue ?? '') : Buffer.from(BinaryValue, 'base64');
}
