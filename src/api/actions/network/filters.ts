/** Filters of Describe actions: all of them must match, each by one of its values, with wildcards. */
import { WildcardSet } from '../../../base/wildcard.ts';
import { missingParameter, refusal } from '../../errors.ts';
import type { Filter } from '../../protocol/types.generated.ts';

/** What a filter is compared with: nothing matches where there is nothing. */
export type FieldValue = string | readonly string[] | undefined;

/** The fields that can be filtered by, by the name of their filter. */
export type Fields<T> = Readonly<Record<string, (it: T) => FieldValue>>;

/** Most filters in a request, and most values of one. */
const MAX_FILTERS = 50;
const MAX_VALUES = 200;

const TAG = 'tag:';

/**
 * A test for things with tags and fields.
 *
 * @throws ServiceError for a filter without name or values, or of a name that there is none of
 */
export function compileFilters<T>(
  filters: readonly Filter[] | undefined,
  fields: Fields<T>,
  tagsOf: ((it: T) => Readonly<Record<string, string>>) | undefined,
): (it: T) => boolean {
  if (filters === undefined || filters.length === 0) return () => true;
  if (filters.length > MAX_FILTERS) {
    throw refusal('tooMany', { name: 'Filters', count: filters.length, max: MAX_FILTERS });
  }
  const tests = filters.map(({ Name: name, Values: values }, i) => {
    if (name === undefined) throw missingParameter(`Filters.${i + 1}.Name`);
    const field = fieldOf(name, fields, tagsOf);
    if (field === undefined) throw refusal('invalidFilter', { name });
    if (values === undefined || values.length === 0) throw refusal('filterWithoutValues', { name });
    if (values.length > MAX_VALUES) throw refusal('tooMany', { name, count: values.length, max: MAX_VALUES });
    const wanted = new WildcardSet(values);
    return (it: T): boolean => {
      const value = field(it);
      if (value === undefined) return false;
      return typeof value === 'string' ? wanted.matches(value) : value.some((one) => wanted.matches(one));
    };
  });
  return (it) => tests.every((test) => test(it));
}

function fieldOf<T>(
  name: string,
  fields: Fields<T>,
  tagsOf: ((it: T) => Readonly<Record<string, string>>) | undefined,
): ((it: T) => FieldValue) | undefined {
  if (Object.hasOwn(fields, name)) return fields[name];
  if (tagsOf === undefined) return undefined;
  if (name.startsWith(TAG)) {
    const key = name.slice(TAG.length);
    return (it) => {
      const tags = tagsOf(it);
      return Object.hasOwn(tags, key) ? tags[key] : undefined;
    };
  }
  if (name === 'tag-key') return (it) => Object.keys(tagsOf(it));
  if (name === 'tag-value') return (it) => Object.values(tagsOf(it));
  return undefined;
}
