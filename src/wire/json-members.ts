/**
 * Members of a JSON request, checked one by one. A value of another JSON type is a SerializationException; what
 * breaks a bound is gathered, and said at once as the services that validate by their model say it.
 */
import { ServiceError } from '../base/service-error.ts';
import { isObject } from './json.ts';

export interface TextRule {
  readonly min?: number;
  readonly max?: number;
  /** Without anchors, as the model words it. */
  readonly pattern?: string;
  readonly oneOf?: readonly string[];
}

export interface IntegerRule {
  readonly min?: number;
  readonly max?: number;
}

/** Longest value that a text repeats, in characters. */
const SHOWN = 128;
/** Failures that are told of; there may be as many as list items. */
const MOST_FAILURES = 10;

const anchored = new Map<string, RegExp>();

export class JsonMembers {
  readonly #input: Readonly<Record<string, unknown>>;
  readonly #failures: string[];
  readonly #path: string;

  constructor(input: Readonly<Record<string, unknown>>, failures: string[] = [], path = '') {
    this.#input = input;
    this.#failures = failures;
    this.#path = path;
  }

  text(name: string, rule: TextRule = {}): string | undefined {
    const value = this.#of(name, 'string', 'STRING_VALUE');
    if (value !== undefined) this.#checkText(this.#path + name, value, rule);
    return value;
  }

  requiredText(name: string, rule: TextRule = {}): string {
    return this.text(name, rule) ?? this.#missing(name, '');
  }

  boolean(name: string): boolean | undefined {
    return this.#of(name, 'boolean', 'BOOLEAN_VALUE');
  }

  integer(name: string, { min, max }: IntegerRule = {}): number | undefined {
    const value = this.#of(name, 'number', 'NUMBER_VALUE');
    if (value === undefined) return undefined;
    if (!Number.isSafeInteger(value)) throw serialization(`${this.#path}${name} is no integer`);
    if (min !== undefined && value < min) {
      this.#fail(name, String(value), `Member must have value greater than or equal to ${min}`);
    } else if (max !== undefined && value > max) {
      this.#fail(name, String(value), `Member must have value less than or equal to ${max}`);
    }
    return value;
  }

  requiredInteger(name: string, rule: IntegerRule = {}): number {
    return this.integer(name, rule) ?? this.#missing(name, 0);
  }

  texts(
    name: string,
    rule: { readonly min: number; readonly max: number; readonly each: TextRule },
  ): string[] | undefined {
    const list = this.#list(name, rule);
    return list?.map((value, i) => {
      if (typeof value !== 'string') throw unexpected('STRING_VALUE');
      this.#checkText(`${this.#path}${name}.${i + 1}.member`, value, rule.each);
      return value;
    });
  }

  structure(name: string): JsonMembers | undefined {
    const value = Object.hasOwn(this.#input, name) ? this.#input[name] : undefined;
    if (value === undefined || value === null) return undefined;
    if (!isObject(value)) throw unexpected('structure');
    return new JsonMembers(value, this.#failures, `${this.#path}${name}.`);
  }

  requiredStructure(name: string): JsonMembers {
    return this.structure(name) ?? this.#missing(name, new JsonMembers({}));
  }

  /** The structures of a list. */
  structures(name: string, rule: { readonly min: number; readonly max: number }): JsonMembers[] | undefined {
    return this.#list(name, rule)?.map((value, i) => {
      if (!isObject(value)) throw unexpected('structure');
      return new JsonMembers(value, this.#failures, `${this.#path}${name}.${i + 1}.member.`);
    });
  }

  requiredStructures(name: string, rule: { readonly min: number; readonly max: number }): JsonMembers[] {
    return this.structures(name, rule) ?? this.#missing(name, []);
  }

  /** A map of texts. */
  map(
    name: string,
    rule: { readonly min: number; readonly max: number; readonly key: TextRule; readonly value: TextRule },
  ): Record<string, string> | undefined {
    const value = this.#input[name];
    if (value === undefined || value === null) return undefined;
    if (!isObject(value)) throw unexpected('map');
    const entries = Object.entries(value);
    this.#checkSize(name, entries.length, rule);
    const out: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const [key, text] of entries) {
      if (typeof text !== 'string') throw unexpected('STRING_VALUE');
      this.#checkText(`${this.#path}${name}.key`, key, rule.key);
      this.#checkText(`${this.#path}${name}.value`, text, rule.value);
      out[key] = text;
    }
    return { ...out };
  }

