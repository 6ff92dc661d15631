import { DISCOVERED_BASE, type InterfaceDirectory, type InterfaceFacts } from '../../network/lookup.ts';
import type { NetworkVersion } from '../../flows/rows.ts';
import type { Snapshot } from '../../network/snapshot.ts';
import { Expander } from '../../flows/expand.ts';
import type { LogFormat } from '../../records/formats.ts';
import { createTextWriter, type TextWriter } from '../../records/text.ts';
import type { InterfaceNames } from './interface-names.ts';
import { Membership } from './membership.ts';

/** Text writers that are kept: each has the constant parts of an interface's lines ready. */
const MAX_WRITERS = 32;

/**
 * The versions of a network that say the same of its interfaces (S3.7), as one directory: the latest of them
 * answers, since it has all interfaces of the earlier ones. What is made of the facts stays from version to version.
 */
export class Facts implements InterfaceDirectory {
  readonly factsVersion: number;
  /** Of the window that is being written: text writers compare it. */
  version: number;
  readonly membership: Membership;
  readonly expander: Expander;
  #snapshot: Snapshot;
  readonly #writers = new Map<string, TextWriter>();

  constructor(snapshot: Snapshot, at: NetworkVersion, names: InterfaceNames) {
    this.#snapshot = snapshot;
    this.version = at.version;
    this.factsVersion = at.factsVersion;
    this.membership = new Membership(this, names);
    this.expander = new Expander(this);
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Some interface belongs to an instance that is marked nitro (S3.2). */
  get hasNitro(): boolean {
    return this.#snapshot.handle().columns.instances.some(({ nitro }) => nitro);
  }

  /** Goes on with a version; an earlier one than the last changes only what writers compare. */
  move(snapshot: Snapshot): void {
    this.version = snapshot.version;
    if (snapshot.version > this.#snapshot.version) this.#snapshot = snapshot;
  }

  facts(number: number): InterfaceFacts {
    return this.#snapshot.facts(number);
  }

  compare(a: number, b: number): number {
    return this.#snapshot.compare(a, b);
  }

  discovered4(number: number): number {
    return number < DISCOVERED_BASE ? -1 : this.#snapshot.discovered4(number);
  }

  /** The writer of a format; the least recently used one makes room. */
  writer(formatKey: string, format: LogFormat): TextWriter {
    let writer = this.#writers.get(formatKey);
    if (writer === undefined) {
      writer = createTextWriter(format, this);
      if (this.#writers.size === MAX_WRITERS) this.#writers.delete(this.#writers.keys().next().value!);
    } else this.#writers.delete(formatKey);
    this.#writers.set(formatKey, writer);
    return writer;
  }
}
