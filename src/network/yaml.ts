/** network.yaml to a network: every fault with file, line and column, all of them at once (docs/network.md). */
import type { z } from 'zod';
import { type Fault, type Path, readTextFile, schemaFaults, YamlFile } from '../base/yaml-file.ts';
import { checkNetwork } from './checks.ts';
import type { Owner } from './defaults.ts';
import { indexNetwork, type Network, type NetworkParts } from './model.ts';
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

/** Longest network file, in bytes. */
export const MAX_NETWORK_FILE = 64 << 20;
/** Reads a network file. `owner` is for what the file gives no account or region. UserError. */
export function readNetworkFile(file: string, owner: Owner): Network {
  return parseNetwork(readTextFile(file, 'network file', MAX_NETWORK_FILE), file, owner);
}

/** The network that the text of a network file describes; `file` is its name in messages. */
export function parseNetwork(text: string, file: string, owner: Owner): Network {
  // JSON is YAML, and is read about ten times as fast when nothing is wrong with it.
  const json = parseJson(text);
  if (json !== undefined) {
    const reader = new Reader(owner);
    reader.read(json);
    reader.check();
    if (reader.faults.length === 0) return indexNetwork(reader.parts);
  }
  const document = new YamlFile(text, file);
  const reader = new Reader(owner);
  reader.read(document.data());
  reader.check();
  if (reader.faults.length > 0) document.refuse(reader.faults);
  return indexNetwork(reader.parts);
}

/** What is wrong with the data of a network file that is being made: places are paths in the data. */
export function networkFaults(data: unknown, owner: Owner): Fault[] {
  const reader = new Reader(owner);
  reader.read(data);
  reader.check();
  return reader.faults;
}

function parseJson(text: string): unknown {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // YAML in braces, or a slip that the YAML parser finds the place of
  }
}

/** Lists of a network that is still being put together. */
type Growing<T> = { [K in keyof T]: T[K] extends readonly (infer U)[] ? U[] : never };

/** Walks the file's data, keeps what is good as parts, and what is not as faults. */
class Reader {
  readonly faults: Fault[] = [];
  /** Where each resource stands in the file. */
  readonly paths = new Map<object, Path>();
  readonly parts: Growing<NetworkParts> = {
    accounts: [],
    regions: [],
    vpcs: [],
    subnets: [],
    interfaces: [],
    instances: [],
  };
  readonly #owner: Owner;

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  read(data: unknown): void {
    const file = this.#parse(fileSchema, data ?? {}, []);
    const lists = (file ?? data) as Record<string, unknown>;
    const account = file?.account ?? this.#owner.account;
    const region = file?.region ?? this.#owner.region;
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
    this.#each(lists['vpcs'], ['vpcs'], (value, path) => this.#vpc(value, path, account, region));
  }

  /** Adds what breaks the rules between the parts. */
  check(): void {
    for (const { subject, member, message } of checkNetwork(this.parts)) {
      this.faults.push({ path: [...(this.paths.get(subject) ?? []), ...member], message });
    }
  }

  #vpc(value: unknown, path: Path, account: string, region: string): void {
    const it = this.#parse(vpcSchema, value, path);
    const accountId = it?.account ?? account;
    if (it !== undefined) {
      const { id, tags, cidrs, awsReserved } = it;
      const vpc = {
        id,
        origin: 'file',
        accountId,
        tags,
        region: it.region ?? region,
        cidrs,
        awsReserved,
      } as const;
      this.#keep(this.parts.vpcs, vpc, path);
    }
    this.#each(memberOf(value, 'subnets'), [...path, 'subnets'], (subnet, at) =>
      this.#subnet(subnet, at, it?.id, accountId),
    );
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
    const { id, tags, kind, mac, placement } = it;
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
        bindings: it.bind.map(({ source, ifIndex, vlan }) => ({ source, ifIndex, vlan })),
      },
      path,
    );
  }

  #keep<T extends object>(list: T[], it: T, path: Path): void {
    list.push(it);
    this.paths.set(it, path);
  }

  #each(list: unknown, path: Path, visit: (value: unknown, path: Path) => void): void {
    if (Array.isArray(list)) list.forEach((value, i) => visit(value, [...path, i]));
  }

  #parse<T extends z.ZodObject>(schema: T, value: unknown, path: Path): z.output<T> | undefined {
    const result = schema.safeParse(value, { reportInput: true });
    if (result.success) return result.data;
    this.faults.push(...schemaFaults(schema, result.error.issues, path, INNER_KEYS, 'a network file'));
    return undefined;
  }
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
