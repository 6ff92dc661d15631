import { randomBytes, randomInt } from 'node:crypto';
import { UsageError, UserError } from '../base/errors.ts';
import type { AccessKey, AccessKeyInfo, Store } from '../store/store.ts';
import type { KeySource } from './sigv4.ts';

/** The letters of the service's ids behind their four-letter prefix: base32 of RFC 4648. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ACCOUNT = /^[0-9]{12}$/;
/** Longest label of a key, characters. */
const LONGEST_LABEL = 128;

export interface KeyRequest {
  readonly account: string;
  readonly readOnly?: boolean | undefined;
  readonly label?: string | undefined;
}

/** A new key that is in no store yet. @throws {UsageError} for an account or label that cannot be */
export function generateKey(request: KeyRequest, now = Date.now()): AccessKey {
  const label = request.label ?? '';
  if (!ACCOUNT.test(request.account)) {
    throw new UsageError(`the account "${request.account}" is not one: give 12 digits`);
  }
  // Labels are printed in tables: no control characters in them.
  if (label.length > LONGEST_LABEL || /\p{C}/u.test(label)) {
    throw new UsageError(`a label has at most ${LONGEST_LABEL} characters, and no control characters`);
  }
  const letters = Array.from({ length: 16 }, () => ALPHABET[randomInt(ALPHABET.length)]!);
  return {
    id: `AKIA${letters.join('')}`,
    secret: randomBytes(30).toString('base64'), // 40 characters
    account: request.account,
    readOnly: request.readOnly ?? false,
    label,
    createdAt: now,
  };
}

/**
 * The keys that requests may be signed with, in memory over the store. A key that was created here is good, and
 * one that was deleted here is refused, by the time the promise resolves.
 */
export class KeyRing implements KeySource {
  readonly #store: Store;
  readonly #keys: Map<string, AccessKey>;
  readonly #bootstrap: AccessKey | undefined;

  private constructor(store: Store, stored: readonly AccessKey[], bootstrap: AccessKey | undefined) {
    this.#store = store;
    this.#keys = new Map(stored.map((key) => [key.id, key]));
    this.#bootstrap = bootstrap;
    if (bootstrap !== undefined) this.#keys.set(bootstrap.id, bootstrap);
  }

  /** Reads the keys of a store. `bootstrap` is good beside them while this ring lives, and is never stored. */
  static async open(store: Store, bootstrap?: AccessKey): Promise<KeyRing> {
    return new KeyRing(store, await store.read((from) => from.accessKeys.active()), bootstrap);
  }

  get size(): number {
    return this.#keys.size;
  }

  find(id: string): AccessKey | undefined {
    return this.#keys.get(id);
  }

  /** Makes a key. This is the one time that its secret is given out. */
  async create(request: KeyRequest): Promise<AccessKey> {
    const key = generateKey(request);
    await this.add(key);
    return key;
  }

  /** Stores a generated key and makes it good. */
  async add(key: AccessKey): Promise<void> {
    await this.#store.transaction((on) => on.accessKeys.insert(key));
    this.#keys.set(key.id, key);
  }

  /** The valid keys without secrets, oldest first; the bootstrap key first of all. */
  async list(options: { account?: string } = {}): Promise<AccessKeyInfo[]> {
    const stored = await this.#store.read((from) => from.accessKeys.list(options));
    const bootstrap = this.#bootstrap;
    if (bootstrap === undefined || (options.account ?? bootstrap.account) !== bootstrap.account)
      return stored;
    const { secret: _, ...info } = bootstrap;
    return [info, ...stored.filter((key) => key.id !== info.id)];
  }

  /** Ends a key. @throws {UserError} when there is no such key, or it comes from the environment */
  async delete(id: string): Promise<void> {
    if (id === this.#bootstrap?.id) {
      throw new UserError(`the key ${id} comes from the environment: unset WEIR_ACCESS_KEY_ID and restart`);
    }
    const deleted = await this.#store.transaction((on) => on.accessKeys.markDeleted(id, Date.now()));
    this.#keys.delete(id);
    if (!deleted) throw new UserError(`there is no access key ${id}`);
  }
}
