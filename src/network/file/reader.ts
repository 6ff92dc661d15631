/** The data of network.yaml to the parts of a network. */
import type { z } from 'zod';
import { schemaFaults, type Fault, type Path } from '../../base/yaml-file.ts';
import { autoScalingGroupKind } from './auto-scaling-group.ts';
import { checkNetwork } from '../checks.ts';
import type { Owner } from '../defaults.ts';
import { ecsTaskKind } from './ecs-task.ts';
import { egressOnlyInternetGatewayKind } from './egress-only-internet-gateway.ts';
import { encryptionControlKind } from './encryption-control.ts';
import type { Around, AroundInVpc, FileKind } from './kind.ts';
import { internetGatewayKind } from './internet-gateway.ts';
import { loadBalancerKind } from './load-balancer.ts';
import { emptyLists } from '../model.ts';
import { natGatewayKind } from './nat-gateway.ts';
import { networkAclKind } from './network-acl.ts';
import { peeringConnectionKind } from './peering-connection.ts';
import { prefixListKind } from './prefix-list.ts';
import { blockPublicAccessKind, publicAccessExclusionKind } from './public-access.ts';
import { routeTableKind } from './route-table.ts';
import { scopeRuleKind } from './scope-rule.ts';
import {
  accountSchema,
  fileSchema,
  INNER_KEYS,
  instanceSchema,
  interfaceSchema,
  regionSchema,
  subnetSchema,
  vpcSchema,
} from './schema.ts';
import { securityGroupKind } from './security-group.ts';
import type { Tags } from '../tags.ts';
import { transitGatewayAttachmentKind } from './transit-gateway-attachment.ts';
import { transitGatewayRouteTableKind } from './transit-gateway-route-table.ts';
import { transitGatewayKind } from './transit-gateway.ts';
import { vpcEndpointKind } from './vpc-endpoint.ts';
import type { Vpc } from '../vpc.ts';
import { vpnGatewayKind } from './vpn-gateway.ts';

