/** Two hosts, each a network namespace, with a wire between them; for tests that have root (namespace.ts). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { ip, removeNamespace } from '../namespaces.ts';

export const CLIENT = '10.99.0.1';
export const SERVER = '10.99.0.2';
export const CLIENT6 = 'fd99::1';
export const SERVER6 = 'fd99::2';

/** What the server does: echoes what comes to TCP port 7000, and reads what comes to UDP port 7001. */
const SERVE = `
import socket, threading
def echo(c):
    while True:
        b = c.recv(65536)
        if not b: break
        c.sendall(b)
    c.close()
u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.bind(('::', 7001))
t = socket.socket(socket.AF_INET6); t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
t.bind(('::', 7000)); t.listen(64); print('ready', flush=True)
def drain():
    while True: u.recv(2048)
threading.Thread(target=drain, daemon=True).start()
while True: threading.Thread(target=echo, args=(t.accept()[0],), daemon=True).start()
`;

/** What the client does: for each address TCP connections that are echoed, and datagrams. */
const TALK = `
import socket, sys, time
connections, size, datagrams, pause = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
for host in sys.argv[5:]:
    for i in range(connections):
        s = socket.create_connection((host, 7000)); s.sendall(b'x' * size); s.shutdown(socket.SHUT_WR)
        while s.recv(65536): pass
        s.close()
    u = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_DGRAM)
    for i in range(datagrams):
        u.sendto(b'y' * (i % 1000), (host, 7001))
        if pause: time.sleep(pause)
`;

export interface Hosts {
  /** Names of the namespaces; the server's interface is eth0. */
  readonly client: string;
  readonly server: string;
  /** Runs a command on a host. */
  run(host: string, ...command: string[]): string;
  /** Makes traffic; resolves when it has all been sent. */
  talk(traffic: Traffic): Promise<void>;
  /** Takes the hosts away, with all that runs on them. */
  close(): void;
}

export interface Traffic {
  /** TCP connections to each address, and bytes that each sends and gets back. */
  readonly connections?: number;
  readonly size?: number;
  /** Datagrams to each address, and seconds between them. */
  readonly datagrams?: number;
  readonly pause?: number;
  readonly to: readonly string[];
}

/** Makes the hosts. Close them. */
export async function openHosts(label: string): Promise<Hosts> {
  const [client, server] = ['a', 'b'].map((side) => `weir-${label}-${side}-${process.pid}`) as [
    string,
    string,
  ];
  const run = (host: string, ...command: string[]): string => ip('netns', 'exec', host, ...command);
  for (const host of [client, server]) ip('netns', 'add', host);
  ip('link', 'add', 'eth0', 'netns', client, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', server);
  for (const [host, four, six] of [
    [client, CLIENT, CLIENT6],
    [server, SERVER, SERVER6],
  ] as const) {
    ip('-n', host, 'addr', 'add', `${four}/24`, 'dev', 'eth0');
    ip('-n', host, 'addr', 'add', `${six}/64`, 'dev', 'eth0', 'nodad');
    for (const device of ['lo', 'eth0']) ip('-n', host, 'link', 'set', device, 'up');
  }
  const serving = spawn('ip', ['netns', 'exec', server, 'python3', '-c', SERVE], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(serving.stdout, 'data');
  return {
    client,
    server,
    run,
    close() {
      for (const host of [client, server]) removeNamespace(host);
    },
    async talk({ connections = 0, size = 0, datagrams = 0, pause = 0, to }) {
      const args = [connections, size, datagrams, pause, ...to].map(String);
      const child = spawn('ip', ['netns', 'exec', client, 'python3', '-c', TALK, ...args], {
        stdio: 'inherit',
      });
      const [status] = (await once(child, 'close')) as [number];
      if (status !== 0) throw new Error(`the client ended with ${status}`);
    },
  };
}

/** The tcpdump that a process has started, its own child. */
export function tcpdumpOf(parent: number): number | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(stat) ?? [];
      if (name === 'tcpdump' && Number(rest?.split(' ')[1]) === parent) return Number(pid);
    } catch {
      // It has ended since the listing.
    }
  }
  return undefined;
}
