import type { Capabilities, Database } from '../dialect.ts';
import { pieces } from '../dialect.ts';
import type { Scope, Tag, TagQuery, TagRow, Tags } from '../store.ts';

/** Parameters of one row of an insert. */
const COLUMNS = 5;

/** Tags of every kind of resource, in the database. */
export class SqlTags implements Tags {
  readonly #db: Database;
  readonly #capabilities: Capabilities;

  constructor(db: Database, capabilities: Capabilities) {
    this.#db = db;
    this.#capabilities = capabilities;
  }

  async of(scope: Scope, resourceIds: readonly string[]): Promise<Map<string, Tag[]>> {
    const out = new Map<string, Tag[]>();
    for (const ids of pieces(resourceIds, 1, this.#capabilities)) {
      const rows = await this.#db
        .selectFrom('tags')
        .select(['resource_id', 'key', 'value'])
        .where('account', '=', scope.account)
        .where('region', '=', scope.region)
        .where('resource_id', 'in', ids)
        .orderBy('resource_id')
        .orderBy('key')
        .execute();
      for (const { resource_id: id, key, value } of rows) {
        const tags = out.get(id);
        if (tags === undefined) out.set(id, [{ key, value }]);
        else tags.push({ key, value });
      }
    }
    return out;
  }

  async list(query: TagQuery): Promise<TagRow[]> {
    let select = this.#db
      .selectFrom('tags')
      .select(['resource_id', 'key', 'value'])
      .where('account', '=', query.account)
      .where('region', '=', query.region)
      .orderBy('resource_id')
      .orderBy('key')
      .limit(query.limit);
    const conditions = [
      ['resource_id', query.resourceIds],
      ['key', query.keys],
      ['value', query.values],
    ] as const;
    for (const [column, values] of conditions) {
      if (values === undefined) continue;
      if (values.length === 0) return [];
      select = select.where(column, 'in', values);
    }
    const { after } = query;
    if (after !== undefined) {
      select = select.where((is) =>
        is.or([
          is('resource_id', '>', after.resourceId),
          is.and([is('resource_id', '=', after.resourceId), is('key', '>', after.key)]),
        ]),
      );
    }
    const rows = await select.execute();
    return rows.map((row) => ({ resourceId: row.resource_id, key: row.key, value: row.value }));
  }

  async put(scope: Scope, resourceIds: readonly string[], tags: readonly Tag[]): Promise<void> {
    // One statement must not set the same row twice: the last value given for a key is the one that counts.
    const last = [...new Map(tags.map((tag) => [tag.key, tag.value]))];
    const rows = [...new Set(resourceIds)].flatMap((id) =>
      last.map(([key, value]) => ({
        account: scope.account,
        region: scope.region,
        resource_id: id,
        key,
        value,
      })),
    );
    for (const some of pieces(rows, COLUMNS, this.#capabilities)) {
      await this.#db
        .insertInto('tags')
        .values(some)
        .onConflict((conflict) =>
          conflict
            .columns(['account', 'region', 'resource_id', 'key'])
            .doUpdateSet((of) => ({ value: of.ref('excluded.value') })),
        )
        .execute();
    }
  }

  async delete(
    scope: Scope,
    resourceIds: readonly string[],
    tags?: readonly { readonly key: string; readonly value?: string | undefined }[],
  ): Promise<void> {
    for (const ids of pieces(resourceIds, 1, this.#capabilities)) {
      const ofThese = this.#db
        .deleteFrom('tags')
        .where('account', '=', scope.account)
        .where('region', '=', scope.region)
        .where('resource_id', 'in', ids);
      if (tags === undefined) {
        await ofThese.execute();
        continue;
      }
      for (const { key, value } of tags) {
        const withKey = ofThese.where('key', '=', key);
        await (value === undefined ? withKey : withKey.where('value', '=', value)).execute();
      }
    }
  }
}
