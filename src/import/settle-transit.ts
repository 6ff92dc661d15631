/** Attachments and route tables of transit gateways, as network.yaml has them. */
import { noteOfTable } from './describe-transit.ts';
import { listed, type Draft, type Entry } from './draft.ts';
import { distinct, present } from './fields.ts';

const ATTACHMENT = 'transit gateway attachment';
const TABLE = 'transit gateway route table';

export function settleTransitGateways(draft: Draft): void {
  settleUnnamed(draft);
  settlePeerings(draft);
  settleInterfaces(draft);
  const defaults = defaultTables(draft);
  settleAssociations(draft, defaults.defaultAssociation);
  settlePropagations(draft, defaults.defaultPropagation);
}

/** Parts of answers that do not name their table are the only table's. */
function settleUnnamed(draft: Draft): void {
  const id = draft.only(TABLE);
  for (const { attachment, to, place } of draft.transit.unnamed) {
    if (id !== undefined) noteOfTable(draft, { id, attachment, to, place });
    else {
      const reason = 'the answer does not name its table: name its file after it, tgw-rtb-….json';
      draft.report.leftOut(`${to === 'learnt' ? 'route' : to.slice(0, -1)} of ${attachment}`, place, reason);
    }
  }
}

/** Of a peering, network.yaml holds one side: that of the transit gateway which is described. */
function settlePeerings(draft: Draft): void {
  const gateways = draft.all('transit gateway');
  for (const [id, [requester, accepter]] of draft.transit.peerings) {
    const entry = draft.all(ATTACHMENT).get(id);
    if (entry === undefined) continue;
    const there = (gateway: string | undefined): boolean => gateways.has(gateway ?? '');
    const [own, other] =
      !there(requester.gateway) && there(accepter.gateway) ? [accepter, requester] : [requester, accepter];
    if (there(own.gateway) && there(other.gateway)) {
      const reason = `network.yaml holds one side of it: that of ${own.gateway}`;
      draft.report.leftOut(`${ATTACHMENT} ${id} of ${other.gateway}`, entry.place, reason);
    }
    const peer = present({ gateway: other.gateway, account: other.account, region: other.region });
    draft.replace(ATTACHMENT, { ...entry, parent: own.gateway, value: { ...entry.value, peer } });
  }
}

/** Interfaces say whose they are; an attachment of which nothing else is known has subnets by them. */
function settleInterfaces(draft: Draft): void {
  for (const [id, known] of draft.transit.interfaces) {
    const entry = draft.all(ATTACHMENT).get(id);
    if (entry === undefined || entry.value['vpc'] === undefined) continue;
    const subnets = entry.value['subnets'] ?? distinct([...known.values()]).sort();
    const value = present({ ...entry.value, subnets, interfaces: [...known.keys()].sort() });
    draft.replace(ATTACHMENT, { ...entry, value });
  }
}

type Default = 'defaultAssociation' | 'defaultPropagation';

/** The default tables that are described, by their transit gateways. */
function defaultTables(draft: Draft): Record<Default, Map<string, string>> {
  const found = {
    defaultAssociation: new Map<string, string>(),
    defaultPropagation: new Map<string, string>(),
  };
  for (const { id, parent, value } of draft.all(TABLE).values()) {
    for (const member of ['defaultAssociation', 'defaultPropagation'] as const) {
      if (parent !== undefined && value[member] === true) found[member].set(parent, id);
    }
  }
  return found;
}

/** Whether a transit gateway has a default table, described or not. */
function hasDefault(draft: Draft, gatewayId: string, option: string): boolean {
  const gateway = draft.all('transit gateway').get(gatewayId);
  return gateway !== undefined && gateway.value[option] !== false;
}

/** What is associated with a default table is so by itself. */
function settleAssociations(draft: Draft, defaults: ReadonlyMap<string, string>): void {
  for (const [id, { table, place }] of draft.transit.associations) {
    const parent = draft.all(ATTACHMENT).get(id)?.parent;
    if (parent === undefined) continue;
    if (table === undefined) {
      if (!hasDefault(draft, parent, 'defaultRouteTableAssociation')) continue;
      const reason = 'is associated with no route table: network.yaml has it associated with the default one';
      draft.report.leftOut(`association of ${id}`, place, reason);
    } else if (table !== defaults.get(parent)) {
      draft.addPiece({ kind: TABLE, id: table, member: 'associations', value: id, place });
    }
  }
}

/** Attachments that only the default table learns from do so by themselves; others are named in all of theirs. */
function settlePropagations(draft: Draft, defaults: ReadonlyMap<string, string>): void {
  const { propagations, learnt } = draft.transit;
  const tables = new Map<string, string[]>();
  // The answer that lists what propagates counts more than the routes that it shows.
  const told = new Map([...learnt, ...propagations]);
  for (const [table, attachments] of told) {
    for (const id of attachments) listed(tables, id, table);
  }
  for (const { id, parent, place } of draft.all(ATTACHMENT).values()) {
    if (parent === undefined) continue;
    const main = defaults.get(parent);
    const own = tables.get(id) ?? [];
    if (own.length === 0) {
      tellSilent(draft, { id, parent, place }, main);
      continue;
    }
    // Of a default table that no answer is about, what it learns is not known: all, by default.
    const known = main === undefined || told.has(main) || draft.transit.apart.has(id);
    const implied = known ? [] : [main];
    const all = distinct([...own, ...implied]);
    if (all.length === 1 && all[0] === main) continue;
    for (const table of all)
      draft.addPiece({ kind: TABLE, id: table, member: 'propagations', value: id, place });
  }
}

/** An attachment that is told to propagate nowhere although there is a default table. */
function tellSilent(
  draft: Draft,
  { id, parent, place }: Pick<Entry, 'id' | 'place'> & { readonly parent: string },
  main: string | undefined,
): void {
  const listed = main !== undefined && draft.transit.propagations.has(main);
  if (!listed && !draft.transit.apart.has(id)) return;
  if (draft.all(ATTACHMENT).get(id)?.value['peer'] !== undefined) return;
  if (!hasDefault(draft, parent, 'defaultRouteTablePropagation')) return;
  const reason = 'propagates to no route table: network.yaml has it propagate to the default one';
  draft.report.leftOut(`propagation of ${id}`, place, reason);
}
