/** Network ACLs: what passes into and out of subnets. They are held here; nothing is judged by them yet. */
import { parsePrefix, type Prefix } from '../base/prefixes.ts';
import type { Checking } from './checking.ts';
import { ANY_PROTOCOL, type PortRange } from './ports.ts';
import type { Resource } from './resource.ts';

/** Behind all numbers that an entry may have comes the one that denies the rest. */
export const LAST_ENTRY = 32_767;

export interface NetworkAclEntry {
  /** The lowest number that matches decides. */
  readonly number: number;
  readonly egress: boolean;
  readonly allow: boolean;
  /** -1 for all. */
  readonly protocol: number;
  /** Ports, or an ICMP type and code; undefined for all. */
  readonly range: PortRange | undefined;
  readonly prefix: Prefix;
}

export interface NetworkAcl extends Resource {
  readonly region: string;
  readonly vpcId: string;
  /** Of the subnets that are in no other one's list. */
  readonly isDefault: boolean;
  /** Made with its VPC: gone with it. */
  readonly implied: boolean;
  readonly subnetIds: readonly string[];
  /** Without the last ones, which deny. */
  readonly entries: readonly NetworkAclEntry[];
}

/** The entries of the ACL that each VPC has from the start: all passes, of the families that the VPC has. */
export function defaultEntries(families: readonly (4 | 6)[]): NetworkAclEntry[] {
  return families.flatMap((family) =>
    [false, true].map((egress) => ({
      number: family === 4 ? 100 : 101,
      egress,
      allow: true,
      protocol: ANY_PROTOCOL,
      range: undefined,
      prefix: parsePrefix(family === 4 ? '0.0.0.0/0' : '::/0'),
    })),
  );
}

/** One default a VPC, one ACL a subnet, one entry a number and direction. */
export function checkNetworkAcls(checking: Checking): void {
  const { parts, report } = checking;
  const defaults = new Map<string, string>();
  const associated = new Map<string, string>();
  for (const it of parts.networkAcls) {
    if (it.isDefault) {
      const other = defaults.get(it.vpcId);
      if (other !== undefined) report(it, ['default'], `${other} is the default of its VPC already`);
      defaults.set(it.vpcId, it.id);
    }
    it.subnetIds.forEach((subnet, i) => {
      checking.inVpc(it, ['subnets', i], subnet, it.vpcId);
      const other = associated.get(subnet);
      if (other !== undefined) {
        report(it, ['subnets', i], `${subnet} is associated with ${other} already: it has one network ACL`);
      }
      associated.set(subnet, it.id);
    });
    for (const [list, egress] of [
      ['inbound', false],
      ['outbound', true],
    ] as const) {
      const numbers = new Set<number>();
      it.entries
        .filter((one) => one.egress === egress)
        .forEach(({ number }, i) => {
          if (numbers.has(number)) {
            report(it, [list, i, 'number'], `${number} is the number of another entry already`);
          }
          numbers.add(number);
        });
    }
  }
}