  /** To be called when all members have been asked for. @throws {ServiceError} InvalidParameterException, or the
   * service's own word for it */
  check(code = 'InvalidParameterException'): void {
    const count = this.#failures.length;
    if (count === 0) return;
    const shown = this.#failures.slice(0, MOST_FAILURES).join('; ');
    const text = `${count} validation error${count === 1 ? '' : 's'} detected: ${shown}`;
    throw new ServiceError(code, text, 400);
  }

  #of(name: string, type: 'string', wanted: string): string | undefined;
  #of(name: string, type: 'number', wanted: string): number | undefined;
  #of(name: string, type: 'boolean', wanted: string): boolean | undefined;
  #of(name: string, type: string, wanted: string): unknown {
    const value = Object.hasOwn(this.#input, name) ? this.#input[name] : undefined;
    if (value === undefined || value === null) return undefined;
    if (typeof value !== type) throw unexpected(wanted);
    return value;
  }

  #list(name: string, rule: { readonly min: number; readonly max: number }): unknown[] | undefined {
    const value = Object.hasOwn(this.#input, name) ? this.#input[name] : undefined;
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) throw unexpected('list');
    this.#checkSize(name, value.length, rule);
    return value.slice(0, rule.max) as unknown[];
  }

  #checkSize(name: string, size: number, { min, max }: { readonly min: number; readonly max: number }): void {
    const shown = `[${size} items]`;
    if (size < min) this.#fail(name, shown, `Member must have length greater than or equal to ${min}`);
    if (size > max) this.#fail(name, shown, `Member must have length less than or equal to ${max}`);
  }

  #missing<T>(name: string, value: T): T {
    this.#failures.push(
      `Value null at '${lowered(this.#path + name)}' failed to satisfy constraint: Member must not be null`,
    );
    return value;
  }

  #fail(name: string, value: string, constraint: string): void {
    this.#failAt(this.#path + name, value, constraint);
  }

  #failAt(path: string, value: string, constraint: string): void {
    const shown = value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
    this.#failures.push(`Value '${shown}' at '${lowered(path)}' failed to satisfy constraint: ${constraint}`);
  }

  #checkText(path: string, value: string, { min, max, pattern, oneOf }: TextRule): void {
    if (min !== undefined && value.length < min) {
      this.#failAt(path, value, `Member must have length greater than or equal to ${min}`);
    }
    if (max !== undefined && value.length > max) {
      this.#failAt(path, value, `Member must have length less than or equal to ${max}`);
    } else if (pattern !== undefined && !expression(pattern).test(value)) {
      this.#failAt(path, value, `Member must satisfy regular expression pattern: ${pattern}`);
    } else if (oneOf !== undefined && !oneOf.includes(value)) {
      this.#failAt(path, value, `Member must satisfy enum value set: [${oneOf.join(', ')}]`);
    }
  }
}

function expression(pattern: string): RegExp {
  const made = anchored.get(pattern) ?? new RegExp(`^(?:${pattern})$`, 'u');
  anchored.set(pattern, made);
  return made;
}

function lowered(path: string): string {
  return path.slice(0, 1).toLowerCase() + path.slice(1);
}

function unexpected(wanted: string): ServiceError {
  return serialization(
    wanted.endsWith('_VALUE')
      ? `${wanted} expected: a value has another type`
      : `Start of ${wanted} expected: a value has another type`,
  );
}

function serialization(text: string): ServiceError {
  return new ServiceError('SerializationException', text, 400);
}
