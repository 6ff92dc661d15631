/**
 * Writes expected.txt of the examples anew, after examples/record.sh has recorded them again:
 *
 *   sh scripts/with-node examples/expected.ts [NAME…]
 *
 * The lines come from the tests' reference, never from the recorder itself, which is what they are to check.
 * Read them before you commit them.
 */
import { writeFileSync } from 'node:fs';
import { examples, referenceOf } from '../tests/reference/examples.ts';

const wanted = process.argv.slice(2);
for (const example of examples()) {
  if (wanted.length > 0 && !wanted.includes(example.name)) continue;
  const { lines, flows } = referenceOf(example);
  writeFileSync(example.expected, lines.map((line) => `${line}\n`).join(''));
  const outcomes = Object.entries(flows.outcomes).filter(([, { packets }]) => packets > 0);
  const counts = outcomes.map(([name, { packets }]) => `${packets} ${name}`);
  process.stdout.write(`${example.name}: ${lines.length} lines; packets: ${counts.join(', ')}\n`);
}
