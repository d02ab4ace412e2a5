import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** One file at a time: they measure times of less than a second, or kill what is under load. */
const ALONE = [
  'test/chaos/**/*.test.ts',
  'src/ledger/{database-away,kill,nodes,rate-nodes}.test.ts',
  'src/actions/dry-runs.test.ts',
  'src/domain/policy.test.ts',
  'src/http1-answer.test.ts',
]

/** A process of their own: they measure the memory of it, or change its environment. */
const APART = [
  'src/{egress,http1-pool}.test.ts',
  'test/security/{authentication,egress,hostile-upstream}.test.ts',
]

/** More files at once would ask for more connections than the one PostgreSQL of a run has. */
const MOST_AT_ONCE = 4
const maxWorkers = Math.min(availableParallelism(), MOST_AT_ONCE)

export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What comes in a moment comes in a few seconds on a machine that is busy: who waits less promises it.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['{src,web,test,scripts,bench}/**/*.test.ts'],
          exclude: [...APART, ...ALONE],
          // Loading the program takes longer than most of these files: once for each worker, not for each file.
          isolate: false,
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'apart', include: APART, maxWorkers, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
