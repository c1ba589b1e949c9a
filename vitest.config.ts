/** How the tests run: a file in a process of its own where it starts servers, kills them or changes the process; many to a process where it calls functions. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** What decides about money is covered by tests or the run fails. */
const RISK_AND_ORDER_CODE =
  'src/domain/{risk,sizing,stops,order,position,account,pace,book-risk,gate/*,sizing/*,management/*,limits/*}.ts';

/** Folders whose tests leave nothing in their process behind: a process for each of their files costs half a second and proves nothing. */
const SHARING = ['domain', 'config', 'market', 'broker', 'inference', 'training'].map(
  (folder) => `tests/${folder}/**/*.test.ts`,
);

export default defineConfig({
  test: {
    environment: 'node',
    projects: [
      { extends: true, test: { name: 'sharing a process', isolate: false, include: SHARING } },
      { extends: true, test: { name: 'in their own', include: ['tests/**/*.test.ts'], exclude: SHARING } },
    ],
    globalSetup: ['tests/setup/queue-server-on-path.ts'],
    // Commands keep compiled code for their next start: not in the tester's own cache.
    // Words are compared, not their colours.
    env: { NO_COLOR: '1', XDG_CACHE_HOME: join(tmpdir(), 'servo-test-cache') },
    pool: 'forks',
    // Most of the time is spent waiting for servers and processes, so that both cores are worth using.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      thresholds: { [RISK_AND_ORDER_CODE]: { lines: 85 } },
    },
  },
});
