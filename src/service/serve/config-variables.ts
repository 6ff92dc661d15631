/** Environment variables that weir.yaml names in place of secrets: `$NAME`. */
import { UserError } from '../../base/errors.ts';

export const VARIABLE = /^\$([A-Za-z_][A-Za-z0-9_]*)$/;

/** The name that a text stands for; undefined for a text that is none. */
export function variableOf(text: string): string | undefined {
  return VARIABLE.exec(text)?.[1];
}

/** What a variable holds; `where` it is named is for messages. @throws {UserError} when it is not set, or empty */
export function readVariable(
  name: string,
  where: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const value = environment[name] ?? '';
  if (value === '') throw new UserError(`${where}: the environment variable ${name} is not set: set it`);
  return value;
}
