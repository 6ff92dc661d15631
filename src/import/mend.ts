/** Makes a network file of data that breaks rules of network files: what a rule names is taken out, and told. */
import type { Fault, Path } from '../base/yaml-file.ts';
import type { Owner } from '../network/defaults.ts';
import { networkFaults } from '../network/yaml.ts';
import type { Assembled } from './assemble.ts';
import { nameOf, nounOf, NOUNS, SINGLES, type Data } from './data.ts';
import { isObject } from './fields.ts';
import type { Report } from './report.ts';

/** Each pass takes out all that is wrong; what is left may be wrong without it, a few times over. */
const MAX_PASSES = 32;
/** Members without which a resource is none. */
const ESSENTIAL = new Set([
  'id',
  'arn',
  'cidrs',
  'name',
  'vpc',
  'subnet',
  'peer',
  'type',
  'service',
  'interface',
  'mode',
  'requester',
  'accepter',
]);
/** Members of its mappings without which it is none either. */
const INNER: ReadonlySet<string> = new Set(['peer gateway', 'requester vpc', 'accepter vpc']);
/** Lists of what has no id: an element of which something is wrong is taken out whole. */
const WHOLE: ReadonlySet<unknown> = new Set(['routes', 'ingress', 'egress', 'inbound', 'outbound']);
/** Members of such an element that it can be without. */
const SPARE: ReadonlySet<unknown> = new Set(['description']);

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
  const { holder, step, resource, noun, rest } = at;
  if (resource === GONE || !isObject(resource)) return;
  const name = nameOf(resource) ?? '';
  const what = name === '' ? noun : `${noun} ${name}`;
  const place = mending.origins.get(resource)?.place ?? 'made by the import';
  const inner = key === undefined ? rest : [...rest, key];
  const [member] = inner;
  if (member === undefined || isEssential(resource, member, rest)) {
    mending.report.leftOut(what, place, `${message}${contents(resource)}`);
    drop(holder, step, mending.lists);
    return;
  }
  const whole = WHOLE.has(member) && inner.length > 2 && !SPARE.has(inner[2]);
  if (whole && elementAt(resource, inner) === GONE) return;
  mending.report.leftOut(`${String(member)} of ${what}`, place, `${message}${elementText(resource, inner)}`);
  remove(resource, whole ? inner.slice(0, 2) : inner, mending.lists);
  // An interface of which no group is left has those that are not told, not none.
  const groups = resource['securityGroups'];
  if (member === 'securityGroups' && Array.isArray(groups) && groups.every((it) => it === GONE)) {
    delete resource['securityGroups'];
  }
}

/** Whether without what a fault is about there is no resource. */
function isEssential(resource: Data, member: string | number, rest: Path): boolean {
  if (rest.length > 1) return rest.length === 2 && INNER.has(rest.join(' '));
  return ESSENTIAL.has(String(member)) || !(member in resource);
}

function elementAt(resource: Data, [member, index]: Path): unknown {
  const list = resource[member!];
  return Array.isArray(list) ? (list as unknown[])[index as number] : undefined;
}

/** What a route goes to, or what a rule is about, where the fault's text alone would not tell. */
function elementText(resource: Data, inner: Path): string {
  const element = elementAt(resource, inner);
  if (!isObject(element)) return '';
  const text = [element['to'], element['from'], element['cidr']].find((it) => typeof it === 'string');
  return text === undefined ? '' : ` (that of ${text.slice(0, 60)})`;
}

/** A place in the data that holds a resource. */
interface Found {
  readonly holder: unknown[] | Data;
  readonly step: string | number;
  readonly resource: unknown;
  readonly noun: string;
  readonly rest: Path;
}

/** The innermost resource on a path: an element of a list that has an id or is of the file, or a VPC's only one. */
function resourceAt(data: Data, path: Path): Found | undefined {
  let node: unknown = data;
  let found: Found | undefined;
  for (const [depth, step] of path.entries()) {
    const resource: unknown = childOf(node, step);
    const rest = path.slice(depth + 1);
    if (Array.isArray(node) && typeof step === 'number') {
      if (depth === 1 || (isObject(resource) && 'id' in resource)) {
        const noun = nounOf(String(path[depth - 1]), String(path[0]));
        found = { holder: node as unknown[], step, resource, noun, rest };
      }
    } else if (isObject(node) && Object.hasOwn(SINGLES, step) && isObject(resource)) {
      found = { holder: node, step, resource, noun: SINGLES[step]!, rest };
    }
    node = resource;
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
    if (Array.isArray(node) || isObject(node)) drop(node as unknown[] | Data, step, lists);
    return;
  }
}

function drop(holder: unknown[] | Data, step: string | number, lists: Set<unknown[]>): void {
  if (Array.isArray(holder)) {
    holder[step as number] = GONE;
    lists.add(holder);
  } else {
    delete holder[step];
  }
}

/** What goes with a resource that is taken out. */
function contents(resource: Data): string {
  const counts = new Map<string, number>();
  const count = (it: Data): void => {
    for (const key of CONTENTS) {
      for (const one of Array.isArray(it[key]) ? (it[key] as unknown[]) : []) {
        if (!isObject(one)) continue;
        counts.set(key, (counts.get(key) ?? 0) + 1);
        count(one);
      }
    }
  };
  count(resource);
  const parts = Array.from(counts, ([key, n]) => `${n} ${n === 1 ? NOUNS[key] : `${NOUNS[key]}s`}`);
  return parts.length === 0 ? '' : ` (with it ${parts.join(' and ')})`;
}

const CONTENTS = [
  'subnets',
  'interfaces',
  'natGateways',
  'routeTables',
  'endpoints',
  'securityGroups',
  'networkAcls',
  'attachments',
  'exclusions',
];
