/**
 * The network of a running service: what network.yaml declares together with what the API creates, kept in a
 * store, in versions that go up with each change.
 *
 * Guarantees: a change is durable before it is seen, by its own caller and by others; a change that fails is
 * not there. Changes of one account and region take turns, those of others wait for none of them. Reads wait
 * for nothing.
 */
import { messageOf, UserError } from '../base/errors.ts';
import { documentOf, resourceOf } from './documents.ts';
import { isId } from './ids.ts';
import { impliedBy } from './implied.ts';
import type { Network } from './model.ts';
import { scopeKey, type Held, type Scope } from './resources.ts';
import { NetworkState } from './state.ts';
import type {
  NetworkReads,
  NetworkStore,
  NetworkWrites,
  StoredResource,
  StoredTag,
  StoredTagRow,
  StoredToken,
  TagToDelete,
} from './store-port.ts';
import type { Tags } from './tags.ts';

/** How long a client token is remembered, ms. */
const TOKEN_LIFETIME = 24 * 3600 * 1000;

/** Tags that are read at once at the start. */
const TAGS_AT_ONCE = 10_000;

/** Faults of a reload that are named. */
const FAULTS_NAMED = 20;

/** A stored resource that has no place in the network as it is declared now. It stays in the store: when the
 * file has room for it again, it is back at the next start or reload. */
export interface SetAside {
  readonly id: string;
  readonly reason: string;
}

/** A request that must create no more than one resource, however often it comes. */
export interface OnceKey {
  readonly action: string;
  readonly token: string;
  readonly digest: string;
}

/** What may be changed in a turn. The state is the one that the checks of the turn saw. */
export interface Turn {
  readonly state: NetworkState;
  /** The id that an earlier request under the token got; `mismatch` when that was another request. */
  repeated(once: OnceKey, now: Date): Promise<{ readonly id: string } | 'mismatch' | undefined>;
  /** Adds a resource that the state has a place for. */
  create(held: Held, tags: readonly StoredTag[], now: Date, once?: OnceKey): Promise<void>;
  /** Deletes a resource that the API created and that nothing needs. */
  delete(held: Held): Promise<void>;
  /** Which of the flow logs exist, and the tags that they have. */
  flowLogTags(ids: readonly string[]): Promise<Map<string, StoredTag[]>>;
  /** Sets tags on resources of this scope, flow logs too. */
  putTags(ids: readonly string[], tags: readonly StoredTag[]): Promise<void>;
  /** Takes tags away; all that the file does not declare without `tags`. */
  deleteTags(ids: readonly string[], tags: readonly TagToDelete[] | undefined): Promise<void>;
}

export class NetworkRegistry {
  readonly #store: NetworkStore;
  #state: NetworkState;
  #setAside: readonly SetAside[];
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Settled when no reload is under way: turns begin after it. */
  #reloaded: Promise<unknown> = Promise.resolve();
  readonly #listeners = new Set<(version: number) => void>();
  #version = 1;
  #built: { readonly version: number; readonly network: Network } | undefined;

  private constructor(store: NetworkStore, state: NetworkState, setAside: readonly SetAside[]) {
    this.#store = store;
    this.#state = state;
    this.#setAside = setAside;
  }

  /** The declared network with what the store has beside it. */
  static async open(store: NetworkStore, declared: Network): Promise<NetworkRegistry> {
    const { state, setAside } = await assemble(store, declared, new Set());
    return new NetworkRegistry(store, state, setAside);
  }

  /** What was stored and has no place now. */
  get setAside(): readonly SetAside[] {
    return this.#setAside;
  }

