import { defineConfig } from 'vitest/config'

// Each project is a kind of proof: the engine runs without clock or dice, the rest against loopback only.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'engine',
          include: ['test/engine/**/*.test.ts'],
          setupFiles: ['test/no-ambient.ts'],
        },
      },
      {
        test: {
          name: 'product',
          include: ['test/**/*.test.ts'],
          exclude: ['test/engine/**', 'test/browser/**', 'test/stacks/**', 'test/faults/**'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'stacks',
          include: ['test/stacks/**/*.test.ts'],
          testTimeout: 60_000,
          // Each synthesis clears `.sst/types`, and all write to `.sst/artifacts`.
          fileParallelism: false,
          // CDK takes seconds to load, and an App of one file knows nothing of another's.
          isolate: false,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          // Thousands of stories a file, each bounded in its steps.
          testTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
