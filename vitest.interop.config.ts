import { defineConfig } from 'vitest/config';

/** Counterparts that `npm test` does without: clients and servers from PyPI, Maven Central, the Go proxy. */
export default defineConfig({
  test: {
    include: ['tests/interop/**/*.test.ts'],
    globalSetup: ['tests/program.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    passWithNoTests: true,
  },
});
