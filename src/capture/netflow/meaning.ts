import { VERDICT_ACCEPT, VERDICT_NONE, VERDICT_REJECT } from '../batch.ts';
import {
  DROP_BLACKHOLE,
  DROP_DENIED,
  DROP_MTU_EXCEEDED,
  DROP_NONE,
  DROP_NO_ROUTE,
  DROP_OTHER,
  DROP_TTL_EXPIRED,
  EVENT_FLOW_CREATED,
  EVENT_FLOW_DELETED,
  EVENT_FLOW_DENIED,
  EVENT_NAT_CREATED,
  EVENT_NAT_DELETED,
  EVENT_NONE,
} from '../flow-batch.ts';

/**
 * Why packets were dropped, by forwardingStatus (RFC 7270, section 4.12): two bits of status (1 forwarded, 2 dropped,
 * 3 consumed) and six of reason. Values below 64 say nothing.
 */
export function dropReason(forwardingStatus: number): number {
  if (forwardingStatus >> 6 !== 2) return DROP_NONE;
  switch (forwardingStatus) {
    case 128: // unknown: mostly a firewall or a policy that does not tell which (inferred)
    case 129: // access list deny
    case 130: // access list drop
    case 140: // reverse path check
      return DROP_DENIED;
    case 131: // unroutable
    case 132: // no adjacency
      return DROP_NO_ROUTE;
    case 133: // fragmentation needed, and "do not fragment" set
      return DROP_MTU_EXCEEDED;
    case 137: // bad TTL
      return DROP_TTL_EXPIRED;
    case 142: // bad output interface
      return DROP_BLACKHOLE;
    default:
      return DROP_OTHER;
  }
}

/** The verdict of a drop reason or of a forwarding status without one. */
export function forwardingVerdict(forwardingStatus: number): number {
  if (forwardingStatus < 64) return VERDICT_NONE;
  // Dropped on the way for another reason than a rule: the rules let it through.
  return dropReason(forwardingStatus) === DROP_DENIED ? VERDICT_REJECT : VERDICT_ACCEPT;
}

/** The verdict of firewallEvent (IANA "firewallEvent"): 1 created, 2 deleted, 3 denied, 4 alert, 5 update. */
export function firewallVerdict(firewallEvent: number): number {
  if (firewallEvent === 3) return VERDICT_REJECT;
  return firewallEvent === 1 || firewallEvent === 2 || firewallEvent === 5 ? VERDICT_ACCEPT : VERDICT_NONE;
}

/**
 * Packets that a refusal without counts stands for (inferred: firewalls report a refusal for each packet, or once for
 * several alike), so that it is never invisible. Its bytes are not known: 0.
 */
export const DENIED_EVENT_PACKETS = 1;

/** The EVENT_ value of firewallEvent and natEvent (RFC 8158, section 4.3): sessions and bindings. */
export function eventOf(firewallEvent: number, natEvent: number): number {
  if (firewallEvent === 1) return EVENT_FLOW_CREATED;
  if (firewallEvent === 2) return EVENT_FLOW_DELETED;
  if (firewallEvent === 3) return EVENT_FLOW_DENIED;
  switch (natEvent) {
    case 1:
    case 4:
    case 6:
    case 8:
    case 10:
      return EVENT_NAT_CREATED;
    case 2:
    case 5:
    case 7:
    case 9:
    case 11:
      return EVENT_NAT_DELETED;
    default:
      return EVENT_NONE;
  }
}

const TCP_FIN_SYN_RST = 0x07;
const TCP_ACK = 0x10;
const TCP_SYN_ACK = 0x12;

/**
 * The TCP flags of a row from flags that an exporter has OR-ed (S7.2): ACK stays only when the row is one packet, or
 * when the first packet's flags are known (`first`, 0 when not) and were SYN-ACK.
 */
export function exportedFlags(flags: number, first: number, packets: number): number {
  const all = flags | first;
  if (packets === 1) return all & (TCP_FIN_SYN_RST | TCP_ACK);
  return (all & TCP_FIN_SYN_RST) | ((first & TCP_SYN_ACK) === TCP_SYN_ACK ? TCP_ACK : 0);
}
