/** Page tokens (S8.1): opaque, authenticated, and good only for the request that they were given out for. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Longest token that is looked at, in characters. */
const MAX_TOKEN = 2048; // an object key of 1024 bytes, sealed
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/**
 * Whose pages a token is for: account, region, action, and whatever else must stay the same from page to page
 * (filters, ids; not the page size).
 */
export type PageContext = readonly (string | number | boolean | null | undefined | object)[];

/** Seals and opens page tokens with a secret of the store's, so that a token outlives a restart. */
export class PageTokens {
  readonly #key: Buffer;

  constructor(secret: Uint8Array) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'page tokens', 32));
  }

  /** A token that holds where the next page begins. */
  seal(context: PageContext, cursor: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(JSON.stringify(context)));
    return Buffer.concat([
      nonce,
      cipher.update(cursor, 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]).toString('base64url');
  }

  /** The cursor of a token; undefined for one that was not given out for this context. */
  open(context: PageContext, token: string): string | undefined {
    if (token.length > MAX_TOKEN || !BASE64URL.test(token)) return undefined;
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(JSON.stringify(context)));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      return (
        decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
      );
    } catch {
      return undefined; // not authentic
    }
  }
}
