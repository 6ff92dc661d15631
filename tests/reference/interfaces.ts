/** Whose an address is, for the reference: declared interfaces, then subnets that discover (S2.2, S2.6). */
import { createHash } from 'node:crypto';
import { formatAddress, formatIPv4, formatIPv6, parseAddress } from '../../src/base/addresses.ts';
import { emptyLists, indexNetwork, type Network } from '../../src/network/model.ts';

/** What a record says of the interface that it is of. */
export interface Interface {
  readonly id: string;
  readonly account: string;
  readonly vpc: string;
  readonly subnet: string;
  readonly instance: string | undefined;
  readonly region: string;
  readonly zone: string | undefined;
  readonly sublocationType: string | undefined;
  readonly sublocationId: string | undefined;
  readonly kind: string;
  readonly nitro: boolean;
  readonly primary4: string | undefined;
  readonly declared: boolean;
  readonly awsReserved: boolean;
}

type Prefix = { readonly family: 4 | 6; readonly words: readonly number[]; readonly length: number };

/** All VPCs of a network as one scope. Interfaces bound by MAC, source, ifIndex or VLAN are found by address
 * only: the reference is for networks without such bindings. */
export class Holders {
  readonly declared: Interface[] = [];
  readonly #byAddress = new Map<string, Interface>();
  /** Addresses that nobody declared: the interface made of each, or undefined for those that are nobody's. */
  readonly #others = new Map<string, Interface | undefined>();
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
    for (const it of network.interfaces.values()) {
      const subnet = network.subnets.get(it.subnetId)!;
      const vpc = network.vpcs.get(subnet.vpcId)!;
      const place = it.placement ?? subnet.placement;
      const entry: Interface = {
        id: it.id,
        account: it.accountId,
        vpc: vpc.id,
        subnet: subnet.id,
        instance: it.instanceId,
        region: vpc.region,
        zone: place === undefined ? subnet.azId : undefined,
        sublocationType: place?.sublocationType,
        sublocationId: place?.sublocationId,
        kind: it.kind,
        nitro: it.instanceId !== undefined && (network.instances.get(it.instanceId)?.nitro ?? false),
        primary4: it.primary4 === undefined ? undefined : formatIPv4(it.primary4),
        declared: true,
        awsReserved: vpc.awsReserved,
      };
      this.declared.push(entry);
      const addresses = [...it.secondary4.map(formatIPv4), ...it.ipv6.map((words) => formatIPv6(...words))];
      if (entry.primary4 !== undefined) addresses.push(entry.primary4);
      for (const address of addresses) this.#byAddress.set(address, entry);
    }
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
      declared: false,
      awsReserved: vpc.awsReserved,
    };
  }
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

/** An address as its family and a string of zeros and ones. */
function bitsOf(text: string): string {
  const address = parseAddress(text)!;
  return address.family + wordBits(address.family === 4 ? address.words.slice(3) : address.words);
}

function prefixBits(prefix: Prefix): string {
  const words = prefix.family === 4 ? prefix.words.slice(3) : prefix.words;
  return prefix.family + wordBits(words).slice(0, prefix.length);
}

function wordBits(words: readonly number[]): string {
  return words.map((word) => (word >>> 0).toString(2).padStart(32, '0')).join('');
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
