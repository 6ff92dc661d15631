import { z } from 'zod';
import { fileKindIn, type Around } from './kind.ts';
import { account, bindings, id, named, region, text } from './schema-parts.ts';
import { switched } from '../transit-gateway.ts';
import type { TransitGatewayAttachment } from '../transit-gateway-attachment.ts';

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
      bind: bindings,
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
      bindings: it.bind,
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
