import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The checksums of x-amz-checksum-* headers and trailers: base64 of the value, most significant byte first. */
export interface Checksum {
  update(piece: Uint8Array): void;
  digest(): string;
}

export const CHECKSUMS: ReadonlyMap<string, () => Checksum> = new Map<string, () => Checksum>([
  ['x-amz-checksum-crc32', () => word((piece, value) => crc32(piece, value))],
  ['x-amz-checksum-crc32c', () => word(crc32c)],
  ['x-amz-checksum-crc64nvme', () => new Crc64Nvme()],
  ['x-amz-checksum-sha1', () => hashed('sha1')],
  ['x-amz-checksum-sha256', () => hashed('sha256')],
]);

function hashed(name: string): Checksum {
  const hash = createHash(name);
  return { update: (piece) => void hash.update(piece), digest: () => hash.digest('base64') };
}

function word(next: (piece: Uint8Array, value: number) => number): Checksum {
  let value = 0;
  return {
    update: (piece) => (value = next(piece, value)),
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes.toString('base64');
    },
  };
}

/** CRC-32C (Castagnoli), reflected. */
const TABLE_32C = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0x82f63b78 : 0);
  return value;
});

function crc32c(piece: Uint8Array, before: number): number {
  let value = ~before;
  for (let i = 0; i < piece.length; i++) value = (value >>> 8) ^ TABLE_32C[(value ^ piece[i]!) & 0xff]!;
  return ~value >>> 0;
}

/** CRC-64/NVME, reflected, in two words. */
const HIGH = new Uint32Array(256);
const LOW = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const odd = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd) {
      low ^= 0xac4bc9b5;
      high ^= 0x9a6c9329;
    }
  }
  HIGH[byte] = high;
  LOW[byte] = low;
}

class Crc64Nvme implements Checksum {
  #high = -1;
  #low = -1;

  update(piece: Uint8Array): void {
    let high = this.#high;
    let low = this.#low;
    for (let i = 0; i < piece.length; i++) {
      const index = (low ^ piece[i]!) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ LOW[index]!;
      high = (high >>> 8) ^ HIGH[index]!;
    }
    this.#high = high;
    this.#low = low;
  }

  digest(): string {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(~this.#high >>> 0, 0);
    bytes.writeUInt32BE(~this.#low >>> 0, 4);
    return bytes.toString('base64');
  }
}
