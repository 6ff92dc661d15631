/** A draft put together: the data of a network file, with where each part of it came from. */
import { isAccountId, isRegion } from '../network/ids.ts';
import { DEFAULT_ACCOUNT, DEFAULT_REGION, type Owner } from '../network/defaults.ts';
import type { Draft, DraftKind, Entry } from './draft.ts';
import { SINGLES } from './mend.ts';
import { canonicalPrefix, outermost } from './outermost.ts';

/** A resource in the data: keys of network.yaml, which come and go. */
export type Data = Record<string, unknown>;

export interface Assembled {
  readonly data: Data;
  readonly owner: Owner;
  /** The entry that a resource in the data was made of. */
  readonly origins: WeakMap<object, Entry>;
}

export interface AssembleOptions {
  /** Of what names none; without them what most VPCs have. */
  readonly account: string | undefined;
  readonly region: string | undefined;
  /** Addresses that no interface holds become interfaces when they are seen, in every subnet. */
  readonly discover: boolean;
}

/** Keys of a VPC for what lies in it beside its subnets. */
const IN_VPCS: Readonly<Record<string, DraftKind>> = {
  internetGateway: 'internet gateway',
  egressOnlyInternetGateway: 'egress-only internet gateway',
  vpnGateway: 'virtual private gateway',
  natGateways: 'NAT gateway',
  routeTables: 'route table',
  endpoints: 'VPC endpoint',
};

/** Puts the resources into each other. What lies in nothing that is known is told and left out. */
export function assemble(draft: Draft, options: AssembleOptions): Assembled {
  const vpcs = [...draft.all('VPC').values(), ...missingVpcs(draft)];
  const owner = {
    account:
      options.account ??
      draft.account ??
      mostFrequent(
        vpcs.map((it) => it.account),
        isAccountId,
      ) ??
      DEFAULT_ACCOUNT,
    region:
      options.region ??
      mostFrequent(
        vpcs.map((it) => regionOf(draft, it)),
        isRegion,
      ) ??
      DEFAULT_REGION,
  };
  const origins = new WeakMap<object, Entry>();
  const builder = new Builder(draft, options, owner, origins);
  return { data: builder.build(vpcs), owner, origins };
}

/** Keys in the order in which docs/network.md has them; lists of what lies inside come last. */
const ORDER = [
  'id',
  'name',
  'account',
  'region',
  'kind',
  'cidrs',
  'azId',
  'discover',
  'primary',
  'secondary',
  'ipv6',
  'mac',
  'instance',
  'nitro',
  'placement',
  'bind',
  'tags',
];

function rank(key: string): number {
  const at = ORDER.indexOf(key);
  return at < 0 ? ORDER.length : at;
}

/** Puts the keys of a resource into their order, in place. */
export function orderKeys(data: Data): void {
  const entries = Object.entries(data);
  for (const [key] of entries) delete data[key];
  for (const [key, value] of entries.sort(([a], [b]) => rank(a) - rank(b))) data[key] = value;
}

/** The text that comes most often and is good; of several the first in order. */
function mostFrequent(
  texts: readonly (string | undefined)[],
  good: (text: string) => boolean,
): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts)
    if (text !== undefined && good(text)) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]?.[0];
}

function regionOf(draft: Draft, { id, region }: Entry): string | undefined {
  return region ?? draft.regions.get(id);
}

/** VPCs that subnets name and nothing describes: their prefixes are those of their subnets. */
function missingVpcs(draft: Draft): Entry[] {
  const cidrs = new Map<string, { place: string; account: string | undefined; texts: string[] }>();
  for (const { parent, place, account, value } of draft.all('subnet').values()) {
    if (parent === undefined || draft.all('VPC').has(parent)) continue;
    const texts = (value['cidrs'] ?? []) as string[];
    const before = cidrs.get(parent);
    if (before === undefined) cidrs.set(parent, { place, account, texts: [...texts] });
    else before.texts.push(...texts);
  }
  return Array.from(cidrs, ([id, { place, account, texts }]) => {
    draft.report.note(`${id} is not described: it has the prefixes of its subnets (add describe-vpcs)`);
    return { id, place, account, value: { id, cidrs: outermost(texts) } };
  });
}

