import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = new URL('../src/', import.meta.url).pathname;

/**
 * The table of docs/design.md: what each room may import. An entry is a room, or one file of a room
 * (without its ending) where the table opens no more than that.
 */
const ALLOWED: Record<string, readonly string[]> = {
  base: [],
  wire: ['base'],
  capture: ['base'],
  sources: ['base', 'capture'],
  network: ['base'],
  rules: ['base', 'network'],
  flows: ['base', 'capture/batch', 'capture/flow-batch', 'network/lookup', 'rules'],
  records: ['base', 'network/lookup', 'network/snapshot', 'rules', 'flows/rows'],
  delivery: ['base', 'records', 'standins/storage'],
  standins: ['base', 'wire', 'identity'],
  identity: ['base', 'store'],
  'flow-logs': ['base', 'network', 'records/formats', 'records/catalogue', 'store'],
  api: ['base', 'wire', 'identity', 'flow-logs', 'network'],
  synth: ['base', 'capture/constants'],
  import: ['base', 'network'],
  store: ['base'],
  service: ['*'],
  cli: ['*'],
};

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesBelow(path);
    return name.endsWith('.ts') ? [path] : [];
  });
}

/** Imports (static and dynamic, types included) of a file that stay inside src/, as room/file. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const out: string[] = [];
  for (const match of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
    out.push(relative(SRC, normalize(join(dirname(file), match[1]!))).replace(/\.ts$/, ''));
  }
  return out;
}

function violations(room: string): string[] {
  const allowed = ALLOWED[room];
  if (allowed === undefined) return [`${room}/ is not in the table of docs/design.md`];
  return filesBelow(join(SRC, room)).flatMap((file) =>
    importsOf(file)
      .filter((target) => !target.startsWith(`${room}/`))
      .filter((target) => !(allowed.includes('*') && !(room === 'service' && target.startsWith('cli/'))))
      .filter((target) => !allowed.some((entry) => target === entry || target.startsWith(`${entry}/`)))
      .map((target) => `${relative(SRC, file)} imports ${target}`),
  );
}

describe('rooms import only what docs/design.md allows', () => {
  /** The package's one module; it only names what is in service/. */
  const entry = 'index.ts';
  const rooms = readdirSync(SRC).filter((name) => name !== entry);
  test('every folder of src/ is a room, and no other file lies beside them', () => {
    expect(rooms.filter((room) => !statSync(join(SRC, room)).isDirectory())).toEqual([]);
  });
  test.each(rooms)('%s', (room) => {
    expect(violations(room)).toEqual([]);
  });
  test('the test itself sees a violation', () => {
    expect(importsOf(join(SRC, 'flows/rows.ts'))).toEqual([]);
    expect(importsOf(join(SRC, 'capture/decoder.ts'))).toEqual(['capture/batch']);
  });
});
