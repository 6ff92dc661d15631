import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/interop/**', 'tests/soak/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
