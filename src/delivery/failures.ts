/** What an attempt failed for, as clients and operators are told. */
import { messageOf } from '../base/errors.ts';
import { StorageError } from '../standins/storage/object-storage.ts';
import { NoSuchStream } from '../standins/storage/stream-storage.ts';
import { awsFailure } from './aws/errors.ts';
import { RoleNotMapped } from './aws/roles.ts';
import type { TargetState } from './deliverer.ts';

export type Failing = Extract<TargetState, { state: 'failing' }>;

/** A bucket belongs to another account than the flow log (S8.1). */
export class WrongAccount extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WrongAccount';
  }
}

/** An attempt took longer than it may. */
export class AttemptTimeout extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms} ms`);
    this.name = 'AttemptTimeout';
  }
}

/** Errors of the file system that say that something is not allowed. */
const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The state of a target whose attempt threw `error`. */
export function failureOf(error: unknown): Failing {
  const aws = awsFailure(error);
  if (aws !== undefined) return { state: 'failing', ...aws };
  const code = (error as { code?: unknown } | undefined)?.code;
  const access =
    error instanceof WrongAccount ||
    error instanceof RoleNotMapped ||
    error instanceof NoSuchStream ||
    (error instanceof StorageError && code === 'NoSuchBucket') ||
    (typeof code === 'string' && REFUSED.has(code));
  const text = messageOf(error);
  // Errors of the file system begin with their code.
  const reason = typeof code !== 'string' || text.startsWith(code) ? text : `${code}: ${text}`;
  return { state: 'failing', message: access ? 'Access error' : 'Unknown error', reason };
}
