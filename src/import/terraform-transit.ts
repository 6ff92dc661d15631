/** Transit gateways of Terraform's AWS provider. */
import { addGateway, noteOfTable } from './describe-transit.ts';
import { present } from './fields.ts';
import { canonicalPrefix } from './outermost.ts';
import { ownerOfArn } from './places.ts';
import { idOf, list, numeric, required, tags, type Reader } from './terraform-parts.ts';

const ATTACHMENT = 'transit gateway attachment';
const TABLE = 'transit gateway route table';

const transitGateway: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, 'transit gateway');
  if (id === undefined) return;
  const { account, region } = ownerOfArn(it.text('arn'));
  addGateway(draft, {
    entry: {
      id,
      place: it.place,
      account: it.text('owner_id') ?? account,
      region,
      value: present({
        id,
        description: it.text('description'),
        asn: numeric(it, 'amazon_side_asn'),
        cidrs: list(it, 'transit_gateway_cidr_blocks'),
        tags: tags(attributes),
      }),
    },
    associating: it.text('default_route_table_association') !== 'disable',
    propagating: it.text('default_route_table_propagation') !== 'disable',
    associationTable: it.text('association_default_route_table_id'),
    propagationTable: it.text('propagation_default_route_table_id'),
  });
};

/** A VPC's attachment; of one that another account accepted there is a second resource. */
function vpcAttachment(weak: boolean): Reader {
  return (attributes) => {
    const { it, draft } = attributes;
    const id = idOf(attributes, ATTACHMENT);
    if (id === undefined) return;
    draft.add(ATTACHMENT, {
      id,
      place: it.place,
      parent: it.text('transit_gateway_id'),
      weak,
      value: present({
        id,
        vpc: it.text('vpc_id'),
        subnets: list(it, 'subnet_ids'),
        ipv6: it.text('ipv6_support') === 'enable',
        applianceMode: it.text('appliance_mode_support') === 'enable',
        tags: tags(attributes),
      }),
    });
    if (it.flag('transit_gateway_default_route_table_propagation') === false) {
      draft.transit.apart.set(id, it.place);
    }
    const alone = it.flag('transit_gateway_default_route_table_association') === false;
    // A resource of the association, wherever it stands, says more.
    if (alone && !draft.transit.associations.has(id)) {
      draft.transit.associations.set(id, { table: undefined, place: it.place });
    }
  };
}

/** A peering attachment, by the side whose transit gateway it names first. */
function peeringAttachment(weak: boolean): Reader {
  return (attributes) => {
    const { it, draft } = attributes;
    const id = idOf(attributes, ATTACHMENT);
    if (id === undefined) return;
    const peer = present({
      gateway: it.text('peer_transit_gateway_id'),
      account: it.text('peer_account_id'),
      region: it.text('peer_region'),
    });
    draft.add(ATTACHMENT, {
      id,
      place: it.place,
      parent: it.text('transit_gateway_id'),
      weak,
      value: present({ id, peer, tags: tags(attributes) }),
    });
  };
}

/** A VPN connection or a Direct Connect gateway tells of its attachment. */
function other(gateway: string, member: string, target: string): Reader {
  return ({ it, draft }) => {
    const id = it.text('transit_gateway_attachment_id');
    const parent = it.text(gateway);
    if (id === undefined || parent?.startsWith('tgw-') !== true) {
      return draft.report.notTaken(member === 'vpn' ? 'VPN connection' : 'Direct Connect association', 1);
    }
    draft.add(ATTACHMENT, {
      id,
      place: it.place,
      parent,
      weak: true,
      value: present({ id, [member]: it.text(target) }),
    });
  };
}

const routeTable: Reader = (attributes) => {
  const { it, draft } = attributes;
  const id = idOf(attributes, TABLE);
  if (id === undefined) return;
  draft.add(TABLE, {
    id,
    place: it.place,
    parent: it.text('transit_gateway_id'),
    value: present({
      id,
      defaultAssociation: it.flag('default_association_route_table'),
      defaultPropagation: it.flag('default_propagation_route_table'),
      tags: tags(attributes),
    }),
  });
};

const route: Reader = (attributes) => {
  const { it, draft } = attributes;
  const what = 'route of a transit gateway';
  const found = required(attributes, what, 'transit_gateway_route_table_id', 'destination_cidr_block');
  if (found === undefined) return;
  const value = present({
    to: canonicalPrefix(found.destination_cidr_block),
    via: it.text('transit_gateway_attachment_id'),
    blackhole: it.flag('blackhole'),
  });
  const id = found.transit_gateway_route_table_id;
  draft.addPiece({ kind: TABLE, id, member: 'routes', value, place: it.place });
};

function attachedTo(to: 'associations' | 'propagations' | 'learnt'): Reader {
  return (attributes) => {
    const found = required(
      attributes,
      `${to} of a transit gateway`,
      'transit_gateway_route_table_id',
      'transit_gateway_attachment_id',
    );
    if (found === undefined) return;
    const { transit_gateway_route_table_id: id, transit_gateway_attachment_id: attachment } = found;
    noteOfTable(attributes.draft, { id, attachment, to, place: attributes.it.place });
  };
}

const prefixListReference: Reader = ({ it, draft }) => {
  const reason = 'network.yaml has no route of a transit gateway to a prefix list: write its prefixes';
  draft.report.leftOut(`route to ${it.text('prefix_list_id') ?? 'a prefix list'}`, it.place, reason);
};

export const TRANSIT_READERS: Readonly<Record<string, Reader>> = {
  aws_ec2_transit_gateway: transitGateway,
  aws_ec2_transit_gateway_vpc_attachment: vpcAttachment(false),
  aws_ec2_transit_gateway_vpc_attachment_accepter: vpcAttachment(true),
  aws_ec2_transit_gateway_peering_attachment: peeringAttachment(false),
  aws_ec2_transit_gateway_peering_attachment_accepter: peeringAttachment(true),
  aws_vpn_connection: other('transit_gateway_id', 'vpn', 'id'),
  aws_dx_gateway_association: other('associated_gateway_id', 'directConnectGateway', 'dx_gateway_id'),
  aws_ec2_transit_gateway_route_table: routeTable,
  aws_ec2_transit_gateway_route: route,
  aws_ec2_transit_gateway_route_table_association: attachedTo('associations'),
  // What the state says of a table's propagations is not all of them: those of the default table are no resources.
  aws_ec2_transit_gateway_route_table_propagation: attachedTo('learnt'),
  aws_ec2_transit_gateway_prefix_list_reference: prefixListReference,
};
