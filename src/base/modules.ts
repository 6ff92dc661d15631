/**
 * Where the modules of this program and the other files of its package are. Nothing else asks `import.meta` for it: in a
 * build, modules stand together in files at other places (scripts/build.ts). This one has a file of its own there, one
 * folder below the build's as it is one below src/.
 */
import { existsSync } from 'node:fs';

/** src/ of the sources, or the folder of a build. */
const MODULES = new URL('../', import.meta.url);
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** The URL of a module that starts a thread or a process, by its path in src/ without an ending. */
export function moduleUrl(path: string): URL {
  return new URL(`${path}${EXTENSION}`, MODULES);
}

/** The folder of the package, where package.json and examples/ are. */
export const PACKAGE: URL = packageAbove(MODULES);

function packageAbove(folder: URL): URL {
  const above = new URL('../', folder);
  if (existsSync(new URL('package.json', above))) return above;
  if (above.href === folder.href) throw new Error(`no package.json above ${MODULES.href}`);
  return packageAbove(above);
}
