/** All derived fields of a network's records. Each rule has a file of its own. */
import type { NetworkDirectory } from '../network/lookup.ts';
import { EncryptionStatus } from './encryption-status.ts';
import type { Line } from './line.ts';
import { NextHops } from './next-hop.ts';
import { Places, TRAIT_NITRO } from './places.ts';
import type { RecordRules, RejectReason, TransitEnd, TransitRules } from './record-rules.ts';
import { hasReasons, rejectReason } from './reject-reason.ts';
import { serviceOf } from './services.ts';
import { Targets } from './targets.ts';
import { trafficPath } from './traffic-path.ts';
import { TransitRoutes } from './transit.ts';

const NO_CODES: readonly string[] = Object.freeze([]);

/** What rules work out of one version of a network. */
class Worked {
  readonly places: Places;
  readonly nextHops: NextHops;
  readonly transit: TransitRoutes;
  readonly encryption: EncryptionStatus;

  constructor(network: NetworkDirectory) {
    this.places = new Places(network, new Targets(network));
    this.nextHops = new NextHops(this.places);
    this.transit = new TransitRoutes(network, this.places);
    this.encryption = new EncryptionStatus(this.places, this.transit);
  }
}

/** Rules over a directory. Cheap to make: indexes and tables come when a line first needs them. No call for a line
 * allocates, but for the first of an interface, a subnet or an attachment. */
export class Rules implements RecordRules, TransitRules {
  readonly #network: NetworkDirectory;
  #topology: NetworkDirectory['topology'];
  #rejectsForReasons: boolean;
  #worked: Worked | undefined;

  constructor(network: NetworkDirectory) {
    this.#network = network;
    this.#topology = network.topology;
    this.#rejectsForReasons = hasReasons(network.topology);
  }

  begin(): void {
    const { topology } = this.#network;
    // Each version of a network has a topology of its own, also when it says the same.
    if (topology === this.#topology) return;
    this.#topology = topology;
    this.#rejectsForReasons = hasReasons(topology);
    this.#worked = undefined;
  }

  trafficPath(line: Line): number {
    if (!line.egress) return 0;
    const { places } = this.#now();
    const place = places.of(line.number);
    const { kind } = places.towards(place, line.six, line.destination);
    return trafficPath(kind, place.inEdgeZone, (places.traits(line.number) & TRAIT_NITRO) !== 0);
  }

  nextHop(line: Line): number {
    return this.#now().nextHops.of(line);
  }

  sourceService(line: Line): number {
    return serviceOf(this.#network.services, line.six, line.source);
  }

  destinationService(line: Line): number {
    return serviceOf(this.#network.services, line.six, line.destination);
  }

  get serviceCodes(): readonly string[] {
    return this.#network.services?.codes ?? NO_CODES;
  }

  rejectReason(line: Line): RejectReason {
    return rejectReason(line, this.#now().places);
  }

  get rejectsForReasons(): boolean {
    return this.#rejectsForReasons;
  }

  encryptionStatus(line: Line): number {
    return this.#now().encryption.of(line);
  }

  leavesBy(attachment: number, six: boolean, destination: Int32Array): number {
    return this.#now().transit.leavesBy(attachment, six, destination);
  }

  entersBy(sender: number, six: boolean, destination: Int32Array): number {
    return this.#now().transit.entersBy(sender, six, destination);
  }

  end(attachment: number, six: boolean, address: Int32Array): TransitEnd {
    return this.#now().transit.end(attachment, six, address);
  }

  #now(): Worked {
    return (this.#worked ??= new Worked(this.#network));
  }
}
