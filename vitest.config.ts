// The two kinds of tests: unit (no servers) and services (real PostgreSQL, S3, processes). scripts/test counts their results.
import { defineConfig } from 'vitest/config'

const results = process.env.TEST_RESULTS

export default defineConfig({
  test: {
    reporters: results ? ['default', ['json', { outputFile: results }]] : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/services/**', 'test/faults/**', 'test/bundle/**'],
        },
      },
      {
        test: {
          name: 'services',
          include: ['test/{services,faults,bundle}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
          maxWorkers: 2,
          globalSetup: ['test/support/service-setup.ts'],
        },
      },
    ],
  },
})
