import { IPFIX_HEADER_BYTES, VERSION_IPFIX } from './constants.ts';
import type { NetflowDecoder } from './decoder.ts';
import type { Exporter } from './exporters.ts';

/** Why a stream stopped being readable; what follows cannot be framed. */
export interface StreamFault {
  /** Bytes of the stream before the message that could not be read. */
  readonly offset: number;
  /** One clause without a full stop. */
  readonly reason: string;
}

/**
 * IPFIX messages one after another, each as long as its header says: a TCP connection (RFC 7011, section 10.4) or an
 * IPFIX file (RFC 5655). Templates live as long as the stream. Pure: bytes are pushed in pieces of any size.
 */
export class IpfixStream {
  readonly exporter: Exporter;
  fault: StreamFault | undefined;
  readonly #decoder: NetflowDecoder;
  /** The beginning of a message whose rest has not come; a message has at most 65,535 bytes. */
  #rest = new Uint8Array(0);
  #offset = 0;

  /** `address`: the exporter's, or what stands for a file. */
  constructor(decoder: NetflowDecoder, address: string, nowMicros: number) {
    this.#decoder = decoder;
    this.exporter = decoder.registry.stream(address, nowMicros / 1000);
  }

  /**
   * Decodes the messages that end in this piece. After a fault everything is ignored. Without a receive time (a file)
   * each message counts as received when the second of its export was over.
   */
  push(piece: Uint8Array, receiveMicros?: number): void {
    if (this.fault !== undefined) return;
    let bytes = piece;
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + piece.length);
      bytes.set(this.#rest);
      bytes.set(piece, this.#rest.length);
    }
    let at = 0;
    while (bytes.length - at >= 4) {
      const version = (bytes[at]! << 8) | bytes[at + 1]!;
      const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
      if (version !== VERSION_IPFIX) {
        this.#stop(at, `version ${version} is not IPFIX's`);
        return;
      }
      if (length < IPFIX_HEADER_BYTES) {
        this.#stop(at, `message length ${length} is shorter than its header`);
        return;
      }
      if (bytes.length - at < length) break;
      const received = receiveMicros ?? exportedMicros(bytes, at);
      this.#decoder.streamMessage(bytes, at, at + length, this.exporter, received);
      at += length;
    }
    this.#offset += at;
    this.#rest = bytes.slice(at);
  }

  /** The stream has ended. A message that is not whole makes a fault. */
  end(nowMicros: number): void {
    if (this.#rest.length > 0) this.#stop(0, `the last message is cut off after ${this.#rest.length} bytes`);
    this.#decoder.endStream(this.exporter, nowMicros);
  }

  #stop(at: number, reason: string): void {
    this.fault ??= { offset: this.#offset + at, reason };
    this.#rest = new Uint8Array(0);
  }
}

/** The end of the second that the header of a message says it was exported in, in microseconds. */
function exportedMicros(bytes: Uint8Array, at: number): number {
  const seconds =
    ((bytes[at + 4]! << 24) | (bytes[at + 5]! << 16) | (bytes[at + 6]! << 8) | bytes[at + 7]!) >>> 0;
  return (seconds + 1) * 1_000_000;
}
