/** What routes lead to: each target is worked out once and has a number, which is what a lookup gives. */
import { NO_INTERFACE, type NetworkDirectory } from '../network/lookup.ts';
import type { NatGateway } from '../network/nat-gateway.ts';
import type { PeeringConnection } from '../network/peering-connection.ts';
import type { Route, RouteTarget } from '../network/route-table.ts';
import type { VpcEndpoint } from '../network/vpc-endpoint.ts';

/** Kinds of targets. No route at all, or one whose target is gone: both lead nowhere. */
export const TO_NOTHING = 0;
export const TO_BLACKHOLE = 1;
export const TO_LOCAL = 2;
export const TO_INTERNET = 3;
export const TO_EGRESS_ONLY = 4;
export const TO_NAT = 5;
export const TO_VPN = 6;
export const TO_TRANSIT = 7;
/** A peering connection inside of the region, and one that leaves it. */
export const TO_PEER = 8;
export const TO_PEER_ELSEWHERE = 9;
export const TO_GATEWAY_ENDPOINT = 10;
/** An endpoint behind interfaces: of a gateway load balancer. */
export const TO_BALANCER_ENDPOINT = 11;
export const TO_INTERFACE = 12;
export const TO_INSTANCE = 13;
export const TO_LOCAL_GATEWAY = 14;
export const TO_CARRIER = 15;
export const TO_CORE_NETWORK = 16;

/** An interface with the zone that it serves. */
interface ZonedInterface {
  readonly azId: string | undefined;
  readonly number: number;
}

export interface Target {
  /** TO_… */
  readonly kind: number;
  /** The interfaces that traffic goes to, of what has one in each zone; else one or none. */
  readonly hops: readonly ZonedInterface[];
  /** Of a peering connection: the VPC at the other end. */
  readonly peerVpcId: string | undefined;
  /** Of a transit gateway: the number of the VPC's attachment. */
  readonly attachment: number;
}

const NOWHERE = { hops: [], peerVpcId: undefined, attachment: NO_INTERFACE } as const;
const BLACKHOLE: RouteTarget | undefined = undefined;

/** Kinds of which nothing more is known or asked. */
const PLAIN: Readonly<Partial<Record<RouteTarget['kind'], number>>> = {
  local: TO_LOCAL,
  internetGateway: TO_INTERNET,
  egressOnlyInternetGateway: TO_EGRESS_ONLY,
  vpnGateway: TO_VPN,
  localGateway: TO_LOCAL_GATEWAY,
  carrierGateway: TO_CARRIER,
  coreNetwork: TO_CORE_NETWORK,
};

/** The interface of a target for a sender in a zone: the one of that zone, else the first. */
export function hopFrom(target: Target, azId: string | undefined): number {
  const { hops } = target;
  for (let i = 0; i < hops.length; i++) if (hops[i]!.azId === azId) return hops[i]!.number;
  return hops.length === 0 ? NO_INTERFACE : hops[0]!.number;
}

/** The targets of a network's routes. Target 0 is where no route leads. */
export class Targets {
  /** By number. */
  readonly list: Target[] = [{ kind: TO_NOTHING, ...NOWHERE }];
  readonly #numbers = new Map<string, number>();
  readonly #network: NetworkDirectory;
  readonly #natGateways: ReadonlyMap<string, NatGateway>;
  readonly #endpoints: ReadonlyMap<string, VpcEndpoint>;
  readonly #peerings: ReadonlyMap<string, PeeringConnection>;
  readonly #instances: ReadonlyMap<string, string>;
  /** Ids by transit gateway and VPC, and by attachment its interfaces. */
  readonly #attachments: ReadonlyMap<string, string>;
  readonly #attached = new Map<string, ZonedInterface[]>();

