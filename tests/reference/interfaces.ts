/**
 * Whose a packet is, for the reference: interfaces, transit gateway attachments and regional NAT gateways that are
 * declared, then subnets that discover (S2.2, S2.6).
 */
import { createHash } from 'node:crypto';
import { formatAddress, formatIPv4, formatIPv6, parseAddress } from '../../src/base/addresses.ts';
import type { EcsTask } from '../../src/network/ecs-task.ts';
import type { Binding, NetworkInterface } from '../../src/network/interface.ts';
import { emptyLists, indexNetwork, type Network } from '../../src/network/model.ts';
import { bitsOf, covers, type Prefix, prefixBits } from './bits.ts';
import type { Packet } from './packets.ts';
import { isBehind } from './transit-routes.ts';

/** What a record says of the interface that it is of. */
export interface Interface {
  readonly id: string;
  readonly account: string;
  readonly vpc: string;
  readonly subnet: string | undefined;
  readonly instance: Instance | undefined;
  readonly region: string;
  readonly zone: string | undefined;
  readonly sublocationType: string | undefined;
  readonly sublocationId: string | undefined;
  readonly kind: string;
  readonly nitro: boolean;
  readonly primary4: string | undefined;
  /** All IPv6 addresses, in order. */
  readonly ipv6: readonly string[];
  readonly tags: Tags;
  readonly task: EcsTask | undefined;
  readonly declared: boolean;
  readonly awsReserved: boolean;
  readonly bindings: readonly Binding[];
  readonly mac: string | undefined;
  /** Whether a packet from an address comes into it, as a middlebox: the address is of those whom it serves. */
  readonly serves: (address: string) => boolean;
}

type Tags = Readonly<Record<string, string>>;

/** What is known of an interface's instance. */
export interface Instance {
  readonly id: string;
  readonly account: string;
  readonly nitro: boolean;
  readonly tags: Tags;
  readonly group: { readonly account: string; readonly tags: Tags } | undefined;
}

/** Kinds of recording points that are no interfaces. */
export const ATTACHMENT = 'transit_gateway_attachment';
export const REGIONAL_NAT = 'regional_nat_gateway';

/** Who holds the two ends of a packet, and what decided that beside its addresses (S2.4). */
export interface Sides {
  readonly egress: Interface | undefined;
  readonly ingress: Interface | undefined;
  readonly context: string;
}