  /**
   * Replaces what the network file declares; what the API made stays, and so do tags that it set. A new version
   * of the network, between two turns. A UserError, and nothing is changed, when something that the API made
   * would have no place any more.
   */
  reload(declared: Network): Promise<void> {
    const before = [this.#reloaded, ...this.#turns.values()];
    const mine = Promise.allSettled(before).then(() => this.#reload(declared));
    this.#reloaded = mine.catch(() => undefined);
    return mine;
  }

  async #reload(declared: Network): Promise<void> {
    const aside = new Set(this.#setAside.map(({ id }) => id));
    const { state, setAside } = await assemble(this.#store, declared, aside);
    const lost = setAside.filter(({ id }) => !aside.has(id));
    if (lost.length > 0) {
      const faults = lost
        .slice(0, FAULTS_NAMED)
        .map(({ id, reason }) => `${id}, made over the API, would have no place: ${reason}`);
      if (lost.length > faults.length) faults.push(`and ${lost.length - faults.length} more`);
      throw new UserError(faults.join('\n'));
    }
    this.#state = state;
    this.#setAside = setAside;
    this.#changed();
  }

  /** The network as it stands, for reading. */
  get state(): Omit<NetworkState, 'add' | 'remove' | 'setTags'> {
    return this.#state;
  }

  /** 1 at the start, then one more with each change. */
  get version(): number {
    return this.#version;
  }

  /** The network of the present version: built when it is asked for, once for each version. */
  network(): Network {
    if (this.#built?.version !== this.#version) {
      this.#built = { version: this.#version, network: this.#state.network() };
    }
    return this.#built.network;
  }

  /** Tells of each new version, as soon as it is there. Returns how to stop. */
  onChange(listener: (version: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tags of flow logs of a scope, in the order of flow log and key, behind `after`. */
  flowLogTags(
    scope: Scope,
    after: { readonly resourceId: string; readonly key: string } | undefined,
    limit: number,
  ): Promise<(StoredTag & { readonly resourceId: string })[]> {
    // No id is `fl-` alone: what comes behind it begins with the first flow log.
    const from = after === undefined || after.resourceId < 'fl-' ? { resourceId: 'fl-', key: '' } : after;
    const { account, region } = scope;
    return this.#store
      .read((on) => on.tags.list({ account, region, after: from, limit }))
      .then((rows) => rows.filter((row) => row.resourceId.startsWith('fl-')));
  }

  /**
   * Runs work that may change the network of a scope, when those before it are done. It sees all that they
   * did, and nothing changes under it. What it throws is thrown on.
   */
  async turn<T>(scope: Scope, work: (turn: Turn) => Promise<T>): Promise<T> {
    const key = scopeKey(scope);
    const before = Promise.all([this.#turns.get(key), this.#reloaded]);
    const mine = before.then(() => work(this.#turnOf(scope)));
    const settled = mine.catch(() => undefined);
    this.#turns.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(key) === settled) this.#turns.delete(key);
    }
  }

  #turnOf({ account, region }: Scope): Turn {
    const scope = { account, region };
    const state = this.#state;
    return {
      state,
      repeated: async (once, now) => {
        const found = await this.#store.read((from) =>
          from.clientTokens.find(scope, once.action, once.token),
        );
        if (found === undefined || found.createdAt <= now.getTime() - TOKEN_LIFETIME) return undefined;
        return found.requestDigest === once.digest ? { id: found.response as string } : 'mismatch';
      },
      create: (held, tags, now, once) => this.#create(scope, held, tags, now, once),
      delete: (held) => this.#delete(scope, held),
      flowLogTags: (ids) =>
        this.#store.read(async (from) => {
          const out = new Map<string, StoredTag[]>();
          if (ids.length === 0) return out;
          const tags = await from.tags.of(scope, ids);
          for (const id of ids) {
            if ((await from.flowLogs.find(scope, id)) !== undefined) out.set(id, tags.get(id) ?? []);
          }
          return out;
        }),
      putTags: (ids, tags) => this.#tag(scope, ids, (on, present) => on.tags.put(scope, present, tags)),
      deleteTags: (ids, tags) => this.#tag(scope, ids, (on, present) => on.tags.delete(scope, present, tags)),
    };
  }

  async #create(
    scope: Scope,
    held: Held,
    tags: readonly StoredTag[],
    now: Date,
    once: OnceKey | undefined,
  ): Promise<void> {
    const { kind, resource } = held;
    const misfit = this.#state.misfit(held);
    if (misfit !== undefined) throw new RangeError(`${resource.id} has no place: ${misfit}`);
    const createdAt = now.getTime();
    const { account, region } = scope;
    const row: StoredResource = {
      account,
      region,
      kind,
      id: resource.id,
      document: documentOf(held),
      createdAt,
    };
    await this.#store.transaction(async (on) => {
      await on.resources.put(row);
      if (tags.length > 0) await on.tags.put(scope, [resource.id], tags);
      if (once === undefined) return;
      await on.clientTokens.deleteBefore(createdAt - TOKEN_LIFETIME + 1);
      const { action, token, digest: requestDigest } = once;
      const kept: StoredToken = {
        account,
        region,
        action,
        token,
        requestDigest,
        response: resource.id,
        createdAt,
      };
      await on.clientTokens.insert(kept);
    });
    this.#state.add(held);
    if (tags.length > 0) this.#state.setTags(held, tagsOf(tags));
    this.#changed();
  }

  async #delete(scope: Scope, held: Held): Promise<void> {
    const { kind, resource } = held;
    if (resource.origin !== 'api') throw new RangeError(`${resource.id} is declared`);
    if (this.#state.isNeeded(resource.id)) throw new RangeError(`${resource.id} is needed`);
    const implied = impliedBy(held).map((it) => it.resource.id);
    await this.#store.transaction(async (on) => {
      await on.resources.delete(scope, kind, resource.id);
      if (implied.length > 0) await on.tags.delete(scope, implied);
    });
    this.#state.remove(held);
    this.#changed();
  }

  /** Writes tags, and takes over what the store has then. A flow log may be deleted meanwhile, which takes no
   * turns here: it is looked for again, under the same commit. */
  async #tag(
    scope: Scope,
    ids: readonly string[],
    write: (on: NetworkWrites, present: readonly string[]) => Promise<void>,
  ): Promise<void> {
    const stored = await this.#store.transaction(async (on) => {
      const present: string[] = [];
      for (const id of ids) {
        const gone = isId('flowLog', id) && (await on.flowLogs.find(scope, id)) === undefined;
        if (!gone) present.push(id);
      }
      await write(on, present);
      return on.tags.of(scope, present);
    });
    let changed = false;
    for (const id of ids) {
      const held = this.#state.find(scope, id);
      if (held === undefined) continue;
      this.#state.setTags(held, tagsOf(stored.get(id) ?? []));
      changed = true;
    }
    if (changed) this.#changed();
  }

  #changed(): void {
    this.#version++;
    for (const listener of this.#listeners) listener(this.#version);
  }
}

