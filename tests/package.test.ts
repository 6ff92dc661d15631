/** What `npm run build` makes, as somebody who installed it uses it: under plain node, without the sources. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = new URL('../', import.meta.url).pathname;
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'weir-package-'));

interface Package {
  readonly name: string;
  readonly files: readonly string[];
  readonly bin: { readonly weir: string };
  readonly exports: { readonly '.': { readonly types: string; readonly default: string } };
  readonly dependencies: Readonly<Record<string, string>>;
}
const about = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Package;
const installed = join(folder, 'node_modules', about.name);

beforeAll(async () => {
  // The package's own files and its dependencies, and nothing else of the repository.
  mkdirSync(installed, { recursive: true });
  const outDir = join(installed, 'dist');
  await run(process.execPath, [join(ROOT, 'scripts/build.ts'), outDir]);
  await run(process.execPath, [TSC, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', outDir]);
  cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
  for (const file of about.files.filter((name) => name !== 'dist')) {
    cpSync(join(ROOT, file), join(installed, file), { recursive: true });
  }
  for (const name of Object.keys(about.dependencies)) {
    const at = join(folder, 'node_modules', name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), at);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('its module starts a service, which answers and ends', async () => {
  const program = file(
    'program.mjs',
    `import { startWeir, UserError } from '${about.name}';
const weir = await startWeir({ network: 'vpcs:\\n  - id: vpc-0a1b2c3d\\n    cidrs: [10.0.0.0/16]\\n' });
const ready = await (await fetch(weir.url + '/readyz')).json();
const refused = await weir.replay('none.pcap').catch((error) => error instanceof UserError && error.message);
const { flowLogs } = weir.status();
await weir.close();
console.log(JSON.stringify({ ready, refused, flowLogs, region: weir.region }));
`,
  );
  const { stdout } = await run(process.execPath, [program], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual({
    ready: { ready: true, reasons: {} },
    refused: expect.stringContaining('none.pcap: there is no such file'),
    flowLogs: [],
    region: 'eu-central-1',
  });
});

test('its types are those of the module', async () => {
  const program = file(
    'program.mts',
    `import { startWeir, type Weir } from '${about.name}';
const weir: Weir = await startWeir({ config: { region: 'us-east-1' } });
const packets: number = (await weir.replay(['a.pcap', new Uint8Array(0)], { vpcs: ['vpc-1'] })).packets;
// @ts-expect-error there is no such option
await startWeir({ port: packets });
`,
  );
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
  symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
  const { stdout } = await run(process.execPath, [TSC, ...options, '--skipLibCheck', program], {
    cwd: folder,
  });
  expect(stdout).toBe('');
});

test('its command runs', async () => {
  const { stdout } = await run(process.execPath, [join(installed, about.bin.weir), '--help'], {
    cwd: folder,
  });
  expect(stdout).toMatch(/Usage: weir \[options\] \[command\]/);
  expect(stdout).toMatch(/^ {2}replay /m);
});
