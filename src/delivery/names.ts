/**
 * Names at destinations that the service's documentation leaves open, each in one place: what stands for records in
 * S3 keys, and the log streams of what is no network interface (facts of delivery, 4.1 and 5.1).
 */
import type { TrafficType } from '../records/select.ts';

/** The service in S3 keys and file names. Documented for VPC and transit gateway flow logs alike; that those of
 * regional NAT gateways have it too is inferred. */
export const OBJECT_SERVICE = 'vpcflowlogs';

/** What ends the stream of a transit gateway, whose flow logs have no traffic type. Documented: one stream for each
 * gateway, with its id in the name. The rest of the name is inferred from interfaces' streams. */
const TRANSIT_GATEWAY_SUFFIX = 'all';

/** The stream of an interface's records: `eni-…-all`. That of a regional NAT gateway, `nat-…-all`, is inferred. */
export function interfaceStream(id: string, traffic: TrafficType): string {
  return `${id}-${traffic.toLowerCase()}`;
}

/** The stream of a transit gateway's records, whatever attachment they were made at. */
export function transitGatewayStream(id: string): string {
  return `${id}-${TRANSIT_GATEWAY_SUFFIX}`;
}
