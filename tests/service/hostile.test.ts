/** A seeded sample of `npm run soak -- tests/soak/api-hostile.test.ts`. HOSTILE_SEED repeats a run. */
import { expect, test } from 'vitest';
import { seedFrom } from '../seed.ts';
import { withstands } from './hostile.ts';

const COUNT = 2000;
const SEED = seedFrom('HOSTILE_SEED');

test(`${COUNT} malformed and hostile requests, seed ${SEED}, while a good client is served`, async () => {
  const { sent } = await withstands({ count: COUNT, seed: SEED, concurrency: 64 });
  expect(sent).toBe(COUNT);
}, 120_000);
