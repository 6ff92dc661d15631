/**
 * Compiles wasm/records.ts (AssemblyScript) into src/records/wasm/module.generated.ts: `npm run wasm`, after a change
 * of the source. The compiler comes from npm for the occasion, in the version below, since nothing else needs its 100 MB.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const COMPILER = 'assemblyscript@0.28.20';
const ROOT = new URL('..', import.meta.url).pathname;
const TARGET = join(ROOT, 'src/records/wasm/module.generated.ts');
/** Of 64 KiB each: what the source lays out, and text that is printed, for which more comes when it is needed. */
const PAGES = 80;

/** The text of the generated file. */
export function recordsModule(): string {
  const directory = mkdtempSync(join(tmpdir(), 'weir-wasm-'));
  try {
    const file = join(directory, 'records.wasm');
    const memory = ['--initialMemory', String(PAGES)];
    const options = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', ...memory, '-o', file];
    const command = ['exec', '--yes', `--package=${COMPILER}`, '--', 'asc', 'wasm/records.ts', ...options];
    execFileSync('npm', command, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    const code = readFileSync(file).toString('base64');
    return [
      '// Made of wasm/ by scripts/build-wasm.ts: do not edit.',
      'export const RECORDS_MODULE =',
      `  '${code}';`,
      '',
    ].join('\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(TARGET, recordsModule());
