/** NAT gateways: of one zone, behind an interface of their own, or regional. */
import { formatAddress, type Address } from '../base/addresses.ts';
import type { Checking } from './checking.ts';
import type { Binding } from './interface.ts';
import type { Resource } from './resource.ts';

/** An address that a NAT gateway translates to. */
export interface NatAddress {
  readonly public: Address | undefined;
  /** Of a zonal one: an address of its interface. */
  readonly private: Address | undefined;
  /** Of a regional one: the zone that it is used in. */
  readonly azId: string | undefined;
}

/** A regional one stands for a whole VPC, without a subnet of its own: traffic is recorded at it. Traffic of a
 * zonal one is recorded at its interface. */
export interface NatGateway extends Resource {
  readonly region: string;
  readonly vpcId: string;
  /** Milliseconds since the epoch; undefined for what the file declares. */
  readonly createdAt: number | undefined;
  readonly mode: 'zonal' | 'regional';
  readonly connectivity: 'public' | 'private';
  /** Of a zonal one. */
  readonly interfaceId: string | undefined;
  readonly addresses: readonly NatAddress[];
  /** Of a regional one: traffic that is recorded at it (S2.2). */
  readonly bindings: readonly Binding[];
}

/** What a regional one is that the API makes. */
export const REGIONAL = {
  mode: 'regional',
  connectivity: 'public',
  interfaceId: undefined,
  addresses: [],
  bindings: [],
} as const satisfies Partial<NatGateway>;

/** A zonal one has an interface in its VPC, whose addresses it translates to; a regional one has none. */
export function checkNatGateways(checking: Checking): void {
  const { parts, report } = checking;
  const taken = new Map<string, string>();
  for (const it of parts.natGateways) {
    const { id: nat, vpcId, mode, interfaceId, connectivity } = it;
    checking.exists(it, ['vpc'], vpcId);
    if (mode === 'regional') {
      if (interfaceId !== undefined) report(it, ['interface'], `${nat} is regional: it has no interface`);
      if (connectivity === 'private') {
        report(it, ['connectivity'], `${nat} is regional: only zonal NAT gateways are private`);
      }
    } else if (interfaceId === undefined) {
      report(it, [], `${nat} needs its interface: add "interface", or regional: true`);
    } else {
      checking.inVpc(it, ['interface'], interfaceId, vpcId);
      if (it.bindings.length > 0) {
        report(it, ['bind'], `${nat} is of one zone: its traffic is its interface's, bind ${interfaceId}`);
      }
    }
    it.addresses.forEach((one, i) => {
      checkAddress(it, one, i, checking);
      if (one.public === undefined) return;
      const text = formatAddress(one.public);
      const other = taken.get(text);
      if (other !== undefined) {
        report(it, ['addresses', i, 'public'], `${text} is an address of ${other} already: take one out`);
      }
      taken.set(text, nat);
    });
  }
}

function checkAddress(it: NatGateway, one: NatAddress, i: number, checking: Checking): void {
  const { report } = checking;
  if (one.public !== undefined && it.connectivity === 'private') {
    report(it, ['addresses', i, 'public'], `${it.id} is private: it has no public address`);
  }
  if (it.mode === 'regional') {
    if (one.private === undefined) return;
    report(it, ['addresses', i, 'private'], `${it.id} is regional: its addresses are public`);
    return;
  }
  if (one.azId !== undefined) {
    report(it, ['addresses', i, 'azId'], `${it.id} is in the zone of its interface: take azId out`);
  }
  const eni = it.interfaceId === undefined ? undefined : checking.find('interfaces', it.interfaceId);
  if (one.private === undefined || eni === undefined) return;
  const word = one.private.words[3];
  if (eni.primary4 === word || eni.secondary4.includes(word)) return;
  report(it, ['addresses', i, 'private'], `this is no address of ${eni.id}: add it there, or correct it`);
}
