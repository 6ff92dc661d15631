import { selectsBit, type TrafficBits } from './traffic.ts';
import type { BodyForm } from '../../delivery/target.ts';
import type { LogFormat } from '../../records/formats.ts';
import type { TrafficType } from '../../records/select.ts';
import type { Written } from './facts.ts';
import type { FlowLog } from './flow-logs.ts';
import type { InterfaceClass, Membership } from './membership.ts';

/** Of the interfaces of a resource: all, those of nitro instances, or the others (S3.2). */
export type Part = 'all' | 'nitro' | 'rest';

/** Flow logs that record the same lines in the same form: one chunk for all of them. */
export interface Group {
  readonly flowLogs: string[];
  readonly part: Part;
  readonly form: BodyForm;
}

const NO_GROUPS: readonly Group[] = Object.freeze([]);

/** Flow logs whose lines look the same, whatever interfaces they want: rendered once (S6.5). */
export class View implements Written {
  readonly formatKey: string;
  readonly format: LogFormat;
  readonly owner: string | undefined;
  readonly traffic: TrafficType;
  readonly transit: boolean;
  readonly to: FlowLog['to'];
  readonly #groups = new Map<string, Group>();
  readonly #byResource = new Map<string, Group[]>();
  readonly #byNumber = new Map<number, Group[]>();
  readonly #byClass: (readonly Group[] | undefined)[] = [];
  readonly #membership: Membership;

  constructor(like: FlowLog, membership: Membership) {
    this.formatKey = like.formatKey;
    this.format = like.format;
    this.owner = like.owner;
    this.traffic = like.traffic;
    this.transit = like.transit;
    this.to = like.to;
    this.#membership = membership;
  }

  /** In the order in which they were added. */
  get groups(): Iterable<Group> {
    return this.#groups.values();
  }

  /** Returns the one interface that a flow log is on. */
  add(flowLog: FlowLog, part: Part): number | undefined {
    const key = `${flowLog.resource} ${part} ${flowLog.form}`;
    const known = this.#groups.get(key);
    if (known !== undefined) {
      known.flowLogs.push(flowLog.id);
      return undefined;
    }
    const group: Group = { flowLogs: [flowLog.id], part, form: flowLog.form };
    this.#groups.set(key, group);
    if (flowLog.interfaceId === undefined) {
      this.#byResource.set(flowLog.resource, [...(this.#byResource.get(flowLog.resource) ?? []), group]);
      return undefined;
    }
    // An interface that is not there yet cannot have a line in this window.
    const number = this.#membership.numberOf(flowLog.interfaceId, flowLog.account, flowLog.region);
    if (number === undefined || !takes(part, this.#membership.classOf(number))) return undefined;
    this.#byNumber.set(number, [...(this.#byNumber.get(number) ?? []), group]);
    return number;
  }

  /** Who wants the lines of an interface. */
  groupsOf(number: number): readonly Group[] {
    const own = this.#byNumber.get(number);
    if (this.#byResource.size === 0) return own ?? NO_GROUPS;
    const its = this.#membership.classOf(number);
    const shared = this.groupsOfClass(its);
    return own === undefined ? shared : [...shared, ...own];
  }

  /** Groups of flow logs that are not on one network interface. */
  groupsOfClass(its: InterfaceClass): readonly Group[] {
    return (this.#byClass[its.index] ??= this.#findGroups(its));
  }

  #findGroups(its: InterfaceClass): readonly Group[] {
    const found: Group[] = [];
    for (const resource of its.resources) {
      found.push(...(this.#byResource.get(resource) ?? []).filter(({ part }) => takes(part, its)));
    }
    return found.length === 0 ? NO_GROUPS : found;
  }
}

/** The view of one flow log that wants whatever there is. */
export class ViewOfOne extends View {
  readonly #group: readonly [Group];

  constructor(flowLog: FlowLog, membership: Membership) {
    super(flowLog, membership);
    this.#group = [{ flowLogs: [flowLog.id], part: 'all', form: flowLog.form }];
  }

  override get groups(): Iterable<Group> {
    return this.#group;
  }

  override groupsOf(): readonly Group[] {
    return this.#group;
  }
}

function takes(part: Part, { nitro }: InterfaceClass): boolean {
  return part === 'all' || (part === 'nitro') === nitro;
}

/** The views of the flow logs that record a window or an interval. */
export class Views {
  readonly #views = new Map<string, View>();
  readonly #membership: Membership;
  /** What flow logs on the interface itself want. */
  readonly #own = new Map<number, TrafficBits>();
  /** By class: what flow logs on anything else want. */
  readonly #shared: (TrafficBits | undefined)[] = [];

  constructor(membership: Membership) {
    this.#membership = membership;
  }

  add(flowLog: FlowLog, part: Part): void {
    const key = `${flowLog.formatKey} ${flowLog.traffic} ${flowLog.to}`;
    let view = this.#views.get(key);
    if (view === undefined) this.#views.set(key, (view = new View(flowLog, this.#membership)));
    const number = view.add(flowLog, part);
    if (number !== undefined) {
      this.#own.set(number, (this.#own.get(number) ?? 0) | selectsBit(flowLog.traffic));
    }
  }

  get empty(): boolean {
    return this.#views.size === 0;
  }

  [Symbol.iterator](): Iterator<View> {
    return this.#views.values();
  }

  /** Verdicts of an interface's rows that some flow log records: 0 for none. */
  wanted(number: number): TrafficBits {
    const its = this.#membership.classOf(number);
    const shared = (this.#shared[its.index] ??= this.#wantedByClass(its));
    return this.#own.size === 0 ? shared : shared | (this.#own.get(number) ?? 0);
  }

  #wantedByClass(its: InterfaceClass): TrafficBits {
    let bits = 0;
    for (const view of this.#views.values()) {
      if (view.groupsOfClass(its).length > 0) bits |= selectsBit(view.traffic);
    }
    return bits;
  }
}