/** All VPCs of a network as one scope. */
export class Holders {
  readonly declared: Interface[] = [];
  readonly #byAddress = new Map<string, Interface>();
  /** Addresses that nobody declared: the interface made of each, or undefined for those that are nobody's. */
  readonly #others = new Map<string, Interface | undefined>();
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
    for (const it of network.interfaces.values()) {
      const entry = this.#declare(it);
      this.declared.push(entry);
      const addresses = [...it.secondary4.map(formatIPv4), ...entry.ipv6];
      if (entry.primary4 !== undefined) addresses.push(entry.primary4);
      for (const address of addresses) this.#byAddress.set(address, entry);
    }
    for (const it of network.transitGatewayAttachments.values()) {
      const vpc = it.vpcId === undefined ? undefined : network.vpcs.get(it.vpcId);
      const serves = (address: string): boolean => isBehind(network, it, address);
      this.declared.push({
        ...POINT,
        id: it.id,
        account: it.accountId,
        vpc: vpc?.id ?? '',
        region: it.region,
        kind: ATTACHMENT,
        tags: it.tags,
        bindings: it.bindings,
        serves,
      });
    }
    for (const it of network.natGateways.values()) {
      if (it.mode !== 'regional') continue;
      const vpc = network.vpcs.get(it.vpcId)!;
      const serves = (address: string): boolean => vpc.cidrs.some((prefix) => covers(prefix, address));
      const entry: Interface = {
        ...POINT,
        id: it.id,
        account: it.accountId,
        vpc: vpc.id,
        region: it.region,
        kind: REGIONAL_NAT,
        tags: it.tags,
        bindings: it.bindings,
        serves,
      };
      this.declared.push(entry);
      for (const one of it.addresses) {
        if (one.public !== undefined) this.#byAddress.set(formatAddress(one.public), entry);
      }
    }
  }

  #declare(it: NetworkInterface): Interface {
    const network = this.#network;
    const subnet = network.subnets.get(it.subnetId)!;
    const vpc = network.vpcs.get(subnet.vpcId)!;
    const place = it.placement ?? subnet.placement;
    const forwards = it.kind === 'nat_gateway' || it.kind === 'transit_gateway';
    return {
      id: it.id,
      account: it.accountId,
      vpc: vpc.id,
      subnet: subnet.id,
      instance: it.instanceId === undefined ? undefined : this.#instance(it.instanceId, it.accountId),
      region: vpc.region,
      zone: place === undefined ? subnet.azId : undefined,
      sublocationType: place?.sublocationType,
      sublocationId: place?.sublocationId,
      kind: it.kind,
      nitro: it.instanceId !== undefined && (network.instances.get(it.instanceId)?.nitro ?? false),
      primary4: it.primary4 === undefined ? undefined : formatIPv4(it.primary4),
      ipv6: it.ipv6.map((words) => formatIPv6(...words)),
      tags: it.tags,
      task: [...network.ecsTasks.values()].find((task) => task.interfaceId === it.id),
      declared: true,
      awsReserved: vpc.awsReserved,
      bindings: it.bindings,
      mac: it.mac === undefined ? undefined : macText(it.mac),
      serves: (address) => forwards && vpc.cidrs.some((prefix) => covers(prefix, address)),
    };
  }

  /** An instance that nothing is said of belongs to its interface's owner. */
  #instance(id: string, owner: string): Instance {
    const it = this.#network.instances.get(id);
    const group = [...this.#network.autoScalingGroups.values()].find(({ instanceIds }) =>
      instanceIds.includes(id),
    );
    return {
      id,
      account: it?.accountId ?? owner,
      nitro: it?.nitro ?? false,
      tags: it?.tags ?? {},
      group: group && { account: group.accountId, tags: group.tags },
    };
  }

  /** S2.2: a binding decides before a MAC address, a MAC address before an address. */
  sides(packet: Packet, source: string): Sides {
    const { source: from, destination: to } = packet.ip!;
    const byMac = (mac: string | undefined): Interface | undefined =>
      mac === undefined ? undefined : this.declared.find((it) => it.mac === mac);
    const [fromMac, toMac] = [byMac(packet.macs?.source), byMac(packet.macs?.destination)];
    const bound = this.#bound(source, packet);
    const way = bound === undefined ? undefined : this.#way(packet, bound, fromMac, toMac);
    const egress = way === 'out' ? bound : fromMac;
    const ingress = way === 'in' ? bound : toMac;
    return {
      egress: egress ?? this.find(from),
      ingress: ingress ?? this.find(to),
      context: `${egress?.id ?? ''} ${ingress?.id ?? ''} ${way ?? ''}`,
    };
  }

  /** The link layer says which way, else the MAC addresses, else who holds the addresses, else whom it serves. */
  #way(
    { way, ip }: Packet,
    bound: Interface,
    fromMac: Interface | undefined,
    toMac: Interface | undefined,
  ): 'in' | 'out' | undefined {
    if (way !== undefined) return way;
    if (fromMac === bound) return 'out';
    if (toMac === bound) return 'in';
    if (this.find(ip!.source) === bound) return 'out';
    if (this.find(ip!.destination) === bound) return 'in';
    const [from, to] = [bound.serves(ip!.source), bound.serves(ip!.destination)];
    if (from && !to) return 'in';
    return to && !from ? 'out' : undefined;
  }

  /** The most members that match; of as many, source before ifIndex before VLAN. */
  #bound(source: string, { ifIndex, vlan }: Packet): Interface | undefined {
    let best: { at: Interface; rank: number } | undefined;
    for (const at of this.declared) {
      for (const binding of at.bindings) {
        if (binding.source !== undefined && binding.source !== source) continue;
        if (binding.ifIndex !== undefined && binding.ifIndex !== ifIndex) continue;
        if (binding.vlan !== undefined && binding.vlan !== vlan) continue;
        const given = [binding.source, binding.ifIndex, binding.vlan].map((it) => it !== undefined);
        const rank =
          given.filter(Boolean).length * 10 + (given[0] ? 4 : 0) + (given[1] ? 2 : 0) + (given[2] ? 1 : 0);
        if (best === undefined || rank > best.rank) best = { at, rank };
      }
    }
    return best?.at;
  }

  /** The interface that holds an address, undefined if none does. */
  find(address: string): Interface | undefined {
    const declared = this.#byAddress.get(address);
    if (declared !== undefined) return declared;
    if (!this.#others.has(address)) this.#others.set(address, this.#discover(address));
    return this.#others.get(address);
  }

  /** The addresses that the service keeps for itself in a VPC: its DNS server and its routers (S1.5). */
  reserved(vpcId: string): { dns: string[]; routers: string[] } {
    const subnets = [...this.#network.subnets.values()].filter((it) => it.vpcId === vpcId);
    return {
      dns: this.#network.vpcs.get(vpcId)!.cidrs.flatMap((prefix) => plus(prefix, 2)),
      routers: subnets.flatMap((it) => it.cidrs.flatMap((prefix) => plus(prefix, 1))),
    };
  }

  #discover(address: string): Interface | undefined {
    const bits = bitsOf(address);
    let best: { prefix: Prefix; subnetId: string } | undefined;
    for (const subnet of this.#network.subnets.values()) {
      for (const prefix of subnet.cidrs) {
        if (!bits.startsWith(prefixBits(prefix))) continue;
        if (best === undefined || prefix.length > best.prefix.length) best = { prefix, subnetId: subnet.id };
      }
    }
    if (best === undefined) return undefined;
    const subnet = this.#network.subnets.get(best.subnetId)!;
    if (!subnet.discover || never(address, bits, best.prefix.length)) return undefined;
    const vpc = this.#network.vpcs.get(subnet.vpcId)!;
    return {
      id: `eni-${hex17(`${vpc.id} ${address}`)}`,
      account: subnet.accountId,
      vpc: vpc.id,
      subnet: subnet.id,
      instance: undefined,
      region: vpc.region,
      zone: subnet.placement === undefined ? subnet.azId : undefined,
      sublocationType: subnet.placement?.sublocationType,
      sublocationId: subnet.placement?.sublocationId,
      kind: 'interface',
      nitro: false,
      primary4: address.includes(':') ? undefined : address,
      ipv6: address.includes(':') ? [address] : [],
      tags: {},
      task: undefined,
      declared: false,
      awsReserved: vpc.awsReserved,
      bindings: [],
      mac: undefined,
      serves: () => false,
    };
  }
}

