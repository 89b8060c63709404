import { defineConfig } from 'vitest/config'

// A real cluster answers in seconds, a cold one on a busy machine in tens of them; no test asserts a time.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    disableConsoleIntercept: true,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 2,
  },
})
