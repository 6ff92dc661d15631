/**
 * Puts the modules of src/ together into few files, which start faster: `build.ts FOLDER` for the npm package,
 * `build.ts` for the launcher of a checkout, which keeps what it made in .build/ and makes it anew when src/ is newer.
 */
import {
  chmodSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SRC = join(ROOT, 'src/');
const BUILDS = join(ROOT, '.build');
/** A program that is running loads modules when it first needs them: its build must stay a while. */
const BUILDS_KEPT = 10;

/** What is started or imported by its path; base/modules.ts tells the paths. */
const ENTRIES = [
  'cli/main.ts',
  'index.ts',
  'base/modules.ts',
  'service/demo/world/main.ts',
  'service/demo/world/program.ts',
  ...globSync('**/*-worker.ts', { cwd: SRC }),
];

/** The one module that may ask where it is. */
const TELLS_PLACES = join(SRC, 'base/modules.ts');

/** Builds into a folder. Throws when a module depends on where its file is. */
async function build(folder: string): Promise<void> {
  const bundle = await rolldown({
    input: Object.fromEntries(ENTRIES.map((path) => [path.replace(/\.ts$/, ''), join(SRC, path)])),
    platform: 'node',
    // Packages stay where npm puts them.
    external: (id) => !/^[./]/.test(id),
    plugins: [
      {
        name: 'places',
        transform(code, id) {
          if (!id.startsWith(SRC) || id === TELLS_PLACES || !code.includes('import.meta')) return;
          throw new Error(`${id} uses import.meta: it is at another place in a build (see ${TELLS_PLACES})`);
        },
      },
    ],
  });
  await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'parts/[name]-[hash].js',
  });
  await bundle.close();
}

/** Builds for the launcher, which runs what `.build/current` leads to and compares the age of `.build/current/built`. */
async function buildForLauncher(): Promise<void> {
  mkdirSync(BUILDS, { recursive: true });
  const folder = mkdtempSync(join(BUILDS, 'build-'));
  // Other users may run it.
  chmodSync(folder, 0o755);
  // In front: what changes while it is built is newer.
  writeFileSync(join(folder, 'built'), '');
  try {
    await build(folder);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  const link = `${folder}-link`;
  symlinkSync(basename(folder), link);
  renameSync(link, join(BUILDS, 'current'));
  const builds = readdirSync(BUILDS).filter((name) => name.startsWith('build-'));
  const age = (name: string): number => statSync(join(BUILDS, name)).mtimeMs;
  for (const old of builds.sort((a, b) => age(b) - age(a)).slice(BUILDS_KEPT)) {
    rmSync(join(BUILDS, old), { recursive: true, force: true });
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined) await buildForLauncher();
else {
  rmSync(folder, { recursive: true, force: true });
  await build(folder);
}
