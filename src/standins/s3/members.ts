/** Members of a document that a client sends (body.ts reads it). */
import { xmlText } from './body.ts';
import { refuse } from './errors.ts';

export type Members = Readonly<Record<string, unknown>>;

/** The structures of a list; white space, where it is empty, is none. */
export function listOf(members: Members, name: string): Members[] {
  const list = Object.hasOwn(members, name) ? members[name] : undefined;
  if (list === undefined) return [];
  return (Array.isArray(list) ? (list as unknown[]) : [list]).map((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) throw refuse('MalformedXML');
    return item as Members;
  });
}

/** A structure; undefined where it is missing or empty. */
export function memberOf(members: Members, name: string): Members | undefined {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (value === undefined || (typeof value === 'string' && value.trim() === '')) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('MalformedXML');
  return value as Members;
}

/** A text without white space around it; undefined where there is none. */
export function textOf(members: Members, name: string): string | undefined {
  const value = xmlText(members, name)?.trim();
  return value === '' ? undefined : value;
}
