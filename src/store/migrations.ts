import { sql } from 'kysely';
import { UserError } from '../base/errors.ts';
import type { Capabilities, Database } from './dialect.ts';

/** A step of the schema. Numbered without gaps, forward only; one that was released is never changed. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly up: (db: Database, capabilities: Capabilities) => Promise<void>;
}

export const MIGRATIONS: readonly Migration[] = [{ version: 1, name: 'control state', up: controlState }];

/**
 * Brings the schema of an open database to the newest version, each step in a transaction of its own together
 * with the note that it was taken.
 * @returns the version it found and the one it left
 * @throws {UserError} when the database was written by a newer program: it is left as it is
 */
export async function migrate(
  db: Database,
  capabilities: Capabilities,
  where: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<{ from: number; to: number }> {
  await db.schema
    .createTable('schema_versions')
    .ifNotExists()
    .addColumn('version', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at', 'bigint', (column) => column.notNull())
    .execute();
  const row = await db
    .selectFrom('schema_versions')
    .select((of) => of.fn.max('version').as('version'))
    .executeTakeFirst();
  const from = row?.version ?? 0;
  const newest = migrations.at(-1)?.version ?? 0;
  if (from > newest) {
    throw new UserError(
      `${where} has schema version ${from}, and this version of weir knows them up to ${newest}: ` +
        `start the newer weir that wrote it (a schema never goes back), or give another data directory`,
    );
  }
  for (const migration of migrations) {
    if (migration.version <= from) continue;
    await db.transaction().execute(async (step) => {
      await migration.up(step, capabilities);
      await step
        .insertInto('schema_versions')
        .values({ version: migration.version, name: migration.name, applied_at: Date.now() })
        .execute();
    });
  }
  return { from, to: newest };
}

async function controlState(db: Database, { growingKey }: Capabilities): Promise<void> {
  await db.schema
    .createTable('access_keys')
    .addColumn('position', 'integer', growingKey)
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('read_only', 'integer', (column) => column.notNull())
    .addColumn('label', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('deleted_at', 'bigint')
    .execute();

  await db.schema
    .createTable('flow_logs')
    .addColumn('sequence', 'integer', growingKey)
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('resource_id', 'text', (column) => column.notNull())
    .addColumn('resource_type', 'text', (column) => column.notNull())
    .addColumn('traffic_type', 'text')
    .addColumn('log_destination_type', 'text', (column) => column.notNull())
    .addColumn('log_destination', 'text')
    .addColumn('log_group_name', 'text')
    .addColumn('deliver_logs_permission_arn', 'text')
    .addColumn('deliver_cross_account_role', 'text')
    .addColumn('log_format', 'text', (column) => column.notNull())
    .addColumn('max_aggregation_interval', 'integer', (column) => column.notNull())
    .addColumn('destination_options', 'text')
    .addColumn('tag_field_specifications', 'text')
    .addColumn('deliver_logs_status', 'text', (column) => column.notNull())
    .addColumn('deliver_logs_error_message', 'text')
    .addColumn('client_token', 'text', (column) => column.notNull())
    .addColumn('configuration_digest', 'text', (column) => column.notNull())
    .addUniqueConstraint('flow_logs_id', ['account', 'region', 'id'])
    .execute();
  // Each ends in the sequence, so that a page comes out of the index in order, without a sort. What is filtered
  // by is either one of these or found while the page is walked.
  const indexes = {
    flow_logs_page: [],
    flow_logs_resource: ['resource_id'],
    flow_logs_status: ['deliver_logs_status'],
    flow_logs_group: ['log_group_name'],
    flow_logs_configuration: ['configuration_digest'],
  } as const;
  for (const [name, columns] of Object.entries(indexes)) {
    await db.schema
      .createIndex(name)
      .on('flow_logs')
      .columns(['account', 'region', ...columns, 'sequence'])
      .execute();
  }

  await db.schema
    .createTable('client_tokens')
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('token', 'text', (column) => column.notNull())
    .addColumn('request_digest', 'text', (column) => column.notNull())
    .addColumn('response', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('client_tokens_key', ['account', 'region', 'action', 'token'])
    .execute();
  await db.schema.createIndex('client_tokens_age').on('client_tokens').column('created_at').execute();

  await db.schema
    .createTable('tags')
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('resource_id', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('tags_key', ['account', 'region', 'resource_id', 'key'])
    .execute();
  // Without the resource: an index that holds whole rows is what SQLite takes for everything, also for the tags of
  // one resource, which it would look for in all of them.
  await db.schema
    .createIndex('tags_by_key')
    .on('tags')
    .columns(['account', 'region', 'key', 'value'])
    .execute();

  await db.schema
    .createTable('resources')
    .addColumn('position', 'integer', growingKey)
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('region', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addUniqueConstraint('resources_id', ['account', 'region', 'kind', 'id'])
    .execute();

  await db.schema
    .createTable('settings')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .addCheckConstraint('settings_name', sql`name <> ''`)
    .execute();
}
