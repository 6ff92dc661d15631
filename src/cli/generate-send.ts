/** The sockets of the exporters of `weir generate`, and exact counts of what left them. */
import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { UserError, messageOf } from '../base/errors.ts';
import type { ExportedDatagram } from '../synth/exporter/datagram.ts';
import { type Destination, isLoopback4 } from './generate-destination.ts';

/** What was sent: the system took it. Bytes are those of the datagrams, without UDP and IP headers. */
export interface SentCounts {
  datagrams: number;
  bytes: number;
  /** Flow records, or samples. */
  records: number;
  /** Datagrams with templates or options in them. */
  templates: number;
  /** What the records say they counted. */
  flowPackets: number;
  flowBytes: number;
}

function noCounts(): SentCounts {
  return { datagrams: 0, bytes: 0, records: 0, templates: 0, flowPackets: 0, flowBytes: 0 };
}

/** One connected socket for each exporter, so that a refusal is heard of. */
export class ExportSender {
  readonly sent = noCounts();
  readonly failed = noCounts();
  /** Why datagrams failed, by error code. */
  readonly errors: Record<string, number> = {};
  readonly #sockets: readonly Socket[];
  readonly #told: (code: string, message: string) => void;
  /** Datagrams that the system has not taken yet. */
  waiting = 0;

  private constructor(sockets: readonly Socket[], told: (code: string, message: string) => void) {
    this.#sockets = sockets;
    this.#told = told;
  }

  /**
   * Binds and connects `exporters` sockets, on loopback with an address each. `told`: the first error of each code.
   * @throws {UserError} when that is not possible
   */
  static async open(
    destination: Destination,
    exporters: number,
    told: (code: string, message: string) => void,
  ): Promise<ExportSender> {
    const sockets: Socket[] = [];
    const sender = new ExportSender(sockets, told);
    try {
      for (let exporter = 0; exporter < exporters; exporter++) {
        const socket = createSocket(destination.family === 6 ? 'udp6' : 'udp4');
        sockets.push(socket);
        // A refusal of a datagram that was sent before.
        socket.on('error', (error) => sender.#note(error));
        const address = isLoopback4(destination) ? `127.0.0.${exporter + 1}` : undefined;
        socket.bind({ port: 0, ...(address === undefined ? {} : { address }) });
        await once(socket, 'listening');
        socket.connect(destination.port, destination.host);
        await once(socket, 'connect');
      }
    } catch (error) {
      sender.close();
      throw new UserError(`cannot send to ${destination.text}: ${messageOf(error)}`, { cause: error });
    }
    return sender;
  }

  /** Sends a datagram. Its bytes must stay as they are while `waiting` is not 0. */
  send(datagram: ExportedDatagram): void {
    this.waiting++;
    this.#sockets[datagram.exporter]!.send(datagram.bytes, (error) => {
      this.waiting--;
      if (error === null) count(this.sent, datagram);
      else {
        count(this.failed, datagram);
        this.#note(error);
      }
    });
  }

  close(): void {
    for (const socket of this.#sockets) {
      try {
        socket.close();
      } catch {
        // It was never opened, or is closed already.
      }
    }
  }

  #note(error: Error): void {
    const code = (error as NodeJS.ErrnoException).code ?? error.name;
    this.errors[code] = (this.errors[code] ?? 0) + 1;
    if (this.errors[code] === 1) this.#told(code, messageOf(error));
  }
}

function count(counts: SentCounts, datagram: ExportedDatagram): void {
  counts.datagrams++;
  counts.bytes += datagram.bytes.length;
  counts.records += datagram.records;
  if (datagram.templates) counts.templates++;
  counts.flowPackets += datagram.packets;
  counts.flowBytes += datagram.octets;
}
