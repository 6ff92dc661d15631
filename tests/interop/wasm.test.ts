import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { recordsModule } from '../../scripts/build-wasm.ts';

test('the WebAssembly that is checked in is what its source compiles to', { timeout: 180_000 }, () => {
  const checkedIn = readFileSync(
    new URL('../../src/records/wasm/module.generated.ts', import.meta.url),
    'utf8',
  );
  expect(recordsModule()).toBe(checkedIn);
});
