import type { NetworkRegistry } from '../../../network/registry.ts';
import type { Resource } from '../../../network/resource.ts';
import type { ResourceKind, Scope } from '../../../network/resources.ts';
import { NO_TAGS } from '../../../network/tags.ts';
import type { HandlerOf, NetworkActionsOptions } from '../network/dependencies.ts';
import { compileFilters, type Fields } from '../network/filters.ts';
import { pageOf } from '../network/paging.ts';
import { withPauses } from '../network/pauses.ts';
import { TAGGED_TYPES, type TaggedKind } from './types.ts';

/** A tag with its resource. */
interface Row {
  readonly kind: TaggedKind;
  readonly id: string;
  readonly key: string;
  readonly value: string;
}

const FIELDS: Fields<Row> = {
  key: (row) => row.key,
  value: (row) => row.value,
  'resource-id': (row) => row.id,
  'resource-type': (row) => TAGGED_TYPES[row.kind],
};

const KINDS = Object.keys(TAGGED_TYPES) as TaggedKind[];

/** Tags of flow logs that are read from the store at once. */
const READ_AT_ONCE = 1000;

/** DescribeTags: in the order of kind, id and key. */
export function describeTags({ network, pages }: NetworkActionsOptions): HandlerOf<'DescribeTags'> {
  return async (context, input) => {
    const matches = compileFilters(input.Filters, FIELDS, (row) => ({ [row.key]: row.value }));
    const page = pageOf(pages, context, 'DescribeTags', input, [input.Filters ?? null]);
    const after = page.after === undefined ? undefined : (JSON.parse(page.after) as Row);
    const rows: Row[] = [];
    for await (const row of rowsBehind(network, context, after)) {
      if (!matches(row)) continue;
      if (rows.length === page.size) {
        const { kind, id, key } = rows.at(-1)!;
        return { Tags: rows.map(output), NextToken: page.tokenAfter(JSON.stringify({ kind, id, key })) };
      }
      rows.push(row);
    }
    return { Tags: rows.map(output) };
  };
}

function output({ kind, id, key, value }: Row) {
  return { Key: key, ResourceId: id, ResourceType: TAGGED_TYPES[kind], Value: value };
}

type Place = Pick<Row, 'kind' | 'id' | 'key'>;

async function* rowsBehind(
  network: NetworkRegistry,
  scope: Scope,
  after: Place | undefined,
): AsyncGenerator<Row, void, undefined> {
  for (const kind of KINDS.slice(after === undefined ? 0 : KINDS.indexOf(after.kind))) {
    const place = kind === after?.kind ? after : undefined;
    if (kind === 'flowLog') yield* flowLogRows(network, scope, place);
    else yield* resourceRows(network, scope, kind, place);
  }
}

async function* flowLogRows(
  network: NetworkRegistry,
  scope: Scope,
  after: Place | undefined,
): AsyncGenerator<Row, void, undefined> {
  let behind = after === undefined ? undefined : { resourceId: after.id, key: after.key };
  for (;;) {
    const rows = await network.flowLogTags(scope, behind, READ_AT_ONCE);
    for (const { resourceId: id, key, value } of rows) yield { kind: 'flowLog', id, key, value };
    const last = rows.at(-1);
    if (last === undefined || rows.length < READ_AT_ONCE) return;
    behind = { resourceId: last.resourceId, key: last.key };
  }
}

async function* resourceRows(
  { state }: NetworkRegistry,
  scope: Scope,
  kind: ResourceKind,
  after: Place | undefined,
): AsyncGenerator<Row, void, undefined> {
  if (after !== undefined) {
    const resource = state.get(scope, kind, after.id);
    for (const row of rowsOf(kind, resource)) if (row.key > after.key) yield row;
  }
  for await (const some of withPauses((last) => state.resources(scope, kind, last), after?.id)) {
    for (const resource of some) {
      // Of many resources, most have no tags.
      if (resource.tags !== NO_TAGS) yield* rowsOf(kind, resource);
    }
  }
}

function rowsOf(kind: ResourceKind, resource: Resource | undefined): Row[] {
  if (resource === undefined) return [];
  const { id, tags } = resource;
  return Object.keys(tags)
    .sort()
    .map((key) => ({ kind, id, key, value: tags[key]! }));
}
