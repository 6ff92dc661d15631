import type { NetworkVersion } from '../../flows/rows.ts';
import { Snapshot, type SnapshotHandle } from '../../network/snapshot.ts';
import { Facts } from './facts.ts';
import type { InterfaceNames } from './interface-names.ts';

/** Ends of windows for which versions that were used stay: sums of an interval, and late rows, may need them. */
const KEPT_CLOSES = 30;
/** The same for versions that no window has used: two windows are open at a time, and may close out of order. */
const KEPT_UNUSED_CLOSES = 3;

/** The versions of the network of a recording (S3.7), from when main tells of them until no row needs them. */
export class Versions {
  readonly #names: InterfaceNames;
  readonly #handles = new Map<number, SnapshotHandle>();
  readonly #snapshots = new Map<number, Snapshot>();
  readonly #facts = new Map<number, Facts>();
  readonly #closes: number[] = [];
  #attached: Snapshot | undefined;
  #latest = 0;

  constructor(names: InterfaceNames) {
    this.#names = names;
  }

  add(version: number, handle: SnapshotHandle): void {
    this.#handles.set(version, handle);
  }

  /** How many are held. */
  get size(): number {
    return this.#handles.size;
  }

  /** What the rows of a window are written with. */
  factsAt(at: NetworkVersion): Facts {
    const snapshot = this.#snapshotAt(at.version);
    this.#latest = Math.max(this.#latest, at.version);
    let facts = this.#facts.get(at.factsVersion);
    if (facts === undefined) {
      facts = new Facts(snapshot, at, this.#names);
      this.#facts.set(at.factsVersion, facts);
    }
    facts.move(snapshot);
    return facts;
  }

  /** The facts of the latest version that a window used, else of the latest there is. */
  latest(): Facts | undefined {
    const version = this.#latest > 0 ? this.#latest : Math.max(0, ...this.#handles.keys());
    if (!this.#handles.has(version)) return undefined;
    const { factsVersion } = this.#snapshotAt(version);
    return this.factsAt({ version, factsVersion });
  }

  /** A window has ended: lets go of versions that nothing can need any more. */
  closed(): void {
    this.#closes.push(this.#latest);
    if (this.#closes.length > KEPT_CLOSES) this.#closes.shift();
    const unusedFrom = this.#closes.at(-KEPT_UNUSED_CLOSES) ?? 0;
    const usedFrom = this.#closes.length < KEPT_CLOSES ? 0 : this.#closes[0]!;
    for (const version of this.#handles.keys()) {
      if (version >= (this.#snapshots.has(version) ? usedFrom : unusedFrom)) continue;
      this.#handles.delete(version);
      this.#snapshots.delete(version);
    }
    const needed = new Set(Array.from(this.#snapshots.values(), (it) => it.factsVersion));
    for (const factsVersion of this.#facts.keys()) {
      if (!needed.has(factsVersion)) this.#facts.delete(factsVersion);
    }
  }

  #snapshotAt(version: number): Snapshot {
    const known = this.#snapshots.get(version);
    if (known !== undefined) return known;
    const handle = this.#handles.get(version);
    if (handle === undefined) throw new Error(`network version ${version} is not here: was it ever sent?`);
    const snapshot = Snapshot.attach(handle, this.#attached);
    this.#attached = snapshot;
    this.#snapshots.set(version, snapshot);
    return snapshot;
  }
}
