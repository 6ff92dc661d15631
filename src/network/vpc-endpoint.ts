import type { Checking } from './checking.ts';
import type { Resource } from './resource.ts';

export const ENDPOINT_TYPES = [
  'Gateway',
  'Interface',
  'GatewayLoadBalancer',
  'Resource',
  'ServiceNetwork',
] as const;

/** A way from a VPC to a service: by routes to its prefixes (Gateway), or behind interfaces. */
export interface VpcEndpoint extends Resource {
  readonly region: string;
  readonly vpcId: string;
  readonly type: (typeof ENDPOINT_TYPES)[number];
  /** `com.amazonaws.eu-central-1.s3`. */
  readonly serviceName: string;
  /** Of a gateway endpoint: the tables that have its route, and the list of the service's prefixes. */
  readonly routeTableIds: readonly string[];
  readonly prefixListId: string | undefined;
  /** Of the other types. */
  readonly interfaceIds: readonly string[];
  readonly privateDns: boolean;
}

/** Gateway endpoints have route tables, the others interfaces, all in their VPC. */
export function checkVpcEndpoints(checking: Checking): void {
  const { parts, report } = checking;
  for (const it of parts.vpcEndpoints) {
    const byRoute = it.type === 'Gateway';
    if (byRoute && it.interfaceIds.length > 0) {
      report(it, ['interfaces'], `${it.id} is a gateway endpoint: it has route tables, no interfaces`);
    }
    if (!byRoute && it.routeTableIds.length > 0) {
      report(it, ['routeTables'], `${it.id} has interfaces: only gateway endpoints have route tables`);
    }
    if (!byRoute && it.prefixListId !== undefined) {
      report(it, ['prefixList'], `${it.id} has interfaces: only gateway endpoints have a prefix list`);
    }
    if (byRoute && it.routeTableIds.length > 0 && it.prefixListId === undefined) {
      report(it, ['routeTables'], `${it.id} needs the list of its service's prefixes: add "prefixList"`);
    }
    if (it.prefixListId !== undefined) checking.exists(it, ['prefixList'], it.prefixListId);
    it.routeTableIds.forEach((table, i) => checking.inVpc(it, ['routeTables', i], table, it.vpcId));
    it.interfaceIds.forEach((eni, i) => checking.inVpc(it, ['interfaces', i], eni, it.vpcId));
  }
}
