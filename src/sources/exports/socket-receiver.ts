import { type RemoteInfo, type Socket, createSocket } from 'node:dgram';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { parseAddress } from '../../base/addresses.ts';
import type { RingWriter } from './ring.ts';

/** Addresses of senders whose words are remembered. */
const MAX_REMEMBERED = 4096;
/** What is in the kernel's buffer when receiving ends is read until nothing more comes for a moment, or so long. */
const QUIET_MS = 10;
const DRAIN_MS = 500;
const MICROS = 1000;

/** How a socket is bound. Can be posted. */
export interface SocketSetup {
  /** Undefined: all addresses of both families, or of IPv4 where there is no IPv6. */
  readonly host: string | undefined;
  readonly family: 4 | 6;
  readonly port: number;
  /** Others are bound to the same address and port. */
  readonly shared: boolean;
  readonly receiveBuffer: number;
}

/** What came of it. */
export interface Bound {
  readonly host: string;
  readonly port: number;
  /** Bytes that the kernel counts datagrams against (with their overhead); asked for as much. */
  readonly granted: number;
}

/** Binds a socket. Rejects with the system's error. */
export async function bindSocket(setup: SocketSetup): Promise<Socket> {
  if (setup.host !== undefined) return bind(setup, setup.family, setup.host);
  try {
    return await bind(setup, 6, '::');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL') throw error;
    return bind(setup, 4, '0.0.0.0');
  }
}

function bind(setup: SocketSetup, family: 4 | 6, host: string): Promise<Socket> {
  const socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', reusePort: setup.shared });
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: host, port: setup.port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      try {
        socket.setRecvBufferSize(setup.receiveBuffer);
      } catch {
        // Told by what is granted.
      }
      resolve(socket);
    });
  });
}

/** What a socket has. The kernel doubles what is asked for, for its own use, and says so. */
export function boundTo(socket: Socket): Bound {
  const { address, port } = socket.address();
  return { host: address, port, granted: Math.floor(socket.getRecvBufferSize() / 2) };
}

interface Words {
  readonly family: 4 | 6;
  readonly words: ArrayLike<number>;
}

/** Takes datagrams from a socket as they come, stamps them and puts them into the ring; nothing else. */
export class SocketReceiver {
  readonly socket: Socket;
  readonly #ring: RingWriter;
  readonly #wake: () => void;
  readonly #addresses = new Map<string, Words>();
  #received = 0;

  /** `wake`: called when the reader waits and there is something to read. */
  constructor(socket: Socket, ring: RingWriter, wake: () => void) {
    this.socket = socket;
    this.#ring = ring;
    this.#wake = wake;
  }

  /** Begins to receive. `failed`: the socket is no longer any good. */
  start(failed: (error: Error) => void): void {
    this.socket.on('error', failed);
    this.socket.on('message', (datagram: Uint8Array, from: RemoteInfo) => {
      this.#received++;
      const { family, words } = this.#wordsOf(from.address);
      this.#ring.write(datagram, family, words, Date.now() * MICROS);
      if (this.#ring.readerWaits()) this.#wake();
    });
  }

  /** Reads what the kernel has, then closes the socket. */
  async stop(): Promise<void> {
    const until = performance.now() + DRAIN_MS;
    for (let before = -1; this.#received !== before && performance.now() < until;) {
      before = this.#received;
      await sleep(QUIET_MS);
      // Behind the next look at the socket, which timers are before of.
      await turn();
    }
    this.close();
  }

  close(): void {
    try {
      this.socket.close();
    } catch {
      // It is closed already.
    }
  }

  #wordsOf(text: string): Words {
    const known = this.#addresses.get(text);
    if (known !== undefined) return known;
    const found = wordsOf(text);
    if (this.#addresses.size >= MAX_REMEMBERED) this.#addresses.clear();
    this.#addresses.set(text, found);
    return found;
  }
}

/** An address as the system writes it: without its zone, and IPv4 as such where a socket is of both families. */
export function wordsOf(text: string): Words {
  const zone = text.indexOf('%');
  const address = parseAddress(zone < 0 ? text : text.slice(0, zone));
  if (address === undefined) return { family: 6, words: [0, 0, 0, 0] };
  const { family, words } = address;
  if (family === 6 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff)
    return { family: 4, words: [0, 0, 0, words[3]] };
  return { family, words };
}
