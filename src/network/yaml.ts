/** network.yaml to a network: every fault with file, line and column, all of them at once (docs/network.md). */
import { readFileSync, statSync } from 'node:fs';
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { messageOf, UserError } from '../base/errors.ts';
import { suggestion } from '../base/suggestion.ts';
import { checkNetwork } from './checks.ts';
import type { Owner } from './defaults.ts';
import { indexNetwork, type Network, type NetworkParts } from './model.ts';
import {
  accountSchema,
  fileSchema,
  INNER_KEYS,
  instanceSchema,
  interfaceSchema,
  regionSchema,
  subnetSchema,
  vpcSchema,
} from './schema.ts';

/** Longest network file, in bytes. */
export const MAX_NETWORK_FILE = 64 << 20;
/** How many faults of a file are shown. */
const MAX_SHOWN = 20;

type Path = readonly (string | number)[];

interface Fault {
  readonly path: Path;
  readonly message: string;
  /** The fault is this key of the mapping at the path. */
  readonly key?: string;
}

/** Reads a network file. `owner` is for what the file gives no account or region. UserError. */
export function readNetworkFile(file: string, owner: Owner): Network {
  let text: string;
  try {
    const { size } = statSync(file);
    if (size > MAX_NETWORK_FILE) {
      throw new UserError(`${file}: larger than ${MAX_NETWORK_FILE >> 20} MB: describe fewer interfaces`);
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file}: the network file cannot be read: ${messageOf(error)}`, { cause: error });
  }
  return parseNetwork(text, file, owner);
}

/** The network that the text of a network file describes; `file` is its name in messages. */
export function parseNetwork(text: string, file: string, owner: Owner): Network {
  // JSON is YAML, and is read about ten times as fast when nothing is wrong with it.
  const json = parseJson(text);
  if (json !== undefined) {
    const reader = new Reader(owner);
    reader.read(json);
    reader.check();
    if (reader.faults.length === 0) return indexNetwork(reader.parts);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    refuse(
      file,
      syntax.map(({ pos, code, message }) => ({
        ...position(lines, pos[0]),
        message: SYNTAX[code] ?? message,
      })),
    );
  }
  const reader = new Reader(owner);
  reader.read(dataOf(document, file));
  reader.check();
  if (reader.faults.length > 0) {
    refuse(
      file,
      reader.faults.map((fault) => ({
        ...position(lines, offsetOf(document, fault)),
        message: fault.message,
      })),
    );
  }
  return indexNetwork(reader.parts);
}

const SYNTAX: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a second document begins here: a network is one document',
  DUPLICATE_KEY: 'the key is there already in this mapping: take one out',
};

function parseJson(text: string): unknown {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // YAML in braces, or a slip that the YAML parser finds the place of
  }
}

/** The document as plain data; the parser bounds what aliases may expand to. */
function dataOf(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return refuse(file, [
      { line: 1, column: 1, message: `the file's aliases cannot be followed: ${error.message}` },
    ]);
  }
}

/** Lists of a network that is still being put together. */
type Growing<T> = { [K in keyof T]: T[K] extends readonly (infer U)[] ? U[] : never };

