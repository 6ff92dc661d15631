import { createHmac, timingSafeEqual } from 'node:crypto';
import { type CredentialScope, sha256Hex, TERMINATOR } from './canonical.ts';
import { signingError } from './errors.ts';

/** The words for bodies in signed or unsigned chunks (aws-chunked), with or without trailers. */
export const CHUNKED_PAYLOADS: ReadonlyMap<string, { readonly signed: boolean; readonly trailer: boolean }> =
  new Map([
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { signed: true, trailer: false }],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { signed: true, trailer: true }],
    ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { signed: false, trailer: true }],
  ]);

const EMPTY_SHA256 = sha256Hex('');

/**
 * The signatures of a body's chunks: each is over the one before, the first over the head's (Amazon S3 API
 * Reference, "Signature calculations: transferring a payload in multiple chunks").
 */
export class ChunkSignatures {
  readonly #key: Uint8Array;
  readonly #timestamp: string;
  readonly #scope: string;
  #previous: string;

  constructor(key: Uint8Array, timestamp: string, scope: CredentialScope, seed: string) {
    this.#key = key;
    this.#timestamp = timestamp;
    this.#scope = `${scope.date}/${scope.region}/${scope.service}/${TERMINATOR}`;
    this.#previous = seed;
  }

  /** The next chunk, by the SHA-256 of its data. @throws {ServiceError} SignatureDoesNotMatch */
  chunk(signature: string, sha256: string): void {
    this.#check('PAYLOAD', signature, `${EMPTY_SHA256}\n${sha256}`);
  }

  /** The trailers, as the `name:value\n` lines of all but the signature. */
  trailer(signature: string, lines: string): void {
    this.#check('TRAILER', signature, sha256Hex(lines));
  }

  #check(what: 'PAYLOAD' | 'TRAILER', signature: string, hashes: string): void {
    const toSign = `AWS4-HMAC-SHA256-${what}\n${this.#timestamp}\n${this.#scope}\n${this.#previous}\n${hashes}`;
    const expected = createHmac('sha256', this.#key).update(toSign).digest();
    if (!/^[0-9a-f]{64}$/.test(signature) || !timingSafeEqual(expected, Buffer.from(signature, 'hex'))) {
      throw signingError('s3', 'signature differs');
    }
    this.#previous = signature;
  }
}
