/**
 * Client tokens: the same request under the same token gets the same answer and changes nothing again, for
 * 24 hours, also when both are on their way at once. Each account and region has its own tokens.
 */
import { hash, randomBytes } from 'node:crypto';
import { CLIENT_TOKEN_LIFETIME, type Json, type Repositories, type Scope } from '../store/store.ts';
import { fault } from './faults.ts';

/** The action that flow logs are created by, as tokens are kept under it. */
const ACTION = 'CreateFlowLogs';

/** What tells a request from another: its members, without the token itself and DryRun. */
export function requestDigest(request: object): string {
  return hash('sha256', JSON.stringify(sorted(request)), 'hex');
}

/** The same value for the same members, in whatever order they came; absent members are left out. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, held]) => held !== undefined);
  // Pairs, not an object: its order would not be that of the keys where these look like numbers.
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, held]) => [key, sorted(held)]);
}

/** A token for a request that came without: what the service itself makes are 32 bytes in base64. */
export function newClientToken(): string {
  return randomBytes(32).toString('base64');
}

/** A request under its token. */
export interface TokenUse {
  readonly scope: Scope;
  readonly token: string;
  readonly digest: string;
  readonly now: Date;
}

/**
 * The answer that was given under the token, or undefined.
 *
 * @throws FlowLogFault idempotentMismatch when the token was used for another request
 */
export async function recall(
  from: { readonly clientTokens: Pick<Repositories['clientTokens'], 'find'> },
  use: TokenUse,
): Promise<Json | undefined> {
  const kept = await from.clientTokens.find(use.scope, ACTION, use.token);
  if (kept === undefined || kept.createdAt < oldest(use.now)) return undefined;
  if (kept.requestDigest !== use.digest) throw fault('idempotentMismatch');
  return kept.response;
}

/** Keeps the answer under the token, and forgets tokens that are too old. */
export async function remember(
  on: Pick<Repositories, 'clientTokens'>,
  use: TokenUse,
  response: Json,
): Promise<void> {
  await on.clientTokens.deleteBefore(oldest(use.now));
  await on.clientTokens.insert({
    account: use.scope.account,
    region: use.scope.region,
    action: ACTION,
    token: use.token,
    requestDigest: use.digest,
    response,
    createdAt: use.now.getTime(),
  });
}

function oldest(now: Date): number {
  return now.getTime() - CLIENT_TOKEN_LIFETIME;
}

/** Lets those with the same token through one at a time, in the order they came. */
export class TokenTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs the work when those before it under the scope and token are done, however they ended. */
  async take<T>(scope: Scope, token: string, work: () => Promise<T>): Promise<T> {
    const key = `${scope.account}/${scope.region}/${token}`;
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(work, work);
    this.#last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    }
  }

  /** Tokens that somebody waits for. */
  get size(): number {
    return this.#last.size;
  }
}