/** Walks the file's data, keeps what is good as parts, and what is not as faults. */
class Reader {
  readonly faults: Fault[] = [];
  /** Where each resource stands in the file. */
  readonly paths = new Map<object, Path>();
  readonly parts: Growing<NetworkParts> = {
    accounts: [],
    regions: [],
    vpcs: [],
    subnets: [],
    interfaces: [],
    instances: [],
  };
  readonly #owner: Owner;

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  read(data: unknown): void {
    const file = this.#parse(fileSchema, data ?? {}, []);
    const lists = (file ?? data) as Record<string, unknown>;
    const account = file?.account ?? this.#owner.account;
    const region = file?.region ?? this.#owner.region;
    this.#each(lists['accounts'], ['accounts'], (value, path) => {
      const it = this.#parse(accountSchema, value, path);
      if (it !== undefined) this.#keep(this.parts.accounts, { id: it.id, name: it.name }, path);
    });
    this.#each(lists['regions'], ['regions'], (value, path) => {
      const it = this.#parse(regionSchema, value, path);
      if (it === undefined) return;
      const zones = it.zones.map((zone) => ({ id: zone.id, name: zone.name }));
      this.#keep(this.parts.regions, { name: it.name, zones }, path);
    });
    this.#each(lists['instances'], ['instances'], (value, path) => {
      const it = this.#parse(instanceSchema, value, path);
      if (it === undefined) return;
      const { id, nitro, tags } = it;
      this.#keep(
        this.parts.instances,
        { id, origin: 'file', accountId: it.account ?? account, tags, nitro },
        path,
      );
    });
    this.#each(lists['vpcs'], ['vpcs'], (value, path) => this.#vpc(value, path, account, region));
  }

  /** Adds what breaks the rules between the parts. */
  check(): void {
    for (const { subject, member, message } of checkNetwork(this.parts)) {
      this.faults.push({ path: [...(this.paths.get(subject) ?? []), ...member], message });
    }
  }

  #vpc(value: unknown, path: Path, account: string, region: string): void {
    const it = this.#parse(vpcSchema, value, path);
    const accountId = it?.account ?? account;
    if (it !== undefined) {
      const { id, tags, cidrs, awsReserved } = it;
      const vpc = {
        id,
        origin: 'file',
        accountId,
        tags,
        region: it.region ?? region,
        cidrs,
        awsReserved,
      } as const;
      this.#keep(this.parts.vpcs, vpc, path);
    }
    this.#each(memberOf(value, 'subnets'), [...path, 'subnets'], (subnet, at) =>
      this.#subnet(subnet, at, it?.id, accountId),
    );
  }

  /** Without the id of a good VPC around it, only the shape of a subnet is checked. */
  #subnet(value: unknown, path: Path, vpcId: string | undefined, account: string): void {
    const it = this.#parse(subnetSchema, value, path);
    const accountId = it?.account ?? account;
    const whole = it !== undefined && vpcId !== undefined;
    if (whole) {
      const { id, tags, cidrs, azId, discover, placement } = it;
      const subnet = {
        id,
        origin: 'file',
        accountId,
        tags,
        vpcId,
        cidrs,
        azId,
        discover,
        placement,
      } as const;
      this.#keep(this.parts.subnets, subnet, path);
    }
    this.#each(memberOf(value, 'interfaces'), [...path, 'interfaces'], (one, at) =>
      this.#interface(one, at, whole ? it.id : undefined, accountId),
    );
  }

  #interface(value: unknown, path: Path, subnetId: string | undefined, account: string): void {
    const it = this.#parse(interfaceSchema, value, path);
    if (it === undefined || subnetId === undefined) return;
    const { id, tags, kind, mac, placement } = it;
    this.#keep(
      this.parts.interfaces,
      {
        id,
        origin: 'file',
        accountId: it.account ?? account,
        tags,
        subnetId,
        kind,
        primary4: it.primary?.words[3],
        secondary4: it.secondary.map(({ words }) => words[3]),
        ipv6: it.ipv6.map(({ words }) => words),
        mac,
        instanceId: it.instance,
        placement,
        bindings: it.bind.map(({ source, ifIndex, vlan }) => ({ source, ifIndex, vlan })),
      },
      path,
    );
  }

  #keep<T extends object>(list: T[], it: T, path: Path): void {
    list.push(it);
    this.paths.set(it, path);
  }

  #each(list: unknown, path: Path, visit: (value: unknown, path: Path) => void): void {
    if (Array.isArray(list)) list.forEach((value, i) => visit(value, [...path, i]));
  }

  #parse<T extends z.ZodObject>(schema: T, value: unknown, path: Path): z.output<T> | undefined {
    const result = schema.safeParse(value, { reportInput: true });
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const at = [...path, ...(issue.path as (string | number)[])];
      if (issue.code !== 'unrecognized_keys') {
        this.faults.push({ path: at, message: textOf(issue) });
        continue;
      }
      const inner = issue.path.findLast((step) => typeof step === 'string');
      const known = inner === undefined ? Object.keys(schema.shape) : (INNER_KEYS[inner] ?? []);
      for (const key of issue.keys) {
        const near = suggestion(key, known);
        const hint = near === undefined ? `it has ${known.join(', ')}` : `did you mean ${near}?`;
        const where = at.findLast((step) => typeof step === 'string') ?? 'a network file';
        this.faults.push({ path: at, key, message: `unknown key "${key}" in ${where}: ${hint}` });
      }
    }
    return undefined;
  }
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

/** What a broken rule of a schema means to the one who wrote the file. */
function textOf(issue: z.core.$ZodIssue): string {
  const member = issue.path.findLast((step) => typeof step === 'string');
  const what = member === undefined ? 'this' : member;
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = TYPES[issue.expected] ?? issue.expected;
      if (input === undefined) return `${what} is missing: give it ${wanted}`;
      if (input === null) return `${what} is empty: give it ${wanted}, or take it out`;
      if (issue.expected === 'string' && typeof input !== 'object') {
        return `${what} is not text here: write it in quotes`;
      }
      const quotes = issue.expected === 'string' ? ': write it in quotes' : '';
      return `${what} must be ${wanted}${quotes}`;
    }
    case 'invalid_value': {
      if (input === undefined) return `${what} is missing: write one of ${issue.values.join(', ')}`;
      const near = typeof input === 'string' ? suggestion(input, issue.values.map(String)) : undefined;
      const hint = near === undefined ? `write one of ${issue.values.join(', ')}` : `did you mean ${near}?`;
      return `${what}: ${quoted(input)} is unknown: ${hint}`;
    }
    case 'too_small':
      return `${what}: ${quoted(input)} is too small: ${issue.minimum} is the least`;
    case 'too_big':
      return `${what}: ${quoted(input)} is too large: ${issue.maximum} is the most`;
    default:
      return issue.message.startsWith('is ')
        ? `${what}: ${quoted(input)} ${issue.message}`
        : `${what}: ${issue.message}`;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to texts',
};

function quoted(input: unknown): string {
  const text = typeof input === 'string' ? input : (JSON.stringify(input) ?? '');
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}

/** Offset of the node at a path, or of the nearest one around it that is there. */
function offsetOf(document: Document.Parsed, { path, key }: Fault): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const step of key === undefined ? path : [...path, key]) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
    } else if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) break;
      const own = (pair.key as { range?: readonly [number, number, number] | null }).range;
      offset = own?.[0] ?? offset;
      node = pair.value;
      if (step === key) break;
    } else break;
    const range = (node as { range?: readonly [number, number, number] | null } | null | undefined)?.range;
    if (range) offset = range[0];
  }
  return offset;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function refuse(file: string, faults: (Position & { message: string })[]): never {
  const sorted = faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const shown = sorted.slice(0, MAX_SHOWN).map((it) => `${file}:${it.line}:${it.column}: ${it.message}`);
  if (sorted.length > MAX_SHOWN) shown.push(`${file}: and ${sorted.length - MAX_SHOWN} more`);
  throw new UserError(shown.join('\n'));
}
