/** A draft that is whole: parts that were told elsewhere are put where network.yaml has them. */
import type { Draft, DraftKind, Entry, Piece } from './draft.ts';
import { withoutImplied } from './implied.ts';
import { isAnywhere } from './rules.ts';
import { settleServices } from './settle-services.ts';
import { settleTransitGateways } from './settle-transit.ts';

export function settle(draft: Draft): void {
  settleParents(draft);
  settleTransitGateways(draft);
  settleEndpointLists(draft);
  settlePieces(draft);
  settleMains(draft);
  settleEgress(draft);
  settleEndpoints(draft);
  settleServices(draft);
  withoutImplied(draft);
}

/** Kinds that lie in VPCs and of which another resource may say in which. */
const ATTACHED: readonly DraftKind[] = [
  'internet gateway',
  'egress-only internet gateway',
  'virtual private gateway',
  'NAT gateway',
];

function settleParents(draft: Draft): void {
  for (const kind of ATTACHED) {
    for (const entry of draft.all(kind).values()) {
      if (entry.parent !== undefined) continue;
      const subnet = draft.all('subnet').get(draft.homes.get(entry.id) ?? '');
      const parent = draft.parents.get(entry.id) ?? subnet?.parent;
      if (parent !== undefined) draft.replace(kind, { ...entry, parent });
    }
  }
}

/** Members that are lists; of the others, what is there already stays. */
const LISTS = new Set([
  'routes',
  'ingress',
  'egress',
  'inbound',
  'outbound',
  'subnets',
  'routeTables',
  'associations',
  'propagations',
  'prefixes',
  'gateways',
]);
/** What a part of a list is called in the report. */
const PARTS: Readonly<Record<string, string>> = {
  routes: 'route',
  ingress: 'rule',
  egress: 'rule',
  inbound: 'entry',
  outbound: 'entry',
  prefixes: 'entry',
  subnets: 'association',
  gateways: 'association',
  routeTables: 'association',
  associations: 'association',
  propagations: 'propagation',
};
/** Answers that do not name what they are about. */
const UNNAMED: Readonly<Partial<Record<DraftKind, string>>> = {
  'prefix list': 'pl-….json',
  'transit gateway route table': 'tgw-rtb-….json',
};

interface Growing {
  readonly kind: DraftKind;
  readonly entry: Entry;
  readonly value: Record<string, unknown>;
  /** Elements of the lists that grow: routes by what they lead to, everything else by all of it. */
  readonly seen: Map<string, Map<string, string>>;
}

function settlePieces(draft: Draft): void {
  const growing = new Map<string, Growing>();
  for (const piece of draft.pieces) {
    const id = piece.id ?? draft.only(piece.kind);
    const what = `${PARTS[piece.member] ?? piece.member} of ${piece.kind}${id === undefined ? '' : ` ${id}`}`;
    if (id === undefined) {
      const reason = `the answer does not name it: name its file after it, ${UNNAMED[piece.kind]}`;
      draft.report.leftOut(what, piece.place, reason);
      continue;
    }
    const key = `${piece.kind} ${id}`;
    const entry = draft.all(piece.kind).get(id);
    if (entry === undefined) {
      draft.report.leftOut(what, piece.place, `${id} is not described`);
      continue;
    }
    let grown = growing.get(key);
    if (grown === undefined) {
      grown = { kind: piece.kind, entry, value: { ...entry.value }, seen: new Map() };
      growing.set(key, grown);
    }
    grow(grown, piece, (reason) => draft.report.contradiction(what, piece.place, reason));
  }
  for (const { kind, entry, value } of growing.values()) draft.replace(kind, { ...entry, value });
}

function grow(
  { value, seen }: Growing,
  { member, value: part }: Piece,
  contradict: (reason: string) => void,
): void {
  if (!LISTS.has(member)) {
    value[member] ??= part;
    return;
  }
  let known = seen.get(member);
  if (known === undefined) {
    const list = [...((value[member] ?? []) as unknown[])];
    value[member] = list;
    known = new Map(list.map((it) => [identity(member, it), JSON.stringify(it)]));
    seen.set(member, known);
  }
  const key = identity(member, part);
  const text = JSON.stringify(part);
  const before = known.get(key);
  if (before === undefined) {
    known.set(key, text);
    (value[member] as unknown[]).push(part);
  } else if (before !== text)
    contradict(`says other things than another one of the same: what came first is kept`);
}

/** A table has one route to a destination, learnt ones aside; an ACL one entry of a number. */
function identity(member: string, part: unknown): string {
  const it = part as { to?: unknown; propagated?: unknown; number?: unknown };
  if (member === 'routes') return `${String(it.to)} ${it.propagated === true}`;
  if (member === 'inbound' || member === 'outbound') return String(it.number);
  return JSON.stringify(part);
}

function settleMains(draft: Draft): void {
  for (const { table } of draft.mains.values()) {
    const entry = draft.all('route table').get(table);
    if (entry === undefined) continue;
    draft.replace('route table', { ...entry, value: { ...entry.value, main: true } });
  }
}

/** A group that lets all out to anywhere needs no word for it. */
function settleEgress(draft: Draft): void {
  for (const entry of draft.all('security group').values()) {
    const { egress, ...rest } = entry.value;
    if (Array.isArray(egress) && isAnywhere(egress as Record<string, unknown>[])) {
      draft.replace('security group', { ...entry, value: rest });
    }
  }
}

/** Prefix lists that only routes to endpoints tell of: their names are those of the services. */
function settleEndpointLists(draft: Draft): void {
  const byName = new Map(
    Array.from(draft.all('prefix list').values(), ({ id, value }) => [value['name'], id] as const),
  );
  const told = new Set<string | undefined>();
  for (const { kind, member, id, value, place } of draft.pieces) {
    if (kind !== 'VPC endpoint' || member !== 'prefixList' || told.has(id)) continue;
    told.add(id);
    const list = value as string;
    const service = draft.all('VPC endpoint').get(id ?? '')?.value['service'];
    if (service === undefined || draft.all('prefix list').has(list)) continue;
    draft.add('prefix list', { id: list, place, weak: true, value: { id: list, name: service } });
  }
  for (const { id, value, place } of draft.all('VPC endpoint').values()) {
    const list = byName.get(value['service']);
    if (value['type'] !== 'Gateway' || told.has(id) || list === undefined) continue;
    draft.addPiece({ kind: 'VPC endpoint', id, member: 'prefixList', value: list, place });
  }
}

/** Without its prefix list, a gateway endpoint can have no routes. */
function settleEndpoints(draft: Draft): void {
  for (const entry of draft.all('VPC endpoint').values()) {
    const { id, place, value } = entry;
    const tables = (value['routeTables'] ?? []) as string[];
    if (value['type'] === 'Gateway' && value['prefixList'] === undefined && tables.length > 0) {
      const reason = `no prefix list of its service is told: it has no routes of ${tables.slice(0, 20).join(', ')} (add describe-route-tables, describe-prefix-lists)`;
      draft.report.leftOut(`routes of VPC endpoint ${id}`, place, reason);
      const { routeTables: _, ...rest } = value;
      draft.replace('VPC endpoint', { ...entry, value: rest });
    }
    const list = draft.all('prefix list').get((value['prefixList'] ?? '') as string);
    if (list !== undefined && value['type'] === 'Gateway' && list.value['prefixes'] === undefined) {
      draft.report.note(
        `the prefixes of ${list.id} (${String(value['service'])}) are not told: add describe-prefix-lists`,
      );
    }
  }
}
