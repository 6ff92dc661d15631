import type { Selectable } from 'kysely';
import type { Database } from '../dialect.ts';
import type { Schema } from '../schema.ts';
import type { Json, ResourceRow, Resources, Scope } from '../store.ts';

/** The network that was created over the API, one JSON document a resource, in the database. */
export class SqlResources implements Resources {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async get(scope: Scope, kind: string, id: string): Promise<ResourceRow | undefined> {
    const row = await this.#ofScope(scope).where('kind', '=', kind).where('id', '=', id).executeTakeFirst();
    return row && toResource(row);
  }

  async list(scope: Scope, kind?: string): Promise<ResourceRow[]> {
    let query = this.#ofScope(scope);
    if (kind !== undefined) query = query.where('kind', '=', kind);
    return (await query.execute()).map(toResource);
  }

  async all(): Promise<ResourceRow[]> {
    const rows = await this.#db.selectFrom('resources').selectAll().orderBy('position').execute();
    return rows.map(toResource);
  }

  async put(resource: ResourceRow): Promise<void> {
    await this.#db
      .insertInto('resources')
      .values({
        account: resource.account,
        region: resource.region,
        kind: resource.kind,
        id: resource.id,
        document: JSON.stringify(resource.document),
        created_at: resource.createdAt,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['account', 'region', 'kind', 'id'])
          .doUpdateSet((of) => ({ document: of.ref('excluded.document') })),
      )
      .execute();
  }

  async delete(scope: Scope, kind: string, id: string): Promise<boolean> {
    const result = await this.#db
      .deleteFrom('resources')
      .where('account', '=', scope.account)
      .where('region', '=', scope.region)
      .where('kind', '=', kind)
      .where('id', '=', id)
      .executeTakeFirst();
    if (result.numDeletedRows === 0n) return false;
    await this.#db
      .deleteFrom('tags')
      .where('account', '=', scope.account)
      .where('region', '=', scope.region)
      .where('resource_id', '=', id)
      .execute();
    return true;
  }

  #ofScope(scope: Scope) {
    return this.#db
      .selectFrom('resources')
      .selectAll()
      .where('account', '=', scope.account)
      .where('region', '=', scope.region)
      .orderBy('position');
  }
}

function toResource(row: Selectable<Schema['resources']>): ResourceRow {
  return {
    account: row.account,
    region: row.region,
    kind: row.kind,
    id: row.id,
    document: JSON.parse(row.document) as Json,
    createdAt: row.created_at,
  };
}
