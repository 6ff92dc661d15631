/** What is said of discovered interfaces (S2.6): from their entries in the overlay, and one version of the network. */
import { formatIPv4, formatIPv6 } from '../base/addresses.ts';
import { discoveredFacts, type VpcFacts } from './facts.ts';
import { hashedId } from './ids.ts';
import { ENTRY_WORDS } from './index-table.ts';
import { DISCOVERED_BASE, type InterfaceFacts, NO_KIN } from './lookup.ts';
import type { Overlay } from './overlay.ts';
import { prefixRow } from './scopes.ts';
import type { SnapshotHandle } from './snapshot.ts';

/** Facts that a thread keeps; beyond it, it begins again. This is for questions about the same few: what asks of all of
 * them asks for kin. */
const FACTS_KEPT = 1 << 12;

/** The discovered interfaces of one version. */
export class DiscoveredInterfaces {
  readonly #handle: SnapshotHandle;
  readonly #overlay: Overlay;
  readonly #entries: Int32Array;
  /** By the overlay's number of a VPC, its index in this version, -1 when it is gone. */
  readonly #vpcBySpace: Int32Array;
  #facts = new Map<number, InterfaceFacts>();

  constructor(handle: SnapshotHandle, overlay: Overlay) {
    this.#handle = handle;
    this.#overlay = overlay;
    this.#entries = overlay.handle.entries;
    this.#vpcBySpace = new Int32Array(handle.spaces.length).fill(-1);
    handle.spaceOf.forEach((space, vpc) => (this.#vpcBySpace[space] = vpc));
  }

  /** Index of the VPC that one lies in, -1 when this version does not have it. */
  vpcOf(number: number): number {
    return this.#vpcBySpace[this.#entries[at(number)]! >>> 1] ?? -1;
  }

  /** Its IPv4 address, unsigned; -1 for another family. */
  address4(number: number): number {
    const entry = at(number);
    return (this.#entries[entry]! & 1) === 1 ? -1 : this.#entries[entry + 4]! >>> 0;
  }

  /** Family, address, and the name of the VPC. */
  compare(a: number, b: number): number {
    const entries = this.#entries;
    const [atA, atB] = [at(a), at(b)];
    const family = (entries[atA]! & 1) - (entries[atB]! & 1);
    if (family !== 0) return family;
    for (let i = 1; i <= 4; i++) {
      const order = (entries[atA + i]! >>> 0) - (entries[atB + i]! >>> 0);
      if (order !== 0) return order;
    }
    // An interface that was discovered under a later version may be in a VPC that this one has no name of.
    const { spaces } = this.#handle;
    const [spaceA, spaceB] = [entries[atA]! >>> 1, entries[atB]! >>> 1];
    const [nameA, nameB] = [spaces[spaceA], spaces[spaceB]];
    if (nameA === undefined || nameB === undefined) return spaceA - spaceB;
    return nameA < nameB ? -1 : 1;
  }

  facts(number: number): InterfaceFacts {
    let facts = this.#facts.get(number);
    if (facts === undefined) {
      facts = this.#make(number);
      if (this.#facts.size === FACTS_KEPT) this.#facts = new Map();
      this.#facts.set(number, facts);
    }
    return facts;
  }

  /** Of the subnet that the address is in now and its family: all else follows from these. */
  kinOf(number: number): number {
    const subnet = this.#subnetOf(number);
    return subnet < 0 ? NO_KIN : 2 * this.#handle.placeOf[subnet]! + (this.#entries[at(number)]! & 1);
  }

  id(number: number): string {
    const entry = this.#existing(number);
    const e = this.#entries;
    const six = (e[entry]! & 1) === 1;
    const text = six
      ? formatIPv6(e[entry + 1]!, e[entry + 2]!, e[entry + 3]!, e[entry + 4]!)
      : formatIPv4(e[entry + 4]!);
    return hashedId('interface', `${this.#handle.spaces[e[entry]! >>> 1]!} ${text}`);
  }

  #make(number: number): InterfaceFacts {
    const entry = this.#existing(number);
    const { columns, spaces, places } = this.#handle;
    const e = this.#entries;
    const six = (e[entry]! & 1) === 1;
    const words = [e[entry + 1]!, e[entry + 2]!, e[entry + 3]!, e[entry + 4]!] as const;
    const vpc = this.vpcOf(number);
    // The VPC is gone: only a window recorded under an older version asks, and should ask that one.
    const known: VpcFacts = columns.vpcs[vpc] ?? {
      id: spaces[e[entry]! >>> 1]!,
      accountId: 'unknown',
      region: '-',
      awsReserved: false,
    };
    let subnet = columns.subnets[this.#subnetOf(number)];
    if (subnet === undefined) {
      const place = places[e[entry + 5]!];
      subnet = columns.subnets.find((it) => it.id === place && it.vpc === vpc);
    }
    return discoveredFacts(number, this.id(number), subnet, known, six, words);
  }

  /** Index of the subnet of its VPC that has its address now, by the longest prefix; -1 without one. */
  #subnetOf(number: number): number {
    const { columns, tables } = this.#handle;
    const vpc = this.vpcOf(number);
    const scope = vpc < 0 ? -1 : tables.vpcScope[vpc]!;
    if (scope < 0) return -1;
    const entry = at(number);
    const e = this.#entries;
    const six = (e[entry]! & 1) === 1;
    const row = prefixRow(tables, scope, six, e[entry + 1]!, e[entry + 2]!, e[entry + 3]!, e[entry + 4]!);
    if (row < 0) return -1;
    const subnet = tables.rowSubnet[row]!;
    return columns.subnets[subnet]!.vpc === vpc ? subnet : -1;
  }

  /** Where its entry begins; throws when there is none. */
  #existing(number: number): number {
    if (number - DISCOVERED_BASE >= this.#overlay.count) {
      throw new RangeError(`no interface has number ${number}`);
    }
    return at(number);
  }
}

function at(number: number): number {
  return ENTRY_WORDS * (number - DISCOVERED_BASE);
}
