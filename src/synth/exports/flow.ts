/**
 * One flow as an exporter tells it: what the encoders of flow exports need to know. The same object is filled again and
 * again.
 */
export class FlowExport {
  ipv6 = false;
  /** Four words each; IPv4 in the last. */
  readonly source = new Int32Array(4);
  readonly destination = new Int32Array(4);
  /** ICMP: 0, and type << 8 | code in the destination port. */
  sourcePort = 0;
  destinationPort = 0;
  protocol = 0;
  tcpFlags = 0;
  /** As the exporter counts: not scaled where it samples. */
  packets = 0;
  bytes = 0;
  /** Milliseconds since the epoch. */
  start = 0;
  end = 0;
  ingress = 0;
  egress = 0;
  /** 0 ingress, 1 egress. */
  direction = 0;
  vlan = 0;
  /** forwardingStatus (RFC 7270, section 4.12). */
  forwarding = 0;
  /** samplerId of a sampling exporter. */
  sampler = 0;
  /** Behind a translation, as source and destination; all zeros: not translated. */
  readonly postSource = new Int32Array(4);
  readonly postDestination = new Int32Array(4);
  postSourcePort = 0;
  postDestinationPort = 0;
  /** The other direction, of a biflow: 0 without one. */
  reversePackets = 0;
  reverseBytes = 0;
}
