/** Members of a request, checked one by one, as SQS words what is wrong with them. */
import { isObject } from '../../wire/json.ts';
import { invalidValue, malformed, missingParameter } from './refusals.ts';

export class SqsMembers {
  readonly #input: Readonly<Record<string, unknown>>;

  constructor(input: Readonly<Record<string, unknown>>) {
    this.#input = input;
  }

  text(name: string): string | undefined {
    const value = this.#of(name);
    if (value !== undefined && typeof value !== 'string') throw wrongType(name, 'a string');
    return value;
  }

  /** A text that is there and not empty. */
  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw missingParameter(name);
    return value;
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.#of(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, 'an integer');
    if (value < min || value > max) {
      throw invalidValue(name, String(value), `Must be between ${min} and ${max}, if provided.`);
    }
    return value;
  }

  requiredInteger(name: string, min: number, max: number): number {
    const value = this.integer(name, min, max);
    if (value === undefined) throw missingParameter(name);
    return value;
  }

  texts(name: string): readonly string[] {
    return this.#list(name).map((value) => {
      if (typeof value !== 'string') throw wrongType(name, 'a list of strings');
      return value;
    });
  }

  structures(name: string): readonly SqsMembers[] {
    return this.#list(name).map((value) => {
      if (!isObject(value)) throw wrongType(name, 'a list of structures');
      return new SqsMembers(value);
    });
  }

  /** A map of texts; empty where it is missing. */
  map(name: string): Record<string, string> {
    const entries = Object.entries(this.object(name) ?? {});
    if (entries.some(([, value]) => typeof value !== 'string')) throw wrongType(name, 'a map of strings');
    return Object.fromEntries(entries) as Record<string, string>;
  }

  object(name: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.#of(name);
    if (value !== undefined && !isObject(value)) throw wrongType(name, 'a map');
    return value;
  }

  #list(name: string): readonly unknown[] {
    const value = this.#of(name) ?? [];
    if (!Array.isArray(value)) throw wrongType(name, 'a list');
    return value as unknown[];
  }

  #of(name: string): unknown {
    const value = Object.hasOwn(this.#input, name) ? this.#input[name] : undefined;
    return value ?? undefined;
  }
}

function wrongType(name: string, wanted: string): Error {
  return malformed(`${name} is not ${wanted}.`);
}
