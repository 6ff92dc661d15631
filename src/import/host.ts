/** This host: what `ip -j addr` and `ip -j route` (iproute2) write, as one VPC with a subnet for each network that
 * a link is connected to. Ids are hashes of names: the same each time. */
import { parseAddress } from '../base/addresses.ts';
import { formatPrefix, parsePrefix, prefixOf, prefixesOverlap, type Prefix } from '../base/prefixes.ts';
import { hashedId, parseMac } from '../network/ids.ts';
import type { Draft } from './draft.ts';
import { distinct, isObject, present, Fields } from './fields.ts';
import { outermost } from './outermost.ts';

export interface HostOptions {
  /** Names the VPC and the instance, and makes their ids. */
  readonly name: string;
  /** The links to take; undefined takes all that count. */
  readonly links: readonly string[] | undefined;
}

/** Bridges and links that container runtimes and hypervisors make for what runs on the host. */
const OF_CONTAINERS =
  /^(?:docker[0-9]+|docker_gwbridge|br-[0-9a-f]{12}|(?:virbr|lxcbr|lxdbr|incusbr|podman|cni|cbr|nerdctl)[0-9]*|cni-podman[0-9]+|flannel[.-].*|cali.*|vxlan\.calico|cilium_.*|weave|kube-ipvs0|kube-bridge|nodelocaldns)$/;

/** Never a network of its own: link-local, multicast. Link-local traffic is a link's by its MAC address. */
const LINK_LOCAL = ['169.254.0.0/16', 'fe80::/10', '224.0.0.0/4', 'ff00::/8'].map(parsePrefix);

/** What a list of mappings is by its members: links with addresses, routes, or neither. */
export function hostForm(value: unknown): 'addresses' | 'routes' | undefined {
  if (!Array.isArray(value)) return undefined;
  // `ip` writes {} for links that it was told to pass over.
  const first: unknown = value.find((it) => isObject(it) && Object.keys(it).length > 0);
  if (!isObject(first)) return undefined;
  if (typeof first['ifname'] === 'string' && Array.isArray(first['addr_info'])) return 'addresses';
  return typeof first['dst'] === 'string' ? 'routes' : undefined;
}

/** A link that is taken. */
interface Link {
  readonly name: string;
  readonly place: string;
  readonly mac: string | undefined;
  readonly four: string[];
  readonly six: string[];
  /** Texts of the prefixes that it is connected to. */
  readonly prefixes: Set<string>;
}

/** Gathers what `ip` wrote, one list after the other; `finish` makes resources of it. */
export class HostReader {
  readonly #options: HostOptions;
  readonly #draft: Draft;
  readonly #links = new Map<string, Link>();
  readonly #routes: Fields[] = [];

  constructor(options: HostOptions, draft: Draft) {
    this.#options = options;
    this.#draft = draft;
  }

