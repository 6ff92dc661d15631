/** A network at the size that Weir is made for: 100,000 interfaces, 10,000 subnets, 100,000 prefixes. */
import type { Prefix } from '../../src/base/prefixes.ts';
import { createNetwork, type Network } from '../../src/network/model.ts';
import type { RouteTable } from '../../src/network/route-table.ts';
import { anInterface, aSubnet, aVpc, idOf } from './builders.ts';

const SUBNETS = 10_000;
const PER_SUBNET = 10;
const FILE = { origin: 'file', accountId: '123456789012', region: 'eu-central-1', tags: {} } as const;

function prefix(word: number, length: number): Prefix {
  return { family: 4, words: [0, 0, 0, word | 0], length };
}

/** Interface `i` (0 and up) has the address 10.0.0.5 + 64 i, a tag, and an instance with tags; subnet `s` holds ten of
 * them, and has a route table of five routes of its own. Ten prefix lists have 5,000 prefixes each. */
export function scaleNetwork(): Network {
  const vpcId = idOf('vpc', 1);
  const subnets = Array.from({ length: SUBNETS }, (_, s) => ({
    ...aSubnet(s, 1, []),
    cidrs: [prefix((10 << 24) | ((s * 16) << 6), 22)],
    azId: `euc1-az${(s % 3) + 1}`,
  }));
  const instances = Array.from({ length: SUBNETS * PER_SUBNET }, (_, i) => ({
    ...FILE,
    id: idOf('i', i),
    nitro: false,
    tags: { Name: `instance ${i}`, team: `team-${i % 50}` },
  }));
  const interfaces = Array.from({ length: SUBNETS * PER_SUBNET }, (_, i) => ({
    ...anInterface(i, { primary4: addressOf(i), instanceId: idOf('i', i), tags: { Name: `host-${i}` } }),
    subnetId: idOf('subnet', Math.floor(i / PER_SUBNET)),
  }));
  const routeTables = Array.from({ length: SUBNETS }, (_, s): RouteTable => ({
    ...FILE,
    id: idOf('rtb', s),
    vpcId,
    main: false,
    implied: false,
    subnetIds: [idOf('subnet', s)],
    gatewayIds: [],
    propagating: false,
    routes: Array.from({ length: 5 }, (_, r) => ({
      destination: r === 0 ? idOf('pl', s % 10) : prefix((172 << 24) | ((5 * s + r) << 4), 28),
      target: { kind: 'internetGateway', id: idOf('igw', 1) },
      blackhole: false,
      origin: 'created',
    })),
  }));
  const prefixLists = Array.from({ length: 10 }, (_, l) => ({
    ...FILE,
    id: idOf('pl', l),
    name: `list ${l}`,
    ofService: false,
    prefixes: Array.from({ length: 5_000 }, (_, p) => prefix((11 << 24) | ((l * 5_000 + p) << 6), 26)),
  }));
  return createNetwork({
    accounts: [],
    regions: [],
    vpcs: [aVpc(1, ['10.0.0.0/8'])],
    subnets,
    interfaces,
    instances,
    routeTables,
    prefixLists,
    internetGateways: [{ ...FILE, id: idOf('igw', 1), vpcId }],
  });
}

/** The address of interface `i`. */
export function addressOf(i: number): number {
  return (10 << 24) | ((Math.floor(i / PER_SUBNET) * 16 + (i % PER_SUBNET)) << 6) | 5 | 0;
}
