import { randomBytes } from 'node:crypto';
import { stat, unlink, utimes } from 'node:fs/promises';
import { readText, writeText } from './logs-files.ts';
import { ignoreMissing } from './logs-segment.ts';

/** A lease that was not renewed for so long is a crashed holder's, ms. */
const STALE_MS = 60_000;

/** A lease on a file: whoever holds it does what only one may do at a time. */
export class Lease {
  readonly #path: string;
  readonly #token: string;

  private constructor(path: string, token: string) {
    this.#path = path;
    this.#token = token;
  }

  /** undefined where another holds it. */
  static async take(path: string): Promise<Lease | undefined> {
    const token = randomBytes(16).toString('hex');
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        await writeText(path, token);
        return new Lease(path, token);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const made = (await stat(path).catch(ignoreMissing))?.mtimeMs;
      if (made !== undefined && Date.now() - made < STALE_MS) return undefined;
      await unlink(path).catch(ignoreMissing);
    }
    return undefined;
  }

  /** Whether it is still held; if so, it is renewed. */
  async renew(): Promise<boolean> {
    if ((await readText(this.#path)) !== this.#token) return false;
    const now = new Date();
    await utimes(this.#path, now, now).catch(ignoreMissing);
    return true;
  }

  async release(): Promise<void> {
    if ((await readText(this.#path)) === this.#token) await unlink(this.#path).catch(ignoreMissing);
  }
}
