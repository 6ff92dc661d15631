/** Attachments of transit gateways: what traffic comes from and goes to. Traffic is recorded at them. */
import { z } from 'zod';
import type { Checking } from './checking.ts';
import { fileKindIn, type Around } from './file-kind.ts';
import type { Resource } from './resource.ts';
import { account, id, named, region, text } from './schema-parts.ts';
import { switched, type Switch } from './transit-gateway.ts';

export interface TransitGatewayAttachmentOptions {
  readonly dnsSupport: Switch;
  readonly securityGroupReferencingSupport: Switch;
  readonly ipv6Support: Switch;
  readonly applianceModeSupport: Switch;
}

export type AttachmentType = 'vpc' | 'peering' | 'vpn' | 'direct-connect-gateway';

/** A transit gateway's way to a VPC (by one subnet in each zone), to another transit gateway, a VPN or a
 * Direct Connect gateway. */
export interface TransitGatewayAttachment extends Resource {
  readonly region: string;
  readonly transitGatewayId: string;
  readonly type: AttachmentType;
  /** What is attached: a VPC, the other transit gateway, a VPN connection, a Direct Connect gateway. */
  readonly resourceId: string;
  /** The owner of that. */
  readonly resourceOwnerId: string;
  /** Of the type `vpc`. */
  readonly vpcId: string | undefined;
  readonly subnetIds: readonly string[];
  /** Interfaces of kind transit_gateway, one in each of the subnets. */
  readonly interfaceIds: readonly string[];
  /** Of the type `peering`: where the other transit gateway is. */
  readonly peerRegion: string | undefined;
  /** Milliseconds since the epoch; undefined for what the file declares. */
  readonly createdAt: number | undefined;
  readonly options: TransitGatewayAttachmentOptions;
}

/** A VPC's attachment as the API makes them: without interfaces of its own. */
export function vpcAttachment(
  owner: string,
  it: Pick<TransitGatewayAttachment, 'transitGatewayId' | 'subnetIds' | 'options'> & {
    readonly vpcId: string;
  },
): Omit<TransitGatewayAttachment, keyof Resource | 'region' | 'createdAt'> {
  return {
    ...it,
    type: 'vpc',
    resourceId: it.vpcId,
    resourceOwnerId: owner,
    interfaceIds: [],
    peerRegion: undefined,
  };
}

/** What stands around an attachment in network.yaml. */
export interface AroundInGateway extends Around {
  readonly transitGatewayId: string;
}

const peer = z.strictObject({
  gateway: id('transitGateway'),
  account: account.optional(),
  region: region.optional(),
});

/** Keys of a peer, for suggestions. */
export const PEER_KEYS = Object.keys(peer.shape);

const directConnectGateway = text(
  (value) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value),
  'is no id of a Direct Connect gateway: write one like 0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f',
);

/** `attachments` of a transit gateway in network.yaml. A VPC's belong to its owner. */
export const transitGatewayAttachmentKind = fileKindIn(
  z
    .strictObject({
      ...named('transitGatewayAttachment'),
      vpc: id('vpc').optional(),
      subnets: z.array(id('subnet')).default([]),
      interfaces: z.array(id('interface')).default([]),
      applianceMode: z.boolean().default(false),
      ipv6: z.boolean().default(false),
      peer: peer.optional(),
      vpn: id('vpnConnection').optional(),
      directConnectGateway: directConnectGateway.optional(),
    })
    .superRefine((it, context) => {
      const ways = [it.vpc, it.peer, it.vpn, it.directConnectGateway].filter((way) => way !== undefined);
      if (ways.length !== 1) {
        const message =
          'an attachment is of one thing: write one of "vpc", "peer", "vpn" and "directConnectGateway"';
        context.addIssue({ code: 'custom', message });
      } else if (it.vpc === undefined) {
        for (const member of ['subnets', 'interfaces'] as const) {
          if (it[member].length === 0) continue;
          const message = `only the attachment of a VPC has ${member}: take them out`;
          context.addIssue({ code: 'custom', message, path: [member] });
        }
      }
    }),
  (it, base, around: AroundInGateway): TransitGatewayAttachment => {
    const vpc = it.vpc === undefined ? undefined : around.vpc(it.vpc);
    const attached = attachedBy(it, base.accountId, vpc?.accountId);
    return {
      ...base,
      accountId: it.account ?? vpc?.accountId ?? base.accountId,
      region: around.region,
      transitGatewayId: around.transitGatewayId,
      ...attached,
      vpcId: it.vpc,
      subnetIds: it.subnets,
      interfaceIds: it.interfaces,
      peerRegion: it.peer === undefined ? undefined : (it.peer.region ?? around.region),
      createdAt: undefined,
      options: {
        dnsSupport: 'enable',
        securityGroupReferencingSupport: 'enable',
        ipv6Support: switched(it.ipv6),
        applianceModeSupport: switched(it.applianceMode),
      },
    };
  },
);

