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
  | 'peering connection';

/** A resource: `value` has the keys of network.yaml, `id` among them. */
export interface Entry {
  readonly id: string;
  readonly place: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** What it lies in: the VPC of a subnet, the subnet of an interface, the region of a zone. */
  readonly parent?: string | undefined;
  /** Owner and region, which are written where they differ from what is around. */
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  /** A remark of the input for people. */
  readonly comment?: string | undefined;
  /** Told in passing by another resource: gives way to what is told of itself. */
  readonly weak?: boolean;
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
    if (++this.#count > MAX_RESOURCES) {
      throw new UserError(`${entry.place}: more than ${MAX_RESOURCES} resources: import fewer at a time`);
    }
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
}

function content({ value, parent, account, region }: Entry): string {
  return JSON.stringify([value, parent, account, region], (_key, it: unknown) =>
    typeof it === 'object' && it !== null && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1)))
      : it,
  );
}
