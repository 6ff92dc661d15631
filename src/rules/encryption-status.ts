/** encryption-status (record format 1.1): whether a VPC's encryption controls find a flow encrypted, and how. */
import { NO_INTERFACE } from '../network/lookup.ts';
import { isWebSecure } from './endpoint-port.ts';
import type { Line } from './line.ts';
import { CONTROL_NONE, TRAIT_ENDPOINT, TRAIT_KNOWN, TRAIT_NITRO, type Place, type Places } from './places.ts';
import { TO_GATEWAY_ENDPOINT, TO_LOCAL, TO_PEER, TO_TRANSIT, type Target } from './targets.ts';
import type { TransitRoutes } from './transit.ts';

const NO_STATUS = -1;
const NITRO = 1;
const APPLICATION = 2;
/** What is printed when the network does not say what is at an end that lies in a VPC: nothing. The service always
 * knows; 0 would say that the traffic is not encrypted (inferred). */
const STATUS_OF_UNKNOWN = NO_STATUS;

export class EncryptionStatus {
  readonly #places: Places;
  readonly #transit: TransitRoutes;

  constructor(places: Places, transit: TransitRoutes) {
    this.#places = places;
    this.#transit = transit;
  }

  /** 0 to 3 (bits NITRO and APPLICATION), -1 without controls or where it is not known. */
  of(line: Line): number {
    const places = this.#places;
    const place = places.of(line.number);
    if (place.control === CONTROL_NONE) return NO_STATUS;
    const words = line.egress ? line.destination : line.source;
    const target = places.towards(place, line.six, words);
    if (target.kind === TO_GATEWAY_ENDPOINT) return isWebSecure(line, line.egress) ? APPLICATION : 0;
    const vpcId = this.#farVpc(line, place, target, words);
    if (vpcId === undefined) return 0; // leaves what the service encrypts
    const other = places.at(line, vpcId, words);
    if (other === NO_INTERFACE) return STATUS_OF_UNKNOWN;
    const [here, there] = [places.traits(line.number), places.traits(other)];
    if ((here & TRAIT_ENDPOINT) !== 0) return isWebSecure(line, !line.egress) ? APPLICATION : 0;
    if ((there & TRAIT_ENDPOINT) !== 0) return isWebSecure(line, line.egress) ? APPLICATION : 0;
    if ((here & TRAIT_KNOWN) === 0 || (there & TRAIT_KNOWN) === 0) return STATUS_OF_UNKNOWN;
    return (here & there & TRAIT_NITRO) !== 0 ? NITRO : 0;
  }

  /** The VPC of the other end, where traffic between instances can be encrypted on the way: the same one, or one over
   * a peering connection inside of the region or a transit gateway of it. */
  #farVpc(line: Line, place: Place, target: Target, words: Int32Array): string | undefined {
    switch (target.kind) {
      case TO_LOCAL:
        return place.vpcId;
      case TO_PEER:
        return target.peerVpcId;
      case TO_TRANSIT:
        return this.#transit.vpcBehind(target.attachment, line.six, words);
      default:
        return undefined;
    }
  }
}
