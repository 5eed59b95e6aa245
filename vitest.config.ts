// The kinds of tests: unit (no servers), services (real PostgreSQL, S3, processes), versions (other versions of PostgreSQL, Redis and Valkey).
// scripts/test counts their results.
import { defineConfig } from 'vitest/config'

const results = process.env.TEST_RESULTS

/** GitHub's own packages import JSON without the attribute that Node asks for: Vite has to read them. */
const server = { deps: { inline: [/@actions\/(workflow-parser|languageservice|expressions)/] } }

export default defineConfig({
  test: {
    reporters: results ? ['default', ['json', { outputFile: results }]] : ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          server,
          // Loading the same modules a hundred times over would take twice as long as the tests.
          pool: 'forks',
          isolate: false,
          maxWorkers: 2,
          // A few go through a million keys, and a machine may be busy.
          testTimeout: 30_000,
          include: ['test/**/*.test.ts'],
          exclude: ['test/{versions,services,faults,bundle,security,workflows}/**', 'test/simulator/tests/services/**'],
        },
      },
      {
        test: {
          name: 'services',
          server,
          include: [
            'test/{services,faults,bundle,security,workflows}/**/*.test.ts',
            'test/simulator/tests/services/*.test.ts',
          ],
          testTimeout: 120_000,
          hookTimeout: 240_000,
          // On two cores as well: a fifth of the time of a worker goes by in waiting.
          maxWorkers: 3,
          globalSetup: ['test/support/service-setup.ts'],
        },
      },
      {
        test: {
          name: 'versions',
          server,
          include: ['test/versions/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 2,
          globalSetup: ['test/support/version-setup.ts'],
        },
      },
    ],
  },
})
