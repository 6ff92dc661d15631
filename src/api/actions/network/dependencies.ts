import type { PageTokens } from '../../../base/page-token.ts';
import type { NetworkRegistry } from '../../../network/registry.ts';
import type { ActionTable } from '../../actions.ts';

/** What the actions on the network and its tags need; wired by service/. */
export interface NetworkActionsOptions {
  readonly network: NetworkRegistry;
  readonly pages: PageTokens;
}

/** The network as it can be read. */
export type State = NetworkRegistry['state'];

/** The handler of an action. */
export type HandlerOf<Action extends keyof ActionTable['ec2']> = NonNullable<ActionTable['ec2'][Action]>;