/** Walks the file's data, keeps what is good as parts, and what is not as faults. */
export class FileReader {
  readonly faults: Fault[] = [];
  readonly parts = emptyLists();
  /** Where each resource stands in the file. */
  readonly #paths = new Map<object, Path>();
  readonly #owner: Owner;
  readonly #vpcs = new Map<string, Vpc>();

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  read(data: unknown): void {
    const file = this.#parse(fileSchema, data ?? {}, []);
    const lists = (file ?? data) as Record<string, unknown>;
    const account = file?.account ?? this.#owner.account;
    const region = file?.region ?? this.#owner.region;
    const around: Around = { account, region, vpc: (id) => this.#vpcs.get(id) };
    this.#each(lists['accounts'], ['accounts'], (value, path) => {
      const it = this.#parse(accountSchema, value, path);
      if (it !== undefined) this.#keep(this.parts.accounts, { id: it.id, name: it.name }, path);
    });
    this.#each(lists['regions'], ['regions'], (value, path) => {
      const it = this.#parse(regionSchema, value, path);
      if (it === undefined) return;
      const zones = it.zones.map((zone) => ({ id: zone.id, name: zone.name }));
      this.#keep(this.parts.regions, { name: it.name, zones }, path);
    });
    this.#each(lists['instances'], ['instances'], (value, path) => {
      const it = this.#parse(instanceSchema, value, path);
      if (it === undefined) return;
      const { id, nitro, tags } = it;
      this.#keep(
        this.parts.instances,
        { id, origin: 'file', accountId: it.account ?? account, tags, nitro },
        path,
      );
    });
    this.#each(lists['vpcs'], ['vpcs'], (value, path) => this.#vpc(value, path, around));
    this.#betweenVpcs(lists, around);
  }

  /** Adds what breaks the rules between the parts. */
  check(): void {
    for (const { subject, member, message } of checkNetwork(this.parts)) {
      this.faults.push({ path: [...(this.#paths.get(subject) ?? []), ...member], message });
    }
  }

  /** What lies in no VPC; it may name those that were read. */
  #betweenVpcs(lists: Record<string, unknown>, around: Around): void {
    const { parts } = this;
    this.#list(lists, 'prefixLists', prefixListKind, parts.prefixLists, [], around);
    this.#list(lists, 'peeringConnections', peeringConnectionKind, parts.peeringConnections, [], around);
    this.#list(lists, 'loadBalancers', loadBalancerKind, parts.loadBalancers, [], around);
    this.#list(lists, 'autoScalingGroups', autoScalingGroupKind, parts.autoScalingGroups, [], around);
    this.#list(lists, 'ecsTasks', ecsTaskKind, parts.ecsTasks, [], around);
    this.#each(lists['transitGateways'], ['transitGateways'], (value, path) => {
      const it = this.#one(value, transitGatewayKind, parts.transitGateways, path, around);
      const inside = it && { ...around, account: it.accountId, region: it.region, transitGatewayId: it.id };
      const { transitGatewayAttachments, transitGatewayRouteTables } = parts;
      this.#list(value, 'attachments', transitGatewayAttachmentKind, transitGatewayAttachments, path, inside);
      this.#list(value, 'routeTables', transitGatewayRouteTableKind, transitGatewayRouteTables, path, inside);
    });
    this.#each(lists['blockPublicAccess'], ['blockPublicAccess'], (value, path) => {
      const it = this.#one(value, blockPublicAccessKind, parts.publicAccessBlocks, path, around);
      const inside = it && { ...around, account: it.accountId, region: it.region };
      this.#list(value, 'exclusions', publicAccessExclusionKind, parts.publicAccessExclusions, path, inside);
    });
    this.#list(lists, 'scopes', scopeRuleKind, parts.scopes, [], around);
  }

  #vpc(value: unknown, path: Path, around: Around): void {
    const it = this.#parse(vpcSchema, value, path);
    const accountId = it?.account ?? around.account;
    let inside: AroundInVpc | undefined;
    if (it !== undefined) {
      const { id, tags, cidrs, awsReserved } = it;
      const region = it.region ?? around.region;
      const vpc: Vpc = { id, origin: 'file', accountId, tags, region, cidrs, awsReserved };
      this.#keep(this.parts.vpcs, vpc, path);
      this.#vpcs.set(id, vpc);
      inside = { ...around, account: accountId, region, vpcId: id };
    }
    this.#each(memberOf(value, 'subnets'), [...path, 'subnets'], (subnet, at) =>
      this.#subnet(subnet, at, it?.id, accountId),
    );
    this.#inVpc(value, path, inside);
  }

  /** What lies in a VPC beside its subnets. */
  #inVpc(value: unknown, path: Path, around: AroundInVpc | undefined): void {
    const { parts } = this;
    const { internetGateways, egressOnlyInternetGateways, vpnGateways, encryptionControls } = parts;
    this.#single(value, 'internetGateway', internetGatewayKind, internetGateways, path, around);
    const egressOnly = egressOnlyInternetGatewayKind;
    this.#single(value, 'egressOnlyInternetGateway', egressOnly, egressOnlyInternetGateways, path, around);
    this.#single(value, 'vpnGateway', vpnGatewayKind, vpnGateways, path, around);
    this.#single(value, 'encryptionControl', encryptionControlKind, encryptionControls, path, around);
    this.#list(value, 'natGateways', natGatewayKind, parts.natGateways, path, around);
    this.#list(value, 'routeTables', routeTableKind, parts.routeTables, path, around);
    this.#list(value, 'endpoints', vpcEndpointKind, parts.vpcEndpoints, path, around);
    this.#list(value, 'securityGroups', securityGroupKind, parts.securityGroups, path, around);
    this.#list(value, 'networkAcls', networkAclKind, parts.networkAcls, path, around);
  }

  /** Without the id of a good VPC around it, only the shape of a subnet is checked. */
  #subnet(value: unknown, path: Path, vpcId: string | undefined, account: string): void {
    const it = this.#parse(subnetSchema, value, path);
    const accountId = it?.account ?? account;
    const whole = it !== undefined && vpcId !== undefined;
    if (whole) {
      const { id, tags, cidrs, azId, discover, placement } = it;
      const subnet = {
        id,
        origin: 'file',
        accountId,
        tags,
        vpcId,
        cidrs,
        azId,
        discover,
        placement,
      } as const;
      this.#keep(this.parts.subnets, subnet, path);
    }
    this.#each(memberOf(value, 'interfaces'), [...path, 'interfaces'], (one, at) =>
      this.#interface(one, at, whole ? it.id : undefined, accountId),
    );
  }

  #interface(value: unknown, path: Path, subnetId: string | undefined, account: string): void {
    const it = this.#parse(interfaceSchema, value, path);
    if (it === undefined || subnetId === undefined) return;
    const { id, tags, kind, mac, placement, securityGroups } = it;
    this.#keep(
      this.parts.interfaces,
      {
        id,
        origin: 'file',
        accountId: it.account ?? account,
        tags,
        subnetId,
        kind,
        primary4: it.primary?.words[3],
        secondary4: it.secondary.map(({ words }) => words[3]),
        ipv6: it.ipv6.map(({ words }) => words),
        mac,
        instanceId: it.instance,
        placement,
        bindings: it.bind,
        ...(securityGroups !== undefined && { securityGroupIds: securityGroups }),
      },
      path,
    );
  }

  /** Reads a member that is a list of a kind. Without what should be around it, only its shape is checked. */
  #list<S extends z.ZodObject, A extends Around, R extends object>(
    value: unknown,
    member: string,
    kind: FileKind<S, A, R>,
    list: R[],
    path: Path,
    around: A | undefined,
  ): void {
    this.#each(memberOf(value, member), [...path, member], (one, at) =>
      this.#one(one, kind, list, at, around),
    );
  }

  /** The same for a member that is one resource. */
  #single<S extends z.ZodObject, A extends Around, R extends object>(
    value: unknown,
    member: string,
    kind: FileKind<S, A, R>,
    list: R[],
    path: Path,
    around: A | undefined,
  ): void {
    const one = memberOf(value, member);
    if (one !== undefined) this.#one(one, kind, list, [...path, member], around);
  }

  #one<S extends z.ZodObject, A extends Around, R extends object>(
    value: unknown,
    kind: FileKind<S, A, R>,
    list: R[],
    path: Path,
    around: A | undefined,
  ): R | undefined {
    const it = this.#parse(kind.schema, value, path);
    if (it === undefined || around === undefined) return undefined;
    const { id = '', account = around.account, tags = {} } = it as Named;
    const resource = kind.read(it, { id, origin: 'file', accountId: account, tags }, around);
    this.#keep(list, resource, path);
    return resource;
  }

  #keep<T extends object>(list: T[], it: T, path: Path): void {
    list.push(it);
    this.#paths.set(it, path);
  }

  #each(list: unknown, path: Path, visit: (value: unknown, path: Path) => void): void {
    if (Array.isArray(list)) list.forEach((value, i) => visit(value, [...path, i]));
  }

  #parse<S extends z.ZodObject>(schema: S, value: unknown, path: Path): z.output<S> | undefined {
    const result = schema.safeParse(value, { reportInput: true });
    if (result.success) return result.data;
    this.faults.push(...schemaFaults(schema, result.error.issues, path, INNER_KEYS, 'a network file'));
    return undefined;
  }
}

/** What the schemas of most kinds have. */
interface Named {
  readonly id?: string;
  readonly account?: string | undefined;
  readonly tags?: Tags;
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
