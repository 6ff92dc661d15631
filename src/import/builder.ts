/** Puts the resources of a draft into each other, as network.yaml has them. */
import type { Owner } from '../network/defaults.ts';
import { isAccountId, isRegion } from '../network/ids.ts';
import { regionOf, type AssembleOptions } from './assemble.ts';
import { IN_FILE, INSIDE, IN_VPCS, SINGLES, type Data } from './data.ts';
import { listed, type Draft, type DraftKind, type Entry } from './draft.ts';
import { defaultGroups } from './implied.ts';
import { accountsOf, regionsOf } from './owners.ts';
import { canonicalPrefix } from './outermost.ts';

/** Kinds of interfaces that have no security groups. */
const WITHOUT_GROUPS: ReadonlySet<unknown> = new Set([
  'nat_gateway',
  'regional_nat_gateway',
  'transit_gateway',
]);
/** The command that describes what others lie in. */
const DESCRIBED_BY: Readonly<Partial<Record<DraftKind, string>>> = {
  VPC: 'describe-vpcs',
  subnet: 'describe-subnets',
  'transit gateway': 'describe-transit-gateways',
};

interface BuilderOptions {
  readonly draft: Draft;
  readonly options: AssembleOptions;
  readonly owner: Owner;
  readonly origins: WeakMap<object, Entry>;
}

export class Builder {
  readonly #draft: Draft;
  readonly #options: AssembleOptions;
  readonly #owner: Owner;
  readonly #origins: WeakMap<object, Entry>;
  /** Kinds of interfaces by what they are of, whatever the interfaces say of themselves. */
  readonly #kinds: ReadonlyMap<unknown, string>;
  readonly #defaultGroup: (vpcId: string) => string;

  constructor({ draft, options, owner, origins }: BuilderOptions) {
    this.#draft = draft;
    this.#options = options;
    this.#owner = owner;
    this.#origins = origins;
    this.#kinds = ownedKinds(draft);
    this.#defaultGroup = defaultGroups(draft);
  }

