/** Kinds of what records are made at, besides network interfaces (network/lookup.ts). */
import { ATTACHMENT_KIND, type InterfaceFacts, REGIONAL_NAT_KIND } from '../../network/lookup.ts';

/** Its records are those of transit gateway flow logs, and no others. */
export function isAttachment({ kind }: Pick<InterfaceFacts, 'kind'>): boolean {
  return kind === ATTACHMENT_KIND;
}

export function isRegionalNat({ kind }: Pick<InterfaceFacts, 'kind'>): boolean {
  return kind === REGIONAL_NAT_KIND;
}