function attachedBy(
  it: {
    readonly vpc?: string | undefined;
    readonly peer?: z.output<typeof peer> | undefined;
    readonly vpn?: string | undefined;
    readonly directConnectGateway?: string | undefined;
  },
  owner: string,
  vpcOwner: string | undefined,
): Pick<TransitGatewayAttachment, 'type' | 'resourceId' | 'resourceOwnerId'> {
  if (it.vpc !== undefined) return { type: 'vpc', resourceId: it.vpc, resourceOwnerId: vpcOwner ?? owner };
  if (it.peer !== undefined) {
    const { gateway, account: peerOwner = owner } = it.peer;
    return { type: 'peering', resourceId: gateway, resourceOwnerId: peerOwner };
  }
  if (it.vpn !== undefined) return { type: 'vpn', resourceId: it.vpn, resourceOwnerId: owner };
  return {
    type: 'direct-connect-gateway',
    resourceId: it.directConnectGateway!,
    resourceOwnerId: owner,
  };
}

/** A VPC is attached once, by one subnet in each zone, each with one interface at most. */
export function checkTransitGatewayAttachments(checking: Checking): void {
  const { parts, report } = checking;
  const attached = new Map<string, string>();
  for (const it of parts.transitGatewayAttachments) {
    const gateway = checking.find('transitGateways', it.transitGatewayId);
    if (gateway === undefined) report(it, [], `${it.transitGatewayId} is not there: ${it.id} needs it`);
    if (it.type === 'peering') {
      if (it.resourceId === it.transitGatewayId) {
        report(it, ['peer', 'gateway'], `${it.transitGatewayId} is attached to itself: name the other one`);
      }
      continue;
    }
    if (it.vpcId === undefined) continue;
    const key = `${it.transitGatewayId} ${it.vpcId}`;
    const other = attached.get(key);
    if (other !== undefined) report(it, ['vpc'], `${it.vpcId} is attached by ${other} already`);
    attached.set(key, it.id);
    if (!checking.exists(it, ['vpc'], it.vpcId)) continue;
    const { region } = checking.find('vpcs', it.vpcId)!;
    if (gateway !== undefined && gateway.region !== region) {
      report(it, ['vpc'], `${it.vpcId} is in ${region}, ${gateway.id} in ${gateway.region}`);
    }
    checkSubnets(it, it.vpcId, checking);
  }
}

function checkSubnets(it: TransitGatewayAttachment, vpcId: string, checking: Checking): void {
  const { report } = checking;
  if (it.subnetIds.length === 0) report(it, ['subnets'], `${it.id} needs a subnet in each zone of its own`);
  const zones = new Map<string, string>();
  it.subnetIds.forEach((subnet, i) => {
    if (!checking.inVpc(it, ['subnets', i], subnet, vpcId)) return;
    const zone = checking.find('subnets', subnet)!.azId;
    if (zone === undefined) return;
    const other = zones.get(zone);
    if (other !== undefined) report(it, ['subnets', i], `${subnet} and ${other} are both in ${zone}`);
    zones.set(zone, subnet);
  });
  const used = new Map<string, string>();
  it.interfaceIds.forEach((eni, i) => {
    if (!checking.inVpc(it, ['interfaces', i], eni, vpcId)) return;
    const { subnetId } = checking.find('interfaces', eni)!;
    if (!it.subnetIds.includes(subnetId)) {
      report(it, ['interfaces', i], `${eni} lies in ${subnetId}, which is none of the attachment's subnets`);
    }
    const other = used.get(subnetId);
    if (other !== undefined)
      report(it, ['interfaces', i], `${other} is its interface in ${subnetId} already`);
    used.set(subnetId, eni);
  });
}