  build(entries: readonly Entry[]): Data {
    const byId = new Map(entries.map((it) => [it.id, it]));
    this.#tellOrphans('subnet', 'VPC', byId);
    this.#tellOrphans('interface', 'subnet', this.#draft.all('subnet'));
    for (const kind of Object.values(IN_VPCS)) this.#tellOrphans(kind, 'VPC', byId);
    for (const { kind, around } of INSIDE) this.#tellOrphans(kind, around, this.#draft.all(around));
    for (const [id, { place, reason }] of this.#draft.named) {
      if (!this.#draft.all('interface').has(id)) this.#draft.report.leftOut(`interface ${id}`, place, reason);
    }
    const vpcs = this.#vpcs(entries, byId);
    const { account, region } = this.#owner;
    const others: Data = {};
    for (const [key, kind] of Object.entries(IN_FILE)) {
      const list = Array.from(this.#draft.all(kind).values(), (it) => this.#inFile(key, it));
      if (list.length > 0) others[key] = list;
    }
    const data: Data = { ...(vpcs.length > 0 && { vpcs }), ...others };
    const accounts = accountsOf(this.#allOf('account'), data, this.#owner);
    const regions = regionsOf(this.#zones(), data, this.#owner);
    return {
      account,
      region,
      ...(accounts.length > 0 && { accounts }),
      ...(regions.length > 0 && { regions }),
      ...data,
    };
  }

  #allOf(kind: DraftKind): Data[] {
    return Array.from(this.#draft.all(kind).values(), (it) => this.#owned(it, '').data);
  }

  /** Names of zones by their region. */
  #zones(): Map<string, Data[]> {
    const zones = new Map<string, Data[]>();
    for (const [region, list] of grouped(this.#draft.all('zone').values())) {
      zones.set(
        region,
        list.map((it) => this.#owned(it, '').data),
      );
    }
    return zones;
  }

  /** A resource that lies in no VPC, with what lies in it. */
  #inFile(list: string, entry: Entry): Data {
    const { data, account } = this.#owned(entry, this.#owner.account);
    const { region } = entry;
    if (region !== undefined && region !== this.#owner.region) data['region'] = region;
    for (const { key, kind, list: around } of INSIDE) {
      const inside = around === list ? (this.#inside(kind).get(entry.id) ?? []) : [];
      if (inside.length > 0) data[key] = inside.map((it) => this.#owned(it, account).data);
    }
    return data;
  }

  readonly #groups = new Map<DraftKind, Map<string, Entry[]>>();

  /** The entries of a kind by what they lie in. */
  #inside(kind: DraftKind): Map<string, Entry[]> {
    let groups = this.#groups.get(kind);
    if (groups === undefined) this.#groups.set(kind, (groups = grouped(this.#draft.all(kind).values())));
    return groups;
  }

  #tellOrphans(kind: DraftKind, around: DraftKind, parents: ReadonlyMap<string, unknown>): void {
    const command = DESCRIBED_BY[around];
    for (const { id, place, parent } of this.#draft.all(kind).values()) {
      if (parent !== undefined && parents.has(parent)) continue;
      const reason =
        parent === undefined
          ? `names no ${around} that it lies in`
          : `lies in ${parent}, which is not described${command === undefined ? '' : `: add ${command}`}`;
      this.#draft.report.leftOut(`${kind} ${id}`, place, reason);
    }
  }

  #vpcs(entries: readonly Entry[], byId: ReadonlyMap<string, Entry>): Data[] {
    const further = new Map<string, string[]>();
    for (const { vpcId, cidr, place } of this.#draft.prefixes) {
      if (byId.has(vpcId)) further.set(vpcId, [...(further.get(vpcId) ?? []), cidr]);
      else this.#draft.report.leftOut(`prefix ${cidr}`, place, `its VPC ${vpcId} is not described`);
    }
    const subnets = this.#inside('subnet');
    const interfaces = this.#inside('interface');
    const others = Object.entries(IN_VPCS).map(([key, kind]) => [key, this.#inside(kind)] as const);
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
      const kind = this.#kinds.get(it.id);
      if (kind !== undefined) one['kind'] ??= kind;
      this.#securityGroups(one, it, entry.parent ?? '');
      return one;
    });
    if (inside.length > 0) data['interfaces'] = inside;
    return data;
  }

  /** Leaves those groups of an interface that it does not have without a word. */
  #securityGroups(data: Data, { id, place }: Entry, vpcId: string): void {
    const given = data['securityGroups'] as string[] | undefined;
    delete data['securityGroups'];
    if (given === undefined) return;
    const main = this.#defaultGroup(vpcId);
    if (given.length === 1 && given[0] === main) return;
    if (given.length === 0) {
      if (!WITHOUT_GROUPS.has(data['kind'])) data['securityGroups'] = [];
      return;
    }
    const { report } = this.#draft;
    const groups = this.#draft.all('security group');
    if (groups.size === 0) {
      report.note('the security groups of interfaces are not described: add describe-security-groups');
      return;
    }
    const known = given.filter((group) => groups.get(group)?.parent === vpcId);
    const unknown = given.filter((group) => groups.get(group)?.parent !== vpcId);
    if (unknown.length > 0) {
      const reason = `no such groups of its VPC are described: ${unknown.slice(0, 20).join(', ')} (add describe-security-groups)`;
      report.leftOut(`security groups of interface ${id}`, place, reason);
    }
    if (known.length > 0) data['securityGroups'] = known;
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
}

/** The kinds of interfaces that are of a service's resources. */
function ownedKinds(draft: Draft): Map<unknown, string> {
  const kinds = new Map<unknown, string>();
  for (const { value } of draft.all('NAT gateway').values()) kinds.set(value['interface'], 'nat_gateway');
  const lists: readonly (readonly [DraftKind, string])[] = [
    ['transit gateway attachment', 'transit_gateway'],
    ['VPC endpoint', 'vpc_endpoint'],
    ['load balancer', 'network_load_balancer'],
  ];
  for (const [kind, name] of lists) {
    for (const { id, value } of draft.all(kind).values()) {
      if (kind === 'load balancer' && !id.includes(':loadbalancer/net/')) continue;
      for (const one of (value['interfaces'] ?? []) as string[]) kinds.set(one, name);
    }
  }
  return kinds;
}

function grouped(entries: Iterable<Entry>): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    listed(groups, entry.parent ?? '', entry);
  }
  return groups;
}
