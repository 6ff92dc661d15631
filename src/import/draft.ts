/** Resources as the inputs tell of them, before they are put together: by kind and id, first come first kept. */
import { UserError } from '../base/errors.ts';
import type { Report } from './report.ts';

/** Most resources of all kinds. */
const MAX_RESOURCES = 2_000_000;

export type DraftKind =
  | 'account'
  | 'zone'
  | 'VPC'
  | 'subnet'
  | 'interface'
  | 'instance'
  | 'internet gateway'
  | 'egress-only internet gateway'
  | 'virtual private gateway'
  | 'NAT gateway'
  | 'route table'
  | 'VPC endpoint'
  | 'peering connection'
  | 'security group'
  | 'network ACL'
  | 'encryption control'
  | 'prefix list'
  | 'transit gateway'
  | 'transit gateway attachment'
  | 'transit gateway route table'
  | 'load balancer'
  | 'Auto Scaling group'
  | 'ECS task'
  | 'Block Public Access'
  | 'Block Public Access exclusion';

/** A resource: `value` has the keys of network.yaml, `id` among them. */
export interface Entry {
  readonly id: string;
  readonly place: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** What it lies in: the VPC of a subnet, the subnet of an interface, the transit gateway of an attachment, the
   * region of a zone. */
  readonly parent?: string | undefined;
  /** Owner and region, which are written where they differ from what is around. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** A remark of the input for people. */
  readonly comment?: string | undefined;
  /** Told in passing by another resource: gives way to what is told of itself. */
  readonly weak?: boolean;
}

/** A part of a resource that is told elsewhere: a route, a rule, an association. */
export interface Piece {
  readonly kind: DraftKind;
  /** The resource; undefined where the input does not say whose part it is. */
  readonly id: string | undefined;
  /** Member of network.yaml: parts of a list are added to it, others are set where they are not. */
  readonly member: string;
  readonly value: unknown;
  readonly place: string;
}

/** The side of a peering between transit gateways. */
export interface GatewaySide {
  readonly gateway: string | undefined;
  readonly account: string | undefined;
  readonly region: string | undefined;
}

/** What is told of transit gateways in other places than where network.yaml has it, by attachment and table. */
export class TransitFacts {
  /** The sides of peering attachments, the one that asked first. */
  readonly peerings = new Map<string, readonly [GatewaySide, GatewaySide]>();
  /** The table that an attachment is associated with; undefined for none. */
  readonly associations = new Map<string, { table: string | undefined; place: string }>();
  /** Attachments that do not propagate by default, with where that is told. */
  readonly apart = new Map<string, string>();
  /** The attachments that propagate to a table, where an answer lists them. */
  readonly propagations = new Map<string, Set<string>>();
  /** Those whose routes a table has. */
  readonly learnt = new Map<string, Set<string>>();
  /** Parts of tables whose answers do not name the table. */
  readonly unnamed: { attachment: string; to: 'associations' | 'propagations' | 'learnt'; place: string }[] =
    [];
  /** Interfaces and their subnets, by what their descriptions say. */
  readonly interfaces = new Map<string, Map<string, string | undefined>>();
}

/** An interface of a load balancer, which its description tells. */
export interface BalancerInterface {
  readonly interfaceId: string;
  /** `app/shop/50dc6c495c0c9188`; the name alone of a classic one. */
  readonly path: string;
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly vpcId: string | undefined;
  readonly place: string;
}

/** An instance of an Auto Scaling group, which its tags tell. */
export interface GroupMember {
  readonly instance: string;
  readonly name: string;
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly place: string;
}

export class Draft {
  readonly report: Report;
  readonly #kinds = new Map<DraftKind, Map<string, Entry>>();
  /** Further prefixes of VPCs, from resources of their own. */
  readonly prefixes: { vpcId: string; cidr: string; place: string }[] = [];
  /** Instances of interfaces, from resources of their own. */
  readonly attachments = new Map<string, string>();
  /** Interfaces that are named without their addresses: the place, and why they are of no use alone. */
  readonly named = new Map<string, { place: string; reason: string }>();
  /** Regions of VPCs, by what lies in them. */
  readonly regions = new Map<string, string>();
  /** Parts of resources that are told elsewhere, in the order of the inputs. */
  readonly pieces: Piece[] = [];
  /** VPCs of gateways, from resources of their own; and subnets of what names no VPC. */
  readonly parents = new Map<string, string>();
  readonly homes = new Map<string, string>();
  /** The main route tables of VPCs, by who says so: of several, what has the highest rank. */
  readonly mains = new Map<string, { table: string; rank: number }>();
  /** The default security groups of VPCs, where these name them. */
  readonly defaultGroups = new Map<string, string>();
  readonly transit = new TransitFacts();
  readonly balancers: BalancerInterface[] = [];
  readonly members: GroupMember[] = [];
  /** The account that the inputs were written for. */
  account: string | undefined;
  #count = 0;

  constructor(report: Report) {
    this.report = report;
  }

  all(kind: DraftKind): ReadonlyMap<string, Entry> {
    return this.#kinds.get(kind) ?? new Map<string, Entry>();
  }

  /** Keeps a resource. One that is there already stays; where the new one says something else, that is told. */
  add(kind: DraftKind, entry: Entry): void {
    this.#bound(entry.place);
    let entries = this.#kinds.get(kind);
    if (entries === undefined) this.#kinds.set(kind, (entries = new Map<string, Entry>()));
    const before = entries.get(entry.id);
    if (before === undefined || (before.weak === true && entry.weak !== true)) {
      entries.set(entry.id, entry);
      return;
    }
    if (entry.weak === true || content(before) === content(entry)) return;
    this.report.contradiction(
      `${kind} ${entry.id}`,
      entry.place,
      `says other things than ${before.place}: what came first is kept`,
    );
  }

  /** Keeps a part of a resource, which may come before it. */
  addPiece(piece: Piece): void {
    this.#bound(piece.place);
    this.pieces.push(piece);
  }

  /** The only one of a kind, of which an answer must be that does not name it. */
  only(kind: DraftKind): string | undefined {
    const all = this.all(kind);
    const [id] = all.size === 1 ? all.keys() : [];
    return id;
  }

  /** Puts another entry in the place of one with its id. */
  replace(kind: DraftKind, entry: Entry): void {
    this.#kinds.get(kind)!.set(entry.id, entry);
  }

  remove(kind: DraftKind, id: string): void {
    this.#kinds.get(kind)?.delete(id);
  }

  /** The main table of a VPC; what ranks higher wins. */
  main(vpcId: string | undefined, table: string | undefined, rank: number): void {
    if (vpcId === undefined || table === undefined) return;
    const before = this.mains.get(vpcId);
    if (before === undefined || before.rank < rank) this.mains.set(vpcId, { table, rank });
  }

  #bound(place: string): void {
    if (++this.#count > MAX_RESOURCES) {
      throw new UserError(`${place}: more than ${MAX_RESOURCES} resources: import fewer at a time`);
    }
  }
}

/** Adds to the list of a key. */
export function listed<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function content({ value, parent, account, region }: Entry): string {
  return JSON.stringify([value, parent, account, region], (_key, it: unknown) =>
    typeof it === 'object' && it !== null && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1)))
      : it,
  );
}
