/**
 * A form to a typed input, by shape. What is not in the shape is refused, never ignored: the service answers
 * `The parameter Item is not recognized`, naming the first part of the name that it does not know.
 */
import { isBase64 } from '../../wire/base64.ts';
import type { Parameter } from '../../wire/query.ts';
import { malformedValue, missingParameter, unknownParameter } from '../errors.ts';
import type { List, Member, Scalar, Shape, Structure } from './shapes.ts';

/** Values as handlers get them: absent members are absent keys. Objects have no prototype. */
export type Value = string | number | boolean | Date | Uint8Array | Value[] | { [member: string]: Value };

/** List indices are 1-based decimal numbers without leading zeros. Gaps are closed up (inferred: clients that
 * build forms by hand leave some), so a large index costs nothing; the number of parameters is bounded. */
const INDEX = /^[1-9][0-9]{0,8}$/;
const ANY_INDEX = /^-?[0-9]+$/;

/** Deepest nesting of a name. The longest name of the shapes served has nine parts. */
const MAX_DEPTH = 32;

interface StructureNode {
  readonly shape: Structure;
  readonly members: Map<Member, Node>;
}
interface ListNode {
  readonly shape: List;
  readonly items: Map<number, Node>;
}
interface ScalarNode {
  readonly shape: Scalar;
  readonly name: string;
  value: string;
}
type Node = StructureNode | ListNode | ScalarNode;

/**
 * Reads the parameters of an operation (without Action and Version) into its input.
 *
 * @throws ServiceError UnknownParameter, InvalidParameterValue or MissingParameter, in this order
 */
export function readInput(input: Structure, parameters: readonly Parameter[]): { [member: string]: Value } {
  const root = structureNode(input);
  for (const [name, value] of parameters) place(root, name, value);
  return readStructure(root, '');
}

function structureNode(shape: Structure): StructureNode {
  return { shape, members: new Map() };
}

function newNode(shape: Shape, name: string): Node {
  if (shape.kind === 'structure') return structureNode(shape);
  if (shape.kind === 'list') return { shape, items: new Map() };
  return { shape, name, value: '' };
}

function isStructure(node: Node): node is StructureNode {
  return node.shape.kind === 'structure';
}

function isList(node: Node): node is ListNode {
  return node.shape.kind === 'list';
}

/** Walks the parts of a name down the tree, making what is not there yet, and puts the value at its end. */
function place(root: StructureNode, name: string, value: string): void {
  const parts = name.split('.', MAX_DEPTH + 1);
  let node: Node = root;
  for (const [i, part] of parts.entries()) {
    const next = step(node, part, name);
    if (next === undefined) throw unknownParameter(reportedPart(name, parts, i));
    node = next;
  }
  if (isStructure(node) || isList(node)) throw unknownParameter(reportedPart(name, parts, parts.length - 1));
  node.value = value;
}

/** A part as the service reports it: an index or an empty part says nothing by itself, so it is given with
 * what stands before it. */
function reportedPart(name: string, parts: readonly string[], i: number): string {
  const part = parts[i]!;
  if (part === '') return name;
  return i > 0 && ANY_INDEX.test(part) ? `${parts[i - 1]}.${part}` : part;
}

function step(node: Node, part: string, name: string): Node | undefined {
  if (isStructure(node)) {
    const member = node.shape.byKey.get(part);
    if (member === undefined) return undefined;
    let next = node.members.get(member);
    if (next === undefined) node.members.set(member, (next = newNode(member.shape, name)));
    return next;
  }
  if (isList(node)) {
    if (!INDEX.test(part)) return undefined;
    const index = Number(part);
    let next = node.items.get(index);
    if (next === undefined) node.items.set(index, (next = newNode(node.shape.item, name)));
    return next;
  }
  return undefined;
}

function read(node: Node, path: string): Value {
  if (isStructure(node)) return readStructure(node, path);
  if (isList(node)) {
    return [...node.items].sort(([a], [b]) => a - b).map(([, item], i) => read(item, `${path}.${i + 1}`));
  }
  return readScalar(node.shape, node.value, node.name);
}

function readStructure(node: StructureNode, path: string): { [member: string]: Value } {
  const out = Object.create(null) as { [member: string]: Value };
  for (const member of node.shape.members) {
    const child = node.members.get(member);
    if (child !== undefined) out[member.name] = read(child, join(path, member.name));
  }
  for (const member of node.shape.members) {
    if (member.required && out[member.name] === undefined) throw missingParameter(join(path, member.name));
  }
  return out;
}

function join(path: string, member: string): string {
  return path === '' ? member : `${path}.${member}`;
}

const INTEGER = /^-?(?:0|[1-9][0-9]{0,15})$/;
/** ISO 8601 as the SDKs write it; an offset other than Z is not sent by any of them, but is unambiguous. */
const TIMESTAMP =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})$/;

/** One value of a form. Numbers are decimal integers without sign of plus, white space, fraction or exponent. */
function readScalar(shape: Scalar, text: string, name: string): Value {
  switch (shape.kind) {
    case 'string':
      return text;
    case 'integer': {
      const number = Number(text);
      if (!INTEGER.test(text) || !Number.isSafeInteger(number))
        throw malformedValue(name, text, 'an integer');
      return number === 0 ? 0 : number; // no negative zero
    }
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw malformedValue(name, text, 'true or false');
      return text === 'true';
    case 'timestamp': {
      const time = TIMESTAMP.test(text) ? new Date(text) : undefined;
      if (time === undefined || Number.isNaN(time.getTime())) throw malformedValue(name, text, 'a timestamp');
      return time;
    }
    default: // a blob
      if (!isBase64(text)) throw malformedValue(name, text, 'base64 text');
      return new Uint8Array(Buffer.from(text, 'base64'));
  }
}
