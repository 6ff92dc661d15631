import { type BodyForm, bodyFormOf } from '../../delivery/target.ts';
import { RESOURCE_RULES } from '../../flow-logs/resources.ts';
import { type LogFormat, parseLogFormat } from '../../records/formats.ts';
import { dependsOnOwner } from '../../records/ownership.ts';
import type { RecordingMode, Subscription } from '../threads/messages.ts';
import type { Written } from './facts.ts';

const WINDOW_MS = 60_000;
const WINDOW_SECONDS = 60;

/** A flow log as the writing thread holds it: one object for its life, shared by all recordings. */
export interface FlowLog extends Written {
  readonly id: string;
  /** Type, account, region and id of what it records: flow logs of one resource have the same. */
  readonly resource: string;
  /** Set when that is one network interface. */
  readonly interfaceId: string | undefined;
  readonly account: string;
  readonly region: string;
  readonly traffic: Subscription['traffic'];
  /** Of a transit gateway or an attachment: it records transit windows, and no others. */
  readonly transit: boolean;
  readonly interval: 60 | 600;
  readonly to: Subscription['target']['to']['type'];
  /** What its lines are made: deflated text or Parquet in objects, else events. */
  readonly form: BodyForm;
  /** Unix seconds: the first window of live traffic (S3.6). */
  readonly firstWindow: number;
  readonly target: Subscription['target'];
  /** Milliseconds since the epoch. */
  deletedAt: number | undefined;
}

/** How resources are named inside this room. */
export function resourceKey(
  type: Subscription['resourceType'],
  account: string,
  region: string,
  id: string,
): string {
  return `${type} ${account} ${region} ${id}`;
}

/** Whether a flow log records a window of a recording (S3.6). `closedAt` in milliseconds. */
export function recordsWindow(
  flowLog: FlowLog,
  mode: RecordingMode,
  start: number,
  closedAt: number,
): boolean {
  if (mode === 'replay') return flowLog.deletedAt === undefined;
  return start >= flowLog.firstWindow && !leftBefore(flowLog, closedAt);
}

/** Was it deleted when a window closed? */
export function leftBefore(flowLog: FlowLog, closedAt: number): boolean {
  return flowLog.deletedAt !== undefined && closedAt >= flowLog.deletedAt;
}

/** The flow logs that main has told of. */
export class FlowLogs {
  readonly #byId = new Map<string, FlowLog>();
  readonly #formats = new Map<string, LogFormat>();
  /** Flow logs whose lines somebody wants to be told as they are committed. */
  followed: ReadonlySet<string> = new Set();

  /** Takes news in. Returns what cannot be recorded, with the reason: main has let through what it should not. */
  take(subscriptions: readonly Subscription[]): { readonly flowLog: string; readonly reason: string }[] {
    const refused: { flowLog: string; reason: string }[] = [];
    for (const subscription of subscriptions) {
      const known = this.#byId.get(subscription.flowLog);
      if (known !== undefined) {
        known.deletedAt ??= subscription.deletedAt;
        continue;
      }
      const made = this.#make(subscription);
      if (typeof made === 'string') refused.push({ flowLog: subscription.flowLog, reason: made });
      else this.#byId.set(made.id, made);
    }
    return refused;
  }

  get(id: string): FlowLog | undefined {
    return this.#byId.get(id);
  }

  /** In the order in which they came. */
  all(): Iterable<FlowLog> {
    return this.#byId.values();
  }

  /** Forgets those deleted before a time: no window that closed earlier is on its way any more. */
  forget(deletedBefore: number): boolean {
    const before = this.#byId.size;
    for (const { id, deletedAt } of this.#byId.values()) {
      if (deletedAt !== undefined && deletedAt < deletedBefore) this.#byId.delete(id);
    }
    return this.#byId.size < before;
  }

  #make(subscription: Subscription): FlowLog | string {
    const { flowLog, account, region, resourceType, resourceId, target } = subscription;
    const { format: kind } = RESOURCE_RULES[resourceType];
    const formatKey = `${kind} ${subscription.logFormat} ${JSON.stringify(subscription.tagFields ?? [])}`;
    let format = this.#formats.get(formatKey);
    if (format === undefined) {
      const parsed = parseLogFormat(subscription.logFormat, { kind, tagFields: subscription.tagFields });
      if (!parsed.ok) return parsed.message;
      format = parsed.format;
      this.#formats.set(formatKey, format);
    }
    const owner = dependsOnOwner(format) ? account : undefined;
    return {
      id: flowLog,
      resource: resourceKey(resourceType, account, region, resourceId),
      interfaceId: resourceType === 'NetworkInterface' ? resourceId : undefined,
      account,
      region,
      traffic: subscription.traffic,
      format,
      transit: kind === 'transit-gateway',
      formatKey: owner === undefined ? formatKey : `${owner} ${formatKey}`,
      owner,
      interval: target.interval,
      to: target.to.type,
      form: bodyFormOf(target.to),
      firstWindow: Math.ceil(subscription.createdAt / WINDOW_MS) * WINDOW_SECONDS,
      target,
      deletedAt: subscription.deletedAt,
    };
  }
}
