/** Protocols and ports, as security group rules and network ACL entries name them. */

/** A range of ports, or an ICMP type and code. -1 is any. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export const ANY_PROTOCOL = -1;

export const ICMP = 1;

export const ICMP6 = 58;

/** What is wrong with ports of a protocol: the member, and why. */
export function portsFault(it: {
  readonly protocol: number;
  readonly ports?: PortRange | undefined;
  readonly icmp?: PortRange | undefined;
}): { member: 'ports' | 'icmp'; message: string } | undefined {
  const isIcmp = it.protocol === ICMP || it.protocol === ICMP6;
  if (it.icmp !== undefined && !isIcmp) {
    return { member: 'icmp', message: 'only icmp and icmpv6 have types: take "icmp" out' };
  }
  if (it.ports !== undefined && it.protocol !== 6 && it.protocol !== 17) {
    return { member: 'ports', message: 'only tcp and udp have ports: take "ports" out' };
  }
  return undefined;
}

/** The range of a rule; undefined for all ports or types. */
export function rangeOf(it: {
  readonly ports?: PortRange | undefined;
  readonly icmp?: PortRange | undefined;
}): PortRange | undefined {
  return it.ports ?? it.icmp;
}
