import { readFileSync } from 'node:fs';

/** Of the package: part of what a replay's objects are named by, since another version may write other records. */
export const PACKAGE_VERSION: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
