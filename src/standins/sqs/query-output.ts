/** Outputs, made XML for the Query protocol. */
import { queryErrorBody, queryResponseBody, type WireError, XML_CONTENT_TYPE } from '../../wire/envelopes.ts';
import type { RawResponse } from '../../wire/endpoint.ts';
import { xmlElement } from '../../wire/xml.ts';

const NAMESPACE = 'http://queue.amazonaws.com/doc/2012-11-05/';

/** Lists by member, and what each item is called; flattened. */
const ITEMS: Readonly<Record<string, string>> = {
  QueueUrls: 'QueueUrl',
  queueUrls: 'QueueUrl',
  Messages: 'Message',
  Failed: 'BatchResultErrorEntry',
};
/** Maps by member: what each entry is called, and its key. */
const ENTRIES: Readonly<Record<string, readonly [entry: string, key: string]>> = {
  Attributes: ['Attribute', 'Name'],
  MessageAttributes: ['MessageAttribute', 'Name'],
  Tags: ['Tag', 'Key'],
};

export function queryResponse(action: string, output: object | undefined, requestId: string): RawResponse {
  const members = output === undefined ? '' : membersXml(output, `${action}ResultEntry`);
  return xmlResponse(200, queryResponseBody(action, NAMESPACE, requestId, members), requestId);
}

export function queryError(error: WireError, requestId: string): RawResponse {
  return xmlResponse(error.status, queryErrorBody(error, requestId, NAMESPACE), requestId);
}

function xmlResponse(status: number, body: string, requestId: string): RawResponse {
  return {
    status,
    headers: [
      ['x-amzn-RequestId', requestId],
      ['Content-Type', XML_CONTENT_TYPE],
    ],
    body,
  };
}

function membersXml(output: object, resultEntry: string): string {
  return Object.entries(output)
    .map(([name, value]) => memberXml(name, value, resultEntry))
    .join('');
}

function memberXml(name: string, value: unknown, resultEntry: string): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) {
    const item = name === 'Successful' ? resultEntry : (ITEMS[name] ?? name);
    return value.map((it: unknown) => valueXml(item, it, resultEntry)).join('');
  }
  const entry = Object.hasOwn(ENTRIES, name) ? ENTRIES[name] : undefined;
  if (entry === undefined) return valueXml(name, value, resultEntry);
  return Object.entries(value as object)
    .map(
      ([key, it]) =>
        `<${entry[0]}>${xmlElement(entry[1], key)}${valueXml('Value', it, resultEntry)}</${entry[0]}>`,
    )
    .join('');
}

function valueXml(name: string, value: unknown, resultEntry: string): string {
  if (typeof value === 'object' && value !== null)
    return `<${name}>${membersXml(value, resultEntry)}</${name}>`;
  return xmlElement(name, String(value));
}
