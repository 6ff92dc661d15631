/**
 * How an action is written: a function from a context and a typed input to a typed output. What it refuses
 * it throws (errors.ts). The order of its checks is S8.2's: single members, members together, existence,
 * then `context.permit(input)` for permission and DryRun, and only then the change.
 */
import type { Caller } from '../identity/caller.ts';
import { isAllowed } from '../identity/permissions.ts';
import type { ServiceName } from './protocol/services.ts';
import type { Ec2Operations, StsOperations } from './protocol/types.generated.ts';

export interface ActionContext {
  readonly account: string;
  /** Region of the credential scope: whatever the client calls it (S8.1). */
  readonly region: string;
  /** The access key. */
  readonly keyId: string;
  /** The key may only describe. */
  readonly readOnly: boolean;
  /** The above, as identity/ knows it. */
  readonly caller: Caller;
  readonly requestId: string;
  readonly now: Date;
  /** Aborts when the client is gone or the service stops. */
  readonly signal: AbortSignal;
  /**
   * The last check before the change: throws UnauthorizedOperation when the key may not do this, then
   * DryRunOperation when the request asks no more than that. Every action that changes something calls it;
   * one that has answered without it is a fault (500), so that none can forget.
   */
  permit(input: { readonly DryRun?: boolean | undefined }): void;
}

export type Handler<Input, Output> = (context: ActionContext, input: Input) => Output | Promise<Output>;

type HandlersOf<Operations> = {
  readonly [Action in keyof Operations]?: Operations[Action] extends {
    input: infer Input;
    output: infer Output;
  }
    ? Handler<Input, Output>
    : never;
};

/** The handlers by service and action. An operation without one is answered as an unknown action. */
export interface ActionTable {
  readonly ec2: HandlersOf<Ec2Operations>;
  readonly sts: HandlersOf<StsOperations>;
}

export type AnyHandler = Handler<object, object>;

/** The handler of an action, or undefined. */
export function handlerOf(
  actions: ActionTable,
  service: ServiceName,
  action: string,
): AnyHandler | undefined {
  const handlers = actions[service];
  return Object.hasOwn(handlers, action)
    ? (handlers as Readonly<Record<string, AnyHandler | undefined>>)[action]
    : undefined;
}

/** Whether an action only reads, and is open to keys that may only describe. */
export function isReadAction(action: string): boolean {
  return isAllowed({ readOnly: true }, action);
}