/** What recording points that are no interfaces have nothing of. */
const POINT = {
  subnet: undefined,
  instance: undefined,
  zone: undefined,
  sublocationType: undefined,
  sublocationId: undefined,
  nitro: false,
  primary4: undefined,
  ipv6: [],
  task: undefined,
  declared: true,
  awsReserved: false,
  mac: undefined,
} as const;

function macText({ high, low }: { readonly high: number; readonly low: number }): string {
  const digits = high.toString(16).padStart(4, '0') + (low >>> 0).toString(16).padStart(8, '0');
  return digits.match(/../g)!.join(':');
}

/** Never discovered, whatever the subnet (S2.6). `bits` begin with 4 or 6, so prefixes of them do too. */
function never(address: string, bits: string, prefixLength: number): boolean {
  if (address.includes(':')) return address === '::' || address === '::1' || address.startsWith('ff');
  const first = Number(address.split('.')[0]);
  if (address === '0.0.0.0' || first === 127 || (first >= 224 && first <= 239)) return true;
  if (address === '255.255.255.255') return true;
  const host = bits.slice(1 + prefixLength);
  return host.length >= 2 && (!host.includes('1') || !host.includes('0'));
}

/** The address some places after the first of an IPv4 prefix. */
function plus(prefix: Prefix, add: number): string[] {
  return prefix.family === 4 ? [formatIPv4((prefix.words[3]! + add) | 0)] : [];
}

function hex17(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 17);
}

/**
 * The network of `--cidr`, or of no option at all (S2.7): one VPC, one discovering subnet for each prefix.
 * Its ids are a promise to users (the same address has the same id in every run), so they are spelled out
 * here a second time.
 */
export function cidrNetwork(cidrs: readonly string[], account: string, region: string): Network {
  const vpcId = `vpc-${hex17(`weir vpc ${account} ${region}`)}`;
  const common = { origin: 'default', accountId: account, tags: {} } as const;
  const prefixes = cidrs.map((text) => {
    const [address, length] = text.split('/');
    const { family, words } = parseAddress(address!)!;
    return { text: `${formatAddress({ family, words })}/${length}`, family, words, length: Number(length) };
  });
  const subnets = prefixes.map(({ text, ...prefix }) => ({
    ...common,
    id: `subnet-${hex17(`${vpcId} ${text}`)}`,
    vpcId,
    cidrs: [prefix],
    azId: undefined,
    discover: true,
    placement: undefined,
  }));
  const vpc = { ...common, id: vpcId, region, cidrs: prefixes, awsReserved: false };
  return {
    ...indexNetwork(emptyLists()),
    vpcs: new Map([[vpcId, vpc]]),
    subnets: new Map(subnets.map((subnet) => [subnet.id, subnet])),
  };
}
