/**
 * The demo's network, as a process: `main.ts FOLDER NAMESPACE`, started by start.ts as the first process of new
 * network, mount and PID namespaces (NAMESPACE names the network namespace that it must not be in). It is the
 * router; hosts are further namespaces, held by files that only its mount namespace has. Builds, runs the
 * programs, captures into FOLDER, says how it went as one line of JSON, and ends, and with the first process
 * the kernel ends all others and takes the namespaces away. The end of standard input, that is of the demo,
 * ends it at any time.
 */
import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../../base/errors.ts';
import { moduleUrl } from '../../../base/modules.ts';
import { DATABASE, FIREWALL, type Host, hostCommands, HOSTS, LOG_GROUP, routerCommands } from './plan.ts';
import { SCANNER, VISITOR, WEB } from './plan.ts';
import { run, startCapture, startServer } from './processes.ts';
import { FIREWALL_FILE, WIRE_FILE, type WorldReport } from './report.ts';

const PROGRAM = fileURLToPath(moduleUrl('service/demo/world/program'));
/** Bytes of a packet that are kept: headers. */
const WIRE_SNAPLEN = '128';
/** libpcap's buffer for NFLOG is little larger than the snapshot length: less loses messages. */
const LOG_SNAPLEN = '262144';
/** The last packets of connections come after their programs. */
const SETTLE_MS = 400;

const [folder = '', outside = ''] = process.argv.slice(2);
const places = new Map(HOSTS.map(({ name }) => [name, join(folder, 'hosts', name)]));

/** A command inside of a host. */
function on(host: Host, ...command: readonly string[]): string[] {
  return ['nsenter', `--net=${places.get(host.name)}`, ...command];
}

function program(host: Host, role: string): string[] {
  return on(host, process.execPath, ...process.execArgv, PROGRAM, role);
}

/** Nothing may be built in the machine's own network. */
function checkNamespace(): void {
  const here = readlinkSync('/proc/self/ns/net');
  if (outside === '' || here === outside) throw new Error('it has no network namespace of its own');
}

async function build(): Promise<void> {
  const hosts = join(folder, 'hosts');
  mkdirSync(hosts);
  await run(['mount', '-t', 'tmpfs', '-o', 'mode=0700', 'weir-demo', hosts]);
  for (const path of places.values()) {
    writeFileSync(path, '');
    // The namespace is the mount program's own, which the file then keeps.
    await run(['unshare', '--net', 'mount', '--bind', '/proc/self/ns/net', path]);
    const inside = await run(['nsenter', `--net=${path}`, 'readlink', '/proc/self/ns/net']);
    if ([outside, readlinkSync('/proc/self/ns/net')].includes(inside.trim()))
      throw new Error('a host has no network namespace of its own');
  }
  await run(['ip', '-batch', '-'], routerCommands(places));
  await Promise.all(HOSTS.map((host) => run(on(host, 'ip', '-batch', '-'), hostCommands(host))));
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  writeFileSync('/proc/sys/net/ipv6/conf/all/forwarding', '1');
  await run(['nft', '-f', '-'], FIREWALL);
}

function ping(host: Host, address: string): string[] {
  return on(host, 'ping', '-q', '-n', '-c', '3', '-i', '0.2', '-W', '1', address);
}

/** Runs the clients beside each other. */
async function runClients(): Promise<Omit<WorldReport, 'seconds'>> {
  const [visit, scan, call] = await Promise.all([
    run(program(VISITOR, 'visitor')),
    run(program(SCANNER, 'scanner')),
    run(program(DATABASE, 'caller')),
    run(ping(VISITOR, WEB.ipv4)),
    run(ping(VISITOR, WEB.ipv6)),
    // Refused: ping says so with its exit code.
    run(ping(SCANNER, DATABASE.ipv4)).catch(() => {}),
  ]);
  return {
    visitor: JSON.parse(visit) as WorldReport['visitor'],
    scanner: JSON.parse(scan) as WorldReport['scanner'],
    caller: JSON.parse(call) as WorldReport['caller'],
  };
}

async function live(): Promise<WorldReport> {
  checkNamespace();
  await build();
  await startServer(program(DATABASE, 'database'));
  await startServer(program(WEB, 'web'));
  // What comes in on any device: each packet once, also those that the firewall refuses.
  const captures = await Promise.all([
    startCapture(join(folder, WIRE_FILE), ['-i', 'any', '-Q', 'in', '-s', WIRE_SNAPLEN]),
    startCapture(join(folder, FIREWALL_FILE), ['-i', `nflog:${LOG_GROUP}`, '-s', LOG_SNAPLEN]),
  ]);
  const began = performance.now();
  const reports = await runClients();
  await sleep(SETTLE_MS);
  await Promise.all(captures.map((capture) => capture.end()));
  return { ...reports, seconds: (performance.now() - began) / 1000 };
}

process.stdin.on('end', () => process.exit(1)).resume();
process.stdin.on('error', () => process.exit(1));
try {
  const report = await live();
  process.stdout.write(`${JSON.stringify({ report })}\n`, () => process.exit(0));
} catch (error) {
  process.stdout.write(`${JSON.stringify({ fault: messageOf(error) })}\n`, () => process.exit(1));
}
