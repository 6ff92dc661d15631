/** An Open vSwitch of its own, in userspace (no kernel module), between two hosts that are network namespaces. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ip, kill, removeNamespace } from '../namespaces.ts';
import { until } from '../record/run.ts';

const run = promisify(execFile);
const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
const BRIDGE = 'br0';

export const LEFT = '10.77.0.1';
export const RIGHT = '10.77.0.2';
export const LEFT6 = 'fd77::1';
export const RIGHT6 = 'fd77::2';

/** Frames in userspace need checksums, which a pair of interfaces leaves out unless told (ETHTOOL_STXCSUM, 0). */
const CHECKSUMS = `
import array, fcntl, socket, struct
value = array.array('B', struct.pack('II', 0x17, 0))
fcntl.ioctl(socket.socket(), 0x8946, struct.pack('16sP', b'eth0', value.buffer_info()[0]))
`;
/** Reads TCP connections and datagrams to port 7000. */
const SERVE = `
import socket, threading
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.bind(('::', 7000))
t = socket.create_server(('::', 7000), family=socket.AF_INET6, backlog=64, dualstack_ipv6=True)
print('ready', flush=True)
def drain():
    while True: u.recv(65536)
def read(c):
    while c.recv(65536): pass
    c.close()
threading.Thread(target=drain, daemon=True).start()
while True: threading.Thread(target=read, args=(t.accept()[0],), daemon=True).start()
`;
/** Three connections and 300 datagrams to each host. */
const TALK = `
import socket, sys
for host in sys.argv[1:]:
    for n in range(3):
        s = socket.create_connection((host, 7000)); s.sendall(b'x' * (50000 << n)); s.shutdown(socket.SHUT_WR)
        s.recv(1); s.close()
    u = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_DGRAM)
    for n in range(300): u.sendto(b'y' * n, (host, 7000))
`;

/** What the switch needs and this machine lacks; undefined when it can run. */
export function missingForSwitch(): string | undefined {
  const missing = [
    process.getuid?.() === 0 ? [] : ['root'],
    spawnSync('ovs-vswitchd', ['--version']).status === 0 && existsSync(SCHEMA)
      ? []
      : ['Open vSwitch (openvswitch-switch)'],
    ...['ip', 'tcpdump', 'python3', 'ping'].map((it) =>
      spawnSync(it, ['-V']).error === undefined ? [] : [it],
    ),
    spawnSync('ip', ['netns', 'list'], { stdio: 'ignore' }).status === 0 ? [] : ['network namespaces'],
  ].flat();
  if (missing.length === 0) return undefined;
  if (process.env['CI'] === 'true') throw new Error(`the switch lacks ${missing.join(', ')}`);
  return missing.join(', ');
}

/** What the switch exports: a table of its database, and its columns. */
export interface Exports {
  readonly column: 'ipfix' | 'sflow';
  readonly settings: readonly string[];
}

export class OpenVswitch {
  readonly #folder: string;
  readonly #left: string;
  readonly #right: string;
  readonly #ports: readonly string[];

