/**
 * NextToken: where a page ended, as a text that tells its holder nothing and that nobody else can make. Bound
 * to what it was given for (account, region, filters): for anything else it is not valid.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Store } from '../store/store.ts';
import { fault } from './faults.ts';

const SECRET = 'page-token-secret';
const SECRET_BYTES = 32;
const VERSION = 1;
const TAG_BYTES = 16;
/** version, tag, position. */
const TOKEN_BYTES = 1 + TAG_BYTES + 8;
const TOKEN = /^[A-Za-z0-9_-]{34}$/;

export class PageTokens {
  readonly #secret: Buffer;

  constructor(secret: Buffer) {
    this.#secret = secret;
  }

  /** With the secret that the store keeps; the first to ask makes it. */
  static async open(store: Store): Promise<PageTokens> {
    const secret = await store.transaction(async (on) => {
      const kept = await on.settings.get(SECRET);
      if (kept !== undefined) return kept;
      const made = randomBytes(SECRET_BYTES).toString('hex');
      await on.settings.set(SECRET, made);
      return made;
    });
    return new PageTokens(Buffer.from(secret, 'hex'));
  }

  /** The token of a position (0 to 2^53) in a listing. */
  seal(listing: string, position: number): string {
    const plain = Buffer.alloc(8);
    plain.writeBigUInt64BE(BigInt(position));
    const tag = this.#tag(listing, plain);
    return Buffer.concat([Buffer.of(VERSION), tag, this.#cover(tag, plain)]).toString('base64url');
  }

  /**
   * The position that a token of this listing stands for.
   *
   * @throws FlowLogFault invalidPaginationToken
   */
  open(listing: string, token: string): number {
    const bytes = TOKEN.test(token) ? Buffer.from(token, 'base64url') : Buffer.alloc(0);
    // One text for each token: base64 leaves bits at the end that say nothing.
    if (bytes.length !== TOKEN_BYTES || bytes[0] !== VERSION || bytes.toString('base64url') !== token) {
      throw fault('invalidPaginationToken');
    }
    const tag = bytes.subarray(1, 1 + TAG_BYTES);
    const plain = this.#cover(tag, bytes.subarray(1 + TAG_BYTES));
    if (!timingSafeEqual(tag, this.#tag(listing, plain))) throw fault('invalidPaginationToken');
    return Number(plain.readBigUInt64BE());
  }

  #tag(listing: string, plain: Buffer): Buffer {
    return createHmac('sha256', this.#secret)
      .update(`tag\0${listing}\0`)
      .update(plain)
      .digest()
      .subarray(0, TAG_BYTES);
  }

  /** Covers a position and, with the same tag, uncovers it: positions count the flow logs of all accounts. */
  #cover(tag: Buffer, position: Buffer): Buffer {
    const key = createHmac('sha256', this.#secret).update('cover\0').update(tag).digest();
    return Buffer.from(position.map((byte, i) => byte ^ key[i]!));
  }
}
