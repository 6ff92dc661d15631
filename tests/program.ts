/** The program as tests run it: built, as the launcher does. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Its entry, for a Node of the test's own. */
export const MAIN = `${ROOT}.build/current/cli/main.js`;

/** Before all tests: the launcher builds what is out of date. */
export function setup(): void {
  execFileSync(`${ROOT}weir`, ['--version'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
