/**
 * Ways through transit gateways: by which attachment traffic enters and leaves, and what an attachment says of one
 * end. The route table that an attachment is associated with decides: the longest prefix; of equal ones a static
 * route, then one that a VPC, a Direct Connect gateway, a VPN propagates (transit gateway guide, route evaluation
 * order).
 */
import { NO_INTERFACE, type NetworkDirectory } from '../network/lookup.ts';
import type { AttachmentType, TransitGatewayAttachment } from '../network/transit-gateway-attachment.ts';
import {
  associatedWith,
  routesOf,
  type GatewayParts,
  type TransitGatewayRouteTable,
} from '../network/transit-gateway-route-table.ts';
import type { Places } from './places.ts';
import { NO_END, type TransitEnd, type TransitRules } from './record-rules.ts';
import { PrefixValues } from './routes.ts';
import { TO_TRANSIT } from './targets.ts';

/** A route that drops what it matches, or that leads to an attachment of which no line can be. */
const DROPPED = -1;

const PROPAGATION_ORDER: readonly AttachmentType[] = ['vpc', 'direct-connect-gateway', 'vpn', 'peering'];

/** An attachment as lines ask for it. */
interface Attached {
  readonly it: TransitGatewayAttachment;
  /** Of its table, compiled when first asked for. */
  routes: PrefixValues | undefined;
  /** One for each of its subnets, by their zones; one without a subnet where it has none. */
  readonly ends: readonly TransitEnd[];
  readonly zones: readonly (string | undefined)[];
}

export class TransitRoutes implements TransitRules {
  readonly #network: NetworkDirectory;
  readonly #places: Places;
  /** By number, filled when first asked for. */
  #attachments: Map<number, Attached> | undefined;
  readonly #gateways = new Map<string, GatewayParts>();
  /** Each attachment's table, by id; and each table's routes. */
  readonly #tables = new Map<string, TransitGatewayRouteTable>();
  readonly #compiled = new Map<TransitGatewayRouteTable, PrefixValues>();

  constructor(network: NetworkDirectory, places: Places) {
    this.#network = network;
    this.#places = places;
  }

  entersBy(sender: number, six: boolean, destination: Int32Array): number {
    const target = this.#places.towards(this.#places.of(sender), six, destination);
    return target.kind === TO_TRANSIT ? target.attachment : NO_INTERFACE;
  }

  /** Traffic may leave by the attachment that it came in at, where the table says so. */
  leavesBy(attachment: number, six: boolean, destination: Int32Array): number {
    const attached = this.#attached(attachment);
    if (attached === undefined) return NO_INTERFACE;
    attached.routes ??= this.#routesOf(attached.it);
    const found = attached.routes.find(six, destination);
    return found === DROPPED ? NO_INTERFACE : found;
  }

  end(attachment: number, six: boolean, address: Int32Array): TransitEnd {
    const attached = this.#attached(attachment);
    if (attached === undefined) return NO_END;
    const { it, ends, zones } = attached;
    if (it.vpcId === undefined || ends.length === 1) return ends[0]!;
    const [a, b, c, d] = address;
    const azId = this.#network.subnetAt(it.vpcId, six, a!, b!, c!, d!)?.azId;
    const place = azId === undefined ? -1 : zones.indexOf(azId);
    return ends[place < 0 ? 0 : place]!;
  }

  /** The VPC of the region that traffic from an attachment to an address gets to, undefined where it gets to none. */
  vpcBehind(attachment: number, six: boolean, destination: Int32Array): string | undefined {
    return this.#attached(this.leavesBy(attachment, six, destination))?.it.vpcId;
  }

  #attached(number: number): Attached | undefined {
    if (number === NO_INTERFACE) return undefined;
    this.#attachments ??= this.#index();
    return this.#attachments.get(number);
  }

  #index(): Map<number, Attached> {
    const { topology } = this.#network;
    const subnets = Map.groupBy(topology.attachedSubnets, (it) => it.attachmentId);
    const index = new Map<number, Attached>();
    for (const it of topology.transitGatewayAttachments) {
      const number = this.#network.numberOf(it.id);
      if (number === NO_INTERFACE) continue;
      const own = subnets.get(it.id) ?? [];
      const common: TransitEnd = {
        ...NO_END,
        attachmentId: it.id,
        vpcAccountId: it.vpcId === undefined ? undefined : it.resourceOwnerId,
        vpcId: it.vpcId,
      };
      const ends = own.map(({ subnetId, interfaceId, azId, placed }) =>
        Object.freeze({ ...common, subnetId, interfaceId, azId: placed ? undefined : azId }),
      );
      index.set(number, {
        it,
        routes: undefined,
        ends: ends.length === 0 ? [Object.freeze(common)] : ends,
        zones: own.map(({ azId }) => azId),
      });
    }
    return index;
  }

  #routesOf({ id, transitGatewayId }: TransitGatewayAttachment): PrefixValues {
    const parts = this.#gateway(transitGatewayId);
    const table = this.#tables.get(id);
    if (table === undefined) return new PrefixValues([], []);
    let compiled = this.#compiled.get(table);
    if (compiled === undefined) {
      compiled = this.#compile(table, parts);
      this.#compiled.set(table, compiled);
    }
    return compiled;
  }

  /** The tables and attachments of a gateway; which table each attachment goes by is noted with them. */
  #gateway(id: string): GatewayParts {
    let parts = this.#gateways.get(id);
    if (parts !== undefined) return parts;
    const { transitGatewayRouteTables, transitGatewayAttachments } = this.#network.topology;
    parts = {
      tables: transitGatewayRouteTables.filter((it) => it.transitGatewayId === id),
      attachments: transitGatewayAttachments.filter((it) => it.transitGatewayId === id),
    };
    for (const table of parts.tables) {
      for (const attachment of associatedWith(table, parts)) this.#tables.set(attachment.id, table);
    }
    this.#gateways.set(id, parts);
    return parts;
  }

  #compile(table: TransitGatewayRouteTable, parts: GatewayParts): PrefixValues {
    const vpcs = new Map(this.#network.topology.vpcs.map((it) => [it.id, it]));
    const types = new Map(parts.attachments.map((it) => [it.id, it.type]));
    const routes = routesOf(table, parts, (id) => vpcs.get(id)).map((it) => {
      const type = types.get(it.attachmentIds[0] ?? '');
      const learnt = type === undefined ? PROPAGATION_ORDER.length : PROPAGATION_ORDER.indexOf(type);
      return { it, rank: it.type === 'static' ? -1 : learnt };
    });
    // Of equal prefixes the last one counts: what comes first in order, and of equal rank in the table, goes last.
    const ordered = routes.toReversed().sort((a, b) => b.rank - a.rank);
    return new PrefixValues(
      ordered.map(({ it }) => it.destination),
      ordered.map(({ it }) => {
        const [first] = it.attachmentIds;
        const number = first === undefined ? NO_INTERFACE : this.#network.numberOf(first);
        return number === NO_INTERFACE ? DROPPED : number;
      }),
    );
  }
}
