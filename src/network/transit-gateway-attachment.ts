/** Attachments of transit gateways: what traffic comes from and goes to. Traffic is recorded at them. */
import type { Checking } from './checking.ts';
import type { Binding } from './interface.ts';
import type { Resource } from './resource.ts';
import type { Switch } from './transit-gateway.ts';

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
  /** Traffic that is recorded at it (S2.2); without any, its legs follow from the routes (S2.4). */
  readonly bindings: readonly Binding[];
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
    bindings: [],
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
