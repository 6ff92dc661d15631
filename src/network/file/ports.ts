import { z } from 'zod';
import { type PortRange, ANY_PROTOCOL, ICMP, ICMP6 } from '../ports.ts';

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
