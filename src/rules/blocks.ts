/** Block Public Access as it holds for interfaces of a subnet: the option of the VPC's owner and region, less what
 * is excluded from it (VPC user guide, block public access). */
import type { Topology } from '../network/topology.ts';

/** Nothing is blocked. */
export const BLOCK_NOTHING = 0;
/** All but NAT gateways and egress-only internet gateways, for connections from inside. */
export const BLOCK_INGRESS = 1;
/** All. */
export const BLOCK_ALL = 2;
/** All but connections from inside: an exclusion of the mode allow-egress. */
export const BLOCK_INBOUND = 3;

/** Blocks by VPC and subnet. */
export class Blocks {
  /** By VPC, for those where a mode is on. */
  readonly #modes = new Map<string, 'block-ingress' | 'block-bidirectional'>();
  /** By VPC or subnet. */
  readonly #exclusions: ReadonlyMap<string, string>;

  constructor(topology: Topology) {
    const modes = new Map(topology.publicAccessBlocks.map((it) => [`${it.accountId} ${it.region}`, it.mode]));
    for (const { id, accountId, region } of topology.vpcs) {
      const mode = modes.get(`${accountId} ${region}`) ?? 'off';
      if (mode !== 'off') this.#modes.set(id, mode);
    }
    this.#exclusions = new Map(
      topology.publicAccessExclusions.map((it) => [it.subnetId ?? it.vpcId ?? '', it.mode]),
    );
  }

  /** BLOCK_… for interfaces of a subnet. One exclusion that lets traffic through is enough. */
  of(vpcId: string, subnetId: string | undefined): number {
    const mode = this.#modes.get(vpcId);
    if (mode === undefined) return BLOCK_NOTHING;
    const [ofVpc, ofSubnet] = [this.#exclusions.get(vpcId), this.#exclusions.get(subnetId ?? '')];
    if (ofVpc === 'allow-bidirectional' || ofSubnet === 'allow-bidirectional') return BLOCK_NOTHING;
    if (mode === 'block-ingress') return BLOCK_INGRESS; // allow-egress says something of the other mode only
    return ofVpc === 'allow-egress' || ofSubnet === 'allow-egress' ? BLOCK_INBOUND : BLOCK_ALL;
  }
}
