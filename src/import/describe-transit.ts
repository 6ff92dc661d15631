/** Transit gateways, their attachments, route tables and routes in the outputs of describe commands. */
import { describedTags, requiredId } from './describe-network.ts';
import type { Draft, Entry, GatewaySide } from './draft.ts';
import { distinct, present, type Fields } from './fields.ts';
import { canonicalPrefix } from './outermost.ts';
import { ownerOfArn, subjectOf } from './places.ts';

/** Options that network.yaml has no key for, and what it takes them to be. */
const FIXED_OPTIONS: Readonly<Record<string, string>> = {
  AutoAcceptSharedAttachments: 'disable',
  VpnEcmpSupport: 'enable',
  DnsSupport: 'enable',
  SecurityGroupReferencingSupport: 'disable',
  MulticastSupport: 'disable',
};

/** What is on its way out, or never came to be. */
function gone(it: Fields): string | undefined {
  const state = it.text('State');
  return state !== undefined && /^(?:delet|fail|reject)/.test(state) ? state : undefined;
}

/** The id of what is there; what is gone is told and left out. */
function livingId(it: Fields, key: string, kind: string, draft: Draft): string | undefined {
  const id = requiredId(it, key, kind, draft);
  const state = gone(it);
  if (id === undefined || state === undefined) return id;
  draft.report.leftOut(`${kind} ${id}`, it.place, `is ${state}`);
  return undefined;
}

/** One of `TransitGateways`. */
export function readTransitGateway(it: Fields, draft: Draft): void {
  const id = livingId(it, 'TransitGatewayId', 'transit gateway', draft);
  if (id === undefined) return;
  const options = it.object('Options');
  const others = Object.entries(FIXED_OPTIONS).filter(([key, fixed]) => {
    const value = options.text(key);
    return value !== undefined && value !== fixed;
  });
  if (others.length > 0) draft.report.ignored('option of a transit gateway', others.length);
  addGateway(draft, {
    entry: {
      id,
      place: it.place,
      account: it.text('OwnerId'),
      region: ownerOfArn(it.text('TransitGatewayArn')).region,
      value: present({
        id,
        description: it.text('Description'),
        asn: options.number('AmazonSideAsn'),
        cidrs: options.texts('TransitGatewayCidrBlocks'),
        tags: describedTags(it, 'Tags', draft),
      }),
    },
    associating: options.text('DefaultRouteTableAssociation') !== 'disable',
    propagating: options.text('DefaultRouteTablePropagation') !== 'disable',
    associationTable: options.text('AssociationDefaultRouteTableId'),
    propagationTable: options.text('PropagationDefaultRouteTableId'),
  });
}

/** A transit gateway with its default tables, of which it tells the ids: answers about these count more. */
export function addGateway(
  draft: Draft,
  it: {
    readonly entry: Entry;
    readonly associating: boolean;
    readonly propagating: boolean;
    readonly associationTable: string | undefined;
    readonly propagationTable: string | undefined;
  },
): void {
  const { entry, associating, propagating, associationTable, propagationTable } = it;
  const { id: parent, place } = entry;
  draft.add('transit gateway', {
    ...entry,
    value: {
      ...entry.value,
      // Without these keys, it has default tables.
      ...(!associating && { defaultRouteTableAssociation: false }),
      ...(!propagating && { defaultRouteTablePropagation: false }),
    },
  });
  for (const id of distinct([associationTable, propagationTable])) {
    const value = present({
      id,
      defaultAssociation: associating && id === associationTable,
      defaultPropagation: propagating && id === propagationTable,
    });
    draft.add('transit gateway route table', { id, place, parent, weak: true, value });
  }
}

/** Members of what is attached, by its type in the API. */
const ATTACHED: Readonly<Record<string, string>> = {
  vpc: 'vpc',
  vpn: 'vpn',
  'direct-connect-gateway': 'directConnectGateway',
};

/** One of `TransitGatewayAttachments`, of every type: what the answers of their own types say counts more. */
export function readAttachment(it: Fields, draft: Draft): void {
  const kind = 'transit gateway attachment';
  const id = livingId(it, 'TransitGatewayAttachmentId', kind, draft);
  if (id === undefined) return;
  const type = it.text('ResourceType') ?? '';
  const { place } = it;
  const parent = it.text('TransitGatewayId');
  const association = it.object('Association');
  const table = association.text('TransitGatewayRouteTableId');
  const associated = association.text('State')?.startsWith('disassociat') === true ? undefined : table;
  const common = { id, place, parent, weak: true };
  const tags = describedTags(it, 'Tags', draft);
  if (type === 'peering' || type === 'tgw-peering') {
    const gateway = it.text('ResourceId');
    const peer = present({ gateway, account: it.text('ResourceOwnerId') });
    draft.add(kind, { ...common, value: present({ id, peer, tags }) });
  } else if (Object.hasOwn(ATTACHED, type)) {
    draft.add(kind, { ...common, value: present({ id, [ATTACHED[type]!]: it.text('ResourceId'), tags }) });
  } else {
    const reason = `network.yaml has no attachment of the type ${type === '' ? 'that is not told' : type}`;
    return draft.report.leftOut(`${kind} ${id}`, place, reason);
  }
  if (associated !== undefined || !draft.transit.associations.has(id)) {
    draft.transit.associations.set(id, { table: associated, place });
  }
}

