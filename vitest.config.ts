import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
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
