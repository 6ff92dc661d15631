import type { SubnetFacts } from '../../network/facts.ts';
import {
  DISCOVERED_BASE,
  type DiscoveredDirectory,
  type InterfaceDirectory,
  type InterfaceFacts,
  type NetworkDirectory,
  NO_INTERFACE,
} from '../../network/lookup.ts';
import type { ServiceRanges } from '../../network/service-ranges.ts';
import type { NetworkVersion } from '../../flows/rows.ts';
import type { Snapshot } from '../../network/snapshot.ts';
import type { Topology } from '../../network/topology.ts';
import { Expander } from '../../flows/expand.ts';
import { type TransitFacts, transitFacts } from '../../flows/transit-facts.ts';
import type { LogFormat } from '../../records/formats.ts';
import { createTextWriter, type TextWriter } from '../../records/text.ts';
import { Rules } from '../../rules/rules.ts';
import type { InterfaceNames } from './interface-names.ts';
import { Membership } from './membership.ts';

/** Text writers that are kept: each has the constant parts of an interface's lines ready. */
const MAX_WRITERS = 32;

/** Flow logs that agree in these have the same lines. */
export interface Written {
  /** Equal where the others are. */
  readonly formatKey: string;
  readonly format: LogFormat;
  /** Whose resources some of the format's fields are filled for; undefined where no field asks. */
  readonly owner: string | undefined;
}

/**
 * The versions of a network that say the same of its interfaces (S3.7), as one directory: the latest of them
 * answers, since it has all interfaces of the earlier ones. What is made of the facts stays from version to version.
 */
export class Facts implements InterfaceDirectory, DiscoveredDirectory, NetworkDirectory {
  readonly factsVersion: number;
  /** Of the window that is being written: text writers compare it. */
  version: number;
  readonly membership: Membership;
  readonly expander: Expander;
  readonly rules: Rules;
  #snapshot: Snapshot;
  /** Declared interfaces of that version: later ones have higher numbers. */
  #declaredCount: number;
  #transit: { readonly of: Snapshot; readonly facts: TransitFacts } | undefined;
  readonly #writers = new Map<string, TextWriter>();

  constructor(snapshot: Snapshot, at: NetworkVersion, names: InterfaceNames) {
    this.#snapshot = snapshot;
    this.#declaredCount = snapshot.declaredCount;
    this.version = at.version;
    this.factsVersion = at.factsVersion;
    this.membership = new Membership(this, names);
    this.expander = new Expander(this);
    this.rules = new Rules(this);
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** What crosses transit gateways. */
  get transit(): TransitFacts {
    if (this.#transit?.of !== this.#snapshot) {
      this.#transit = { of: this.#snapshot, facts: transitFacts(this.#snapshot, this.rules) };
    }
    return this.#transit.facts;
  }

  /** Some interface belongs to an instance that is marked nitro (S3.2). */
  get hasNitro(): boolean {
    return this.#snapshot.hasNitro;
  }

  /** Goes on with a version; an earlier one than the last changes only what writers compare. */
  move(snapshot: Snapshot): void {
    this.version = snapshot.version;
    this.#declaredCount = snapshot.declaredCount;
    if (snapshot.version <= this.#snapshot.version) return;
    this.#snapshot = snapshot;
    this.rules.begin();
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

  kinOf(number: number): number {
    return this.#snapshot.kinOf(number);
  }

  discoveredId(number: number): string {
    return this.#snapshot.discoveredId(number);
  }

  numberOf(id: string): number {
    return this.#snapshot.numberOf(id);
  }

  isBound(number: number): boolean {
    return this.#snapshot.isBound(number);
  }

  holderOf(vpcId: string, six: boolean, a: number, b: number, c: number, d: number): number {
    const number = this.#snapshot.holderOf(vpcId, six, a, b, c, d);
    // One that came with a later version than the window's was not there yet.
    return number > this.#declaredCount ? NO_INTERFACE : number;
  }

  subnetAt(vpcId: string, six: boolean, a: number, b: number, c: number, d: number): SubnetFacts | undefined {
    return this.#snapshot.subnetAt(vpcId, six, a, b, c, d);
  }

  get topology(): Topology {
    return this.#snapshot.topology;
  }

  get services(): ServiceRanges | undefined {
    return this.#snapshot.services;
  }

  /** The writer of a format, for the owner of its flow logs where that decides; the least recently used one makes
   * room. */
  writer({ formatKey, format, owner }: Written): TextWriter {
    let writer = this.#writers.get(formatKey);
    if (writer === undefined) {
      writer = createTextWriter(format, this, { rules: this.rules, owner });
      if (this.#writers.size === MAX_WRITERS) this.#writers.delete(this.#writers.keys().next().value!);
    } else this.#writers.delete(formatKey);
    this.#writers.set(formatKey, writer);
    return writer;
  }
}
