/**
 * The port of the control state: what the rooms above know of the store. Free of SQL, so that SQLite (a file or
 * memory) and PostgreSQL serve it alike; tests/store/conformance.ts is what every implementation must pass.
 *
 * Guarantees: when `transaction` resolves, the change is durable (it survives kill -9 and power loss); when it
 * rejects, nothing of it is there. Every read sees all transactions that were answered before it began.
 * Work runs one transaction at a time; several that wait together share one flush to disk.
 */

/** Where state belongs: account of the key, region of the credential scope (S8.1). */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** An access key with its secret. Times are milliseconds since the epoch. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  readonly account: string;
  readonly readOnly: boolean;
  readonly label: string;
  readonly createdAt: number;
}

/** An access key as lists show it: never with its secret. `deletedAt` is absent while the key is valid. */
export interface AccessKeyInfo extends Omit<AccessKey, 'secret'> {
  readonly deletedAt?: number;
}

export interface AccessKeyReads {
  /** A valid key with its secret; undefined for unknown and deleted ids. */
  find(id: string): Promise<AccessKey | undefined>;
  /** All valid keys with their secrets, oldest first: what the service keeps in memory. */
  active(): Promise<AccessKey[]>;
  /** Keys without secrets, oldest first; deleted ones only when asked for. */
  list(options?: { account?: string; deleted?: boolean }): Promise<AccessKeyInfo[]>;
}

export interface AccessKeys extends AccessKeyReads {
  /** @throws when the id was ever used, also by a key that is deleted now */
  insert(key: AccessKey): Promise<void>;
  /** Ends a key and erases its secret; the id stays taken. False when no valid key has the id. */
  markDeleted(id: string, at: number): Promise<boolean>;
}

export type DeliverLogsStatus = 'SUCCESS' | 'FAILED';

export interface StoredDestinationOptions {
  readonly fileFormat: string;
  readonly hiveCompatiblePartitions: boolean;
  readonly perHourPartition: boolean;
}

export interface StoredTagField {
  readonly resourceType: string;
  readonly tagKeys: readonly string[];
}

/** A flow log to be stored: the API's members, and what the service keeps beside them. */
export interface NewFlowLog extends Scope {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly resourceId: string;
  readonly resourceType: string;
  readonly trafficType?: string | undefined;
  readonly logDestinationType: string;
  readonly logDestination?: string | undefined;
  readonly logGroupName?: string | undefined;
  readonly deliverLogsPermissionArn?: string | undefined;
  readonly deliverCrossAccountRole?: string | undefined;
  readonly logFormat: string;
  /** Seconds, as asked for. */
  readonly maxAggregationInterval: number;
  readonly destinationOptions?: StoredDestinationOptions | undefined;
  readonly tagFieldSpecifications?: readonly StoredTagField[] | undefined;
  readonly deliverLogsStatus: DeliverLogsStatus;
  readonly deliverLogsErrorMessage?: string | undefined;
  /** The client token of the call that made it, given or generated. */
  readonly clientToken: string;
  /** Equal for flow logs that the service takes for the same configuration and destination. Not unique here:
   * what is refused is decided above. */
  readonly configurationDigest: string;
}

/** A stored flow log. `sequence` grows with every creation and is never used again: what pages are cut by. */
export interface FlowLogRow extends NewFlowLog {
  readonly sequence: number;
}

/** Which flow logs to list, in the order of creation. Conditions are ANDed, the values of one are ORed and
 * exact (wildcards are the caller's); an empty list of values matches nothing. */
export interface FlowLogQuery extends Scope {
  /** Only those created after this one; 0 or absent: from the start. */
  readonly afterSequence?: number | undefined;
  readonly limit: number;
  readonly ids?: readonly string[] | undefined;
  readonly resourceIds?: readonly string[] | undefined;
  readonly configurationDigests?: readonly string[] | undefined;
  readonly deliverLogsStatuses?: readonly string[] | undefined;
  readonly logDestinationTypes?: readonly string[] | undefined;
  readonly logGroupNames?: readonly string[] | undefined;
  readonly trafficTypes?: readonly string[] | undefined;
  /** A tag of the key; with one of the values where they are given. */
  readonly tags?:
    | readonly { readonly key: string; readonly values?: readonly string[] | undefined }[]
    | undefined;
}

export interface FlowLogReads {
  find(scope: Scope, id: string): Promise<FlowLogRow | undefined>;
  listFlowLogs(query: FlowLogQuery): Promise<FlowLogRow[]>;
  /** Flow logs per resource id; ids without any are left out. */
  countByResource(scope: Scope, resourceIds: readonly string[]): Promise<Map<string, number>>;
  count(scope: Scope): Promise<number>;
  /** Every flow log of every account and region, in the order of creation: what recording starts from. */
  all(): Promise<FlowLogRow[]>;
}

