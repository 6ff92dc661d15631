/** Kinds of what records are made at, besides network interfaces (network/lookup.ts). */
import type { InterfaceFacts } from '../../network/lookup.ts';

const ATTACHMENT: InterfaceFacts['kind'] = 'transit_gateway_attachment';
const REGIONAL_NAT: InterfaceFacts['kind'] = 'regional_nat_gateway';

/** Its records are those of transit gateway flow logs, and no others. */
export function isAttachment({ kind }: Pick<InterfaceFacts, 'kind'>): boolean {
  return kind === ATTACHMENT;
}

export function isRegionalNat({ kind }: Pick<InterfaceFacts, 'kind'>): boolean {
  return kind === REGIONAL_NAT;
}
