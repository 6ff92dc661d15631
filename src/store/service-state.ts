import { randomBytes } from 'node:crypto';
import type { Store } from './store.ts';

/**
 * Raises the generation: a number of this store's that no start of the service had before (S6.2).
 * Called once at each start.
 */
export function raiseGeneration(store: Store): Promise<number> {
  return store.transaction((on) => on.settings.increment('generation'));
}

/** The secret that page tokens are authenticated with: 32 bytes, made once and kept, so that a token outlives a
 * restart. */
export function pageTokenSecret(store: Store): Promise<Buffer> {
  return store.transaction(async (on) => {
    const kept = await on.settings.get('page-token-secret');
    if (kept !== undefined) return Buffer.from(kept, 'base64');
    const secret = randomBytes(32);
    await on.settings.set('page-token-secret', secret.toString('base64'));
    return secret;
  });
}
