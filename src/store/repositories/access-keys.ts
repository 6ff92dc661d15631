import type { Database } from '../dialect.ts';
import type { AccessKey, AccessKeyInfo, AccessKeys } from '../store.ts';

/** Access keys in the database. A deleted key leaves its row, without its secret, so that no id comes twice. */
export class SqlAccessKeys implements AccessKeys {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async find(id: string): Promise<AccessKey | undefined> {
    const row = await this.#valid().where('id', '=', id).executeTakeFirst();
    return row && toKey(row);
  }

  async active(): Promise<AccessKey[]> {
    return (await this.#valid().execute()).map(toKey);
  }

  async list(options: { account?: string; deleted?: boolean } = {}): Promise<AccessKeyInfo[]> {
    let query = this.#db
      .selectFrom('access_keys')
      .select(['id', 'account', 'read_only', 'label', 'created_at', 'deleted_at'])
      .orderBy('position');
    if (options.account !== undefined) query = query.where('account', '=', options.account);
    if (options.deleted !== true) query = query.where('deleted_at', 'is', null);
    return (await query.execute()).map((row) => ({
      ...toInfo(row),
      ...(row.deleted_at === null ? {} : { deletedAt: row.deleted_at }),
    }));
  }

  async insert(key: AccessKey): Promise<void> {
    await this.#db
      .insertInto('access_keys')
      .values({
        id: key.id,
        secret: key.secret,
        account: key.account,
        read_only: key.readOnly ? 1 : 0,
        label: key.label,
        created_at: key.createdAt,
        deleted_at: null,
      })
      .execute();
  }

  async markDeleted(id: string, at: number): Promise<boolean> {
    const result = await this.#db
      .updateTable('access_keys')
      .set({ deleted_at: at, secret: '' })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  #valid() {
    return this.#db
      .selectFrom('access_keys')
      .select(['id', 'secret', 'account', 'read_only', 'label', 'created_at'])
      .where('deleted_at', 'is', null)
      .orderBy('position');
  }
}

interface InfoRow {
  id: string;
  account: string;
  read_only: number;
  label: string;
  created_at: number;
}

function toInfo(row: InfoRow): AccessKeyInfo {
  return {
    id: row.id,
    account: row.account,
    readOnly: row.read_only === 1,
    label: row.label,
    createdAt: row.created_at,
  };
}

function toKey(row: InfoRow & { secret: string }): AccessKey {
  return { ...toInfo(row), secret: row.secret };
}
