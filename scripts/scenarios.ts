/**
 * Writes the captures of examples/scenarios anew:
 *
 *   sh scripts/with-node scripts/scenarios.ts [NAME…]
 *
 * The same bytes every time; a test compares them. The lines of expected.txt are written by hand, by what the
 * vendor documents, and never by this script.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CAPTURES } from './scenarios/captures.ts';

const FOLDER = new URL('../examples/scenarios/', import.meta.url).pathname;

const wanted = process.argv.slice(2);
for (const [name, captures] of Object.entries(CAPTURES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const [file, traffic] of Object.entries(captures)) {
    const bytes = traffic().bytes();
    const written = file.endsWith('.gz') ? gzipSync(bytes, { level: 9 }) : bytes;
    writeFileSync(join(FOLDER, name, file), written);
    process.stdout.write(`${name}/${file}: ${written.length} bytes\n`);
  }
}
