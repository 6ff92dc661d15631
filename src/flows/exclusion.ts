import { META_IPV6, META_PROTOCOL } from '../capture/batch.ts';
import { type InterfaceLookup, NO_INTERFACE } from '../network/lookup.ts';
import type { AddressColumns } from './columns.ts';

const UDP = 17;
const DNS_PORT = 53;
const DHCP_PORTS = new Set([67, 68]);
const DHCP6_PORTS = new Set([546, 547]);
const word = (a: number, b: number, c: number, d: number): number => (a << 24) | (b << 16) | (c << 8) | d;
/** Instance metadata, time, Windows licence activation and the link-local form of the DNS server. */
const METADATA = word(169, 254, 169, 254);
const TIME = word(169, 254, 169, 123);
const LICENCES = new Set([word(169, 254, 169, 250), word(169, 254, 169, 251)]);
const DNS_LINK_LOCAL = word(169, 254, 169, 253);

/**
 * Is this what the service itself does not log (record format 1.9), in a VPC that is marked for it (S1.5)?
 * Asked once for each flow. Mirrored sources, and endpoint interfaces towards load balancers, cannot be told
 * from packets.
 */
export function isExcluded(
  lookup: InterfaceLookup,
  rows: AddressColumns,
  i: number,
  egress: number,
  ingress: number,
): boolean {
  return (
    (egress !== NO_INTERFACE && lookup.isReservedVpc(egress) && excludedAt(lookup, rows, i, egress)) ||
    (ingress !== NO_INTERFACE && lookup.isReservedVpc(ingress) && excludedAt(lookup, rows, i, ingress))
  );
}

function excludedAt(lookup: InterfaceLookup, rows: AddressColumns, i: number, number: number): boolean {
  const meta = rows.meta[i]!;
  const ports = rows.ports[i]!;
  const udp = (meta & META_PROTOCOL) === UDP;
  const src = ports >>> 16;
  const dst = ports & 0xffff;
  if ((meta & META_IPV6) !== 0) return udp && DHCP6_PORTS.has(src) && DHCP6_PORTS.has(dst);
  if (udp && DHCP_PORTS.has(src) && DHCP_PORTS.has(dst)) return true;
  return excludedPeer(lookup, number, rows.src[i]!, src) || excludedPeer(lookup, number, rows.dst[i]!, dst);
}

function excludedPeer(lookup: InterfaceLookup, number: number, address: number, port: number): boolean {
  if (address === METADATA || address === TIME || LICENCES.has(address)) return true;
  if (address === DNS_LINK_LOCAL) return port === DNS_PORT;
  const reserved = lookup.isReserved4(number, address);
  return reserved === 'router' || (reserved === 'dns' && port === DNS_PORT);
}
