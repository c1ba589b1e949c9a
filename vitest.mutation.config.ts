/** The tests that every mutant of the risk and order code is shown: those of the pure core, which need no process and no server. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/domain/**/*.test.ts', 'tests/scenarios/**/*.test.ts', 'tests/servo/risk-view.test.ts'],
    env: { NO_COLOR: '1' },
    // Every mutant has a thread of its own; within it modules are evaluated once, not once a file.
    isolate: false,
  },
});