/** One of `TransitGatewayVpcAttachments`. */
export function readVpcAttachment(it: Fields, draft: Draft): void {
  const kind = 'transit gateway attachment';
  const id = livingId(it, 'TransitGatewayAttachmentId', kind, draft);
  if (id === undefined) return;
  const options = it.object('Options');
  draft.add(kind, {
    id,
    place: it.place,
    parent: it.text('TransitGatewayId'),
    value: present({
      id,
      vpc: it.text('VpcId'),
      subnets: distinct(it.texts('SubnetIds')),
      ipv6: options.text('Ipv6Support') === 'enable',
      applianceMode: options.text('ApplianceModeSupport') === 'enable',
      tags: describedTags(it, 'Tags', draft),
    }),
  });
}

/** One of `TransitGatewayPeeringAttachments`: both sides have its id. */
export function readPeeringAttachment(it: Fields, draft: Draft): void {
  const kind = 'transit gateway attachment';
  const id = livingId(it, 'TransitGatewayAttachmentId', kind, draft);
  if (id === undefined) return;
  const side = (key: string): GatewaySide => {
    const info = it.object(key);
    return {
      gateway: info.text('TransitGatewayId'),
      account: info.text('OwnerId'),
      region: info.text('Region'),
    };
  };
  draft.transit.peerings.set(id, [side('RequesterTgwInfo'), side('AccepterTgwInfo')]);
  draft.add(kind, { id, place: it.place, value: present({ id, tags: describedTags(it, 'Tags', draft) }) });
}

/** One of `TransitGatewayRouteTables`. */
export function readGatewayTable(it: Fields, draft: Draft): void {
  const kind = 'transit gateway route table';
  const id = livingId(it, 'TransitGatewayRouteTableId', kind, draft);
  if (id === undefined) return;
  draft.add(kind, {
    id,
    place: it.place,
    parent: it.text('TransitGatewayId'),
    value: present({
      id,
      defaultAssociation: it.flag('DefaultAssociationRouteTable'),
      defaultPropagation: it.flag('DefaultPropagationRouteTable'),
      tags: describedTags(it, 'Tags', draft),
    }),
  });
}

/** One of `Routes` of search-transit-gateway-routes, which names the table nowhere: the file's name does. Routes to
 * the prefixes of VPCs that propagate are there by themselves. */
export function readGatewayRoute(it: Fields, draft: Draft): void {
  const { place } = it;
  const id = subjectOf(place, 'transitGatewayRouteTable');
  const to = it.text('DestinationCidrBlock');
  if (to === undefined) {
    return draft.report.leftOut('route of a transit gateway', place, 'has no DestinationCidrBlock');
  }
  const attachments = it.objects('TransitGatewayAttachments');
  const via = distinct(attachments.map((one) => one.text('TransitGatewayAttachmentId')));
  const propagated = it.text('Type') === 'propagated';
  if (
    propagated &&
    attachments.length > 0 &&
    attachments.every((one) => one.text('ResourceType') === 'vpc')
  ) {
    for (const attachment of via) noteAttachment(draft, { id, attachment, to: 'learnt', place });
    return;
  }
  const blackhole = it.text('State') === 'blackhole' || via.length === 0;
  const value = present({
    to: canonicalPrefix(to),
    via: blackhole ? undefined : via.length === 1 ? via[0] : via,
    blackhole,
    propagated: propagated && !blackhole,
  });
  draft.addPiece({ kind: 'transit gateway route table', id, member: 'routes', value, place });
}

/** Notes what an attachment has to do with a table. */
function noteAttachment(
  draft: Draft,
  part: {
    readonly id: string | undefined;
    readonly attachment: string;
    readonly to: 'associations' | 'propagations' | 'learnt';
    readonly place: string;
  },
): void {
  const { id, attachment, to, place } = part;
  if (id === undefined) draft.transit.unnamed.push({ attachment, to, place });
  else noteOfTable(draft, { id, attachment, to, place });
}

/** The same where the table is known. */
export function noteOfTable(
  draft: Draft,
  {
    id,
    attachment,
    to,
    place,
  }: {
    readonly id: string;
    readonly attachment: string;
    readonly to: 'associations' | 'propagations' | 'learnt';
    readonly place: string;
  },
): void {
  const { transit } = draft;
  if (to === 'associations') {
    transit.associations.set(attachment, { table: id, place });
    return;
  }
  const known = transit[to].get(id);
  if (known === undefined) transit[to].set(id, new Set([attachment]));
  else known.add(attachment);
}

function attachedTo(to: 'associations' | 'propagations', ended: string) {
  return (it: Fields, draft: Draft): void => {
    const { place } = it;
    const attachment = requiredId(it, 'TransitGatewayAttachmentId', `${to} of a transit gateway`, draft);
    if (attachment === undefined || it.text('State')?.startsWith(ended) === true) return;
    noteAttachment(draft, { id: subjectOf(place, 'transitGatewayRouteTable'), attachment, to, place });
  };
}

/** One of `Associations` of get-transit-gateway-route-table-associations. */
export const readGatewayAssociation = attachedTo('associations', 'disassociat');
/** One of `TransitGatewayRouteTablePropagations`. */
export const readGatewayPropagation = attachedTo('propagations', 'disabl');
