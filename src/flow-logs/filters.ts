/** The filters of DescribeFlowLogs: ANDed, the values of each ORed. */
import { WildcardSet } from '../base/wildcard.ts';
import type { FlowLogQuery, FlowLogRow, Tag } from '../store/store.ts';
import { fault } from './faults.ts';

/** A filter of a request; any member may be missing. */
export interface FilterInput {
  readonly name: string | undefined;
  readonly values: readonly string[];
}

/** Filters, ready to be asked with. */
export interface Filters {
  /** What the store can leave out by itself. */
  readonly query: StoreConditions;
  /** The store leaves out all that does not match. */
  readonly complete: boolean;
  /** Whether a flow log with these tags matches all filters. */
  matches(row: FlowLogRow, tags: readonly Tag[]): boolean;
}

type StoreConditions = Pick<
  FlowLogQuery,
  | 'ids'
  | 'resourceIds'
  | 'deliverLogsStatuses'
  | 'logDestinationTypes'
  | 'logGroupNames'
  | 'trafficTypes'
  | 'tags'
>;

/** EC2's bounds for every action with filters. */
const MAX_FILTERS = 50;
const MAX_VALUES = 200;

interface Column {
  readonly condition: Exclude<keyof StoreConditions, 'tags'>;
  readonly valueOf: (row: FlowLogRow) => string | undefined;
}

const COLUMNS: ReadonlyMap<string, Column> = new Map<string, Column>([
  ['deliver-log-status', { condition: 'deliverLogsStatuses', valueOf: (row) => row.deliverLogsStatus }],
  ['log-destination-type', { condition: 'logDestinationTypes', valueOf: (row) => row.logDestinationType }],
  ['flow-log-id', { condition: 'ids', valueOf: (row) => row.id }],
  ['log-group-name', { condition: 'logGroupNames', valueOf: (row) => row.logGroupName }],
  ['resource-id', { condition: 'resourceIds', valueOf: (row) => row.resourceId }],
  ['traffic-type', { condition: 'trafficTypes', valueOf: (row) => row.trafficType }],
]);
const TAG_KEY = 'tag-key';
const TAG = 'tag:';

interface Filter {
  readonly matches: (row: FlowLogRow, tags: readonly Tag[]) => boolean;
  /** Puts the filter into what the store is asked; false when it does not fit there. */
  readonly push: (conditions: Mutable<StoreConditions>) => boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Compiles filters, and the ids that a request asks for by themselves.
 *
 * @throws FlowLogFault for an unknown filter, one without values, and too many of either
 */
export function compileFilters(inputs: readonly FilterInput[], ids: readonly string[] | undefined): Filters {
  if (inputs.length > MAX_FILTERS) {
    throw fault('tooMany', { name: 'Filters', count: inputs.length, max: MAX_FILTERS });
  }
  const filters = inputs.map((input, index) => compileFilter(input, index));
  const query: Mutable<StoreConditions> = ids === undefined ? {} : { ids };
  const left = filters.filter((filter) => !filter.push(query));
  return {
    query,
    complete: left.length === 0,
    matches: (row, tags) => left.every((filter) => filter.matches(row, tags)),
  };
}

function compileFilter({ name, values }: FilterInput, index: number): Filter {
  if (name === undefined) throw fault('missingParameter', { name: `Filters.${index + 1}.Name` });
  const column = COLUMNS.get(name);
  const isTag = name.startsWith(TAG) && name.length > TAG.length;
  if (column === undefined && !isTag && name !== TAG_KEY) throw fault('invalidFilter', { name });
  if (values.length === 0) throw fault('filterWithoutValues', { name });
  if (values.length > MAX_VALUES) {
    throw fault('tooMany', { name: `Filters.${index + 1}.Values`, count: values.length, max: MAX_VALUES });
  }
  const wanted = new WildcardSet(values);
  if (column !== undefined) return columnFilter(column, wanted);
  return isTag ? tagFilter(name.slice(TAG.length), wanted) : tagKeyFilter(wanted);
}

function columnFilter({ condition, valueOf }: Column, wanted: WildcardSet): Filter {
  const exact = exactTexts(wanted);
  return {
    matches: (row) => {
      const value = valueOf(row);
      return value !== undefined && wanted.matches(value);
    },
    push: (conditions) => {
      if (exact === undefined || conditions[condition] !== undefined) return false;
      conditions[condition] = exact;
      return true;
    },
  };
}

function tagFilter(key: string, wanted: WildcardSet): Filter {
  const values = exactTexts(wanted);
  return {
    matches: (_, tags) => tags.some((tag) => tag.key === key && wanted.matches(tag.value)),
    push: (conditions) => {
      if (values === undefined) return false;
      conditions.tags = [...(conditions.tags ?? []), { key, values }];
      return true;
    },
  };
}

function tagKeyFilter(wanted: WildcardSet): Filter {
  const keys = exactTexts(wanted);
  return {
    matches: (_, tags) => tags.some((tag) => wanted.matches(tag.key)),
    push: (conditions) => {
      // The store ANDs what it is asked of tags: it can take one key, not one of several.
      const [key] = keys ?? [];
      if (key === undefined || keys!.length > 1) return false;
      conditions.tags = [...(conditions.tags ?? []), { key }];
      return true;
    },
  };
}

/** The texts that match, where the values name them one by one. */
function exactTexts({ isExact, exact }: WildcardSet): string[] | undefined {
  return isExact ? [...exact] : undefined;
}
