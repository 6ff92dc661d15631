/** Where interfaces stand: what rules ask of one for each line, worked out once for each interface. */
import { withRoom } from '../base/room.ts';
import {
  DISCOVERED_BASE,
  type InterfaceFacts,
  type NetworkDirectory,
  NO_INTERFACE,
  NO_KIN,
  REGIONAL_NAT_KIND,
} from '../network/lookup.ts';
import { Blocks } from './blocks.ts';
import type { Line } from './line.ts';
import { type PrefixValues, VpcRoutes } from './routes.ts';
import type { Target, Targets } from './targets.ts';

/** Encryption controls of a VPC. */
export const CONTROL_NONE = 0;
export const CONTROL_MONITOR = 1;
export const CONTROL_ENFORCE = 2;

/** What interfaces of one subnet have in common. */
export interface Place {
  readonly vpcId: string;
  readonly azId: string | undefined;
  /** In a local or wavelength zone. */
  readonly inEdgeZone: boolean;
  readonly routes: PrefixValues;
  /** CONTROL_… */
  readonly control: number;
  /** BLOCK_… of blocks.ts. */
  readonly block: number;
}

/** Traits of an interface: bits above the number of its place. */
const PLACE_BITS = 24;
const PLACE_MASK = (1 << PLACE_BITS) - 1;
/** Declared: what it is, and what it is not, is known. */
export const TRAIT_KNOWN = 1 << 24;
/** Of an instance that is marked nitro. */
export const TRAIT_NITRO = 1 << 25;
export const TRAIT_ENDPOINT = 1 << 26;
export const TRAIT_NAT = 1 << 27;
/** Of a transit gateway or a network load balancer: never told as the sender of ingress (record format 1.6). */
export const TRAIT_UNTOLD_SENDER = 1 << 28;

const KIND_TRAITS: Readonly<Record<string, number>> = {
  vpc_endpoint: TRAIT_ENDPOINT,
  nat_gateway: TRAIT_NAT,
  [REGIONAL_NAT_KIND]: TRAIT_NAT,
  transit_gateway: TRAIT_UNTOLD_SENDER,
  network_load_balancer: TRAIT_UNTOLD_SENDER,
};

const FIRST_LENGTH = 1 << 8;

/** Places and traits by interface number. */
export class Places {
  readonly #network: NetworkDirectory;
  readonly #routes: VpcRoutes;
  readonly #targets: Targets;
  readonly #blocks: Blocks;
  readonly #controls: ReadonlyMap<string, number>;
  readonly #places: Place[] = [];
  readonly #placeNumbers = new Map<string, number>();
  /** Words of discovered interfaces by their kin. */
  readonly #kinWords = new Map<number, number>();
  /** A word for each interface, 0 where it was not asked for yet. Numbers are dense in two ranges. */
  #declared = new Int32Array(FIRST_LENGTH);
  #discovered = new Int32Array(FIRST_LENGTH);

  constructor(network: NetworkDirectory, targets: Targets) {
    const { topology } = network;
    this.#network = network;
    this.#targets = targets;
    this.#routes = new VpcRoutes(topology, targets);
    this.#blocks = new Blocks(topology);
    this.#controls = new Map(
      topology.encryptionControls.map(({ vpcId, mode }) => [
        vpcId,
        mode === 'enforce' ? CONTROL_ENFORCE : CONTROL_MONITOR,
      ]),
    );
  }

  /** TRAIT_… bits of an interface. */
  traits(number: number): number {
    return this.#word(number) & ~PLACE_MASK;
  }

  /** Where an interface is; the same object for all of a subnet. */
  of(number: number): Place {
    return this.#places[(this.#word(number) & PLACE_MASK) - 1]!;
  }

  /** What the route tables say of traffic from where an interface is to an address (IPv4 in the last word). */
  towards(place: Place, six: boolean, words: Int32Array): Target {
    return this.#targets.list[place.routes.find(six, words)]!;
  }

  /** The interface of a VPC at an address: the one that the row names at the line's other side, else the declared one
   * that holds it. */
  at(line: Line, vpcId: string, words: Int32Array): number {
    if (line.other !== NO_INTERFACE && this.of(line.other).vpcId === vpcId) return line.other;
    return this.#network.holderOf(vpcId, line.six, words[0]!, words[1]!, words[2]!, words[3]!);
  }

  #word(number: number): number {
    const word =
      number < DISCOVERED_BASE ? this.#declared[number] : this.#discovered[number - DISCOVERED_BASE];
    return word === undefined || word === 0 ? this.#build(number) : word;
  }

  #build(number: number): number {
    const kin = this.#network.kinOf?.(number) ?? NO_KIN;
    let word = kin === NO_KIN ? undefined : this.#kinWords.get(kin);
    if (word === undefined) {
      word = this.#wordOf(this.#network.facts(number));
      if (kin !== NO_KIN) this.#kinWords.set(kin, word);
    }
    if (number < DISCOVERED_BASE) {
      this.#declared = withRoom(this.#declared, number);
      this.#declared[number] = word;
    } else {
      const index = number - DISCOVERED_BASE;
      this.#discovered = withRoom(this.#discovered, index);
      this.#discovered[index] = word;
    }
    return word;
  }

  #wordOf(facts: InterfaceFacts): number {
    let word = this.#placeNumber(facts) | (KIND_TRAITS[facts.kind] ?? 0);
    if (!facts.discovered) word |= TRAIT_KNOWN;
    if (facts.nitro) word |= TRAIT_NITRO;
    return word;
  }

  #placeNumber(facts: InterfaceFacts): number {
    const { vpcId, subnetId, azId, sublocationType, kind } = facts;
    const regional = subnetId === undefined && kind === REGIONAL_NAT_KIND;
    const key = `${vpcId} ${regional ? kind : subnetId} ${azId} ${sublocationType}`;
    let number = this.#placeNumbers.get(key);
    if (number === undefined) {
      number = this.#places.push({
        vpcId,
        azId,
        inEdgeZone: sublocationType === 'localzone' || sublocationType === 'wavelength',
        routes: regional ? this.#routes.ofRegionalNat(vpcId) : this.#routes.ofSubnet(vpcId, subnetId),
        control: this.#controls.get(vpcId) ?? CONTROL_NONE,
        block: this.#blocks.of(vpcId, subnetId),
      });
      this.#placeNumbers.set(key, number);
    }
    return number;
  }
}
