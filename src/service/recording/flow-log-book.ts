/**
 * The flow logs of a running service: what is recorded for them, and how each is delivered. Keeps DeliverLogsStatus
 * in the store to what the destinations and the writing thread say (S8.4).
 */
import { messageOf } from '../../base/errors.ts';
import type { TargetState } from '../../delivery/deliverer.ts';
import type { Destination, Destinations, Presence } from '../../flow-logs/destinations.ts';
import type { FlowLogChange } from '../../flow-logs/service.ts';
import {
  type DeliverLogsErrorMessage,
  type Delivery,
  type DeliveryQuestion,
  type DeliveryState,
  statusOf,
} from '../../flow-logs/status.ts';
import type { Caller } from '../../standins/storage/caller.ts';
import type { FlowLogRow, Scope, Store } from '../../store/store.ts';
import type { Subscription } from '../threads/messages.ts';
import { type Place, placeKey, type Places, type PlaceState, placeText } from './places.ts';
import type { Log } from './recording.ts';
import type { RoleRules } from './role-rules.ts';
import { callerOf, destinationOf, subscriptionOf, withoutBackend } from './subscriptions.ts';

/** Flow logs whose status is written under one commit. */
const BATCH = 500;
/** Pause after the store refused. */
const RETRY_MS = 5_000;

export interface FlowLogBookOptions {
  readonly store: Store;
  /** Buckets and streams: what has to be there before records come. */
  readonly places: Readonly<Record<Place['type'], Places>>;
  readonly roles: RoleRules;
  readonly log: Log;
  /** News for the writing thread. */
  readonly subscribe: (subscriptions: readonly Subscription[]) => void;
  /** What waits for its next attempt may go now. */
  readonly retry: (flowLog: string) => void;
}

interface Entry {
  readonly row: FlowLogRow;
  readonly subscription: Subscription | undefined;
  /** As the writing thread told it last. */
  state: TargetState;
  /** What the store has. */
  stored: string;
}

const DELIVERING: TargetState = { state: 'delivering' };
const PRESENCE: Readonly<Record<PlaceState['state'], Presence>> = {
  ready: 'ready',
  missing: 'missing',
  denied: 'denied',
  unreached: 'unknown',
};

