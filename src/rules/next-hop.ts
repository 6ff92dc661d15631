/**
 * next-hop-…: the interface that egress traffic goes to, and that ingress traffic came from (record format 1.6).
 * Whoever prints it looks whether the owner of the flow log owns it.
 */
import { NO_INTERFACE } from '../network/lookup.ts';
import type { Line } from './line.ts';
import { TRAIT_UNTOLD_SENDER, type Place, type Places } from './places.ts';
import {
  hopFrom,
  TO_BALANCER_ENDPOINT,
  TO_INSTANCE,
  TO_INTERFACE,
  TO_LOCAL,
  TO_NAT,
  TO_PEER,
  TO_TRANSIT,
} from './targets.ts';

export class NextHops {
  readonly #places: Places;

  constructor(places: Places) {
    this.#places = places;
  }

  /** Of a line; NO_INTERFACE where there is none, it is not known, or it would be the recording interface itself. */
  of(line: Line): number {
    const place = this.#places.of(line.number);
    const number = line.egress ? this.#receiver(line, place) : this.#sender(line, place);
    return number === line.number ? NO_INTERFACE : number;
  }

  #receiver(line: Line, place: Place): number {
    const target = this.#places.towards(place, line.six, line.destination);
    switch (target.kind) {
      case TO_LOCAL:
        return this.#places.at(line, place.vpcId, line.destination);
      case TO_PEER:
        return this.#places.at(line, target.peerVpcId!, line.destination);
      case TO_NAT:
      case TO_TRANSIT:
      case TO_BALANCER_ENDPOINT:
      case TO_INTERFACE:
      case TO_INSTANCE:
        return hopFrom(target, place.azId);
      default:
        return NO_INTERFACE; // gateways without interfaces, other regions
    }
  }

  /** The sender is told by the route back to the source: traffic that goes by a middlebox goes by it both ways. */
  #sender(line: Line, place: Place): number {
    const back = this.#places.towards(place, line.six, line.source);
    let number = NO_INTERFACE;
    switch (back.kind) {
      case TO_LOCAL:
        number = this.#places.at(line, place.vpcId, line.source);
        break;
      case TO_PEER:
        number = this.#places.at(line, back.peerVpcId!, line.source);
        break;
      case TO_NAT:
      case TO_BALANCER_ENDPOINT:
      case TO_INTERFACE:
      case TO_INSTANCE:
        number = hopFrom(back, place.azId);
        // At the middlebox itself the sender is whoever has the address.
        if (number === line.number) number = this.#places.at(line, place.vpcId, line.source);
        break;
      default: // documented: none from transit gateways
    }
    const untold = number !== NO_INTERFACE && (this.#places.traits(number) & TRAIT_UNTOLD_SENDER) !== 0;
    return untold ? NO_INTERFACE : number;
  }
}
