/** VPC Block Public Access: no traffic with internet gateways, but for exclusions. By account and region. */
import type { Checking } from './checking.ts';
import type { Resource } from './resource.ts';

export const BLOCK_MODES = ['off', 'block-bidirectional', 'block-ingress'] as const;

/** The option of one account in one region; `off` where there is none. */
export interface PublicAccessBlock {
  readonly accountId: string;
  readonly region: string;
  readonly mode: (typeof BLOCK_MODES)[number];
}

/** A VPC or a subnet that is let out of the block, in both directions or outwards only. */
export interface PublicAccessExclusion extends Resource {
  readonly region: string;
  readonly vpcId: string | undefined;
  readonly subnetId: string | undefined;
  readonly mode: 'allow-bidirectional' | 'allow-egress';
}

/** One option an account and region, one exclusion a resource. */
export function checkPublicAccess(checking: Checking): void {
  const { parts, report } = checking;
  const homes = new Set<string>();
  for (const it of parts.publicAccessBlocks) {
    const home = `${it.accountId} ${it.region}`;
    if (homes.has(home)) {
      report(it, [], `account ${it.accountId} has its blockPublicAccess of ${it.region} already`);
    }
    homes.add(home);
  }
  const excluded = new Map<string, string>();
  for (const it of parts.publicAccessExclusions) {
    const [member, subject] = it.vpcId === undefined ? ['subnet', it.subnetId!] : ['vpc', it.vpcId];
    if (!checking.exists(it, [member], subject)) continue;
    const other = excluded.get(subject);
    if (other !== undefined) report(it, [member], `${subject} has the exclusion ${other} already`);
    excluded.set(subject, it.id);
    const vpc = checking.find('vpcs', it.vpcId ?? checking.vpcOf(subject) ?? '');
    if (vpc !== undefined && vpc.region !== it.region) {
      report(it, [member], `${subject} is in ${vpc.region}, the exclusion in ${it.region}`);
    }
  }
}
