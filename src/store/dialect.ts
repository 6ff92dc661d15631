import type { ColumnDefinitionBuilder, Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** The database as the repositories see it: the same typed builder in every dialect. */
export type Database = Kysely<Schema>;

/** What differs between the databases, as capabilities to ask for instead of names to compare. */
export interface Capabilities {
  /** Makes an integer primary key that grows with every row and never gives a number twice. */
  readonly growingKey: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
  /** The most parameters that one statement may carry. */
  readonly parametersPerStatement: number;
}

/** Cuts a list so that each piece fits a statement with `parametersPerItem` parameters for each item. */
export function pieces<T>(items: readonly T[], parametersPerItem: number, capabilities: Capabilities): T[][] {
  // Room is left for the scope and the other conditions of the statement.
  const size = Math.max(1, Math.floor((capabilities.parametersPerStatement - 100) / parametersPerItem));
  const out: T[][] = [];
  for (let start = 0; start < items.length; start += size) out.push(items.slice(start, start + size));
  return out;
}
