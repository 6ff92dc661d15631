/** What readers of Terraform's resources have in common. */
import type { Draft } from './draft.ts';
import { distinct, tagsOf, type Fields } from './fields.ts';

/** The attributes of one instance of a resource. */
export interface Attributes {
  readonly it: Fields;
  readonly draft: Draft;
}

export type Reader = (attributes: Attributes) => void;

export function idOf({ it, draft }: Attributes, what: string): string | undefined {
  const id = it.text('id');
  if (id === undefined) draft.report.leftOut(what, it.place, 'has no id');
  return id;
}

/** All tags, those that the provider adds by default included. */
export function tags({ it, draft }: Attributes): Record<string, string> {
  return tagsOf(it.map(it.has('tags_all') ? 'tags_all' : 'tags'), draft);
}

/** An attribute that lists texts, first in order where the provider keeps one. */
export function list(it: Fields, ...keys: string[]): string[] {
  return distinct(keys.flatMap((key) => it.texts(key)));
}

/** A number, which some resources have as text. */
export function numeric(it: Fields, key: string): number | undefined {
  const value = it.scalar(key);
  if (value === undefined || typeof value === 'number') return value;
  return /^-?[0-9]{1,10}$/.test(value) ? Number(value) : undefined;
}

/** The texts of attributes, all of which have to be there; what lacks one is told. */
export function required<K extends string>(
  { it, draft }: Attributes,
  what: string,
  ...keys: readonly K[]
): Record<K, string> | undefined {
  const found: Partial<Record<K, string>> = {};
  for (const key of keys) {
    const value = it.text(key);
    if (value === undefined) {
      draft.report.leftOut(what, it.place, `has no ${key}`);
      return undefined;
    }
    found[key] = value;
  }
  return found as Record<K, string>;
}
