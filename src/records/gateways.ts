import type { NetworkDirectory } from '../network/lookup.ts';
import type { GatewayValue } from './filling.ts';

type Topology = NetworkDirectory['topology'];

/** The transit gateways of attachments, by the attachments' ids. */
export class Gateways {
  readonly #topology: () => Topology | undefined;
  /** What the map is made of: a directory may go on to a later version. */
  #made: Topology | undefined;
  #byAttachment: ReadonlyMap<string, Readonly<Record<GatewayValue, string>>> = new Map();

  constructor(topology: () => Topology | undefined) {
    this.#topology = topology;
  }

  /** Undefined when the network has no such attachment, or not its gateway. */
  of(attachmentId: string): Readonly<Record<GatewayValue, string>> | undefined {
    const topology = this.#topology();
    if (topology !== this.#made) {
      this.#byAttachment = topology === undefined ? new Map() : gatewaysOf(topology);
      this.#made = topology;
    }
    return this.#byAttachment.get(attachmentId);
  }
}

function gatewaysOf(topology: Topology): ReadonlyMap<string, Readonly<Record<GatewayValue, string>>> {
  const gateways = new Map(topology.transitGateways.map((it) => [it.id, it]));
  return new Map(
    topology.transitGatewayAttachments.flatMap(({ id, transitGatewayId }) => {
      const gateway = gateways.get(transitGatewayId);
      return gateway === undefined ? [] : [[id, gateway] as const];
    }),
  );
}
