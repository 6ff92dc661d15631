/** Kinds of interfaces that the fields interface-type and next-hop-interface-type name (record format 1.1). */
const TYPES: ReadonlySet<string> = new Set([
  'nat_gateway',
  'network_load_balancer',
  'regional_nat_gateway',
  'transit_gateway',
  'vpc_endpoint',
]);

/** interface-type of an interface of a kind; `-` for those of no service that the field knows. */
export function interfaceType(kind: string): string {
  return TYPES.has(kind) ? kind : '-';
}