/** A state of what is declared and what is stored; what was set aside before comes last, lest it take the place
 * of what the API made since. */
async function assemble(
  store: NetworkStore,
  declared: Network,
  aside: ReadonlySet<string>,
): Promise<{ state: NetworkState; setAside: SetAside[] }> {
  const state = new NetworkState(declared);
  const setAside: SetAside[] = [];
  await store.read(async (from) => {
    const rows = await from.resources.all();
    const last = rows.filter((row) => aside.has(row.id));
    const first = last.length === 0 ? rows : rows.filter((row) => !aside.has(row.id));
    for (const row of [...first, ...last]) {
      const reason = addStored(state, row);
      if (reason !== undefined) setAside.push({ id: row.id, reason });
    }
    for (const scope of state.scopes()) await addTags(state, scope, from);
  });
  return { state, setAside };
}

/** Gives the resources of a scope the tags that the store has for them. */
async function addTags(state: NetworkState, scope: Scope, from: NetworkReads): Promise<void> {
  const tags = new Map<Held, StoredTag[]>();
  let held: Held | undefined;
  let after: StoredTagRow | undefined;
  for (;;) {
    const rows = await from.tags.list({
      ...scope,
      ...(after !== undefined && { after }),
      limit: TAGS_AT_ONCE,
    });
    for (const row of rows) {
      if (held?.resource.id !== row.resourceId) held = state.find(scope, row.resourceId);
      if (held === undefined) continue; // a flow log's, or of what is set aside
      const list = tags.get(held);
      if (list === undefined) tags.set(held, [row]);
      else list.push(row);
    }
    after = rows.at(-1);
    if (rows.length < TAGS_AT_ONCE) break;
  }
  for (const [it, list] of tags) state.setTags(it, tagsOf(list));
}

/** Adds what was stored to a state; why not, when it has no place there. */
function addStored(state: NetworkState, row: StoredResource): string | undefined {
  let held: Held;
  try {
    held = resourceOf(row);
  } catch (error) {
    return messageOf(error);
  }
  const misfit = state.misfit(held);
  if (misfit !== undefined) return misfit;
  // It belongs to the region that it was made in: the store knows it by that.
  const region = state.regionOf(held);
  if (region !== row.region) return `it is in ${row.region}, what it lies in is in ${region} now`;
  state.add(held);
  return undefined;
}

function tagsOf(tags: readonly StoredTag[]): Tags {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}
