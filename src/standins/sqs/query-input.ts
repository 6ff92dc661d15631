/** A form of the Query protocol, made the members that the JSON protocol has for the same request. */
import type { Parameter } from '../../wire/query.ts';
import { malformed } from './refusals.ts';

type Node = Map<string, Node | string>;
type Members = Record<string, unknown>;

/** Flattened lists by the name they have in forms, and their members' name. */
const LISTS: Readonly<Record<string, string>> = {
  AttributeName: 'AttributeNames',
  MessageAttributeName: 'MessageAttributeNames',
  MessageSystemAttributeName: 'MessageSystemAttributeNames',
  TagKey: 'TagKeys',
};
/** Flattened maps, and what key and value are called. */
const MAPS: Readonly<Record<string, readonly [member: string, key: string]>> = {
  Attribute: ['Attributes', 'Name'],
  MessageAttribute: ['MessageAttributes', 'Name'],
  MessageSystemAttribute: ['MessageSystemAttributes', 'Name'],
  Tag: ['Tags', 'Key'],
};
const ENTRY = /^[A-Za-z]{1,64}BatchRequestEntry$/;
const INTEGERS = new Set([
  'DelaySeconds',
  'MaxNumberOfMessages',
  'MaxResults',
  'VisibilityTimeout',
  'WaitTimeSeconds',
]);
/** Names are no deeper than this: an entry's message attribute's value's member has seven parts. */
const MAX_PARTS = 8;

/** @throws {ServiceError} SerializationException for names that contradict each other */
export function membersOfForm(parameters: readonly Parameter[]): Members {
  const root: Node = new Map();
  for (const [name, value] of parameters) put(root, name, value);
  return membersOf(root);
}

function put(root: Node, name: string, value: string): void {
  const parts = name.split('.');
  const last = parts.pop()!;
  if (parts.length >= MAX_PARTS) throw contradiction(name);
  let node = root;
  for (const part of parts) {
    const next = node.get(part) ?? new Map<string, Node | string>();
    if (typeof next === 'string') throw contradiction(name);
    node.set(part, next);
    node = next;
  }
  if (node.has(last)) throw contradiction(name);
  node.set(last, value);
}

function membersOf(node: Node): Members {
  const entries: [string, unknown][] = [];
  for (const [name, child] of node) {
    if (typeof child === 'string') {
      entries.push([name, INTEGERS.has(name) && /^-?[0-9]{1,10}$/.test(child) ? Number(child) : child]);
    } else if (Object.hasOwn(LISTS, name)) {
      entries.push([LISTS[name]!, numbered(child, name).map((it) => valueOf(it))]);
    } else if (Object.hasOwn(MAPS, name)) {
      const [member, key] = MAPS[name]!;
      entries.push([member, Object.fromEntries(numbered(child, name).map((it) => pairOf(it, key, name)))]);
    } else if (ENTRY.test(name)) {
      entries.push(['Entries', numbered(child, name).map((it) => valueOf(it))]);
    } else entries.push([name, membersOf(child)]);
  }
  return Object.fromEntries(entries);
}

function valueOf(node: Node | string): unknown {
  return typeof node === 'string' ? node : membersOf(node);
}

function pairOf(node: Node | string, key: string, name: string): [string, unknown] {
  if (typeof node === 'string') throw contradiction(name);
  const found = node.get(key);
  const value = node.get('Value');
  if (typeof found !== 'string' || value === undefined) throw contradiction(name);
  return [found, valueOf(value)];
}

/** What stands behind `Name.1`, `Name.2`, …, in that order. */
function numbered(node: Node, name: string): (Node | string)[] {
  const items = [...node].map(([part, child]) => {
    if (!/^[1-9][0-9]{0,5}$/.test(part)) throw contradiction(name);
    return [Number(part), child] as const;
  });
  return items.sort(([a], [b]) => a - b).map(([, child]) => child);
}

function contradiction(name: string): Error {
  return malformed(
    `The parameter ${name.slice(0, 128)} is not one of the protocol's, or contradicts another.`,
  );
}
