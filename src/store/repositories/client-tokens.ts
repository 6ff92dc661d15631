import type { Database } from '../dialect.ts';
import type { ClientToken, ClientTokens, Json, Scope } from '../store.ts';

/** Client tokens and what was answered to them, in the database. */
export class SqlClientTokens implements ClientTokens {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async find(scope: Scope, action: string, token: string): Promise<ClientToken | undefined> {
    const row = await this.#db
      .selectFrom('client_tokens')
      .selectAll()
      .where('account', '=', scope.account)
      .where('region', '=', scope.region)
      .where('action', '=', action)
      .where('token', '=', token)
      .executeTakeFirst();
    return (
      row && {
        account: row.account,
        region: row.region,
        action: row.action,
        token: row.token,
        requestDigest: row.request_digest,
        response: JSON.parse(row.response) as Json,
        createdAt: row.created_at,
      }
    );
  }

  async insert(token: ClientToken): Promise<void> {
    await this.#db
      .insertInto('client_tokens')
      .values({
        account: token.account,
        region: token.region,
        action: token.action,
        token: token.token,
        request_digest: token.requestDigest,
        response: JSON.stringify(token.response),
        created_at: token.createdAt,
      })
      .execute();
  }

  async deleteBefore(time: number): Promise<number> {
    const result = await this.#db
      .deleteFrom('client_tokens')
      .where('created_at', '<', time)
      .executeTakeFirst();
    return Number(result.numDeletedRows);
  }
}
