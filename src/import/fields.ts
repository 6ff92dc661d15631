/** Members of an input's object, read with their types: what has another one is told and passed over. */
import type { Draft } from './draft.ts';

/** Longest text that is taken from an input. */
const MAX_TEXT = 4096;

export class Fields {
  readonly place: string;
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #draft: Draft;

  constructor(value: unknown, place: string, draft: Draft) {
    this.place = place;
    this.#draft = draft;
    this.#object = isObject(value) ? value : {};
    if (!isObject(value)) draft.report.leftOut('value', place, 'is no mapping');
  }

  /** The mapping of a member, with another name for its place; an empty one where there is none. */
  objectAt(key: string, place: string): Fields {
    return new Fields(this.#of(key) ?? {}, place, this.#draft);
  }

  /** A text, undefined where there is none or an empty one. */
  text(key: string): string | undefined {
    const value = this.#of(key);
    if (value === undefined || value === '') return undefined;
    if (typeof value === 'string' && value.length <= MAX_TEXT) return value;
    return this.#refuse(
      key,
      typeof value === 'string' ? `is longer than ${MAX_TEXT} characters` : 'is no text',
    );
  }

  flag(key: string): boolean | undefined {
    const value = this.#of(key);
    if (value === undefined || typeof value === 'boolean') return value;
    return this.#refuse(key, 'is neither true nor false');
  }

  number(key: string): number | undefined {
    const value = this.#of(key);
    if (value === undefined || typeof value === 'number') return value;
    return this.#refuse(key, 'is no number');
  }

  /** A text or a number. */
  scalar(key: string): string | number | undefined {
    return typeof this.#of(key) === 'number' ? this.number(key) : this.text(key);
  }

  /** The mapping of a member; an empty one where there is none. */
  object(key: string): Fields {
    return this.objectAt(key, `${this.place}.${key}`);
  }

  has(key: string): boolean {
    return this.#of(key) !== undefined;
  }

  /** The mappings in a list; none where there is no list. */
  objects(key: string): Fields[] {
    return this.#list(key).map((it, i) => new Fields(it, `${this.place}.${key}[${i}]`, this.#draft));
  }

  /** The texts in a list. */
  texts(key: string): string[] {
    return this.#list(key).filter((it, i): it is string => {
      if (typeof it === 'string' && it.length <= MAX_TEXT) return true;
      this.#draft.report.leftOut('value', `${this.place}.${key}[${i}]`, 'is no text');
      return false;
    });
  }

  /** A mapping of texts. */
  map(key: string): [string, string][] {
    const value = this.#of(key);
    if (value === undefined) return [];
    if (!isObject(value)) return this.#refuse(key, 'is no mapping') ?? [];
    return Object.entries(value).flatMap(([name, it]): [string, string][] => {
      if (it === null || typeof it === 'string') return [[name, it ?? '']];
      this.#draft.report.leftOut('value', `${this.place}.${key}`, 'has a member that is no text');
      return [];
    });
  }

  #of(key: string): unknown {
    return Object.hasOwn(this.#object, key) ? (this.#object[key] ?? undefined) : undefined;
  }

  #list(key: string): readonly unknown[] {
    const value = this.#of(key);
    if (value === undefined) return [];
    return Array.isArray(value) ? (value as unknown[]) : (this.#refuse(key, 'is no list') ?? []);
  }

  #refuse(key: string, reason: string): undefined {
    this.#draft.report.leftOut('value', `${this.place}.${key}`, reason);
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Members that there are: undefined ones and empty lists and mappings are no keys of a file. */
export function present(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).filter(([, it]) => {
      if (it === undefined || it === false) return false;
      return typeof it !== 'object' || it === null || Object.keys(it).length > 0;
    }),
  );
}

/** Tags as a mapping. Those of the service itself, which nobody may set, are counted. */
export function tagsOf(pairs: readonly (readonly [string, string])[], draft: Draft): Record<string, string> {
  const own = pairs.filter(([key]) => !key.toLowerCase().startsWith('aws:'));
  if (own.length < pairs.length) draft.report.ignored('aws: tag', pairs.length - own.length);
  return Object.fromEntries(own);
}

export function distinct(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts.filter((it) => it !== undefined))];
}
