/**
 * What the network asks of the store that keeps it: a part of that store's own port, so that the store itself
 * can be handed over. When `transaction` resolves, the change is durable; when it rejects, nothing of it is there.
 */
import type { Scope } from './resources.ts';

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface StoredResource extends Scope {
  readonly kind: string;
  readonly id: string;
  readonly document: Json;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface StoredTag {
  readonly key: string;
  readonly value: string;
}

export interface StoredTagRow extends StoredTag {
  readonly resourceId: string;
}

/** A tag to take away: of any value, or only with the one given. */
export interface TagToDelete {
  readonly key: string;
  readonly value?: string | undefined;
}

/** The answer to a request with a client token. */
export interface StoredToken extends Scope {
  readonly action: string;
  readonly token: string;
  readonly requestDigest: string;
  readonly response: Json;
  readonly createdAt: number;
}

interface ResourceReads {
  /** Of every account and region, in the order of creation. */
  all(): Promise<StoredResource[]>;
}

interface TagReads {
  of(scope: Scope, resourceIds: readonly string[]): Promise<Map<string, StoredTag[]>>;
  list(
    query: Scope & {
      readonly after?: { readonly resourceId: string; readonly key: string };
      readonly limit: number;
    },
  ): Promise<StoredTagRow[]>;
}

interface TokenReads {
  find(scope: Scope, action: string, token: string): Promise<StoredToken | undefined>;
}

interface FlowLogReads {
  find(scope: Scope, id: string): Promise<{ readonly id: string } | undefined>;
}

/** What is read of the store. */
export interface NetworkReads {
  readonly resources: ResourceReads;
  readonly tags: TagReads;
  readonly clientTokens: TokenReads;
  readonly flowLogs: FlowLogReads;
}

/** What a change writes. */
export interface NetworkWrites {
  readonly resources: ResourceReads & {
    put(resource: StoredResource): Promise<void>;
    /** Deletes it with its tags. */
    delete(scope: Scope, kind: string, id: string): Promise<boolean>;
  };
  readonly tags: TagReads & {
    put(scope: Scope, resourceIds: readonly string[], tags: readonly StoredTag[]): Promise<void>;
    /** All of them without `tags`. */
    delete(scope: Scope, resourceIds: readonly string[], tags?: readonly TagToDelete[]): Promise<void>;
  };
  readonly clientTokens: TokenReads & {
    insert(token: StoredToken): Promise<void>;
    deleteBefore(time: number): Promise<number>;
  };
  readonly flowLogs: FlowLogReads;
}

export interface NetworkStore {
  read<T>(work: (from: NetworkReads) => Promise<T>): Promise<T>;
  transaction<T>(work: (on: NetworkWrites) => Promise<T>): Promise<T>;
}
