/** What the demo shows: captures, the network that they are of, and what to say of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGE } from '../../base/modules.ts';
import * as plan from './world/plan.ts';
import { FIREWALL_FILE, WIRE_FILE, type WorldReport } from './world/report.ts';

export interface Scene {
  readonly title: string;
  /** Lines of a drawing; empty without one. */
  readonly picture: readonly string[];
  readonly story: string;
  /** Captures to be replayed; those of one list are of the same time, and merged. */
  readonly replays: readonly (readonly string[])[];
  /** Path of network.yaml. */
  readonly network: string;
  readonly vpcId: string;
  /** The interface whose records are shown. */
  readonly interfaceId: string;
  /** Short names of interfaces and addresses. */
  readonly names: ReadonlyMap<string, string>;
}

const EXAMPLES = fileURLToPath(new URL('examples/', PACKAGE));

/** What the demo's own network left in its folder; writes its network.yaml beside it. */
export function liveScene(folder: string, report: WorldReport): Scene {
  const network = join(folder, 'network.yaml');
  writeFileSync(network, plan.NETWORK_YAML);
  const { visitor, scanner, seconds } = report;
  return {
    title: 'Real packets',
    picture: drawing(),
    story:
      `Programs of this network talked for ${seconds.toFixed(0)} seconds. The visitor read ${visitor.pages} pages ` +
      'over IPv4 and IPv6, and the web server had them from the database. The scanner tried ' +
      `${scanner.tried} ports; ${scanner.open} were open. tcpdump wrote what came into the router to one file and ` +
      "its firewall's log (ACCEPT or REJECT for each new connection) to another.",
    replays: [[join(folder, WIRE_FILE), join(folder, FIREWALL_FILE)]],
    network,
    vpcId: plan.VPC_ID,
    interfaceId: plan.WEB_INTERFACE,
    names: new Map([
      ...plan.HOSTS.flatMap(({ name, ipv4, ipv6 }) => [[ipv4, name] as const, [ipv6, name] as const]),
      [plan.WEB_INTERFACE, plan.WEB.name],
      [plan.DATABASE_INTERFACE, plan.DATABASE.name],
    ]),
  };
}

function drawing(): string[] {
  const [visitor, scanner] = [outsider(plan.VISITOR), outsider(plan.SCANNER)];
  const [web, database] = [server(plan.WEB, plan.WEB_PORT), server(plan.DATABASE, plan.DATABASE_PORT)];
  const width = Math.max(visitor.length, scanner.length);
  return [
    `${visitor.padEnd(width)} --+                      +-- ${web}`,
    `${' '.repeat(width)}   +-- router, nftables --+`,
    `${scanner.padEnd(width)} --+                      +-- ${database}`,
  ];
}

function outsider({ name, ipv4 }: plan.Host): string {
  return `${name} ${ipv4}`;
}

function server({ name, ipv4 }: plan.Host, port: number): string {
  return `${name.padEnd(3)} ${ipv4}, port ${port}`;
}

/** Captures that ship with Weir: web traffic, and a firewall's log of a scan. */
export function shippedScene(): Scene {
  return {
    title: 'Real packets, recorded earlier',
    picture: [],
    story:
      'Two captures that ship with Weir. In the first, programs outside (203.0.113.10) and inside ' +
      '(10.20.1.10) of a network ask a web server (10.20.2.20, .21) for pages. The second is the log of its ' +
      'firewall, with ACCEPT or REJECT for each new connection, while nmap scanned it from outside.',
    replays: [[join(EXAMPLES, 'web', 'web.pcap')], [join(EXAMPLES, 'scan', 'scan.pcap')]],
    network: join(EXAMPLES, 'scan', 'network.yaml'),
    vpcId: 'vpc-020200a0b0c0d0e0f',
    interfaceId: 'eni-0202000000000020a',
    names: new Map([
      ['203.0.113.10', 'outside'],
      ['2001:db8:113::10', 'outside'],
      ['10.20.1.10', 'client'],
      ['fd20:0:0:1::10', 'client'],
      ['10.20.2.20', 'web'],
      ['10.20.2.21', 'web'],
      ['fd20:0:0:2::20', 'web'],
      ['203.0.113.1', 'router'],
      ['2001:db8:113::1', 'router'],
      ['eni-0202000000000020a', 'web'],
      ['eni-0201000000000010a', 'client'],
      ['eni-0203000000000001f', 'router'],
    ]),
  };
}
