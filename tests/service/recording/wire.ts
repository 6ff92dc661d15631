/** A veth pair for tests that have root (tests/sources/namespace.ts says what they lack). */
import { execFileSync } from 'node:child_process';

/** Frames of UDP datagrams, one for each line `SOURCE DESTINATION SOURCE-PORT`, to port 53. */
const SEND = `
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
for line in sys.stdin:
    a, b, p = line.split()
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 46, 0, 0, 64, 17, 0, socket.inet_aton(a), socket.inet_aton(b))
    s.send(b'\\xff' * 6 + b'\\x02\\0\\0\\0\\0\\x01' + b'\\x08\\0' + ip + struct.pack('>HHHH', int(p), 53, 26, 0) + b'\\0' * 18)
`;

/** What the names of all wires of tests begin with: they come and go beside tests that look at the machine's links. */
export const WIRE_PREFIX = 'wr';

let made = 0;

export class Wire {
  /** The end that is captured, and the one that sends. */
  readonly name: string;
  readonly #far: string;

  constructor() {
    const id = `${(process.pid % 100_000).toString(36)}${made++}`;
    this.name = `${WIRE_PREFIX}${id}a`;
    this.#far = `${WIRE_PREFIX}${id}b`;
  }

  make(): void {
    execFileSync('ip', ['link', 'add', this.name, 'type', 'veth', 'peer', 'name', this.#far]);
    for (const end of [this.name, this.#far]) {
      // Neighbour discovery and the like would be counted too.
      execFileSync('sh', ['-c', `echo 1 > /proc/sys/net/ipv6/conf/${end}/disable_ipv6 2>/dev/null || true`]);
      execFileSync('ip', ['link', 'set', end, 'up']);
    }
  }

  /** Datagrams between two addresses, one for each source port. */
  send(from: string, to: string, ports: readonly number[]): void {
    const input = ports.map((port) => `${from} ${to} ${port}\n`).join('');
    execFileSync('python3', ['-c', SEND, this.#far], { input });
  }

  remove(): void {
    try {
      execFileSync('ip', ['link', 'del', this.name], { stdio: 'ignore' });
    } catch {
      // It was not made, or is gone.
    }
  }
}

export async function until(what: string, done: () => boolean, seconds = 15): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!done()) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