export class FlowLogBook {
  /** For FlowLogService. */
  readonly delivery: Delivery = { stateOf: (question) => this.#stateOf(question) };
  readonly destinations: Destinations = {
    presence: async (scope, destination, roles) => {
      if (destination.type === 'cloud-watch-logs') return 'ready'; // made when there is traffic
      const { state } = await this.#places(destination).look(destination, { ...scope, roles });
      return PRESENCE[state];
    },
    assumable: async (scope, role, use, { type }) => this.#options.roles.assumable(scope, role, use, type),
  };
  readonly #options: FlowLogBookOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #byPlace = new Map<string, Set<string>>();
  readonly #dirty = new Set<string>();
  #writing: Promise<void> | undefined;
  #again: NodeJS.Timeout | undefined;

  constructor(options: FlowLogBookOptions) {
    this.#options = options;
  }

  /** Takes all stored flow logs over; their statuses are brought to what holds now (flow-logs/status.ts). */
  async open(): Promise<void> {
    this.#add(await this.#options.store.read((from) => from.flowLogs.all()));
  }

  /** There is a new writing thread: it knows no flow log, and tells states anew. Returns what it is to record. */
  renew(): Subscription[] {
    for (const [id, entry] of this.#entries) {
      entry.state = DELIVERING;
      this.#judge(id);
    }
    return [...this.#entries.values()].flatMap(({ subscription }) => subscription ?? []);
  }

  /** For FlowLogService's `onChange`. */
  changed(change: FlowLogChange): void {
    if (change.kind === 'created') return this.#add(change.flowLogs);
    const deletedAt = Date.now();
    const ended: Subscription[] = [];
    for (const id of change.ids) {
      const entry = this.#entries.get(id);
      if (entry === undefined) continue;
      if (entry.subscription !== undefined) ended.push({ ...entry.subscription, deletedAt });
      this.#entries.delete(id);
      this.#leavePlace(entry);
    }
    if (ended.length > 0) this.#options.subscribe(ended);
  }

  /** What the writing thread says of a flow log. */
  told(flowLog: string, state: TargetState): void {
    const entry = this.#entries.get(flowLog);
    if (entry === undefined) return; // deleted, and still delivered
    entry.state = state;
    if (state.state === 'delivering') this.#lookAgain(entry.row);
    this.#judge(flowLog);
  }

  /** An embedded bucket was made or deleted: its flow logs have another status at once. */
  async bucketChanged(name: string): Promise<void> {
    const place: Place = { type: 's3', bucket: name, folder: '' };
    await Promise.all(this.#callersOf(place).map((caller) => this.#places(place).look(place, caller)));
    this.placeChanged(place);
  }

  /** A place is known to be in another state: its flow logs have another status at once. */
  placeChanged(place: Place): void {
    for (const id of this.#byPlace.get(placeKey(place)) ?? []) {
      this.#judge(id);
      const { row } = this.#entries.get(id)!;
      if (this.#places(place).known(place, callerOf(row))?.state === 'ready') this.#options.retry(id);
    }
  }

  /** Whether a flow log delivers there. */
  isPlace(place: Place): boolean {
    return this.#byPlace.has(placeKey(place));
  }

  has(scope: Scope, id: string): boolean {
    const row = this.#entries.get(id)?.row;
    return row?.account === scope.account && row.region === scope.region;
  }

  /** Every flow log with how it is delivered, in the order of creation. */
  *all(): Iterable<{ readonly row: FlowLogRow; readonly state: TargetState }> {
    for (const { row } of this.#entries.values()) {
      const state = this.#stateOf(row);
      yield {
        row,
        state: state.deliverable
          ? DELIVERING
          : { state: 'failing', message: state.message, reason: state.reason },
      };
    }
  }

  /** Waits for the statuses that are on their way to the store. */
  async close(): Promise<void> {
    clearTimeout(this.#again);
    this.#again = undefined;
    await this.#writing;
  }

  #add(rows: readonly FlowLogRow[]): void {
    const begun: Subscription[] = [];
    for (const row of rows) {
      const subscription = subscriptionOf(row);
      const recorded = typeof subscription !== 'string';
      if (recorded) begun.push(subscription);
      else this.#options.log('warn', `${row.id} is not delivered: ${subscription}`, { flowLog: row.id });
      const stored = statusText(row.deliverLogsStatus, row.deliverLogsErrorMessage);
      const entry: Entry = {
        row,
        subscription: recorded ? subscription : undefined,
        state: DELIVERING,
        stored,
      };
      this.#entries.set(row.id, entry);
      this.#enterPlace(entry);
      // The bucket may have gone between the question and the answer.
      this.#judge(row.id);
    }
    if (begun.length > 0) this.#options.subscribe(begun);
  }

  #places({ type }: Place): Places {
    return this.#options.places[type];
  }

  #enterPlace({ row }: Entry): void {
    const place = placeOf(destinationOf(row));
    if (place === undefined) return;
    const key = placeKey(place);
    const known = this.#byPlace.get(key);
    if (known === undefined) this.#byPlace.set(key, new Set([row.id]));
    else known.add(row.id);
    const caller = callerOf(row);
    // At a start nothing is known yet of what is not embedded.
    if (this.#places(place).known(place, caller) !== undefined) return;
    void this.#places(place)
      .look(place, caller)
      .then(() => this.#judge(row.id));
  }

  /** Records arrive: a place that could not be looked at, or was not there, is asked now and not at its next turn. */
  #lookAgain(row: FlowLogRow): void {
    const place = placeOf(destinationOf(row));
    const caller = callerOf(row);
    const known = place && this.#places(place).known(place, caller);
    if (place === undefined || known === undefined || known.state === 'ready') return;
    void this.#places(place)
      .look(place, caller)
      .then(() => this.#judge(row.id));
  }

  #leavePlace({ row }: Entry): void {
    const place = placeOf(destinationOf(row));
    const own = place && this.#byPlace.get(placeKey(place));
    own?.delete(row.id);
    if (place !== undefined && own?.size === 0) this.#byPlace.delete(placeKey(place));
  }

  /** Those whose flow logs deliver to a place, once each. */
  #callersOf(place: Place): Caller[] {
    const ids = [...(this.#byPlace.get(placeKey(place)) ?? [])];
    const callers = ids.map((id) => callerOf(this.#entries.get(id)!.row));
    return [...new Map(callers.map((caller) => [JSON.stringify(caller), caller])).values()];
  }

  #stateOf(question: DeliveryQuestion): DeliveryState {
    const reason = withoutBackend(question);
    if (reason !== undefined) return { deliverable: false, message: 'Unknown error', reason };
    const roles = this.#options.roles.fault(question);
    if (roles !== undefined) return { deliverable: false, message: 'Access error', reason: roles };
    const place = placeOf(destinationOf(question));
    const found = place && this.#places(place).known(place, callerOf(question));
    if (place !== undefined && found === undefined && isFailed(question)) {
      // As it was told last, until the place has been looked at.
      const { deliverLogsErrorMessage: message = 'Unknown error' } = question;
      return { deliverable: false, message, reason: `${placeText(place)} has not been looked at yet` };
    }
    if (found !== undefined && found.state !== 'ready') {
      return { deliverable: false, message: found.message, reason: found.reason };
    }
    const id = (question as Partial<FlowLogRow>).id;
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (entry !== undefined && entry.subscription === undefined) {
      return { deliverable: false, message: 'Unknown error', reason: 'it cannot be recorded: see the log' };
    }
    const state = entry?.state ?? DELIVERING;
    if (state.state === 'delivering') return { deliverable: true };
    return { deliverable: false, message: state.message, reason: state.reason };
  }

  #judge(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return; // deleted meanwhile
    if (this.#statusNow(entry).text === entry.stored) return;
    this.#dirty.add(id);
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  #statusNow({ row }: Entry): { status: ReturnType<typeof statusOf>; text: string } {
    const status = statusOf(this.#stateOf(row));
    return { status, text: statusText(status.deliverLogsStatus, status.deliverLogsErrorMessage) };
  }

  /** Brings what is dirty into the store, again and again until nothing is. */
  async #write(): Promise<void> {
    await Promise.resolve(); // what changes in one turn is written under one commit
    while (this.#dirty.size > 0) {
      const batch = [...this.#dirty].slice(0, BATCH);
      for (const id of batch) this.#dirty.delete(id);
      const written: { readonly entry: Entry; readonly text: string }[] = [];
      try {
        await this.#options.store.transaction(async (on) => {
          written.length = 0;
          for (const id of batch) {
            const entry = this.#entries.get(id);
            if (entry === undefined) continue;
            const { status, text } = this.#statusNow(entry);
            const { deliverLogsStatus, deliverLogsErrorMessage } = status;
            await on.flowLogs.setStatus(entry.row, id, deliverLogsStatus, deliverLogsErrorMessage);
            written.push({ entry, text });
          }
        });
      } catch (error) {
        this.#options.log('error', 'delivery statuses cannot be stored; they are tried again', {
          error: messageOf(error),
        });
        for (const id of batch) this.#dirty.add(id);
        this.#again = setTimeout(() => {
          this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
        }, RETRY_MS);
        return;
      }
      for (const { entry, text } of written) {
        entry.stored = text;
        // It may have changed again while it was written.
        if (this.#statusNow(entry).text !== text) this.#dirty.add(entry.row.id);
      }
    }
  }
}

function statusText(status: string, message: string | undefined): string {
  return `${status} ${message ?? ''}`;
}

function placeOf(destination: Destination | undefined): Place | undefined {
  return destination?.type === 'cloud-watch-logs' ? undefined : destination;
}

/** A flow log that is stored, and was told to be failing. */
function isFailed(question: DeliveryQuestion): question is FlowLogRow & {
  readonly deliverLogsErrorMessage?: DeliverLogsErrorMessage;
} {
  return (question as Partial<FlowLogRow>).deliverLogsStatus === 'FAILED';
}
