import type { Caller } from '../../standins/storage/caller.ts';
import type { BucketInfo } from '../../standins/storage/object-storage.ts';
import { denied, missing, type Place, type PlaceState, type Places, READY } from './places.ts';

/** The embedded object storage as the flow logs' side asks it. */
export interface BucketSource {
  bucket(name: string): Promise<BucketInfo | undefined>;
  readonly buckets: { list(): Promise<readonly BucketInfo[]> };
}

/** Whose the embedded buckets are, from memory: what DeliverLogsStatus asks often (S8.1). */
export class BucketBook implements Places {
  readonly #source: BucketSource;
  readonly #owners = new Map<string, string>();

  constructor(source: BucketSource) {
    this.#source = source;
  }

  /** Reads what is there at the start. */
  async open(): Promise<void> {
    for (const bucket of await this.#source.buckets.list()) this.#keep(bucket.name, bucket);
  }

  known(place: Place, { account }: Caller): PlaceState {
    const name = nameOf(place);
    const owner = this.#owners.get(name);
    if (owner === undefined) return missing(`bucket ${name} does not exist`);
    return owner === account ? READY : denied(`bucket ${name} belongs to another account`);
  }

  async look(place: Place, as: Caller): Promise<PlaceState> {
    const name = nameOf(place);
    try {
      this.#keep(name, await this.#source.bucket(name));
    } catch {
      // A disk that is gone says nothing about the bucket: its faults are told by who delivers.
    }
    return this.known(place, as);
  }

  #keep(name: string, bucket: BucketInfo | undefined): void {
    if (bucket?.account === undefined) this.#owners.delete(name);
    else this.#owners.set(name, bucket.account);
  }
}

function nameOf(place: Place): string {
  return place.type === 's3' ? place.bucket : '';
}
