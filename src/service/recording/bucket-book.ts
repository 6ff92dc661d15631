import type { BucketInfo } from '../../standins/storage/object-storage.ts';

/** The object storage as the flow logs' side asks it. */
export interface BucketSource {
  bucket(name: string): Promise<BucketInfo | undefined>;
  readonly buckets: { list(): Promise<readonly BucketInfo[]> };
}

/** Whose buckets are, from memory: what DeliverLogsStatus asks often. */
export class BucketBook {
  readonly #source: BucketSource;
  readonly #owners = new Map<string, string>();

  constructor(source: BucketSource) {
    this.#source = source;
  }

  /** Reads what is there at the start. */
  async open(): Promise<void> {
    for (const { name, account } of await this.#source.buckets.list()) {
      if (account !== undefined) this.#owners.set(name, account);
    }
  }

  /** The account that a bucket belongs to, by what was seen last; undefined without one. */
  ownerOf(name: string): string | undefined {
    return this.#owners.get(name);
  }

  /** Looks again. Keeps what was known when the storage cannot be read: its faults are told by who delivers. */
  async look(name: string): Promise<string | undefined> {
    try {
      const found = await this.#source.bucket(name);
      if (found?.account === undefined) this.#owners.delete(name);
      else this.#owners.set(name, found.account);
    } catch {
      // A disk that is gone says nothing about the bucket.
    }
    return this.ownerOf(name);
  }
}