  constructor(network: NetworkDirectory) {
    const { topology } = network;
    this.#network = network;
    this.#natGateways = new Map(topology.natGateways.map((it) => [it.id, it]));
    this.#endpoints = new Map(topology.vpcEndpoints.map((it) => [it.id, it]));
    this.#peerings = new Map(topology.peeringConnections.map((it) => [it.id, it]));
    this.#instances = new Map(
      topology.routedInstances.map((it) => [`${it.vpcId} ${it.instanceId}`, it.interfaceId]),
    );
    this.#attachments = new Map(
      topology.transitGatewayAttachments.map((it) => [`${it.transitGatewayId} ${it.vpcId}`, it.id]),
    );
    for (const { attachmentId, azId, interfaceId } of topology.attachedSubnets) {
      if (interfaceId === undefined) continue;
      const number = network.numberOf(interfaceId);
      if (number === NO_INTERFACE) continue;
      const known = this.#attached.get(attachmentId);
      if (known === undefined) this.#attached.set(attachmentId, [{ azId, number }]);
      else known.push({ azId, number });
    }
  }

  /** The number of what a route of a VPC leads to. */
  ofRoute(vpcId: string, { target, blackhole }: Route): number {
    return this.#number(vpcId, blackhole ? BLACKHOLE : target);
  }

  /** The number of a kind of which nothing more is known. */
  ofKind(kind: 'local' | 'internetGateway'): number {
    return this.#number('', kind === 'local' ? { kind } : { kind, id: '' });
  }

  #number(vpcId: string, target: RouteTarget | undefined): number {
    const key =
      target === undefined
        ? 'blackhole'
        : PLAIN[target.kind] === undefined && 'id' in target
          ? `${vpcId} ${target.id}`
          : target.kind;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push(this.#resolve(vpcId, target)) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  #resolve(vpcId: string, target: RouteTarget | undefined): Target {
    if (target === undefined) return { kind: TO_BLACKHOLE, ...NOWHERE };
    const plain = PLAIN[target.kind];
    if (plain !== undefined) return { kind: plain, ...NOWHERE };
    const id = 'id' in target ? target.id : '';
    switch (target.kind) {
      case 'natGateway': {
        const nat = this.#natGateways.get(id);
        // A regional one has no interface, and is itself what traffic is recorded at.
        return { kind: TO_NAT, ...NOWHERE, hops: this.#hops([nat?.interfaceId ?? id]) };
      }
      case 'interface':
        return { kind: TO_INTERFACE, ...NOWHERE, hops: this.#hops([id]) };
      case 'instance': {
        const first = this.#instances.get(`${vpcId} ${id}`);
        return { kind: TO_INSTANCE, ...NOWHERE, hops: first === undefined ? [] : this.#hops([first]) };
      }
      case 'vpcEndpoint': {
        const endpoint = this.#endpoints.get(id);
        if (endpoint?.type === 'Gateway') return { kind: TO_GATEWAY_ENDPOINT, ...NOWHERE };
        return { kind: TO_BALANCER_ENDPOINT, ...NOWHERE, hops: this.#hops(endpoint?.interfaceIds ?? []) };
      }
      case 'transitGateway': {
        const attachment = this.#attachments.get(`${id} ${vpcId}`);
        if (attachment === undefined) return { kind: TO_TRANSIT, ...NOWHERE };
        return {
          kind: TO_TRANSIT,
          hops: this.#attached.get(attachment) ?? [],
          peerVpcId: undefined,
          attachment: this.#network.numberOf(attachment),
        };
      }
      case 'peeringConnection':
        return this.#peer(vpcId, id);
      default:
        throw new Error(`no rule for routes to ${target.kind}`);
    }
  }

  #peer(vpcId: string, id: string): Target {
    const peering = this.#peerings.get(id);
    if (peering === undefined) return { kind: TO_BLACKHOLE, ...NOWHERE };
    const { requester, accepter } = peering;
    const [own, peer] = requester.vpcId === vpcId ? [requester, accepter] : [accepter, requester];
    const kind = own.region === peer.region ? TO_PEER : TO_PEER_ELSEWHERE;
    return { kind, ...NOWHERE, peerVpcId: peer.vpcId };
  }

  #hops(interfaceIds: readonly string[]): ZonedInterface[] {
    return interfaceIds.flatMap((id) => {
      const number = this.#network.numberOf(id);
      return number === NO_INTERFACE ? [] : [{ number, azId: this.#network.facts(number).azId }];
    });
  }
}
