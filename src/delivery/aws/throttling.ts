/** Requests that a service asks to slow down for, or that met an accident: short waits here, longer ones are delivery's
 * back-off. */
import { setTimeout as sleep } from 'node:timers/promises';
import { backOffMs } from '../../base/back-off.ts';
import { THROTTLED_CODES } from './error-codes.ts';
import { errorCode, errorStatus } from './errors.ts';
import { untilAborted } from './until-aborted.ts';

/** How often a request is sent again at once, and the longest of the first waits: doubled each time, with jitter. */
const TRIES = 4;
const FIRST_WAIT_MS = 100;

/** A service that asks for a longer wait is not waited for here. */
const LONGEST_WAIT_MS = 2000;

/** What of an SDK's error matters here. */
interface SdkError {
  readonly code?: unknown;
  readonly $response?: { readonly headers?: Readonly<Record<string, string | undefined>> };
}

function isThrottling(error: unknown): boolean {
  return errorStatus(error) === 429 || THROTTLED_CODES.has(errorCode(error) ?? '');
}

/** Connections that ended in the middle, and statuses of answers for which something broke in the service. */
const CUT: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE']);
const BROKEN: ReadonlySet<unknown> = new Set([500, 502, 504]);

/** Whether a request came to nothing by what the next one need not meet. */
export function isAccident(error: unknown): boolean {
  return CUT.has(((error ?? {}) as SdkError).code) || BROKEN.has(errorStatus(error));
}

/** Milliseconds that the answer behind an error asks to wait, by its Retry-After (seconds, or a date). */
export function retryAfterMs(error: unknown, now = Date.now()): number | undefined {
  const text = ((error ?? {}) as SdkError).$response?.headers?.['retry-after'];
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/**
 * Sends a request, and again some times while it is throttled, or fails by what `also` names.
 *
 * @throws what the last try threw; the signal's reason once it is aborted
 */
export async function patiently<T>(
  send: () => Promise<T>,
  signal: AbortSignal,
  also: (error: unknown) => boolean = () => false,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      return await untilAborted(send(), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isThrottling(error) && !also(error)) throw error;
      await waitFor(error, tries, signal);
    }
  }
}

/** Waits before the next try. @throws `error` where there is to be none, the signal's reason once it is aborted */
export async function waitFor(error: unknown, tries: number, signal: AbortSignal): Promise<void> {
  const asked = retryAfterMs(error);
  if (tries > TRIES || (asked ?? 0) > LONGEST_WAIT_MS) throw error;
  const wait = asked ?? backOffMs(FIRST_WAIT_MS, LONGEST_WAIT_MS, tries);
  await sleep(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
}
