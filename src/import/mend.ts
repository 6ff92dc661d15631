/** Makes a network file of data that breaks rules of network files: what a rule names is taken out, and told. */
import type { Fault, Path } from '../base/yaml-file.ts';
import type { Owner } from '../network/defaults.ts';
import { networkFaults } from '../network/yaml.ts';
import type { Assembled, Data } from './assemble.ts';
import { isObject } from './fields.ts';
import type { Report } from './report.ts';

/** Each pass takes out all that is wrong; what is left may be wrong without it, a few times over. */
const MAX_PASSES = 32;
/** Members without which a resource is none. */
const ESSENTIAL = new Set(['id', 'cidrs', 'name']);
/** What lists of a network file hold one of. */
export const NOUNS: Readonly<Record<string, string>> = {
  accounts: 'account',
  regions: 'region',
  zones: 'zone',
  vpcs: 'VPC',
  subnets: 'subnet',
  interfaces: 'interface',
  instances: 'instance',
  natGateways: 'NAT gateway',
  routeTables: 'route table',
  endpoints: 'VPC endpoint',
  peeringConnections: 'peering connection',
};
/** What a VPC has one of. */
export const SINGLES: Readonly<Record<string, string>> = {
  internetGateway: 'internet gateway',
  egressOnlyInternetGateway: 'egress-only internet gateway',
  vpnGateway: 'virtual private gateway',
};

const GONE = Symbol('taken out');

/** Takes out of the data, in place, what the rules of network files refuse. */
export function mend({ data, owner, origins }: Assembled, report: Report): void {
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const faults = networkFaults(data, owner);
    if (faults.length === 0) return;
    const lists = new Set<unknown[]>();
    for (const fault of faults) takeOut(data, fault, { origins, report, lists });
    for (const list of lists) list.splice(0, list.length, ...list.filter((it) => it !== GONE));
  }
  throw new Error(`faults are left after ${MAX_PASSES} passes: ${firstFault(data, owner)}`);
}

function firstFault(data: Data, owner: Owner): string {
  const [first] = networkFaults(data, owner);
  return first === undefined ? 'none' : `${first.path.join('.')}: ${first.message}`;
}

interface Mending {
  readonly origins: Assembled['origins'];
  readonly report: Report;
  /** Lists that elements were taken out of. */
  readonly lists: Set<unknown[]>;
}

function takeOut(data: Data, { path, key, message }: Fault, mending: Mending): void {
  const at = resourceAt(data, path);
  if (at === undefined) {
    if (path.length === 0 && key !== undefined && key in data) {
      mending.report.leftOut(NOUNS[key] ?? key, 'made by the import', message);
      delete data[key];
      return;
    }
    // Of the file itself there are only lists, which hold mappings, and owners, which were checked.
    throw new Error(`a fault of no resource: ${path.join('.')}: ${message}`);
  }
  const { list, index, resource, noun, rest } = at;
  if (resource === GONE || !isObject(resource)) return;
  const id = [resource['id'], resource['name']].find((it) => typeof it === 'string') ?? '';
  const what = id === '' ? noun : `${noun} ${id}`;
  const place = mending.origins.get(resource)?.place ?? 'made by the import';
  const [member] = key === undefined ? rest : [...rest, key];
  if (member === undefined || (rest.length < 2 && (ESSENTIAL.has(String(member)) || !(member in resource)))) {
    mending.report.leftOut(what, place, `${message}${contents(resource)}`);
    list[index] = GONE;
    mending.lists.add(list);
    return;
  }
  mending.report.leftOut(`${String(member)} of ${what}`, place, message);
  remove(resource, key === undefined ? rest : [...rest, key], mending.lists);
}

/** The innermost resource on a path: an element of a list that has an id, or of a list of the file. */
function resourceAt(
  data: Data,
  path: Path,
): { list: unknown[]; index: number; resource: unknown; noun: string; rest: Path } | undefined {
  let node: unknown = data;
  let found: ReturnType<typeof resourceAt>;
  for (const [depth, step] of path.entries()) {
    const inner: unknown = childOf(node, step);
    if (
      Array.isArray(node) &&
      typeof step === 'number' &&
      (depth === 1 || (isObject(inner) && 'id' in inner))
    ) {
      const name = String(path[depth - 1]);
      const noun = NOUNS[name] ?? name;
      found = { list: node as unknown[], index: step, resource: inner, noun, rest: path.slice(depth + 1) };
    }
    node = inner;
  }
  return found;
}

function childOf(node: unknown, step: string | number): unknown {
  if (Array.isArray(node)) return (node as unknown[])[step as number];
  return isObject(node) && Object.hasOwn(node, step) ? node[step] : undefined;
}

/** Takes out what a path names; the nearest that is there, where it is not. */
function remove(resource: Data, path: Path, lists: Set<unknown[]>): void {
  let node: unknown = resource;
  for (const [depth, step] of path.entries()) {
    const inner: unknown = childOf(node, step);
    const last = depth === path.length - 1 || typeof childOf(inner, path[depth + 1]!) === 'undefined';
    if (!last) {
      node = inner;
      continue;
    }
    if (Array.isArray(node)) {
      (node as unknown[])[step as number] = GONE;
      lists.add(node as unknown[]);
    } else if (isObject(node)) {
      delete node[step];
    }
    return;
  }
}

/** What goes with a resource that is taken out. */
function contents(resource: Data): string {
  const counts = new Map<string, number>();
  const count = (it: Data): void => {
    for (const key of ['subnets', 'interfaces']) {
      for (const one of Array.isArray(it[key]) ? (it[key] as unknown[]) : []) {
        if (!isObject(one)) continue;
        counts.set(key, (counts.get(key) ?? 0) + 1);
        count(one);
      }
    }
  };
  count(resource);
  const parts = Array.from(counts, ([key, n]) => `${n} ${n === 1 ? NOUNS[key] : key}`);
  return parts.length === 0 ? '' : ` (with it ${parts.join(' and ')})`;
}
