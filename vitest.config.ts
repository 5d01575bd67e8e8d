import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/tools/property-runs.ts'],
    // `npm run test:long` tries twenty times as much.
    testTimeout: process.env.TEST_EFFORT ? 3_600_000 : 120_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
    reporters: process.env.CI ? ['default', 'json'] : ['default'],
    outputFile: { json: 'test-results/vitest.json' },
  },
});