  /** The list of `ip -j addr`, with or without `-d`; returns how many links it has. */
  addresses(list: readonly unknown[], place: string): number {
    const links = list.filter((it) => !isObject(it) || Object.keys(it).length > 0);
    links.forEach((it, i) => this.#link(new Fields(it, `${place}[${i}]`, this.#draft)));
    return links.length;
  }

  /** The list of `ip -j route` or `ip -6 -j route`; returns how many routes it has. */
  routes(list: readonly unknown[], place: string): number {
    list.forEach((it, i) => this.#routes.push(new Fields(it, `${place}[${i}]`, this.#draft)));
    return list.length;
  }

  finish(): void {
    for (const route of this.#routes) this.#route(route);
    const { links = [] } = this.#options;
    for (const name of links) {
      if (!this.#links.has(name))
        this.#draft.report.note(`--link ${name}: there is no such link with an address`);
    }
    if (this.#links.size > 0) this.#makeVpc();
  }

  #link(it: Fields): void {
    const name = it.text('ifname');
    if (name === undefined) return this.#draft.report.leftOut('link', it.place, 'has no ifname');
    const place = `${it.place} ${name}`;
    const mac = it.text('link_type') === 'ether' ? it.text('address') : undefined;
    const good = mac !== undefined && parseMac(mac) !== undefined ? mac : undefined;
    const link: Link = { name, place, mac: good, four: [], six: [], prefixes: new Set() };
    const flags = it.texts('flags');
    const loopback = flags.includes('LOOPBACK');
    if (!loopback) for (const one of it.objects('addr_info')) this.#address(one, link);
    const reason = this.#refusal(it, link, flags, loopback);
    if (reason !== undefined) this.#draft.report.leftOut(`link ${name}`, place, reason);
    else if (this.#links.has(name))
      this.#draft.report.contradiction(`link ${name}`, place, 'is there already');
    else this.#links.set(name, link);
  }

  /** Why a link is left out; undefined for one that counts. */
  #refusal(it: Fields, link: Link, flags: readonly string[], loopback: boolean): string | undefined {
    const { links } = this.#options;
    if (loopback) return 'is the loopback';
    if (links !== undefined && !links.includes(link.name)) return 'is not named by --link';
    if (link.four.length === 0 && link.six.length === 0) {
      const master = it.text('master');
      return master === undefined ? 'has no address beyond link-local ones' : `is a port of ${master}`;
    }
    if (!flags.includes('UP')) return 'is down';
    if (links === undefined && OF_CONTAINERS.test(link.name)) {
      return 'is for containers or virtual machines of this host: --link takes it in';
    }
    return undefined;
  }

  #address(one: Fields, link: Link): void {
    const text = one.text('local');
    const address = parseAddress(text ?? '');
    if (address === undefined) {
      return this.#draft.report.leftOut(
        `address of ${link.name}`,
        one.place,
        'has no "local" that is an address',
      );
    }
    const own = prefixOf(address, address.family === 4 ? 32 : 128);
    if (LINK_LOCAL.some((it) => prefixesOverlap(it, own))) return;
    if (one.flag('temporary') === true && link.mac !== undefined) {
      this.#draft.report.note(
        `${link.name}: temporary IPv6 addresses are left out, as they change: their traffic is known by its MAC address`,
      );
      return;
    }
    (address.family === 4 ? link.four : link.six).push(formatPrefix(own).replace(/\/.*/, ''));
    // At the end of a tunnel the prefix is that of the other end.
    const peer = parseAddress(one.text('address') ?? '') ?? address;
    const length = one.number('prefixlen') ?? own.length;
    const good =
      Number.isInteger(length) && length > 0 && length <= own.length && peer.family === address.family;
    const connected = good ? prefixOf(peer, length) : own;
    link.prefixes.add(formatPrefix(connected));
    if (!prefixesOverlap(connected, own)) link.prefixes.add(formatPrefix(own));
  }

  /** Adds networks that a link reaches without a gateway. */
  #route(it: Fields): void {
    const destination = it.text('dst');
    const device = it.text('dev');
    if (destination === 'default') {
      const gateway = it.text('gateway');
      if (gateway !== undefined && device !== undefined) {
        this.#draft.report.note(`everything else goes out by ${device}, to ${gateway}`);
      }
      return;
    }
    const link = this.#links.get(device ?? '');
    if (link === undefined || it.has('gateway') || it.has('via') || it.has('nexthops')) return;
    if (!['unicast', undefined].includes(it.text('type'))) return;
    const prefix = prefixOfRoute(destination);
    if (prefix === undefined) {
      return this.#draft.report.leftOut(`route of ${link.name}`, it.place, 'its dst is no prefix');
    }
    if (prefix.length === 0 || LINK_LOCAL.some((one) => prefixesOverlap(one, prefix))) return;
    link.prefixes.add(formatPrefix(prefix));
  }

  #makeVpc(): void {
    const { name } = this.#options;
    const vpcId = hashedId('vpc', `weir host ${name}`);
    const instanceId = hashedId('instance', `weir host ${name}`);
    const place = `host ${name}`;
    const add = this.#draft.add.bind(this.#draft);
    const all = [...this.#links.values()].flatMap((link) => [...link.prefixes]);
    add('VPC', {
      id: vpcId,
      place,
      value: { id: vpcId, cidrs: outermost(all), tags: { Name: name } },
    });
    add('instance', { id: instanceId, place, value: { id: instanceId, tags: { Name: name } } });
    for (const group of connectedGroups([...this.#links.values()])) {
      const cidrs = distinct(group.flatMap((link) => [...link.prefixes])).sort();
      const subnetId = hashedId('subnet', `${vpcId} ${cidrs.join(' ')}`);
      const names = group.map((link) => link.name).join(' ');
      add('subnet', {
        id: subnetId,
        place: group[0]!.place,
        parent: vpcId,
        value: { id: subnetId, cidrs, tags: { Name: names.slice(0, 256) } },
      });
      for (const link of group) this.#makeInterface(link, vpcId, subnetId, instanceId);
    }
  }

  #makeInterface(link: Link, vpcId: string, subnetId: string, instanceId: string): void {
    const id = hashedId('interface', `${vpcId} link ${link.name}`);
    const [primary, ...secondary] = distinct(link.four);
    this.#draft.add('interface', {
      id,
      place: link.place,
      parent: subnetId,
      value: present({
        id,
        primary,
        secondary,
        ipv6: distinct(link.six),
        mac: link.mac,
        instance: instanceId,
        bind: [{ source: link.name }],
        tags: { Name: link.name },
      }),
    });
  }
}

/** `10.0.0.0/24`, or an address alone for a route to one host. */
function prefixOfRoute(text: string | undefined): Prefix | undefined {
  try {
    const address = parseAddress(text ?? '');
    if (address !== undefined) return prefixOf(address, address.family === 4 ? 32 : 128);
    return parsePrefix(text ?? '');
  } catch {
    return undefined;
  }
}

/** Links that share a prefix are in one subnet, which has a prefix only once. */
function connectedGroups(links: readonly Link[]): Link[][] {
  const groups: Link[][] = [];
  for (const link of links) {
    const shared = groups.filter((group) =>
      group.some((other) => [...link.prefixes].some((prefix) => other.prefixes.has(prefix))),
    );
    const [first = []] = shared;
    if (shared.length === 0) groups.push(first);
    for (const other of shared.slice(1)) {
      first.push(...other);
      groups.splice(groups.indexOf(other), 1);
    }
    first.push(link);
  }
  return groups;
}
