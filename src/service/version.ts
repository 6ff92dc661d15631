import { readFileSync } from 'node:fs';
import { PACKAGE } from '../base/modules.ts';

/** Of the package: part of what a replay's objects are named by, since another version may write other records. */
export const PACKAGE_VERSION: string = (
  JSON.parse(readFileSync(new URL('package.json', PACKAGE), 'utf8')) as { version: string }
).version;
