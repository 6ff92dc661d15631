import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Tests that make records of real networks in their own process: each line is read by a strict parser too. (Those of
 * the writer itself, in tests/records, have facts of no network; where they can, they call it.)
 */
const RECORDS = ['record', 'flows', 'reference', 'scenarios', 'examples', 'service/writing'].map(
  (folder) => `tests/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    globalSetup: ['tests/program.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // All cores: many tests wait for processes of their own. (Vitest leaves one out unless told.)
    maxWorkers: availableParallelism(),
    projects: [
      { extends: true, test: { name: 'records', include: RECORDS, setupFiles: ['tests/strict-lines.ts'] } },
      {
        extends: true,
        test: {
          name: 'others',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/interop/**', 'tests/soak/**', ...RECORDS],
        },
      },
    ],
  },
});