export interface FlowLogs extends FlowLogReads {
  /** Stores them in order and returns them with their sequence. @throws when an id is taken */
  insert(flowLogs: readonly NewFlowLog[]): Promise<FlowLogRow[]>;
  setStatus(scope: Scope, id: string, status: DeliverLogsStatus, errorMessage?: string): Promise<boolean>;
  /** Deletes those of the ids that are there, with their tags; returns the ids that were. */
  delete(scope: Scope, ids: readonly string[]): Promise<string[]>;
}

/** The answer to a request with a client token, kept so that the same request gets it again. */
export interface ClientToken extends Scope {
  readonly action: string;
  readonly token: string;
  /** Digest of the request's members: a different one under the same token is refused. */
  readonly requestDigest: string;
  /** What was answered, in a form of the caller's (ids, failures). */
  readonly response: Json;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface ClientTokenReads {
  find(scope: Scope, action: string, token: string): Promise<ClientToken | undefined>;
}

export interface ClientTokens extends ClientTokenReads {
  /** @throws when the account used the token for the action in the region already */
  insert(token: ClientToken): Promise<void>;
  /** Forgets the tokens created before a time; returns how many. */
  deleteBefore(time: number): Promise<number>;
}

/** How long a client token is remembered, ms. */
export const CLIENT_TOKEN_LIFETIME = 24 * 3600 * 1000;

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface TagRow extends Tag {
  readonly resourceId: string;
}

export interface TagQuery extends Scope {
  readonly resourceIds?: readonly string[] | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly values?: readonly string[] | undefined;
  /** Only those behind this one, in the order of resource id and key (by code unit of UTF-8). */
  readonly after?: { readonly resourceId: string; readonly key: string } | undefined;
  readonly limit: number;
}

export interface TagReads {
  /** The tags of each resource, sorted by key; resources without any are left out. */
  of(scope: Scope, resourceIds: readonly string[]): Promise<Map<string, Tag[]>>;
  list(query: TagQuery): Promise<TagRow[]>;
}

export interface Tags extends TagReads {
  /** Sets every tag on every resource; a tag with the same key takes the new value. The bound of tags for a
   * resource is the caller's. */
  put(scope: Scope, resourceIds: readonly string[], tags: readonly Tag[]): Promise<void>;
  /** Takes tags from every resource: whatever the value, or only with the value given; all without `tags`. */
  delete(
    scope: Scope,
    resourceIds: readonly string[],
    tags?: readonly { readonly key: string; readonly value?: string | undefined }[],
  ): Promise<void>;
}

/** A piece of the network that was created over the API. */
export interface ResourceRow extends Scope {
  /** The kind as network/ names it. */
  readonly kind: string;
  readonly id: string;
  readonly document: Json;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface ResourceReads {
  get(scope: Scope, kind: string, id: string): Promise<ResourceRow | undefined>;
  /** In the order of first creation. */
  list(scope: Scope, kind?: string): Promise<ResourceRow[]>;
  /** Of every account and region, in the order of first creation: what the network is built from at start. */
  all(): Promise<ResourceRow[]>;
}

export interface Resources extends ResourceReads {
  /** Creates it, or replaces the document of the one with this kind and id (which keeps its place and
   * creation time). */
  put(resource: ResourceRow): Promise<void>;
  /** Deletes it with its tags; false when it is not there. */
  delete(scope: Scope, kind: string, id: string): Promise<boolean>;
}

export interface SettingReads {
  get(name: string): Promise<string | undefined>;
}

export interface Settings extends SettingReads {
  set(name: string, value: string): Promise<void>;
  /** Adds 1 to a counter that starts at 0, and returns it. */
  increment(name: string): Promise<number>;
}

/** What may be asked without changing anything. */
export interface ReadRepositories {
  readonly accessKeys: AccessKeyReads;
  readonly flowLogs: FlowLogReads;
  readonly clientTokens: ClientTokenReads;
  readonly tags: TagReads;
  readonly resources: ResourceReads;
  readonly settings: SettingReads;
}

export interface Repositories {
  readonly accessKeys: AccessKeys;
  readonly flowLogs: FlowLogs;
  readonly clientTokens: ClientTokens;
  readonly tags: Tags;
  readonly resources: Resources;
  readonly settings: Settings;
}

export interface Store {
  /** Reads at one moment. `work` must ask for nothing but the store and be done when its promise is. */
  read<T>(work: (from: ReadRepositories) => Promise<T>): Promise<T>;
  /**
   * All or nothing: what `work` throws undoes all that it did and is thrown on. `work` must wait for nothing
   * but the store (the others wait meanwhile), and go through `on` only: asking the store itself inside is
   * refused. After a statement failed, `work` must let the error pass.
   * @throws {StoreFault} when the store cannot keep it (disk full, input/output error, closed)
   */
  transaction<T>(work: (on: Repositories) => Promise<T>): Promise<T>;
  /** Waits for what was asked, then lets the store go. Safe to call twice. */
  close(): Promise<void>;
}

/** The store could not do its work: `reason` is for counters and for choosing the answer. */
export class StoreFault extends Error {
  readonly reason: 'full' | 'io' | 'corrupt' | 'closed' | 'misuse';

  constructor(reason: StoreFault['reason'], message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StoreFault';
    this.reason = reason;
  }
}
