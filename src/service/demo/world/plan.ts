/** The demo's small network as data: who is in it, how it hangs together, what its firewall lets through. */

/** A machine of the demo: a network namespace with one device, behind the router. */
export interface Host {
  readonly name: string;
  readonly ipv4: string;
  readonly ipv6: string;
  /** The router's addresses on this link, with the length of the prefix. */
  readonly router4: string;
  readonly router6: string;
}

function host(name: string, net4: string, net6: string, number: number): Host {
  return {
    name,
    ipv4: `${net4}.${number}`,
    ipv6: `${net6}::${number}`,
    router4: `${net4}.1/24`,
    router6: `${net6}::1/64`,
  };
}

// Addresses of documentation (RFC 5737, RFC 3849) for those outside, private ones for those inside.
export const VISITOR = host('visitor', '203.0.113', '2001:db8:113', 10);
export const SCANNER = host('scanner', '198.51.100', '2001:db8:51', 66);
export const WEB = host('web', '10.20.1', 'fd20:0:0:1', 10);
export const DATABASE = host('db', '10.20.2', 'fd20:0:0:2', 20);

export const HOSTS: readonly Host[] = [VISITOR, SCANNER, WEB, DATABASE];

export const WEB_PORT = 80;
export const DATABASE_PORT = 5432;
/** The NFLOG group of the firewall's log: seen in the router's own namespace only. */
export const LOG_GROUP = 5;

/**
 * What the router's nftables are given. Every new connection is logged with its verdict, without waiting for
 * more to log (queue-threshold). The visitor and the scanner reach the web server, the web server reaches the
 * database; nothing else goes through.
 */
export const FIREWALL = `table inet demo {
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    oifname "web" tcp dport ${WEB_PORT} goto accepted
    oifname "web" icmp type echo-request goto accepted
    oifname "web" icmpv6 type echo-request goto accepted
    iifname "web" oifname "db" tcp dport ${DATABASE_PORT} goto accepted
    goto refused
  }
  chain accepted {
    log prefix "ACCEPT " group ${LOG_GROUP} queue-threshold 1 accept
  }
  chain refused {
    log prefix "REJECT " group ${LOG_GROUP} queue-threshold 1
    meta l4proto tcp reject with tcp reset
    reject
  }
}
`;

/** The VPC and the interfaces of the servers, for network.yaml and for the flow logs that are about them. */
export const VPC_ID = 'vpc-0de30000000000001';
export const WEB_INTERFACE = 'eni-0de300000000000a1';
export const DATABASE_INTERFACE = 'eni-0de300000000000b2';

/** What network.yaml says of it: a VPC with two subnets and a declared interface in each. */
export const NETWORK_YAML = `# The demo's network, as a VPC.
vpcs:
  - id: ${VPC_ID}
    cidrs: [10.20.0.0/16, 'fd20::/48']
    subnets:
      - id: subnet-0de3000000000000a
        cidrs: [10.20.1.0/24, 'fd20:0:0:1::/64']
        azId: euc1-az1
        interfaces:
          - { id: ${WEB_INTERFACE}, primary: ${WEB.ipv4}, ipv6: ['${WEB.ipv6}'], instance: i-0de300000000000a3 }
      - id: subnet-0de3000000000000b
        cidrs: [10.20.2.0/24, 'fd20:0:0:2::/64']
        azId: euc1-az2
        interfaces:
          - { id: ${DATABASE_INTERFACE}, primary: ${DATABASE.ipv4}, ipv6: ['${DATABASE.ipv6}'], instance: i-0de300000000000b4 }
`;

/** A port that the scanner tries, and where. */
export interface Probe {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

function probes(address: string, protocol: Probe['protocol'], ports: readonly number[]): Probe[] {
  return ports.map((port) => ({ host: address, port, protocol }));
}

export const PROBES: readonly Probe[] = [
  ...probes(WEB.ipv4, 'tcp', [21, 22, 23, 25, WEB_PORT, 443, 3306, 3389, 8080]),
  ...probes(WEB.ipv4, 'udp', [53, 161]),
  ...probes(WEB.ipv6, 'tcp', [22, WEB_PORT, 443]),
  ...probes(DATABASE.ipv4, 'tcp', [22, 3306, DATABASE_PORT]),
];

/** Commands of `ip -batch` that make the links, for the router's side; `places` are the namespaces' files. */
export function routerCommands(places: ReadonlyMap<string, string>): string {
  const lines = HOSTS.flatMap(({ name, ipv4, ipv6, router4, router6 }, k) => [
    `link add ${name} address ${mac(1, k)} type veth peer name eth0 address ${mac(0, k)} netns ${places.get(name)}`,
    // No link-local addresses, so that nothing but the programs speaks; one segment at a time, as on a wire.
    `link set ${name} addrgenmode none`,
    `link set ${name} up gso_max_segs 1`,
    `address add ${router4} dev ${name}`,
    `address add ${router6} dev ${name} nodad`,
    `neighbour add ${ipv4} lladdr ${mac(0, k)} dev ${name}`,
    `neighbour add ${ipv6} lladdr ${mac(0, k)} dev ${name}`,
  ]);
  return `link set lo up\n${lines.join('\n')}\n`;
}

/** The same for the side of a host. */
export function hostCommands(it: Host): string {
  const k = HOSTS.indexOf(it);
  const router4 = it.router4.replace(/\/.*/, '');
  const router6 = it.router6.replace(/\/.*/, '');
  return [
    'link set lo up',
    'link set eth0 addrgenmode none',
    'link set eth0 up gso_max_segs 1',
    `address add ${it.ipv4}/24 dev eth0`,
    `address add ${it.ipv6}/64 dev eth0 nodad`,
    `neighbour add ${router4} lladdr ${mac(1, k)} dev eth0`,
    `neighbour add ${router6} lladdr ${mac(1, k)} dev eth0`,
    `route add default via ${router4}`,
    `route add default via ${router6}`,
    '',
  ].join('\n');
}

/** Locally administered addresses: side 0 is a host's, side 1 the router's. */
function mac(side: number, k: number): string {
  return `02:00:00:00:0${side}:0${k + 1}`;
}
