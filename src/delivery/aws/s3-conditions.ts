/** `If-None-Match: *`, for stores that offer it, those that do not, and those that have not been asked yet. */
import { errorCode, errorStatus } from './errors.ts';
import { type Existing, ObjectDiffers } from './s3-existing.ts';

/** How 400 says that a store does not know the header. */
const NOT_OFFERED = new Set([
  'InvalidArgument',
  'InvalidRequest',
  'NotImplemented',
  'NotSupported',
  'Unsupported',
  'UnsupportedOperation',
  'BadRequest',
]);

export interface ConditionalPut<T> {
  readonly bucket: string;
  readonly key: string;
  /** Puts the object, or completes its upload. */
  readonly send: (condition: { readonly IfNoneMatch?: '*' }) => Promise<T>;
  /** Looks at what is there in its place. */
  readonly look: () => Promise<Existing>;
}

export class Conditions {
  #isOffered: boolean;

  constructor(isWanted: boolean) {
    this.#isOffered = isWanted;
  }

  /**
   * Puts where nothing is. undefined: the same bytes were there already.
   * @throws {ObjectDiffers}
   */
  async put<T>({ bucket, key, send, look }: ConditionalPut<T>): Promise<T | undefined> {
    if (!this.#isOffered) return send({});
    try {
      return await send({ IfNoneMatch: '*' });
    } catch (error) {
      if (isNotOffered(error)) {
        // Also what else the request holds may be refused: then so is the one without the condition.
        const done = await send({});
        this.#isOffered = false;
        return done;
      }
      if (errorStatus(error) !== 412) throw error;
      const there = await look();
      if (there === 'same') return undefined;
      if (there === 'other') throw new ObjectDiffers(bucket, key);
      if (there === 'gone') throw error;
    }
    // Unseen, so as at stores without conditions: a key holds producer, flow log, slot and part (S6.2), and what has it is
    // ours.
    return send({});
  }
}

function isNotOffered(error: unknown): boolean {
  const status = errorStatus(error);
  if (status === 501) return true;
  if (status !== 400) return false;
  return NOT_OFFERED.has(errorCode(error) ?? '') || /if-none-match/i.test((error as Error).message);
}
