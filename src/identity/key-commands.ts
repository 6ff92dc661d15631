import * as z from 'zod';
import { UsageError } from '../base/errors.ts';
import type { AccessKeyInfo, Json } from '../store/store.ts';
import type { AdminHandler } from './admin.ts';
import { DEFAULT_ACCOUNT } from './bootstrap.ts';
import type { KeyRing } from './keys.ts';

/** The commands of `weir keys` and their parameters, the same over the socket and without a service. */
export const KEY_PARAMS = {
  'keys.create': z.strictObject({
    account: z.string().optional(),
    readOnly: z.boolean().optional(),
    label: z.string().optional(),
  }),
  'keys.list': z.strictObject({ account: z.string().optional() }),
  'keys.delete': z.strictObject({ id: z.string() }),
} as const;

export type KeyCommand = keyof typeof KEY_PARAMS;

/** A key as the commands print it; `secret` only where it was just made. */
export interface KeyShown {
  readonly id: string;
  readonly secret?: string;
  readonly account: string;
  readonly readOnly: boolean;
  readonly label: string;
  /** ISO 8601, UTC. */
  readonly created: string;
}

/** Handlers of the key commands over a ring, for the admin endpoint. `account` is that of keys which name
 * none. */
export function keyCommandHandlers(
  ring: KeyRing,
  account: string = DEFAULT_ACCOUNT,
): Record<KeyCommand, AdminHandler> {
  return {
    'keys.create': async (params) => {
      const request = parse('keys.create', params);
      const key = await ring.create({ ...request, account: request.account ?? account });
      return { ...shown(key), secret: key.secret };
    },
    'keys.list': async (params) => {
      const { account } = parse('keys.list', params);
      return (await ring.list(account === undefined ? {} : { account })).map(shown);
    },
    'keys.delete': async (params) => {
      const { id } = parse('keys.delete', params);
      await ring.delete(id);
      return { id };
    },
  };
}

function parse<C extends KeyCommand>(command: C, params: Json): z.infer<(typeof KEY_PARAMS)[C]> {
  const result = KEY_PARAMS[command].safeParse(params);
  if (!result.success) throw new UsageError(`${command}: ${z.prettifyError(result.error)}`);
  return result.data as z.infer<(typeof KEY_PARAMS)[C]>;
}

function shown(key: AccessKeyInfo): {
  id: string;
  account: string;
  readOnly: boolean;
  label: string;
  created: string;
} {
  return {
    id: key.id,
    account: key.account,
    readOnly: key.readOnly,
    label: key.label,
    created: new Date(key.createdAt).toISOString(),
  };
}
