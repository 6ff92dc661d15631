/** Credentials that are asked for once, kept, and asked for again before they expire. */

/** What the SDK signs with. */
export interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** An SDK client asks it before each request. */
export interface IdentityProvider {
  (options?: { readonly forceRefresh?: boolean }): Promise<Identity>;
  /** For the SDK: the provider keeps what it gave, clients need not. */
  readonly memoized: true;
}

/** Milliseconds before they expire that credentials are asked for again, as the SDK does. */
export const REFRESH_BEFORE_MS = 5 * 60_000;

/** Milliseconds after which credentials that do not say when they expire are asked for again: a profile may have been given a
 * new key. */
export const RECHECK_MS = 5 * 60_000;

/** Milliseconds between attempts to refresh credentials that are still good. */
const RETRY_MS = 10_000;

/**
 * Keeps what `load` gives; any number of callers at a time share one load. What failed is not kept: the next call tries
 * again. Credentials that are still good are used on while they cannot be refreshed.
 */
export function refreshing(load: () => Promise<Identity>, clock: () => number): IdentityProvider {
  let kept: Identity | undefined;
  let checkAt = 0;
  let pending: Promise<Identity> | undefined;

  const reload = async (): Promise<Identity> => {
    try {
      kept = await load();
      const expires = kept.expiration?.getTime();
      checkAt = expires === undefined ? clock() + RECHECK_MS : expires - REFRESH_BEFORE_MS;
      return kept;
    } catch (error) {
      const expires = kept?.expiration?.getTime();
      if (kept === undefined || expires === undefined || expires <= clock()) throw error;
      checkAt = clock() + RETRY_MS;
      return kept;
    } finally {
      pending = undefined;
    }
  };
  const provider = (options?: { readonly forceRefresh?: boolean }): Promise<Identity> => {
    if (kept !== undefined && options?.forceRefresh !== true && clock() < checkAt)
      return Promise.resolve(kept);
    return (pending ??= reload());
  };
  return Object.assign(provider, { memoized: true as const });
}
