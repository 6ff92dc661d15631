import type { Capabilities, Database } from '../dialect.ts';
import type { Repositories } from '../store.ts';
import { SqlAccessKeys } from './access-keys.ts';
import { SqlClientTokens } from './client-tokens.ts';
import { SqlFlowLogs } from './flow-logs.ts';
import { SqlResources } from './resources.ts';
import { SqlSettings } from './settings.ts';
import { SqlTags } from './tags.ts';

/** All repositories over one connection: what they do belongs to the transaction that is open on it. */
export function sqlRepositories(db: Database, capabilities: Capabilities): Repositories {
  return {
    accessKeys: new SqlAccessKeys(db),
    flowLogs: new SqlFlowLogs(db, capabilities),
    clientTokens: new SqlClientTokens(db),
    tags: new SqlTags(db, capabilities),
    resources: new SqlResources(db),
    settings: new SqlSettings(db),
  };
}