class Builder {
  readonly #draft: Draft;
  readonly #options: AssembleOptions;
  readonly #owner: Owner;
  readonly #origins: WeakMap<object, Entry>;
  /** Interfaces that NAT gateways name, whatever the interfaces say of themselves. */
  readonly #natInterfaces: ReadonlySet<unknown>;

  constructor(draft: Draft, options: AssembleOptions, owner: Owner, origins: WeakMap<object, Entry>) {
    this.#draft = draft;
    this.#options = options;
    this.#owner = owner;
    this.#origins = origins;
    const gateways = [...draft.all('NAT gateway').values()];
    this.#natInterfaces = new Set(gateways.map(({ value }) => value['interface']));
  }

  build(entries: readonly Entry[]): Data {
    const byId = new Map(entries.map((it) => [it.id, it]));
    this.#tellOrphans('subnet', byId);
    this.#tellOrphans('interface', this.#draft.all('subnet'));
    for (const kind of Object.values(IN_VPCS)) this.#tellOrphans(kind, byId);
    for (const [id, { place, reason }] of this.#draft.named) {
      if (!this.#draft.all('interface').has(id)) this.#draft.report.leftOut(`interface ${id}`, place, reason);
    }
    const vpcs = this.#vpcs(entries, byId);
    const { account, region } = this.#owner;
    const instances = [...this.#draft.all('instance').values()].map((it) => this.#owned(it, account).data);
    const peerings = [...this.#draft.all('peering connection').values()].map(
      (it) => this.#owned(it, account).data,
    );
    const accounts = this.#accounts(vpcs, instances);
    const regions = this.#regions(vpcs);
    return {
      account,
      region,
      ...(accounts.length > 0 && { accounts }),
      ...(regions.length > 0 && { regions }),
      ...(vpcs.length > 0 && { vpcs }),
      ...(instances.length > 0 && { instances }),
      ...(peerings.length > 0 && { peeringConnections: peerings }),
    };
  }

  #tellOrphans(kind: DraftKind, parents: ReadonlyMap<string, unknown>): void {
    const what = kind === 'interface' ? 'subnet' : 'VPC';
    for (const { id, place, parent } of this.#draft.all(kind).values()) {
      if (parent !== undefined && parents.has(parent)) continue;
      const reason =
        parent === undefined
          ? `names no ${what} that it lies in`
          : `lies in ${parent}, which is not described: add describe-${what.toLowerCase()}s`;
      this.#draft.report.leftOut(`${kind} ${id}`, place, reason);
    }
  }

  #vpcs(entries: readonly Entry[], byId: ReadonlyMap<string, Entry>): Data[] {
    const further = new Map<string, string[]>();
    for (const { vpcId, cidr, place } of this.#draft.prefixes) {
      if (byId.has(vpcId)) further.set(vpcId, [...(further.get(vpcId) ?? []), cidr]);
      else this.#draft.report.leftOut(`prefix ${cidr}`, place, `its VPC ${vpcId} is not described`);
    }
    const subnets = grouped(this.#draft.all('subnet').values());
    const interfaces = grouped(this.#draft.all('interface').values());
    const others = Object.entries(IN_VPCS).map(
      ([key, kind]) => [key, grouped(this.#draft.all(kind).values())] as const,
    );
    return entries.map((entry) => {
      const { data, account } = this.#owned(entry, this.#owner.account);
      const region = this.#region(entry);
      if (region !== undefined && region !== this.#owner.region) data['region'] = region;
      const more = further.get(entry.id) ?? [];
      if (more.length > 0)
        data['cidrs'] = [...new Set([...((data['cidrs'] ?? []) as string[]), ...more.map(canonicalPrefix)])];
      const inside = (subnets.get(entry.id) ?? []).map((subnet) =>
        this.#subnet(subnet, account, interfaces.get(subnet.id) ?? []),
      );
      if (inside.length > 0) data['subnets'] = inside;
      for (const [key, groups] of others) this.#inVpc(data, key, groups.get(entry.id) ?? [], account);
      return data;
    });
  }

  /** Puts what is neither subnet nor interface into its VPC. */
  #inVpc(vpc: Data, key: string, entries: readonly Entry[], around: string): void {
    const [first, ...more] = entries;
    if (first === undefined) return;
    if (!Object.hasOwn(SINGLES, key)) {
      vpc[key] = entries.map((it) => this.#owned(it, around).data);
      return;
    }
    vpc[key] = this.#owned(first, around).data;
    for (const { id, place } of more) {
      this.#draft.report.contradiction(
        `${SINGLES[key]} ${id}`,
        place,
        `${first.id} is attached to its VPC already`,
      );
    }
  }

  #region(entry: Entry): string | undefined {
    const region = regionOf(this.#draft, entry);
    if (region !== undefined && isRegion(region)) return region;
    const { report } = this.#draft;
    report.note(`the input tells no region of ${entry.id}: taken to be in ${this.#owner.region} (--region)`);
    return undefined;
  }

  #subnet(entry: Entry, around: string, interfaces: readonly Entry[]): Data {
    const { data, account } = this.#owned(entry, around);
    if (this.#options.discover) data['discover'] = true;
    const inside = interfaces.map((it) => {
      const one = this.#owned(it, account).data;
      const instance = this.#draft.attachments.get(it.id);
      if (instance !== undefined) one['instance'] ??= instance;
      if (this.#natInterfaces.has(it.id)) one['kind'] ??= 'nat_gateway';
      return one;
    });
    if (inside.length > 0) data['interfaces'] = inside;
    return data;
  }

  /** The data of a resource, which names its owner where that is not the one around it. */
  #owned(entry: Entry, around: string): { data: Data; account: string } {
    const data: Data = { ...entry.value };
    if (Array.isArray(data['cidrs'])) {
      data['cidrs'] = [...new Set((data['cidrs'] as string[]).map(canonicalPrefix))];
    }
    this.#origins.set(data, entry);
    const { account = around } = entry;
    if (account === around) return { data, account };
    if (isAccountId(account)) {
      data['account'] = account;
      return { data, account };
    }
    this.#draft.report.leftOut(
      `owner of ${entry.id}`,
      entry.place,
      `"${account.slice(0, 40)}" is no account id`,
    );
    return { data, account: around };
  }

  /** Accounts are declared when the input names some; then all that own something have to be. */
  #accounts(vpcs: readonly Data[], instances: readonly Data[]): Data[] {
    const declared = this.#draft.all('account');
    if (declared.size === 0) return [];
    const used = new Set([this.#owner.account]);
    const see = (it: Data): void => {
      if (typeof it['account'] === 'string') used.add(it['account']);
      for (const key of ['subnets', 'interfaces']) for (const one of (it[key] ?? []) as Data[]) see(one);
    };
    for (const it of [...vpcs, ...instances]) see(it);
    const others = [...used].filter((id) => !declared.has(id)).map((id): Data => ({ id }));
    return [...Array.from(declared.values(), (it) => this.#owned(it, '').data), ...others];
  }

  /** Regions are declared for the names of their zones; then all that are used have to be. */
  #regions(vpcs: readonly Data[]): Data[] {
    const zones = new Map<string, Data[]>();
    for (const entry of this.#draft.all('zone').values()) {
      const region = entry.parent!;
      zones.set(region, [...(zones.get(region) ?? []), this.#owned(entry, '').data]);
    }
    if (zones.size === 0) return [];
    for (const vpc of vpcs) {
      const region = (vpc['region'] as string | undefined) ?? this.#owner.region;
      const known = zones.get(region) ?? [];
      zones.set(region, known);
      // Where zones are declared, subnets may be in no other.
      for (const { azId } of (vpc['subnets'] ?? []) as Data[]) {
        if (typeof azId === 'string' && known.length > 0 && !known.some(({ id }) => id === azId)) {
          known.push({ id: azId });
        }
      }
    }
    return Array.from(zones, ([name, list]) => ({ name, ...(list.length > 0 && { zones: list }) }));
  }
}

function grouped(entries: Iterable<Entry>): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = entry.parent ?? '';
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return groups;
}
