/** Rules of security groups and entries of network ACLs, in the words of network.yaml. */
import { present } from './fields.ts';

/** Protocols that network.yaml names, by what inputs call them. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  '-1': 'all',
  '1': 'icmp',
  '6': 'tcp',
  '17': 'udp',
  '58': 'icmpv6',
};
const LAST_PORT = 65_535;

/** A rule as inputs have it: numbers, undefined where there are none. */
export interface GivenRule {
  readonly protocol: string | number | undefined;
  /** Ports, or an ICMP type and code; -1 for all. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

function protocolOf(given: string | number | undefined): string | number | undefined {
  const text = given?.toString().toLowerCase();
  if (text === undefined) return undefined;
  if (Object.hasOwn(PROTOCOLS, text)) return PROTOCOLS[text];
  return /^[0-9]{1,3}$/.test(text) ? Number(text) : text;
}

/**
 * The keys `protocol`, and `ports` or `icmp` where these are not all. With `allPorts`, all ports are written where
 * the input has them so: entries of network ACLs tell them from none.
 */
export function portKeys(
  { protocol: given, from, to }: GivenRule,
  allPorts = false,
): Record<string, unknown> {
  const protocol = protocolOf(given);
  return present({ protocol, ...range(protocol, from, to, allPorts) });
}

function range(
  protocol: string | number | undefined,
  from: number | undefined,
  to: number | undefined,
  allPorts: boolean,
): Record<string, unknown> {
  if (from === undefined || from < 0) return {};
  if (protocol === 'icmp' || protocol === 'icmpv6') {
    return { icmp: to === undefined || to < 0 ? from : `${from}/${to}` };
  }
  if (protocol !== 'tcp' && protocol !== 'udp') return {};
  if (from === 0 && to === LAST_PORT && !allPorts) return {};
  return { ports: to === undefined || from === to ? from : `${from}-${to}` };
}

/** True for the rules that a group has without any of its own: all to anywhere, of both families. */
export function isAnywhere(rules: readonly Record<string, unknown>[]): boolean {
  const texts = rules.map((rule) => JSON.stringify(rule)).sort();
  return texts.length === ANYWHERE.length && texts.every((text, i) => text === ANYWHERE[i]);
}

const ANYWHERE = ['0.0.0.0/0', '::/0'].map((to) => JSON.stringify({ protocol: 'all', to })).sort();

/** The rules of a group as keys: `egress` is written where it is told to be none, as that says something else. */
export function groupRules(
  ingress: readonly Record<string, unknown>[],
  egress: readonly Record<string, unknown>[] | undefined,
): Record<string, unknown> {
  return {
    ...(ingress.length > 0 && { ingress }),
    ...(egress !== undefined && { egress }),
  };
}
