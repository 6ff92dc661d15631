/** Protocols and ports, as security group rules and network ACL entries name them. */
import { z } from 'zod';

/** A range of ports, or an ICMP type and code. -1 is any. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export const ANY_PROTOCOL = -1;
export const ICMP = 1;
export const ICMP6 = 58;
const MAX_PORT = 65_535;
const NAMES: Readonly<Record<string, number>> = {
  all: ANY_PROTOCOL,
  icmp: ICMP,
  tcp: 6,
  udp: 17,
  icmpv6: ICMP6,
};

/** A protocol by name or number; all of them are -1. */
export const protocol = z
  .union([z.int().min(0).max(255), z.enum(['all', 'icmp', 'tcp', 'udp', 'icmpv6'])], {
    error: 'is no protocol: write all, tcp, udp, icmp, icmpv6 or a number from 0 to 255',
  })
  .transform((value) => (typeof value === 'number' ? value : NAMES[value]!));

const port = z.int().min(0).max(MAX_PORT);

/** One port, or `1024-65535`. */
export const ports = z.union(
  [
    port.transform((value): PortRange => ({ from: value, to: value })),
    z.string().transform((value, context): PortRange => {
      const [, low, high] = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(value) ?? [];
      const [from, to] = [Number(low), Number(high ?? low)];
      if (from <= to && to <= MAX_PORT) return { from, to };
      context.issues.push({ code: 'custom', message: '', input: value });
      return z.NEVER;
    }),
  ],
  { error: 'is no port: write one like 443, or a range like "1024-65535"' },
);

/** An ICMP type, with a code or without: `8`, `3/4`. */
export const icmpType = z.union(
  [
    z
      .int()
      .min(0)
      .max(255)
      .transform((value): PortRange => ({ from: value, to: -1 })),
    z.string().transform((value, context): PortRange => {
      const [, type, code] = /^([0-9]{1,3})(?:\/([0-9]{1,3}))?$/.exec(value) ?? [];
      const [from, to] = [Number(type), Number(code ?? -1)];
      if (from <= 255 && to <= 255) return { from, to };
      context.issues.push({ code: 'custom', message: '', input: value });
      return z.NEVER;
    }),
  ],
  { error: 'is no ICMP type: write one like 8, or type and code like "3/4"' },
);

/** Members of a rule that name ports or ICMP types. */
export const portMembers = { protocol, ports: ports.optional(), icmp: icmpType.optional() };

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