  /** `folder` is for its database and sockets: a short path. */
  constructor(folder: string) {
    this.#folder = folder;
    [this.#left, this.#right] = [`weir-ovs-l-${process.pid}`, `weir-ovs-r-${process.pid}`];
    this.#ports = [`wl${process.pid}`, `wr${process.pid}`];
  }

  async start(): Promise<void> {
    await this.#startDaemons();
    for (const [n, host, four, six] of [
      [0, this.#left, LEFT, LEFT6],
      [1, this.#right, RIGHT, RIGHT6],
    ] as const) {
      ip('netns', 'add', host);
      ip('link', 'add', this.#ports[n]!, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', host);
      // Nothing but the test's own traffic: no neighbour discovery beyond need, no multicast.
      this.#in(host, 'sh', '-c', 'echo 0 > /proc/sys/net/ipv6/conf/eth0/router_solicitations');
      ip('-n', host, 'addr', 'add', `${four}/24`, 'dev', 'eth0');
      ip('-n', host, 'addr', 'add', `${six}/64`, 'dev', 'eth0', 'nodad');
      this.#in(host, 'python3', '-c', CHECKSUMS);
      for (const device of ['lo', 'eth0']) ip('-n', host, 'link', 'set', device, 'up');
      ip('link', 'set', this.#ports[n]!, 'up');
    }
    const ports = this.#ports.flatMap((port) => ['--', 'add-port', BRIDGE, port]);
    await this.#vsctl('add-br', BRIDGE, '--', 'set', 'bridge', BRIDGE, 'datapath_type=netdev', ...ports);
    const serving = spawn('ip', ['netns', 'exec', this.#right, 'python3', '-c', SERVE], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(serving.stdout, 'data');
    await this.#reaches();
  }

  /** Exports to that port of 127.0.0.1 from now on. */
  async export({ column, settings }: Exports, port: number): Promise<void> {
    const target = `targets="127.0.0.1:${port}"`;
    const create = ['--id=@it', 'create', column === 'sflow' ? 'sFlow' : 'IPFIX', target, ...settings];
    await this.#vsctl('set', 'Bridge', BRIDGE, `${column}=@it`, '--', ...create);
  }

  async stopExport({ column }: Exports): Promise<void> {
    await this.#vsctl('clear', 'Bridge', BRIDGE, column);
  }

  /** Pings, TCP and UDP over IPv4 and IPv6 from the left to the right host; captured at the right one. */
  async talk(capture: string): Promise<void> {
    const filter = 'ip or (ip6 and host fd77::1 and host fd77::2)';
    const child = spawn(
      'ip',
      [
        'netns',
        'exec',
        this.#right,
        'tcpdump',
        '-Z',
        'root',
        '-i',
        'eth0',
        '-n',
        '-s',
        '192',
        '-B',
        '32768',
      ].concat(['-w', capture, filter]),
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    await until('tcpdump listens', () => said.includes('listening on'));
    for (const to of [RIGHT, RIGHT6])
      await run('ip', ['netns', 'exec', this.#left, 'ping', '-q', '-c', '5', '-i', '0.01', to]);
    await run('ip', ['netns', 'exec', this.#left, 'python3', '-c', TALK, RIGHT, RIGHT6]);
    // The kernel hands frames to tcpdump a second late at most.
    await sleep(1500);
    child.kill('SIGINT');
    await once(child, 'close');
    if (!/\n0 packets dropped by kernel/.test(said)) throw new Error(`tcpdump lost something: ${said}`);
  }

  /** Takes away everything that was started. */
  close(): void {
    for (const host of [this.#left, this.#right]) {
      if (existsSync(`/run/netns/${host}`)) removeNamespace(host);
    }
    for (const name of ['switch', 'db']) {
      const path = join(this.#folder, `${name}.pid`);
      if (existsSync(path)) kill(Number(readFileSync(path, 'utf8')));
    }
    spawnSync('ip', ['link', 'del', BRIDGE]);
  }

  async #startDaemons(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true });
    const database = join(this.#folder, 'conf.db');
    await run('ovsdb-tool', ['create', database, SCHEMA]);
    await this.#daemon('db', 'ovsdb-server', database, `--remote=punix:${this.#socket}`);
    await this.#vsctl('--no-wait', 'init');
    await this.#daemon('switch', 'ovs-vswitchd', `unix:${this.#socket}`);
  }

  get #socket(): string {
    return join(this.#folder, 'db.sock');
  }

  async #daemon(name: string, program: string, ...args: string[]): Promise<void> {
    const own = (ending: string): string => join(this.#folder, `${name}.${ending}`);
    const files = [`--pidfile=${own('pid')}`, `--log-file=${own('log')}`, `--unixctl=${own('ctl')}`];
    const env = {
      ...process.env,
      OVS_RUNDIR: this.#folder,
      OVS_DBDIR: this.#folder,
      OVS_LOGDIR: this.#folder,
    };
    await run(program, [...args, ...files, '--detach', '--no-chdir'], { env });
  }

  async #vsctl(...args: string[]): Promise<void> {
    await run('ovs-vsctl', [`--db=unix:${this.#socket}`, '--timeout=20', ...args]);
  }

  #in(host: string, ...command: string[]): string {
    return ip('netns', 'exec', host, ...command);
  }

  /** Also fills both hosts' tables of neighbours. */
  async #reaches(): Promise<void> {
    const answers = (to: string): boolean =>
      spawnSync('ip', ['netns', 'exec', this.#left, 'ping', '-c1', '-W1', to]).status === 0;
    for (let tries = 0; tries < 20; tries++) {
      if (answers(RIGHT) && answers(RIGHT6)) return;
      await sleep(100);
    }
    throw new Error('the hosts do not reach each other through the switch');
  }
}
