/** What traffic is recorded at beside network interfaces: transit gateway attachments and regional NAT gateways. */
import type { Address } from '../base/addresses.ts';
import type { Binding } from './interface.ts';
import { ATTACHMENT_KIND, REGIONAL_NAT_KIND } from './lookup.ts';
import type { Network } from './model.ts';

/** An attachment or a regional NAT gateway as what traffic is recorded at. */
export interface RecordingPoint {
  readonly id: string;
  readonly kind: typeof ATTACHMENT_KIND | typeof REGIONAL_NAT_KIND;
  /** Of an attachment: the owner of its transit gateway, as account-id of its records has it (record format 2). */
  readonly accountId: string;
  readonly region: string;
  /** The VPC that is attached, or that the NAT gateway stands for; none of other attachments. */
  readonly vpcId: string | undefined;
  /** A scope that sees one of these sees the point; where there are none, every scope does. */
  readonly seenWith: readonly string[];
  readonly bindings: readonly Binding[];
  /** The public addresses of a NAT gateway. */
  readonly held: readonly Address[];
}

/** A point with its interface number. */
export interface NumberedPoint {
  readonly number: number;
  readonly point: RecordingPoint;
}

/** The points of a network, attachments first. */
export function recordingPoints(network: Network): RecordingPoint[] {
  const attached = new Map<string, string[]>();
  for (const { transitGatewayId, vpcId } of network.transitGatewayAttachments.values()) {
    if (vpcId === undefined) continue;
    const known = attached.get(transitGatewayId);
    if (known === undefined) attached.set(transitGatewayId, [vpcId]);
    else known.push(vpcId);
  }
  const points: RecordingPoint[] = [];
  for (const {
    id,
    transitGatewayId,
    vpcId,
    region,
    bindings,
  } of network.transitGatewayAttachments.values()) {
    const { accountId } = network.transitGateways.get(transitGatewayId)!;
    const seenWith = vpcId === undefined ? (attached.get(transitGatewayId) ?? []) : [vpcId];
    points.push({ id, kind: ATTACHMENT_KIND, accountId, region, vpcId, seenWith, bindings, held: [] });
  }
  for (const { id, mode, accountId, region, vpcId, bindings, addresses } of network.natGateways.values()) {
    if (mode !== 'regional') continue;
    const held = addresses.flatMap((it) => it.public ?? []);
    const kind = REGIONAL_NAT_KIND;
    points.push({ id, kind, accountId, region, vpcId, seenWith: [vpcId], bindings, held });
  }
  return points;
}

/** Whether who sees these VPCs sees a point. */
export function isSeen({ seenWith }: RecordingPoint, vpcs: ReadonlySet<string>): boolean {
  return seenWith.length === 0 || seenWith.some((id) => vpcs.has(id));
}
