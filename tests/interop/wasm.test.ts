import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { deflateModule } from '../../scripts/build-wasm.ts';

test('the WebAssembly that is checked in is what its source compiles to', { timeout: 180_000 }, () => {
  const checkedIn = readFileSync(
    new URL('../../src/records/deflate/module.generated.ts', import.meta.url),
    'utf8',
  );
  expect(deflateModule()).toBe(checkedIn);
});
